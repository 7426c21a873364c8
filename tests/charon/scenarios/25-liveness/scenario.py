"""Liveness, independent of charon's retransmission: see description.txt."""

import time
from threading import Thread

from lab.wait import expect, hold, slack, until

SLOW = True
CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None}     # charon's defaults
DETECTION_S = 4.0   # one interval, and three more
SLACK_S = slack(0.5)       # from detection to the tunnel through the next SEGW
FAILOVER = {"liveness_interval_ms": 1000, "liveness_misses": 3}


def silent(lab, dying, ping=None, what="", then=lambda: None):
    """SEGW `dying` vanishes; what passes until the tunnel to the other one is up, or its first ping is answered."""
    other, mark = 3 - dying, lab.cpe.events.mark()
    died, clock = time.monotonic(), time.time()
    lab.gateway(dying).silence()
    then()
    event = lab.cpe.events.wait("segw_failover", 3 * DETECTION_S, mark, connection="vpn")
    expect(event["cause"] == "LIVENESS", f"odd event {event}")
    lab.wait_up(other, mark=mark)
    if ping:
        ping.wait_answers(1)
        _, answered, _ = ping.gap(clock)
        took = answered - clock
        ping.stop()
    else:
        took = lab.cpe.events.wait("tunnel_up", 1, mark)["time_ms"] / 1000 - died
    print(f"SEGW {dying} silent{what}: noticed after {event['time_ms'] / 1000 - died:.2f} s, SEGW {other} carries after {took:.2f} s, configured {DETECTION_S} s")
    expect(took <= DETECTION_S + SLACK_S, f"{took:.2f} s, more than {DETECTION_S} + {SLACK_S}")
    lab.gateway(dying).heal()


def play(lab):
    lab.up(lab.cpe.connection(dpd={"delay": 30}, failover=FAILOVER))
    line, mark, began = lab.cpe.log.mark(), lab.cpe.events.mark(), time.time()
    # An idle tunnel is asked each second, or a look later, whatever charon's DPD delay, and stays where it is.
    hold(lambda: not lab.moves(mark), 2 * DETECTION_S, lambda: f"an idle tunnel moved: {lab.moves(mark)}")
    probes = sum(said.at <= began + 2 * DETECTION_S for said, _ in lab.cpe.log.find("sending DPD request", line))
    print(f"idle for {2 * DETECTION_S:g} s: {probes} probes, no move")
    expect(2 * DETECTION_S / 1.5 - 1 <= probes <= 2 * DETECTION_S + 1, f"{probes} probes in {2 * DETECTION_S:g} s, one each 1 to 1.25 s expected")
    silent(lab, 1)

    ping = lab.ping()
    ping.wait_answers(5)
    line = lab.cpe.log.mark()
    hold(lambda: not [said for said, _ in lab.cpe.log.find("sending DPD request", line) if ping.answered(said.at - 0.5, said.at)], 3,
         "a probe on a busy tunnel")
    until(lambda: lab.cpe.status()["state"] == "ACTIVE", 2, lambda: f"ACTIVE: {lab.cpe.status()}")
    silent(lab, 2, ping, " under traffic")

    def rekey():
        line = lab.cpe.log.mark()
        Thread(target=lab.cpe.swanctl, args=("--rekey", "--ike", "vpn"), kwargs={"check": False}, daemon=True).start()
        lab.cpe.log.wait("initiating IKE_SA vpn", 3, line)      # its CREATE_CHILD_SA is never answered
    silent(lab, 1, what=", a rekeying under way", then=rekey)
    return {"vpn": 2}
