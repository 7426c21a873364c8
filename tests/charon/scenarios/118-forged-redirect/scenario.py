"""A forged REDIRECT: see description.txt."""

import time

from lab.strangers import Forger, OddResponder
from lab.wait import expect, slack

SA_INIT = 34        # RFC 7296 section 3.1
FOREIGN = 66
UP_MAX_S = slack(4.0)


def play(lab):
    foreign = OddResponder(lab, FOREIGN, "notify", 14)      # says NO_PROPOSAL_CHOSEN to whoever comes
    lab.cpe.start()
    forger = Forger(lab, SA_INIT, 1, "redirect", f"10.9.0.{FOREIGN}")
    began = time.time()
    with forger.first(lab.gateways.values()):
        lab.cpe.apply(lab.cpe.connection())
    event = lab.cpe.events.wait("tunnel_up", UP_MAX_S + 10)
    took = event["arrived"] - began
    print(f"up after {took:.2f} s, at most {UP_MAX_S:g} s; {forger.answers} forged, the foreign host was asked {foreign.answers} times")
    expect(not foreign.answers, "a foreign host was dialled")
    refused = lab.cpe.events.wait("segw_redirect", 1, 0, connection="vpn")
    expect(not refused["followed"], f"told: {refused}")
    expect(took <= UP_MAX_S, f"up only after {took:.2f} s")
    return {"vpn": lab.cpe.status()["active"] + 1}
