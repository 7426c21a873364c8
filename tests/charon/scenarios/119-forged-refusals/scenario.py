"""Forged refusals: see description.txt."""

import time

from lab.strangers import Forger
from lab.wait import expect, slack

SA_INIT = 34                    # RFC 7296 section 3.1
NO_PROPOSAL_CHOSEN = 14         # RFC 7296 section 3.10.1
PAUSE_MS = 1000
UP_MAX_S = slack(4.0)


def play(lab):
    lab.cpe.start()
    forger = Forger(lab, SA_INIT, len(lab.gateways), "notify", NO_PROPOSAL_CHOSEN)
    began = time.time()
    with forger.first(lab.gateways.values(), len(lab.gateways)):
        lab.cpe.apply(lab.cpe.connection(failover={"max_rounds": 1, "backoff_initial_ms": PAUSE_MS}))
    event = lab.cpe.events.wait("tunnel_up", UP_MAX_S + 6)
    took = event["arrived"] - began
    print(f"{forger.answers} refusals forged, up after {took:.2f} s, at most {UP_MAX_S:g} s")
    expect(took <= UP_MAX_S, f"up only after {took:.2f} s")
    expect(not lab.cpe.events.since(0, "segw_exhausted"), "given up for packets that anybody can write")
    return {"vpn": lab.cpe.status()["active"] + 1}
