"""No name server at boot, then a slow one: see description.txt."""

import time

from lab.names import NameServer
from lab.wait import expect, hold, slack, until

SLOW = True
CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None}     # charon's defaults
NAMES = {"segw1.example": ["10.9.0.1"], "segw2.example": ["10.9.0.2"]}
LATE_S = 20
UP_MAX_S = 10.0     # after the server is there
SLOW_S = 3


def play(lab):
    names = NameServer(lab, NAMES)
    names.serves(lab.cpe)
    lab.cpe.start()
    lab.cpe.apply({**lab.cpe.connection(tuple(NAMES)), "failover": {"liveness_interval_ms": 1000}})
    hold(lambda: not lab.cpe.initiations(), LATE_S, lambda: f"dialled {lab.cpe.initiations()}")
    until(lambda: lab.cpe.status()["next"]["cause"] == "ADDR_FAILED", 15, lambda: f"next to say why: {lab.cpe.status()}")
    text = lab.cpe.events.ok("EXPLAIN vpn")["text"]
    expect(": names do not resolve here; no SEGW is blamed." in text and "every SEGW failed" not in text, text)
    names.start()
    began = time.time()
    event = lab.cpe.events.wait("tunnel_up", UP_MAX_S + 15)
    took = event["arrived"] - began
    failures = [segw["causes"] for segw in lab.cpe.status()["segws"] if segw["failures"]]
    print(f"up {took:.1f} s after the name server was there, at most {slack(UP_MAX_S):g} s")
    expect(took <= slack(UP_MAX_S), f"up only after {took:.1f} s")
    expect(not failures, f"failures counted: {failures}")
    active = lab.cpe.status()["active"] + 1

    mark = lab.cpe.events.mark()
    names.answer(after=SLOW_S)
    lab.gateway(active).die()
    lab.wait_up(3 - active, mark=mark, seconds=20)
    return {"vpn": 3 - active}
