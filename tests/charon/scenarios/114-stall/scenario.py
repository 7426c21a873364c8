"""A stalled charon: see description.txt."""

import time

from lab.blame import Blame
from lab.wait import until

SLOW = True
CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None}     # charon's defaults
FAILOVER = {"liveness_interval_ms": 1000, "liveness_misses": 3, "connect_timeout_ms": 3000}
STALLS_S = (3, 6, 12)
DIAL_S = 5          # longer than connect_timeout_ms
APART_S = 1.3       # so that a stall begins at another time of the watch
AFTER_S = 2


def stall(lab, seconds):
    lab.cpe.freeze()
    time.sleep(seconds)         # nothing can be asked of it meanwhile
    lab.cpe.thaw()


def play(lab):
    lab.up(lab.cpe.connection(dpd={"delay": 0}, failover=FAILOVER))
    for traffic in (True, False):
        ping = lab.ping() if traffic else None
        for seconds in STALLS_S if traffic else STALLS_S[:2]:
            blame = Blame(lab)
            blame.expect_none(APART_S)
            stall(lab, seconds)
            blame.expect_none(AFTER_S)
            print(f"stalled for {seconds} s, {'busy' if traffic else 'idle'}: nobody blamed")
        if ping:
            ping.stop()

    lab.cpe.events.ok("TERMINATE vpn")
    until(lambda: not lab.picture(), 5, "the IKE_SA to end")
    blame, mark, line = Blame(lab), lab.cpe.events.mark(), lab.cpe.log.mark()
    lab.gateway(1).freeze()     # the answer comes while charon is stopped
    lab.cpe.events.ok("INITIATE vpn")
    until(lambda: lab.cpe.log.find("sending packet", line), 2, "the dial")
    lab.cpe.freeze()
    lab.gateway(1).thaw()
    time.sleep(DIAL_S)          # as above
    lab.cpe.thaw()
    lab.wait_up(1, mark=mark)
    blame.expect_none()
    print(f"stalled for {DIAL_S} s while dialling: nobody blamed")
    return {"vpn": 1}
