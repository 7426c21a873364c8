"""Reauthentication that the SEGW asks for, or begins: see description.txt."""

import time

from lab.blame import Blame
from lab.wait import expect, slack, until

SLOW = True
CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None}     # charon's defaults
FAILOVER = {"liveness_interval_ms": 1000, "liveness_misses": 3}
LIFETIME_S, OVER_S = 12, 4
LOOK_S = 20         # two of them
AFTER_S = 2
STAY_S = 3
ONE_S = 12          # charon ends a duplicate after 10 s
SILENT_MAX_S = slack(0.5)


def counted(lab):
    return [(segw["failures"], segw["causes"]) for segw in lab.cpe.status()["segws"]]


def silence(ping, began, what):
    last, first, _ = ping.gap(began)
    print(f"{what}: silent for {first - last:.2f} s at most")
    expect(first - last <= SILENT_MAX_S, f"{what}: silent for {first - last:.2f} s")


def rest(lab):
    """The SEGW that carries, once there is one IKE_SA and stays."""
    there, since = None, 0

    def settled():
        nonlocal there, since
        now = [row[1:] for row in lab.picture()]
        if now != there:
            there, since = now, time.monotonic()
        # The next SEGW may be up before this one's dial is here.
        return [row[1:] for row in now] == [("ESTABLISHED", ["INSTALLED"])] and time.monotonic() - since >= STAY_S
    until(settled, ONE_S + STAY_S, lambda: f"one IKE_SA that stays: {lab.picture()}")
    number = int(there[0][0])
    lab.cpe.wait_status(state="ACTIVE", active=number - 1)
    return number


def play(lab):
    for gateway in lab.gateways.values():
        gateway.demand_reauthentication(LIFETIME_S)
    connection = lab.cpe.connection(dpd={"delay": 0}, failover=FAILOVER, ike_cfg={"lifetime": {"rekey_time": 0, "over_time": OVER_S}})
    lab.up({**connection, "vips": ["0.0.0.0"]})
    ping = lab.ping()
    ping.wait_answers(5)
    blame, line, began = Blame(lab), lab.cpe.log.mark(), time.time()
    until(lambda: len(lab.cpe.log.find("reauthenticating IKE_SA", line)) == 2, LOOK_S, "two reauthentications by AUTH_LIFETIME")
    blame.expect_none(AFTER_S)
    silence(ping, began, "AUTH_LIFETIME, two reauthentications")

    mark = lab.cpe.events.mark()
    for gateway in lab.gateways.values():
        gateway.conf = None
        gateway.able_to_dial()
    lab.cpe.apply(connection)
    lab.wait_up(1, mark=mark)
    ping.wait_answers(5)
    for _ in range(2):
        # Its DELETE is a loss as any other until it dials: the next SEGW is dialled meanwhile.
        before, began, number = counted(lab), time.time(), int(lab.picture()[0][1])
        lab.gateway(number).reauthenticate()
        active = rest(lab)
        expect(counted(lab) == before, f"counted {before}, and {counted(lab)} now")
        ping.wait_answers(3)
        silence(ping, began, f"SEGW {number} reauthenticates by itself, and SEGW {active} carries")
    ping.stop()
    return {"vpn": active}
