"""A request that was answered is not repeated: see description.txt."""

from lab.cpe import CURVE25519, MODP2048
from lab.lost import CPE, adopted, initiate, redial
from lab.wait import expect, until

AWAY_S = 0.7


def demanded(lab, line):
    """There is one demand for another group; how many requests were repeated after it."""
    demands = [line.at for line, _ in lab.cpe.log.find("peer didn't accept", line)]
    expect(len(demands) == 1, f"{len(demands)} demands for another group")
    repeated = [line.at for line, _ in lab.cpe.log.find("sending request 0 of connection", line)]
    return sum(at > demands[0] for at in repeated)


def far_away(lab):
    """The CPE starts anew, and the SEGW of its first dial answers late."""
    lab.cpe.stop()
    lab.gateway(1).away(AWAY_S)
    line = lab.cpe.log.mark()
    lab.cpe.start()
    until(lambda: lab.cpe.log.find("peer didn't accept", line), 5, "the demand for another group")
    lab.gateway(1).near()
    lab.wait_up(1)
    dialled, answered = (lab.cpe.log.find(what, line)[0][0].at for what in ("initiating IKE_SA", "peer didn't accept"))
    print(f"SEGW 1, {AWAY_S:g} s away: answered after {answered - dialled:.2f} s")
    expect(demanded(lab, line) == 0, "the second request was repeated")


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
