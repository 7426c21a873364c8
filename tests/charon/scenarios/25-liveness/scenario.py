"""Liveness, independent of charon's retransmission: see description.txt."""

import time

from lab.wait import expect, hold, until

CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None}     # charon's defaults
DETECTION_S = 4.0
SLACK_S = 0.5       # from detection to the first packet through the next SEGW
FAILOVER = {"liveness_interval_ms": 1000, "liveness_misses": 3}


def silent(lab, dying, ping=None):
    """SEGW `dying` vanishes; what passes until the other one answers a ping."""
    mark = lab.cpe.events.mark()
    died = time.monotonic()
    lab.gateway(dying).silence()
    event = lab.cpe.events.wait("segw_failover", 3 * DETECTION_S, mark, connection="vpn")
    expect(event["cause"] == "LIVENESS", f"odd event {event}")
    lab.wait_up(3 - dying, mark=mark)
    ping = ping or lab.ping()
    ping.wait_answers(1)
    took = time.monotonic() - died
    noticed = event["time_ms"] / 1000 - died
    print(f"silent SEGW {dying}: noticed after {noticed:.2f} s, the next one answered after {took:.2f} s; configured {DETECTION_S} s")
    expect(took <= DETECTION_S + SLACK_S, f"{took:.2f} s, more than {DETECTION_S} + {SLACK_S}")
    ping.stop()
    lab.gateway(dying).heal()


def play(lab):
    lab.up(lab.cpe.connection(dpd={"delay": 0}, failover=FAILOVER))
    silent(lab, 1)                      # an idle tunnel

    ping = lab.ping()
    ping.wait_answers(5)
    line = lab.cpe.log.mark()
    hold(lambda: not lab.cpe.log.find("sending DPD request", line), 3, lambda: "a probe on a busy tunnel")
    until(lambda: lab.cpe.status()["state"] == "ACTIVE", 2, lambda: f"ACTIVE: {lab.cpe.status()}")
    silent(lab, 2, ping)
    return {"vpn": 1}
