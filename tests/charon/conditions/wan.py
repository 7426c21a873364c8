"""The CPE's own ways out change."""

from lab.tunnel import NAME

from .condition import condition

SECOND_S = 10       # on the second WAN


@condition("wan-address", "the provider gives the CPE another address")
def address(side):
    wan = side.lab.wan()
    side.up()
    side.begin()
    wan.link.renumber(3)
    side.observe(10)


@condition("wan-address-rekey", "the provider gives the CPE another address while the CPE rekeys the IKE_SA, a round trip of 600 ms")
def address_in_rekey(side):
    wan = side.lab.wan()
    side.up()
    wan.behave(delay=0.3)
    side.last(2)
    side.begin()
    side.cpe.swanctl("--rekey", "--ike", NAME)
    wan.link.renumber(3)
    side.observe(30)


@condition("wan-2-and-back", "WAN 1 is lost, WAN 2 carries for 10 s, WAN 1 is back", most_s=3)
def second(side):
    wan = side.lab.wan()
    side.lab.wan()
    side.up()
    side.begin()
    wan.link.pull()
    side.last(SECOND_S)
    wan.link.put()
    side.observe(15)


@condition("cable-out", "the cable is out for 5 s", tells=("segw_hold", "segw_resumed"))
def cable(side):
    wan = side.lab.wan()
    side.up()
    side.begin()
    wan.link.pull()
    side.last(5)
    wan.link.put()
    side.observe(10)


@condition("cable-in-pause", "no SEGW answers at first; they are there, and in the plugin's pause the cable goes out and in", running=(),
           healthy=(), failover={"connect_timeout_ms": 1000, "backoff_initial_ms": 30000, "backoff_limit_ms": 30000})
def pause(side):
    wan = side.lab.wan()
    side.start()
    side.last(6)
    for gateway in side.lab.gateways.values():
        gateway.come_back()
    wan.link.pull()
    side.last(0.5)
    wan.link.put()
    side.begin(first=True)
    side.observe(60)
    side.last(3)


@condition("route-flaps-dial", "the default route goes for 0.3 s of each 1.5 s while the CPE dials, a round trip of 600 ms", most_s=6)
def route_flaps(side):
    wan = side.lab.wan()
    wan.behave(delay=0.3)
    side.start()
    side.begin(first=True)
    for _ in range(8):
        wan.link.unroute()
        side.last(0.3)
        wan.link.route()
        side.last(1.2)          # what met no route is sent again after 1 or 1.2 s, and then meets one
    side.observe(30)
    side.last(3)
