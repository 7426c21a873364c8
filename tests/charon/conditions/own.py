"""The CPE's own faults and settings."""

from .condition import condition

STALL_S = 6
LIVENESS = {"liveness_interval_ms": 1000, "liveness_misses": 3}


def stalled(side, traffic):
    side.up(traffic)
    side.last(3)
    side.begin()
    side.cpe.freeze()
    side.last(STALL_S)
    side.cpe.thaw()
    side.observe(6)


@condition("stall-busy", f"charon does not run for {STALL_S} s, under traffic; liveness 1 s x 3", failover=LIVENESS)
def busy(side):
    stalled(side, True)


@condition("stall-idle", f"charon does not run for {STALL_S} s, idle; liveness 1 s x 3", failover=LIVENESS)
def idle(side):
    stalled(side, False)


@condition("local-addrs", "two local addresses, of which the CPE has the second", most_s=10)
def local_addrs(side):
    side.tunnel.local_addrs = "10.7.0.100,10.9.0.100"
    side.start()
    side.begin(first=True)
    side.observe(30)
    side.last(3)
