"""No route to one of two families: see description.txt."""

import time

from lab.netns import HOST, NETWORK6
from lab.wait import expect, slack, until

SLOW = True
IPV6 = True
CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None}     # charon's defaults
SIX, FOUR = "fd09::1", "10.9.0.2"
AT_ONCE_S = slack(0.5)
AWAY_MAX_S = slack(2.0)    # from a route's end to traffic through the SEGW that there is a route to
HOLD_S = 3.0
FAR_S = 0.03        # the pinged host is behind the SEGWs
FAILOVER = {"failback": "hold_down", "hold_down_ms": int(1000 * HOLD_S), "hold_down_limit_ms": int(1000 * HOLD_S)}


def play(lab):
    six = (f"{NETWORK6}:{HOST}/64", "dev", "eth0")
    lab.cpe.namespace.ip("addr", "del", *six)       # and with it the route
    for gateway in lab.gateways.values():
        gateway.far(FAR_S)
    lab.cpe.start()
    applied = time.time()
    lab.cpe.apply(lab.cpe.connection((SIX, 2), failover=FAILOVER))
    lab.wait_up(2)
    dialled = [(at, to) for at, *_, to in lab.cpe.initiations() if to == FOUR][0][0]
    print(f"{FOUR} dialled {dialled - applied:.3f} s after the configuration was sent, at most {AT_ONCE_S} s")
    expect(dialled - applied <= AT_ONCE_S, f"{FOUR} was dialled after {dialled - applied:.2f} s")
    expect(lab.cpe.status()["segws"][0]["failures"] == 0, f"the IPv6 SEGW is blamed: {lab.cpe.status()}")

    ping = lab.ping(interval=0.01)
    begin = ping.wait_answers(10)[-1][0]
    mark = lab.cpe.events.mark()
    until(lambda: len(lab.cpe.events.since(mark, "segw_move_failed")) == 2, 2 * HOLD_S + 4, "two trials of the IPv6 SEGW")
    failed = lab.cpe.events.since(mark, "segw_move_failed")
    expect(all((e["from"], e["to"], e["cause"]) == (FOUR, SIX, "NO_ROUTE") for e in failed), f"odd events {failed}")
    ping.wait_answers(10)
    segw = lab.cpe.status()["segws"][0]
    expect((segw["failures"], segw["successes"]) == (0, 0), f"the IPv6 SEGW is blamed: {segw}")

    mark = lab.cpe.events.mark()
    lab.cpe.namespace.ip("addr", "add", *six, "nodad")
    event = lab.cpe.events.wait("segw_failback", HOLD_S + 4, mark, connection="vpn")
    expect((event["from"], event["to"]) == (FOUR, SIX), f"odd event {event}")
    lab.expect_only({"vpn": 1})
    expect([sa["remote-host"] for _, sa in lab.cpe.sas()] == [SIX], f"IKE_SAs: {lab.cpe.sas()}")
    end = ping.wait_answers(10)[-1][0]
    ping.wait_answers(10, after=end)
    lost = ping.lost(begin, end)
    print(f"two trials without IPv6, then the failback: {len(lost)} packets lost of those sent in {end - begin:.1f} s")
    expect(not lost, f"packets {lost} lost")

    mark, gone = lab.cpe.events.mark(), time.time()
    lab.cpe.namespace.ip("addr", "del", *six)
    lab.wait_up(2, mark=mark)
    ping.wait_answers(1)
    took = ping.outage(gone)
    print(f"IPv6 gone under the IPv6 SEGW: outage {took:.2f} s, at most {AWAY_MAX_S:g} s")
    expect(took <= AWAY_MAX_S, f"outage {took:.2f} s")
    event, = lab.cpe.events.since(mark, "segw_failover")
    expect((event["from"], event["to"], event["cause"]) == (SIX, FOUR, "NO_ROUTE"), f"odd event {event}")
    segw = lab.cpe.status()["segws"][0]
    expect((segw["failures"], segw["causes"]) == (0, {}), f"the IPv6 SEGW is blamed: {segw}")
    ping.stop()
    return {"vpn": 2}
