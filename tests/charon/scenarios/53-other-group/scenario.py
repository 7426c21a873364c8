"""A request that was answered is not repeated: see description.txt."""

import time

from lab.cpe import CURVE25519, MODP2048
from lab import lost as lab_lost
from lab.lost import REPEAT_S, adopted, initiate, redial
from lab.wait import expect, hold

# Time for a SEGW that answers late on a busy machine, and still shorter than charon's own retransmission.
EXTSOCK = lab_lost.CPE["plugins"]["extsock"]
CPE = {**lab_lost.CPE, "plugins": {"extsock": {**EXTSOCK, "failover": {**EXTSOCK["failover"], "connect_timeout_ms": 3500}}}}
AWAY_S = 0.7
DEMAND = "peer didn't accept"
REPEATED = "sending request 0 of connection"


def demanded(lab, since):
    """There is one demand for another group; how many requests were repeated after it."""
    demands = [line.at for line, _ in lab.cpe.log.find(DEMAND, since)]
    expect(len(demands) == 1, f"{len(demands)} demands for another group")
    repeated = [line.at for line, _ in lab.cpe.log.find(REPEATED, since)]
    return sum(at > demands[0] for at in repeated)


def far_away(lab):
    """The CPE starts anew, and the SEGW of its first dial answers late."""
    lab.cpe.stop()
    since = lab.cpe.log.mark()
    lab.cpe.launch()
    lab.cpe.listening()
    lab.gateway(1).freeze()
    lab.cpe.load()
    asked, _ = lab.cpe.log.wait("sending packet", 5, since)
    hold(lambda: lab.cpe.alive, max(asked.at + AWAY_S - time.time(), 0), "charon is gone")
    lab.gateway(1).thaw()
    lab.wait_up(1)
    demanded(lab, since)
    answer, _ = lab.cpe.log.find(DEMAND, since)[0]
    print(f"SEGW 1 answered after {answer.at - asked.at:.2f} s")
    expect(answer.at - asked.at > REPEAT_S, "the answer came too soon to show anything")
    repeated = [line for line, _ in lab.cpe.log.find(REPEATED, since) if line.at <= answer.at]
    expect(not repeated, f"repeated before the answer could come: {repeated}")


def lost(lab, number, dial):
    line = lab.cpe.log.mark()
    redial(lab, "second IKE_SA_INIT response", number, ("leaving", "IKE_SA_INIT"), dial)
    again = demanded(lab, line)
    expect(again == 1, f"{again} requests were repeated, not only the second one")


def play(lab):
    for number in (1, 2):
        gateway = lab.gateway(number)
        gateway.conf = gateway.swanctl_conf()
        for connection in gateway.conf["connections"].values():
            connection["proposals"] = CURVE25519
        gateway.ready()
    adopted(lab, proposals=f"{MODP2048},{CURVE25519}")
    lost(lab, 1, initiate(lab))
    lost(lab, 2, lab.gateway(1).delete_ike_sas)
    lost(lab, 1, lab.gateway(2).delete_ike_sas)
    expect(not lab.cpe.events.since(0, "segw_backoff"), "no pause expected")
    far_away(lab)
    return {"vpn": 1}
