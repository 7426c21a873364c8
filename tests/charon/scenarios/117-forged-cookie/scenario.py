"""A forged COOKIE: see description.txt."""

import time

from lab.strangers import Forger
from lab.wait import expect, slack

SA_INIT = 34        # RFC 7296 section 3.1
UP_MAX_S = slack(4.0)


def play(lab):
    lab.cpe.start()
    forger = Forger(lab, SA_INIT, 1, "cookie", "forged")
    began = time.time()
    with forger.first(lab.gateways.values()):
        lab.cpe.apply(lab.cpe.connection())
    event = lab.cpe.events.wait("tunnel_up", UP_MAX_S + 10)
    took = event["arrived"] - began
    status = lab.cpe.status()
    print(f"up after {took:.2f} s, at most {UP_MAX_S:g} s, on SEGW {status['active'] + 1}; causes {[segw['causes'] for segw in status['segws']]}")
    expect(took <= UP_MAX_S, f"up only after {took:.2f} s")
    barred = [segw["address"] for segw in status["segws"] if segw["barred_until_ms"]]
    expect(not barred, f"barred for a packet that anybody can write: {barred}")
    return {"vpn": status["active"] + 1}
