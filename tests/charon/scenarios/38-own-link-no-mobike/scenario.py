"""The CPE's own link goes down, without MOBIKE: see description.txt."""

from lab.fault import Fault

SLOW = True
CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None}     # charon's defaults
FAILOVER = {"liveness_interval_ms": 1000, "liveness_misses": 3}
LONG_S, SHORT_S, STAY_S = 30, 5, 2
IDLE_S = 6          # longer than liveness waits


def play(lab):
    lab.up(lab.cpe.connection(mobike=False, dpd={"delay": 0}, failover=FAILOVER))
    ping = lab.ping()
    ping.wait_answers(5)
    fault = Fault(lab, ping, "link down, no MOBIKE")
    fault.begin(lab.cpe.link.down)
    fault.last(LONG_S)
    fault.end(lab.cpe.link.up)
    fault.stays(STAY_S)
    ping.stop()

    fault = Fault(lab, None, "link down, no MOBIKE, idle")
    fault.begin(lab.cpe.link.down)
    fault.last(SHORT_S)
    fault.end(lab.cpe.link.up)
    fault.stays(IDLE_S)
    return {"vpn": 1}
