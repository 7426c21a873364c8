"""The NAT between CPE and SEGWs gives it another mapping."""

from lab.tunnel import NAME
from lab.wait import until

from .condition import condition

FOUND_S = 14        # until a changed mapping is found, by charon's DPD each 3 s
AWAY_S = 3
LIVENESS = {"liveness_interval_ms": 1000, "liveness_misses": 3}     # asks more often than charon's DPD


def behind_nat(side, traffic=True):
    """Up, and idle at first: charon knows a change of the mapping from what its DPD was told before."""
    wan = side.lab.wan(nat=True)
    side.tunnel.dpd_s = 3
    side.up(traffic=False)
    side.last(8)
    if traffic:
        side.traffic()
    return wan


@condition("nat-port", "the NAT gives the CPE another port", failover=LIVENESS)
def port(side):
    wan = behind_nat(side)
    side.begin()
    wan.remap()
    side.observe(FOUND_S)


@condition("nat-port-idle", "the same, no traffic until 15 s later", failover=LIVENESS)
def port_idle(side):
    wan = behind_nat(side, traffic=False)
    side.begin()
    wan.remap()
    side.observe(15)


@condition("nat-address", "the NAT gives the CPE another address", failover=LIVENESS)
def address(side):
    wan = behind_nat(side)
    side.begin()
    wan.remap(another_address=True)
    side.observe(FOUND_S)


@condition("nat-reboot", "the NAT is away for 3 s and has forgotten all", failover=LIVENESS)
def reboot(side):
    wan = behind_nat(side)
    side.begin()
    wan.silence()
    side.last(AWAY_S)
    wan.remap()
    wan.heal()
    side.observe(FOUND_S)


@condition("nat-dial", "the NAT gives the CPE another port while it dials, a round trip of 600 ms")
def dial(side):
    wan = side.lab.wan(nat=True)
    wan.behave(delay=0.3)
    side.start()
    until(side.cpe.initiations, 5, "a dial")
    side.last(0.1)                  # IKE_SA_INIT is on its way
    wan.remap()
    side.begin(first=True)
    side.observe(30)
    side.last(2)


@condition("nat-rekey", "the NAT gives the CPE another port while the CPE rekeys the IKE_SA, a round trip of 600 ms", most_s=12, failover=LIVENESS)
def rekey(side):
    wan = behind_nat(side)
    wan.behave(delay=0.3)
    side.last(2)
    side.begin()
    side.cpe.swanctl("--rekey", "--ike", NAME)
    side.last(0.1)                  # the request is on its way; no answer has told the new IKE_SA of its mapping
    wan.remap()
    side.observe(FOUND_S)


@condition("nat-port-first", "the NAT gives the CPE another port before anything was asked, under traffic from the start; liveness by default", most_s=30)
def first(side):
    wan = side.lab.wan(nat=True)
    side.tunnel.dpd_s = 3
    side.up()
    side.begin()
    wan.remap()
    side.observe(40)
