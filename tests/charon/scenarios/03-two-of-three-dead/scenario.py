"""Two of three dead: see description.txt."""

from lab.wait import expect

GATEWAYS = 3
RUNNING = (3,)


def play(lab):
    lab.up(lab.cpe.connection((1, 2, 3)), number=3)
    dialled = [address for _, _, _, address in lab.cpe.initiations()]
    expect(dialled == ["10.9.0.1", "10.9.0.2", "10.9.0.3"], f"dialled {dialled}")
    expect(lab.moves() == [("segw_failover", "10.9.0.1", "10.9.0.2"), ("segw_failover", "10.9.0.2", "10.9.0.3")],
           f"two moves expected, heard {lab.moves()}")
    expect(not lab.cpe.events.since(0, "segw_backoff"), "no backoff before the list is through")
    return {"vpn": 3}
