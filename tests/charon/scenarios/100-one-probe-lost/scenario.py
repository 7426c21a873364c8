"""One lost packet of a liveness check is no dead SEGW: see description.txt."""

from lab.blame import Blame
from lab.gateway import ALIVE_CHAINS
from lab.wait import expect, until

SLOW = True
CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None}     # charon's defaults
FAILOVER = {"liveness_interval_ms": 1000, "liveness_misses": 3}
SETTLE_S = 3        # what MOBIKE has to say at first
LOOK_S = 6          # longer than liveness would wait


def play(lab):
    lab.up(lab.cpe.connection(dpd={"delay": 0}, failover=FAILOVER))
    blame, gateway = Blame(lab), lab.gateway(1)
    blame.expect_none(SETTLE_S)
    for chain, what in zip(ALIVE_CHAINS, ("request", "answer")):
        line = lab.cpe.log.mark()
        gateway.lose(chain, "IKE")
        until(gateway.lost, 5, f"the {what} to be lost")
        blame.expect_none(LOOK_S)
        expect(gateway.lost() == 1, f"{gateway.lost()} packets lost")
        print(f"one {what} lost: {len(lab.cpe.log.find('sending DPD request', line))} asked, "
              f"{len(lab.cpe.log.find('retransmit ', line))} sent again, no move")
        gateway.heal()
    return {"vpn": 1}
