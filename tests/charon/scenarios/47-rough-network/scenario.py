"""Routes, addresses and links of the CPE that come and go: see description.txt."""

import time

from lab.fault import BLAME, RESUME_MAX_S, Fault
from lab.netns import HOST, NETWORK
from lab.wait import expect, hold, until

SLOW = True
RUNNING = (2,)
EAGER = {"retransmit_timeout": 1, "retransmit_base": 1, "retransmit_tries": 20}     # SEGW 1 asks every second
CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None,     # charon's defaults
       "delete_rekeyed_delay": 1}       # the old CHILD_SA would be seen for 5 seconds
FAILOVER = {"liveness_interval_ms": 1000, "liveness_misses": 3}
GONE_S, SHORT_S = 5, 2
STAY_S = 2
QUIET_S = 5         # longer than liveness waits
DEAD_S = 1.0        # to find out that the IKE_SA which was kept does not work from a new address
FLAPS_S = (0.1, 0.6, 0.2, 0.5, 0.3, 0.4)    # how long the link is gone each time, and then there


def routes_gone(lab, ping):
    fault = Fault(lab, ping, "routes gone")
    fault.begin(lab.cpe.link.unroute)
    lab.gateway(1).swanctl("--rekey", "--child", "net0")
    fault.last(GONE_S)
    fault.end(lab.cpe.link.route)
    fault.stays(QUIET_S)


def another_address(lab, ping, host, mobike):
    """The CPE gets another address while its link is down."""
    fault = Fault(lab, ping, f"another address, {'MOBIKE' if mobike else 'no MOBIKE'}")
    fault.begin(lab.cpe.link.down)
    for do, number in (("del", host - 1), ("add", host)):
        lab.cpe.namespace.ip("addr", do, f"{NETWORK}.{number}/24", "dev", "eth0")
    fault.last(SHORT_S)
    fault.end(lab.cpe.link.up, RESUME_MAX_S + DEAD_S)
    fault.stays(STAY_S)


def flaps(lab, ping):
    link, mark, line = lab.cpe.link, lab.cpe.events.mark(), lab.cpe.log.mark()

    def told():
        return [e for e in lab.cpe.events.since(mark) if e["event"] in BLAME]
    for number, seconds in enumerate(FLAPS_S):
        cut, mend = ((link.down, link.up), (link.unplug, link.plug))[number % 2]
        for act in (cut, mend):
            act()
            hold(lambda: not told(), seconds, lambda: f"told {told()}")
    mended = time.time()
    took = ping.wait_answers(1, after=mended)[0][0] - mended
    print(f"{len(FLAPS_S)} flaps: traffic {took:.2f} s after the last, at most {RESUME_MAX_S:g} s; dialled {len(lab.cpe.initiations(line))} times")
    expect(took <= RESUME_MAX_S, f"traffic only after {took:.2f} s")
    hold(lambda: not told(), QUIET_S, lambda: f"told {told()}")
    until(lambda: lab.cpe.status()["state"] == "ACTIVE", 2, lambda: f"ACTIVE: {lab.cpe.status()}")
    expect({to for *_, to in lab.cpe.initiations(line)} <= {"10.9.0.1"}, f"dialled {lab.cpe.initiations(line)}")
    lab.expect_only({"vpn": 1})


def play(lab):
    lab.gateway(1).settings = EAGER
    lab.gateway(1).come_back()
    lab.cpe.start()
    host = HOST
    for mobike in (True, False):
        mark, host = lab.cpe.events.mark(), host + 1
        lab.cpe.apply(lab.cpe.connection(mobike=mobike, dpd={"delay": 0}, failover=FAILOVER))
        lab.wait_up(1, mark=mark)
        ping = lab.ping()
        ping.wait_answers(5)
        if mobike:
            routes_gone(lab, ping)
        another_address(lab, ping, host, mobike)
        if not mobike:
            flaps(lab, ping)
        ping.stop()
    return {"vpn": 1}
