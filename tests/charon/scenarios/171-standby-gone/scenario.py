"""A warm standby that is gone: see description.txt."""

import time

from lab import standby
from lab.wait import expect, slack, until

SLOW = True
GATEWAYS = 3
CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None}     # charon's defaults
POLICY = {"standby": "ike", "suspect_ms": 300, "probe_ms": 100, "probe_misses": 5, "init_timeout_ms": 1000}
DETECTED_S = slack(10.0 + 0.5 + 0.5)
BUSY_S = 0.3 + 0.5   # until a SEGW that dies under traffic is left
TRIED_S = 0.4       # four questions, 100 ms apart
INIT_S = 1.0
SLACK_S = slack(0.5)


def lost(lab, ping, to, most, what):
    """SEGW 1 loses its power; the traffic goes on through SEGW `to`."""
    mark, began = lab.cpe.events.mark(), time.time()
    lab.gateway(1).die()
    lab.cpe.events.wait("tunnel_up", 10, mark)
    ping.wait_answers(5)
    took = ping.outage(began)
    print(f"{what}: outage {1000 * took:.0f} ms, at most {1000 * most:.0f} ms and the lab's slack")
    lab.cpe.wait_status(active=to - 1)
    expect(("10.9.0.2", "failed", "CONNECT_TIMEOUT") in standby.said(lab, mark), f"told {standby.said(lab, mark)}")
    expect(took <= most + SLACK_S, f"{what}: {took:.2f} s, more than {most} + {SLACK_S}")


def home(lab):
    """Back on SEGW 1, SEGW 2 with its standby."""
    lab.gateway(1).come_back()
    mark = lab.cpe.events.mark()
    lab.cpe.events.ok("SWITCH vpn primary")
    until(lambda: lab.cpe.status()["active"] == 0, 10, lambda: f"SEGW 1 to be active: {lab.cpe.status()}")
    lab.cpe.events.wait("segw_switch", 5, mark)
    standby.at_rest(lab, 1, 2)


def play(lab):
    lab.cpe.start()
    connection = lab.cpe.connection((1, 2, 3), dpd={"delay": 0}, failover=POLICY)
    lab.cpe.apply(connection)
    standby.at_rest(lab, 1, 2)
    ping = lab.ping(interval=0.01)
    begin = ping.wait_answers(20)[-1][0]
    before, mark, died = lab.cpe.status(), lab.cpe.events.mark(), time.time()
    lab.gateway(2).die()
    event = lab.cpe.events.wait("segw_standby", 15, mark, state="down")
    print(f"dead standby noticed after {event['arrived'] - died:.2f} s, {event['cause']}")
    expect(event["cause"] == "LIVENESS" and event["arrived"] - died <= DETECTED_S, f"odd: {event}")
    until(lambda: lab.cpe.status()["standby"]["failures"] >= 2, 15, lambda: f"another try: {lab.cpe.status()}")
    lab.gateway(2).come_back()
    standby.at_rest(lab, 1, 2, seconds=30)
    end = ping.wait_answers(5)[-1][0]
    ping.wait_answers(10, after=end)
    missing = ping.lost(begin, end)
    expect(not missing, f"packets {missing} lost")
    after = lab.cpe.status()
    for key in ("state", "since_ms", "failovers", "round"):
        expect(before[key] == after[key], f"{key}: {before[key]} became {after[key]}")
    blamed = [segw["causes"] for segw in after["segws"]]
    expect(blamed == [{}, {}, {}] and not lab.moves(mark), f"blamed {blamed}, moves {lab.moves(mark)}")
    print(f"no packet lost, {after['standby']['failures']} tries failed")

    # Each within an interval, so that nobody has noticed.
    lab.gateway(2).forget()
    lost(lab, ping, 2, BUSY_S + TRIED_S, "it has forgotten its IKE_SA")
    home(lab)
    lab.gateway(2).silence()
    lost(lab, ping, 3, BUSY_S + TRIED_S + INIT_S, "its SEGW is dead")
    ping.stop()
    lab.gateway(2).heal()
    lab.cpe.apply({**connection, "failover": {**connection["failover"], "standby": "off"}})
    return {"vpn": 3}
