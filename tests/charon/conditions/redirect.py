"""The SEGW that carries sends the CPE to another host (RFC 5685), as its operator's swanctl has it do."""

from lab.netns import NETWORK

from .condition import condition

SETTLE_S = 14
NOBODY = 77


def redirected(side, host):
    side.up()
    side.begin()
    side.gateway(1).swanctl("--redirect", "--ike", "cpe0", "--gateway", f"{NETWORK}.{host}")
    side.observe(SETTLE_S)


@condition("redirect-listed", "SEGW 1 redirects to SEGW 2")
def listed(side):
    redirected(side, 2)


@condition("redirect-unlisted", "SEGW 1 redirects to one that is not in the list", gateways=3)
def unlisted(side):
    redirected(side, 3)


@condition("redirect-dead", "SEGW 1 redirects to a host that does not answer")
def dead(side):
    redirected(side, NOBODY)


@condition("redirect-then-dead", "SEGW 1 redirects to SEGW 2, which dies 5 s later", healthy=(1,), most_s=8,
           failover={"liveness_interval_ms": 1000})
def then_dead(side):
    side.up()
    side.gateway(1).swanctl("--redirect", "--ike", "cpe0", "--gateway", f"{NETWORK}.2")
    side.wait_up(2)
    side.last(5)
    side.begin()
    side.gateway(2).die()
    side.observe(20)
