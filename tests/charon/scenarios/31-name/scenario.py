"""SEGWs by name: see description.txt."""

from lab.wait import expect, slack

GONE, NAMED, FOUR = "gone.example", "segw1.example", "10.9.0.2"
AT_ONCE_S = slack(0.5)


def play(lab):
    lab.cpe.resolves({NAMED: ["10.9.0.1"]})
    lab.cpe.start()
    applied = lab.cpe.apply(lab.cpe.connection((GONE, NAMED, 2)))
    expect(applied["ok"], f"{applied}")
    lab.wait_up(1)
    event = lab.cpe.events.wait("segw_failover", 1, 0, connection="vpn")
    expect((event["from"], event["to"], event["cause"]) == (GONE, NAMED, "ADDR_FAILED"), f"odd event {event}")
    asked = lab.cpe.events.wait("config_applied", 1)["arrived"]
    print(f"{GONE} passed over {event['arrived'] - asked:.3f} s after the configuration was applied")
    expect(event["arrived"] - asked < AT_ONCE_S, f"{GONE} was passed over after {event['arrived'] - asked:.2f} s")
    expect([to for *_, to in lab.cpe.initiations()] == ["10.9.0.1"], f"dialled {lab.cpe.initiations()}")

    ping = lab.ping()
    ping.wait_answers(5)
    mark = lab.cpe.events.mark()
    lab.gateway(1).die()
    lab.wait_up(2, mark=mark)
    expect(lab.moves(mark) == [("segw_failover", NAMED, FOUR)], f"one failover expected, heard {lab.moves(mark)}")
    ping.wait_answers(5)

    mark = lab.cpe.events.mark()
    lab.gateway(1).come_back()
    lab.cpe.events.ok(f"SWITCH vpn {NAMED}")
    lab.wait_up(1, mark=mark)
    expect(lab.moves(mark) == [("segw_switch", FOUR, NAMED)], f"one switch expected, heard {lab.moves(mark)}")

    mark = lab.cpe.events.mark()
    lab.cpe.events.ok(f"SWITCH vpn {GONE}")     # resolves no better as the trial of a move
    event = lab.cpe.events.wait("segw_move_failed", 5, mark, connection="vpn")
    expect((event["from"], event["to"], event["cause"]) == (NAMED, GONE, "ADDR_FAILED"), f"odd event {event}")
    ping.wait_answers(5)
    ping.stop()
    return {"vpn": 1}
