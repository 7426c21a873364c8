"""First SEGW dead at start: see description.txt."""

from lab.wait import expect

RUNNING = (2,)


def play(lab):
    lab.up(number=2)
    expect(lab.moves() == [("segw_failover", "10.9.0.1", "10.9.0.2")], f"one failover expected, heard {lab.moves()}")
    event = lab.cpe.events.since(0, "segw_failover")[0]
    expect(event["connection"] == "vpn" and (event["from_index"], event["to_index"]) == (0, 1), f"odd event {event}")
    expect("UNREACHABLE" in event["cause"] or "TIMEOUT" in event["cause"], f"odd cause in {event}")
    status = lab.cpe.status()
    expect(status["state"] == "ACTIVE" and status["active"] == 1, f"STATUS says {status}")
    return {"vpn": 2}
