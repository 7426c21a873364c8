"""EAP-AKA: see description.txt."""

from lab.charon import PLUGINS
from lab.pki import Pki
from lab.segws import responder
from lab.usim import NAME, NEEDS, usim
from lab.wait import expect

RUNNING = ()
LOAD = {"load": f"{PLUGINS} {NEEDS} {NAME}"}
CPE = LOAD
IMSI = "0001010123456789@nai.epc.mnc001.mcc001.3gppnetwork.org"
SEGW = "segw@example.org"
FAILOVER = {"max_rounds": 1}


def play(lab):
    pki = Pki(lab.folder / "pki")
    root = pki.party("root", ca=True)
    party = pki.party("segw1", root, sans=(SEGW,))
    Pki.install(party, root, lab.gateway(1))
    usim(lab.cpe, lab.gateway(1), lab.gateway(2))
    proofs = {1: {"auth": "pubkey", "id": SEGW, "certs": party.cert.name}, 2: {"auth": "eap-aka", "id": SEGW}}
    for number, proof in proofs.items():
        gateway = lab.gateway(number)
        gateway.settings = dict(LOAD)
        responder(gateway, proof, {"auth": "eap-aka", "eap_id": "%any"}, {"eap": {"id": IMSI, "secret": f'"{lab.secret}"'}},
                  send_cert="always")
    lab.cpe.start()
    local = {"auth": "eap-aka", "id": "cpe@example.org", "eap_id": IMSI, "secret": lab.secret}
    connection = {**lab.cpe.connection(failover=FAILOVER), "local_auth": local}
    connection["remote_auth"] = {"auth": "pubkey", "id": SEGW, "ca_cert": str(root.cert)}
    lab.cpe.apply(connection)
    lab.wait_up(1)
    expect(lab.gateway(1).sas()[0][1]["remote-eap-id"] == IMSI, f"SEGW 1 does not know the subscriber: {lab.gateway(1).sas()}")

    mark = lab.cpe.events.mark()
    connection["remote_auth"] = {"auth": "eap-aka", "id": SEGW}
    lab.cpe.apply(connection)
    lab.wait_up(2, mark=mark)
    event = lab.cpe.events.wait("segw_failover", 1, mark, connection="vpn")
    print(f"EAP-AKA alone: SEGW 1 answers with a certificate, {event['cause']}; SEGW 2 carries")
    expect(event["cause"] == "AUTH_FAILED", f"odd event {event}")

    mark = lab.cpe.events.mark()
    connection["local_auth"] = {**local, "secret": lab.secret[::-1]}
    lab.cpe.apply(connection)
    event = lab.cpe.events.wait("segw_exhausted", 10, mark, connection="vpn")
    expect(event["cause"] == "AUTH_FAILED", f"odd event {event}")
    log = lab.cpe.log.path.read_text()
    expect(lab.secret not in log and lab.secret[::-1] not in log, "the subscriber's key is in charon's log")
    return {}
