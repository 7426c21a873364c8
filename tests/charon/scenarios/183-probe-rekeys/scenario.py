"""Rekeying heals what it can: see description.txt."""

import time

from lab.probes import PROBE, actions, probe_state, wait_probe
from lab.wait import expect, hold, until

SLOW = True
CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None}     # charon's defaults
QUIET_S = 6
MOVED_S = 3.2 + 0.4 + 1.2       # noticed, a moment for the rekeying, three questions


def play(lab):
    lab.up(lab.cpe.connection(dpd={"delay": 0}, probe={**PROBE, "action": "rekey"}))
    probe_state(lab, "ANSWERS")
    (_, sa), = lab.cpe.sas()
    child, = sa["child-sas"].values()
    mark = lab.cpe.events.mark()
    lab.gateway(1).lose_spi(child["spi-out"])
    wait_probe(lab, "rekey", mark)
    lab.cpe.events.wait("child_rekey", 5, mark)
    wait_probe(lab, "resume", mark)
    hold(lambda: not lab.moves(mark), QUIET_S, lambda: f"moved: {lab.moves(mark)}")
    probe_state(lab, "ANSWERS")
    expect(actions(lab, mark) == ["rekey", "resume"], f"the probe did {actions(lab, mark)}")

    mark, began = lab.cpe.events.mark(), time.time()
    lab.gateway(1).lose_esp()
    wait_probe(lab, "rekey", mark)
    text = lab.cpe.events.ok("EXPLAIN vpn")["text"]
    expect(", were silent, so the CHILD_SAs were rekeyed; they are asked again." in text, text)
    took = wait_probe(lab, "move", mark)["arrived"] - began
    print(f"all ESP lost: rekeyed, and left after {took:.1f} s")
    lab.wait_up(2, mark=mark)
    until(lambda: actions(lab, mark) == ["rekey", "move", "resume"], 10, lambda: f"rekey, move, resume: {actions(lab, mark)}")
    lab.gateway(1).heal()
    return {"vpn": 2}
