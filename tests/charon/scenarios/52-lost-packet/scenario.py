"""One lost packet is no dead SEGW: see description.txt."""

from lab.gateway import ALIVE_CHAINS, SETUP
from lab.lost import CPE, adopted, initiate, redial
from lab.wait import expect

LOST = {f"{message} {kind}": (chain, message) for message in SETUP for kind, chain in zip(("request", "response"), ALIVE_CHAINS)}


def play(lab):
    adopted(lab)
    for what, lost in LOST.items():
        redial(lab, what, 1, lost, initiate(lab))
    here = 1
    for what, lost in LOST.items():
        redial(lab, what, 3 - here, lost, lab.gateway(here).delete_ike_sas)
        here = 3 - here
    expect(not lab.cpe.events.since(0, "segw_backoff"), "no pause expected")
    return {"vpn": here}
