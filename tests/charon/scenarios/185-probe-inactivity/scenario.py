"""The probe and inactivity: see description.txt."""

from lab.probes import PROBE, actions, probe_state
from lab.wait import expect, hold, until

SLOW = True
INACTIVITY_S = 6
USED_S = 2 * INACTIVITY_S


def play(lab):
    child = lab.cpe.child(start_action="none", inactivity=INACTIVITY_S)
    lab.cpe.start()
    lab.cpe.apply(lab.cpe.connection(dpd={"delay": 0}, children=[child], probe={**PROBE, "interval_ms": 1000}))
    mark = lab.cpe.events.mark()
    lab.cpe.events.ok("INITIATE vpn")
    lab.wait_up(1, mark=mark)
    ping = lab.ping()
    ping.wait_answers(5)
    probe_state(lab, "ANSWERS")
    hold(lambda: lab.picture()[0][3] == ["INSTALLED"], USED_S, lambda: f"ended while it was used: {lab.picture()}")
    ping.stop()
    probe_state(lab, "UNASKED", "INACTIVITY")
    lab.cpe.events.wait("tunnel_down", INACTIVITY_S + 5, mark)
    until(lambda: not [row for row in lab.picture() if row[3]], 5, lambda: f"the CHILD_SA to end: {lab.picture()}")
    expect(not lab.moves(mark), f"moved: {lab.moves(mark)}")
    expect(not actions(lab, mark), f"the probe did {actions(lab, mark)}")
    lab.cpe.events.ok("TERMINATE vpn")
    return {}
