"""Keys that few use: see description.txt."""

from pathlib import Path

from lab import charon
from lab.charon import PLUGINS
from lab.gateway import IDENTITY, client_identity
from lab.pki import Pki
from lab.segws import responder
from lab.wait import expect, until

SLOW = True
RUNNING = ()
HAS_EAP_TLS = Path(f"{charon.STOCK}/plugins/libstrongswan-eap-tls.so").exists()
WITH_EAP = f"{PLUGINS} pkcs8" + (" eap-tls eap-identity" if HAS_EAP_TLS else "")
CPE = {"load": WITH_EAP}
AAA = "aaa@example.org"


def moves_to_2(lab, connection, mark):
    """It comes up on SEGW 1 and fails over; both SEGWs are back after it."""
    lab.cpe.apply(connection)
    lab.wait_up(1, mark=mark)
    mark = lab.cpe.events.mark()
    lab.gateway(1).die()
    lab.wait_up(2, mark=mark)
    lab.expect_carried(2)


def refused(lab, connection, why):
    """No SEGW accepts it, or we accept none."""
    mark = lab.cpe.events.mark()
    lab.cpe.apply(connection)
    backoff = lab.cpe.events.wait("segw_backoff", 8, mark)
    expect(backoff["cause"] == "AUTH_FAILED" and not lab.cpe.events.since(mark, "tunnel_up"), f"{why}: {backoff}")


def removed(lab):
    lab.cpe.events.ok("REMOVE_CONFIG vpn")
    until(lambda: not lab.cpe.sas(), 5, "the end of the IKE_SA")


def postquantum(lab):
    me, key = client_identity(0), f"{lab.secret}pq"
    for gateway in lab.gateways.values():
        gateway.kill()
        responder(gateway, {"auth": "psk", "id": IDENTITY}, {"auth": "psk", "id": me},
                  {"ike": {"id": me, "secret": f'"{lab.secret}"'}, "ppk": {"id": me, "secret": f'"{key}"'}}, ppk_id=me, ppk_required=True)
    connection = lab.cpe.connection(ppk_id=me, ppk_required=True)
    refused(lab, {**connection, "ppk_secret": f"{key}x"}, "another postquantum key")
    mark, line = lab.cpe.events.mark(), lab.cpe.log.mark()
    moves_to_2(lab, {**connection, "ppk_secret": key}, mark)
    expect(lab.cpe.log.find("using PPK", line), "charon did not use the key")
    expect(key not in lab.cpe.log.path.read_text(), "the key is in charon's log")
    removed(lab)


def eap_tls(lab, pki):
    root = pki.party("root", ca=True)
    me = pki.party("cpe", root, sans=("cpe@example.org",))
    for number, gateway in lab.gateways.items():
        gateway.kill()
        gateway.settings = {"load": WITH_EAP}
        party = pki.party(f"segw{number}", root, sans=(IDENTITY, AAA))
        Pki.install(party, root, gateway)
        responder(gateway, {"auth": "pubkey", "id": IDENTITY, "certs": party.cert.name, "aaa_id": AAA},
                  {"auth": "eap-tls", "id": "cpe@example.org", "eap_id": "%any"}, send_cert="always")
    local = {"auth": "eap-tls", "id": "cpe@example.org", "aaa_id": AAA, "cert": me.pem(), "private_key": me.key_pem()}
    connection = lab.cpe.connection(remote_auth={"auth": "pubkey", "id": IDENTITY, "ca_cert": str(root.cert)})
    refused(lab, {**connection, "local_auth": {**local, "aaa_id": "other@example.org"}}, "another AAA server")
    moves_to_2(lab, {**connection, "local_auth": local}, lab.cpe.events.mark())
    removed(lab)


def certificate_of_each(lab, pki):
    """An authority that the CPE does not know has issued them: each SEGW is known by its own certificate."""
    me, unknown = client_identity(0), pki.party("unknown", ca=True)
    parties = [pki.party(f"alone{number}", unknown, sans=(f"segw{number}@example.org",)) for number in (1, 2)]
    for (number, gateway), party in zip(lab.gateways.items(), parties):
        gateway.kill()
        gateway.settings = {}
        Pki.install(party, unknown, gateway)
        responder(gateway, {"auth": "pubkey", "id": f"segw{number}@example.org", "certs": party.cert.name}, {"auth": "psk", "id": me},
                  {"ike": {"id": me, "secret": f'"{lab.secret}"'}}, send_cert="always")
    connection = lab.cpe.connection()
    connection["remote_auth"] = {"auth": "pubkey", "id": [f"segw{number}@example.org" for number in (1, 2)]}
    certs = [party.pem() for party in parties]
    refused(lab, {**connection, "remote_auth": {**connection["remote_auth"], "cert": certs[::-1]}}, "the other's certificate")
    moves_to_2(lab, {**connection, "remote_auth": {**connection["remote_auth"], "cert": certs}}, lab.cpe.events.mark())


def play(lab):
    pki = Pki(lab.folder / "pki")
    lab.cpe.start()
    postquantum(lab)
    if HAS_EAP_TLS:
        eap_tls(lab, pki)
    certificate_of_each(lab, pki)
    return {"vpn": 2}
