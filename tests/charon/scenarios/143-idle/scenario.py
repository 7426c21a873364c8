"""Nobody uses the tunnel: see description.txt."""

import pytest
from lab.blame import Blame
from lab.policies import Policies
from lab.wait import expect, hold, until

IDLE_S = 2

pytestmark = pytest.mark.parametrize("cpe", [{"inactivity_close_ike": True}, {"inactivity_close_ike": False}])


def applied(lab, start_action):
    connection = lab.cpe.connection(dpd={"delay": 0}, failover={"liveness_interval_ms": 0})
    connection["children"][0] |= {"start_action": start_action, "inactivity": IDLE_S}
    lab.cpe.apply(connection)


def with_trap(lab, policies, close):
    applied(lab, "trap")
    until(lambda: policies.traps() == 1, 5, "the trap")
    for _ in range(2):
        mark = lab.cpe.events.mark()
        policies.traffic()
        lab.cpe.events.wait("tunnel_up", 15, mark)      # for two seconds
        lab.cpe.events.wait("tunnel_down", IDLE_S + 8, mark)
        until(lambda: bool(lab.cpe.sas()) is not close, 5, f"the IKE_SA to {'end' if close else 'stay'}")
        hold(lambda: not lab.cpe.events.since(mark, "segw_failover"), 1, "it moved")
        state = lab.cpe.status()["state"]
        expect(state == ("IDLE" if close else "ACTIVE"), f"STATUS says {state}")
        text = lab.cpe.events.ok("EXPLAIN vpn")["text"]
        expect(not close or (text.startswith("vpn is not started.") and ": no failure, it was ended or set up anew." in text), text)
    expect(policies.traps() == 1, "the trap is gone")


def started(lab):
    applied(lab, "start")
    lab.wait_up(1)
    for _ in range(2):
        mark = lab.cpe.events.mark()
        lab.cpe.events.wait("tunnel_down", IDLE_S + 8, mark)
        lab.wait_up(1, mark=mark)


def play(lab):
    close = lab.cpe.settings["inactivity_close_ike"]
    policies = Policies(lab.cpe)
    lab.cpe.start()
    blame = Blame(lab)
    with_trap(lab, policies, close)
    started(lab)
    blame.expect_none()
    expect(not lab.cpe.events.since(0, "segw_stopped"), "an operator is said to have stopped it")
    applied(lab, "none")
    lab.cpe.events.ok("REMOVE_CONFIG vpn")
    return {}
