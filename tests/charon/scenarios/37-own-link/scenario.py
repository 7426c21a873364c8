"""The CPE's own link goes down: see description.txt."""

from lab.fault import RESUME_MAX_S, Fault
from lab.wait import expect

SLOW = True
CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None}     # charon's defaults
FAILOVER = {"liveness_interval_ms": 1000, "liveness_misses": 3}
LONG_S, SHORT_S, STAY_S = 30, 5, 2
IDLE_S = 6          # longer than liveness waits
DEAD_S = 1.0        # to find out that the IKE_SA which was kept is dead


def idle(lab):
    """Without traffic only IKE can tell that SEGW 1 lives, and what was asked while the link was down is not asked again for long."""
    fault = Fault(lab, None, "link down, idle")
    fault.begin(lab.cpe.link.down)
    fault.last(SHORT_S)
    fault.end(lab.cpe.link.up)
    fault.stays(IDLE_S)


def play(lab):
    lab.up(lab.cpe.connection(dpd={"delay": 0}, failover=FAILOVER))
    link, ping = lab.cpe.link, lab.ping()
    ping.wait_answers(5)
    fault = Fault(lab, ping, "link down")
    fault.begin(link.down)
    fault.last(LONG_S)
    fault.end(link.up)
    records = lab.cpe.events.ok("HISTORY vpn")["connections"][0]["records"]
    told = [(r["kind"], r["cause"]) for r in records]
    expect(told[:4] == [("START", None), ("UP", None), ("HOLD", "NO_ROUTE"), ("RESUME", None)], f"HISTORY says {records}")
    fault.stays(STAY_S)

    fault = Fault(lab, ping, "link down, IKE_SA forgotten")
    fault.begin(link.down)
    lab.gateway(1).forget()
    fault.last(SHORT_S)
    kept = fault.end(link.up, RESUME_MAX_S + DEAD_S)
    expect(not kept, "SEGW 1 was meant to have forgotten the IKE_SA")
    ping.stop()
    idle(lab)
    return {"vpn": 1}
