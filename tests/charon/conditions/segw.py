"""SEGWs that do something by themselves."""

from lab.settings import merged
from lab.tunnel import NAME

from .condition import condition

SETTLE_S = 14       # charon ends a duplicate after 10 s


def able_to_dial(side, number, **extra):
    gateway = side.gateway(number)
    gateway.able_to_dial(**extra)
    return gateway


@condition("segw-restarts", "SEGW 1 restarts, and dials before the CPE has noticed")
def restarts(side):
    gateway = able_to_dial(side, 1)
    side.up()
    side.begin()
    gateway.forget()
    gateway.dial()
    side.observe(SETTLE_S)


@condition("segw-1-dials", "the operator of SEGW 1, which carries, dials the CPE")
def first_dials(side):
    gateway = able_to_dial(side, 1)
    side.up()
    side.begin()
    gateway.dial()
    side.observe(SETTLE_S)


@condition("segw-2-dials", "the operator of SEGW 2, the standby, dials the CPE")
def second_dials(side):
    gateway = able_to_dial(side, 2)
    side.up()
    side.begin()
    gateway.dial()
    side.observe(SETTLE_S)


@condition("segw-deletes-in-rekey", "the SEGW deletes the IKE_SA while the CPE rekeys it, a round trip of 1 s", healthy=(2,))
def deletes_in_rekey(side):
    wan = side.lab.wan()
    side.up()
    wan.behave(delay=0.5)
    side.last(2)
    side.begin()
    side.cpe.swanctl("--rekey", "--ike", NAME)
    side.gateway(1).delete_ike_sas()        # on its way before the request is there
    side.observe(12)


@condition("segw-dies-in-reauth", "SEGW 1 is dead when the CPE reauthenticates, make-before-break; liveness 1 s x 3", healthy=(2,), most_s=8,
           failover={"liveness_interval_ms": 1000})
def dies_in_reauthentication(side):
    side.cpe.settings = merged(side.cpe.settings, {"make_before_break": True})
    side.up()
    side.begin()
    side.gateway(1).die()
    side.cpe.swanctl("--rekey", "--ike", NAME, "--reauth")
    side.observe(20)


@condition("segw-auth-lifetime", "the SEGW demands reauthentication each 12 s (AUTH_LIFETIME)")
def auth_lifetime(side):
    # It cannot do it by itself, as it gives virtual IPs (RFC 4478 section 3).
    for gateway in side.lab.gateways.values():
        gateway.demand_reauthentication(12)
    side.tunnel.vips = "0.0.0.0"
    side.tunnel.over_s = 4
    side.up()
    side.begin()
    side.observe(29)


@condition("segw-reauth", "the SEGW reauthenticates by itself: it ends the IKE_SA and dials; twice", healthy=(2,))
def reauth(side):
    able_to_dial(side, 1)
    side.up()
    side.begin()
    side.gateway(1).reauthenticate()
    side.last(5)
    side.gateway(1).reauthenticate()
    side.observe(SETTLE_S)


@condition("ikev1-reauth", "IKEv1: the SEGW reauthenticates, twice; liveness 1 s x 3", adoptable=False,
           failover={"liveness_interval_ms": 1000})
def ikev1(side):
    for number in (1, 2):
        able_to_dial(side, number, version=1)
    side.tunnel.version = 1
    side.up()
    side.begin()
    side.gateway(1).reauthenticate()
    side.last(5)
    side.gateway(1).reauthenticate()
    side.observe(SETTLE_S)
