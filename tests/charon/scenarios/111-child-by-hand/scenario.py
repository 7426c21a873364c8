"""What was up is up after a move: see description.txt."""

from lab.wait import expect, hold, until

MOVE_S = 8
STAY_S = 3


def on(lab):
    return [(sa["remote-host"].rpartition(".")[2], sorted(c["name"] for c in sa.get("child-sas", {}).values() if c["state"] == "INSTALLED"))
            for _, sa in lab.cpe.sas()]


def expect_on(lab, number, *names, what):
    until(lambda: on(lab) == [(str(number), sorted(names))], MOVE_S, lambda: f"{what}: {names} on SEGW {number}: {on(lab)}")


def play(lab):
    for gateway in lab.gateways.values():
        gateway.one_connection()
    lab.up(lab.cpe.connection(children=[lab.cpe.child(), lab.cpe.child(1, name="extra", start_action="none")]))
    lab.cpe.swanctl("--initiate", "--child", "extra")
    expect_on(lab, 1, "net", "extra", what="by hand")
    lab.cpe.events.ok("SWITCH vpn secondary")
    expect_on(lab, 2, "net", "extra", what="SWITCH")
    lab.gateway(2).die()
    expect_on(lab, 1, "net", "extra", what="failover")
    lab.gateway(2).come_back()
    lab.gateway(2).one_connection()
    lab.cpe.swanctl("--terminate", "--child", "extra")
    expect_on(lab, 1, "net", what="ended by hand")
    lab.cpe.events.ok("SWITCH vpn secondary")
    expect_on(lab, 2, "net", what="SWITCH")
    hold(lambda: on(lab) == [("2", ["net"])], STAY_S, lambda: f"what was ended by hand is back: {on(lab)}")
    expect(lab.cpe.status()["state"] == "ACTIVE", f"STATUS says {lab.cpe.status()}")
    return {"vpn": 2}
