"""The NAT's mapping changes: see description.txt."""

import time

from lab.blame import Blame
from lab.wait import expect, slack

SLOW = True
CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None}     # charon's defaults
FAILOVER = {"liveness_interval_ms": 1000, "liveness_misses": 3}
IDLE_S = 4          # some checks, from which charon learns the mapping that there is
BACK_MAX_S = slack(3.0)


def play(lab):
    wan = lab.wan(nat=True)
    lab.up(lab.cpe.connection(dpd={"delay": 30}, failover=FAILOVER))
    blame, unique = Blame(lab), lab.cpe.sas()[0][1]["uniqueid"]
    blame.expect_none(IDLE_S)
    for what, another_address in (("port", False), ("address", True)):
        ping = lab.ping()
        ping.wait_answers(5)
        began = time.time()
        wan.remap(another_address)
        ping.wait_answers(3, after=began + 0.2, seconds=12)
        last, first, lost = ping.gap(began)
        print(f"another {what}: silent for {first - last:.2f} s, {lost} packets lost, at most {BACK_MAX_S:g} s")
        expect(first - last <= BACK_MAX_S, f"another {what}: silent for {first - last:.2f} s")
        ping.stop()
        blame.expect_none(IDLE_S)
    expect(lab.cpe.sas()[0][1]["uniqueid"] == unique, "that is another IKE_SA")
    return {"vpn": 1}
