"""A forged, unprotected answer to a request of an IKE_SA that is up: see description.txt."""

from lab.blame import Blame
from lab.strangers import Forger
from lab.wait import expect, until

SLOW = True
CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None}     # charon's defaults
INFORMATIONAL = 37                              # RFC 7296 section 3.1
NO_PROPOSAL_CHOSEN, INVALID_KE_PAYLOAD, INVALID_SYNTAX = 14, 17, 7      # RFC 7296 section 3.10.1
COUNT = 2
SHORT_S, STAY_S = 0.3, 3


def play(lab):
    # The link's own address is checked for a second or two, and charon then tells the SEGW its addresses: a request of no use here.
    until(lambda: not lab.cpe.namespace.run("ip", "-6", "address", "show", "tentative").strip(), 5, "the link's address to be checked")
    lab.up(lab.cpe.connection(dpd={"delay": 0}))
    unique, blame = lab.cpe.sas()[0][1]["uniqueid"], Blame(lab)
    for kind in (NO_PROPOSAL_CHOSEN, INVALID_KE_PAYLOAD, INVALID_SYNTAX):
        forger = Forger(lab, INFORMATIONAL, COUNT, "notify", kind)
        for number in range(1, COUNT + 1):
            line = lab.cpe.log.mark()
            lab.gateway(1).freeze()         # the forger is first
            lab.cpe.events.ok("START_DPD vpn")
            until(lambda: forger.answers == number, 3, "a request to be answered by the forger")
            lab.cpe.log.wait(r"received packet: from 10\.9\.0\.1", 2, line)
            blame.expect_none(SHORT_S)
            lab.gateway(1).thaw()
            lab.cpe.log.wait("parsed INFORMATIONAL response", 3, line)
        blame.expect_none(STAY_S)
        lab.expect_only({"vpn": 1})
        expect([sa["uniqueid"] for _, sa in lab.cpe.sas()] == [unique], f"notify {kind}: that is another IKE_SA")
        print(f"notify {kind}, forged {forger.answers} times: the IKE_SA lives")
        forger.end()
    return {"vpn": 1}
