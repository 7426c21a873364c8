"""Detection with the defaults and with the fast profile: see description.txt."""

import time

from lab.wait import expect, hold, slack

SLOW = True
CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None}     # charon's defaults
FAST = {"suspect_ms": 300, "probe_ms": 100, "probe_misses": 7}
BUSY_S, IDLE_S, FAST_S = 3.5, 13.0, 1.2
SLACK_S = slack(0.5)        # from detection to the first packet through the next SEGW
EARLY = 0.25                # of suspect_ms, plus a packet: traffic is looked at only so often
QUIET_S = 2


def cut(lab, dying, what, most, traffic=True, silent_s=0.5):
    """SEGW `dying` loses its power; before that nothing is asked unless traffic has been silent for so long, half of suspect_ms."""
    ping, other, mark = lab.ping(interval=0.01) if traffic else None, 3 - dying, lab.cpe.events.mark()
    if ping:
        ping.wait_answers(100)
        line = lab.cpe.log.mark()
        hold(lambda: not [said.at for said, _ in lab.cpe.log.find("sending DPD request", line) if ping.answered(said.at - silent_s, said.at)],
             QUIET_S, "a question while traffic flows")
    began = time.time()
    lab.gateway(dying).die()
    event = lab.cpe.events.wait("segw_failover", 2 * most, mark, connection="vpn")
    lab.wait_up(other, mark=mark)
    if ping:
        ping.wait_answers(1)
        took = ping.outage(began)
        ping.stop()
    else:
        took = lab.cpe.events.wait("tunnel_up", 1, mark)["arrived"] - began
    print(f"{what}: noticed after {event['arrived'] - began:.2f} s, SEGW {other} carries after {took:.2f} s, at most {most} s")
    expect(event["cause"] == "LIVENESS", f"odd event {event}")
    expect(took <= most + SLACK_S, f"{what}: {took:.2f} s, more than {most} + {SLACK_S}")
    return took


def play(lab):
    lab.up(lab.cpe.connection(dpd={"delay": 0}))
    took = cut(lab, 1, "defaults, 100 pings a second", BUSY_S)
    expect(took >= 3.0 * (1 - EARLY) - 0.1, f"{took:.2f} s: too early for eight questions")
    first, second = lab.cpe.status()["segws"]
    expect(all(0 < segw["srtt_ms"] < slack(500) for segw in (first, second)), f"odd response times: {first}, {second}")
    lab.gateway(1).come_back()
    cut(lab, 2, "defaults, idle", IDLE_S, traffic=False)

    lab.gateway(2).come_back()
    lab.cpe.apply(lab.cpe.connection(dpd={"delay": 0}, failover=FAST))
    cut(lab, 1, "fast profile, 100 pings a second", FAST_S, silent_s=FAST["suspect_ms"] / 2000)
    return {"vpn": 2}
