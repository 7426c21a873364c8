"""No network yet when charon is configured: see description.txt."""

import time

from lab.fault import BLAME, counted
from lab.wait import expect, hold, slack, until

CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None}     # charon's defaults
QUIET_S = 4     # longer than the backoff of this connection could be, and than its connect timeout
DIAL_MAX_S = slack(1.5)
NOTHING = {"attempts": 0, "segws": [(0, 0), (0, 0)]}


def requests(lab):
    """Requests while the link is down, and what becomes of them."""
    mark = lab.cpe.events.mark()
    lab.cpe.link.down()
    lab.cpe.events.wait("segw_hold", 3, mark, connection="vpn")
    line = lab.cpe.log.mark()
    for request, state in (("TERMINATE", "STOPPED"), ("INITIATE", "HOLD"), ("INITIATE", "HOLD")):
        lab.cpe.events.ok(f"{request} vpn")
        until(lambda: lab.cpe.status()["state"] == state, 3, lambda: f"{state} after {request}: {lab.cpe.status()}")
    until(lambda: lab.picture() == [], 3, lambda: f"the IKE_SA to end: {lab.picture()}")
    lab.cpe.events.ok("SWITCH vpn secondary")
    hold(lambda: not lab.cpe.initiations(line) and lab.cpe.status()["state"] == "HOLD", 1,
         lambda: f"dialled {lab.cpe.initiations(line)}: {lab.cpe.status()}")
    mark = lab.cpe.events.mark()
    lab.cpe.link.up()
    lab.wait_up(2, mark=mark)
    dialled = [to for *_, to in lab.cpe.initiations(line)]
    expect(dialled == ["10.9.0.2"], f"SWITCH vpn secondary on hold, dialled {dialled}")

    mark = lab.cpe.events.mark()
    lab.cpe.link.down()
    lab.cpe.events.wait("segw_hold", 3, mark, connection="vpn")
    print(f"charon ended on hold within {lab.cpe.stop():.2f} s")


def play(lab):
    lab.cpe.link.down()
    lab.cpe.start()
    applied = time.time()
    lab.cpe.apply(lab.cpe.connection(failover={"connect_timeout_ms": 1500}))
    event = lab.cpe.events.wait("segw_hold", 3, connection="vpn")
    print(f"HOLD {event['arrived'] - applied:.2f} s after the configuration was applied")
    expect(event["cause"] == "NO_ROUTE", f"odd event {event}")

    def blame():
        return [e for e in lab.cpe.events.since(0) if e["event"] in BLAME]
    hold(lambda: not lab.cpe.initiations() and not blame(), QUIET_S, lambda: f"dialled {lab.cpe.initiations()}, told {blame()}")
    status = lab.cpe.status()
    expect(status["state"] == "HOLD" and status["active"] is None, f"STATUS says {status}")
    expect(counted(status) == NOTHING, f"attempts or failures without a network: {status}")

    mark, began = lab.cpe.events.mark(), time.time()
    lab.cpe.link.up()
    dialled, _, _, to = until(lab.cpe.initiations, DIAL_MAX_S + 3, "a dial")[0]
    print(f"SEGW 1 dialled {dialled - began:.2f} s after the link came up, at most {DIAL_MAX_S:g} s")
    expect(to == "10.9.0.1" and dialled - began <= DIAL_MAX_S, f"{to} dialled after {dialled - began:.2f} s")
    lab.wait_up(1, mark=mark)
    expect(lab.cpe.events.since(mark, "segw_resumed", connection="vpn", to="10.9.0.1"), "no segw_resumed")
    expect(not lab.moves() and len(lab.cpe.initiations()) == 1, f"dialled {lab.cpe.initiations()}, moved {lab.moves()}")
    requests(lab)
    return {}
