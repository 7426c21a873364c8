"""IKE_SAs that a SEGW initiated: see description.txt."""

import time

from lab.blame import Blame
from lab.wait import expect, slack, until

SLOW = True
CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None}     # charon's defaults
FAILOVER = {"liveness_interval_ms": 1000, "liveness_misses": 3, "connect_timeout_ms": 3000}
DETECTION_S = 4.0   # one interval, and three more
SETTLE_S = 3        # a SEGW is blamed at once or not at all
ONE_S = 12          # charon ends a duplicate after 10 s
SILENT_MAX_S = slack(1.0)


def only(lab):
    """The one SEGW that carries, once there is one IKE_SA, as charon and STATUS say."""
    until(lambda: [row[2:] for row in lab.picture()] == [("ESTABLISHED", ["INSTALLED"])], ONE_S, lambda: f"one IKE_SA: {lab.picture()}")
    number = int(lab.picture()[0][1])
    lab.cpe.wait_status(state="ACTIVE", active=number - 1)
    return number


def play(lab):
    for gateway in lab.gateways.values():
        gateway.able_to_dial()
    lab.up(lab.cpe.connection(dpd={"delay": 0}, failover=FAILOVER))
    ping = lab.ping()
    ping.wait_answers(5)
    active, blame = 1, Blame(lab)
    for what in ("the standby", "the active one"):
        number = 3 - active if what == "the standby" else active
        began = time.time()
        lab.gateway(number).dial()
        blame.expect_none(SETTLE_S)
        active = only(lab)
        ping.wait_answers(3)
        last, first, _ = ping.gap(began)
        print(f"SEGW {number}, {what}, dials: SEGW {active} carries, silent for {first - last:.2f} s, at most {SILENT_MAX_S:g} s")
        expect(first - last <= SILENT_MAX_S, f"silent for {first - last:.2f} s")
        blame.expect_none()

    mark, died = lab.cpe.events.mark(), time.time()
    lab.gateway(active).die()
    lab.wait_up(3 - active, mark=mark)
    ping.wait_answers(1)
    took = ping.outage(died)
    print(f"SEGW {active} dies: outage {took:.2f} s, detection {DETECTION_S} s configured")
    expect(took <= DETECTION_S + slack(0.5), f"outage of {took:.2f} s")
    ping.stop()
    return {"vpn": 3 - active}
