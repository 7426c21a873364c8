"""Loss at random: see description.txt."""

import time

from lab.blame import Blame
from lab.wait import expect, slack

SLOW = True
CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None}     # charon's defaults
FAILOVER = {"liveness_interval_ms": 1000, "liveness_misses": 5}
CONFIGURED_S = 6.0      # one interval, and five more
LEFT_MAX_S = 1.5 * CONFIGURED_S + slack(0.5)
LOSS, SEED = 0.1, 4
IDLE_S, BUSY_S = 35, 10


def play(lab):
    wan = lab.wan()
    lab.up(lab.cpe.connection(dpd={"delay": 0}, failover=FAILOVER))
    blame = Blame(lab)
    wan.behave(loss=LOSS, seed=SEED)
    blame.expect_none(IDLE_S)
    ping = lab.ping()
    blame.expect_none(BUSY_S)
    lost = wan.lost()
    print(f"{IDLE_S} s idle, {BUSY_S} s busy: {lost[0]} and {lost[1]} packets lost, nobody blamed")
    expect(all(lost), "no packet was lost: that was no lossy line")

    mark, died = lab.cpe.events.mark(), time.time()
    lab.gateway(1).die()
    event = lab.cpe.events.wait("segw_failover", 2 * CONFIGURED_S, mark, connection="vpn")
    took = event["arrived"] - died
    print(f"SEGW 1 dies: left after {took:.2f} s, at most {LEFT_MAX_S:g} s")
    expect(took <= LEFT_MAX_S, f"left only after {took:.2f} s")
    lab.wait_up(2, mark=mark)
    wan.behave()
    ping.stop()
    return {"vpn": 2}
