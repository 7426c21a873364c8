"""SEGWs that do something by themselves."""

from lab.netns import HOST, NETWORK

from .condition import condition

SETTLE_S = 14       # charon ends a duplicate after 10 s


def both_ways(side, number, **extra):
    """SEGW `number` is able to dial the CPE, and what `extra` says of its connection."""
    gateway = side.gateway(number)
    conf = gateway.swanctl_conf()
    conf["connections"]["cpe0"] |= {"remote_addrs": f"{NETWORK}.{HOST}", **extra}
    conf["secrets"]["ike-own"] = {"id": conf["connections"]["cpe0"]["local"]["id"], "secret": f'"{side.lab.secret}"'}
    gateway.conf = conf
    gateway.load()
    return gateway


def dials(gateway):
    gateway.swanctl("--initiate", "--child", "net0", "--timeout", "4", check=False)


@condition("segw-restarts", "SEGW 1 restarts, and dials before the CPE has noticed")
def restarts(side):
    gateway = both_ways(side, 1)
    side.up()
    side.begin()
    gateway.forget()
    dials(gateway)
    side.observe(SETTLE_S)


@condition("segw-1-dials", "the operator of SEGW 1, which carries, dials the CPE")
def first_dials(side):
    gateway = both_ways(side, 1)
    side.up()
    side.begin()
    dials(gateway)
    side.observe(SETTLE_S)


@condition("segw-2-dials", "the operator of SEGW 2, the standby, dials the CPE")
def second_dials(side):
    gateway = both_ways(side, 2)
    side.up()
    side.begin()
    dials(gateway)
    side.observe(SETTLE_S)


@condition("segw-auth-lifetime", "the SEGW demands reauthentication each 12 s (AUTH_LIFETIME)")
def auth_lifetime(side):
    # It cannot do it by itself, as it gives virtual IPs (RFC 4478 section 3).
    for gateway in side.lab.gateways.values():
        gateway.conf = conf = gateway.swanctl_conf()
        conf["connections"]["cpe0"] |= {"reauth_time": "12s", "over_time": "6s", "rand_time": "0s", "pools": "inner"}
        conf["pools"] = {"inner": {"addrs": "10.3.0.0/24"}}
        gateway.load()
    side.tunnel.vips = "0.0.0.0"
    side.tunnel.over_s = 4
    side.up()
    side.begin()
    side.observe(29)


def reauthenticates(side, number):
    """The SEGW ends its IKE_SA and dials another, or dials another first, whatever its version of IKE has."""
    side.gateway(number).swanctl("--rekey", "--ike", "cpe0", "--reauth")


@condition("segw-reauth", "the SEGW reauthenticates by itself, twice")
def reauth(side):
    both_ways(side, 1)
    side.up()
    side.begin()
    reauthenticates(side, 1)
    side.last(5)
    reauthenticates(side, 1)
    side.observe(SETTLE_S)


@condition("ikev1-reauth", "IKEv1: the SEGW reauthenticates, twice", adoptable=False)
def ikev1(side):
    for number in (1, 2):
        both_ways(side, number, version=1)
    side.tunnel.version = 1
    side.up()
    side.begin()
    reauthenticates(side, 1)
    side.last(5)
    reauthenticates(side, 1)
    side.observe(SETTLE_S)
