"""EAP: see description.txt."""

import json
from pathlib import Path

from lab import charon
from lab.charon import PLUGINS
from lab.pki import Pki
from lab.segws import responder
from lab.wait import expect

RUNNING = ()
HAS = Path(f"{charon.STOCK}/plugins/libstrongswan-eap-mschapv2.so").exists()
WITH_EAP = f"{PLUGINS} eap-identity eap-mschapv2"
CPE = {"load": WITH_EAP if HAS else f"{PLUGINS} eap-identity"}
USER = "subscriber@example.org"


def refused(lab, connection, path):
    reply = lab.cpe.events.request("APPLY_CONFIG " + json.dumps(connection))
    expect(reply["ok"] is False and reply.get("path") == path and "plugin" in reply["error"], f"{path} not refused: {reply}")
    expect(lab.secret not in json.dumps(reply), "the password is in the reply")


def play(lab):
    pki = Pki(lab.folder / "pki")
    root = pki.party("root", ca=True)
    for number in (1, 2):
        gateway, party = lab.gateway(number), pki.party(f"segw{number}", root, sans=("segw@example.org",))
        Pki.install(party, root, gateway)
        if HAS:
            gateway.settings = {"load": WITH_EAP}
            responder(gateway, {"auth": "pubkey", "id": "segw@example.org", "certs": party.cert.name},
                      {"auth": "eap-mschapv2", "eap_id": "%any"}, {"eap": {"id": USER, "secret": f'"{lab.secret}"'}},
                      send_cert="always")
    lab.cpe.start()
    connection = lab.cpe.connection()
    connection["remote_auth"] = {"auth": "pubkey", "id": "segw@example.org", "ca_cert": str(root.cert)}
    aka = {"auth": "eap-aka", "id": USER}
    refused(lab, {**connection, "local_auth": aka}, "local_auth.auth")
    mschap = {"auth": "eap-mschapv2", "id": "cpe@example.org", "eap_id": USER, "secret": lab.secret}
    if not HAS:
        refused(lab, {**connection, "local_auth": mschap}, "local_auth.auth")
        return {}
    lab.cpe.apply({**connection, "local_auth": mschap})
    lab.wait_up(1)
    mark = lab.cpe.events.mark()
    lab.gateway(1).die()
    lab.wait_up(2, mark=mark)
    expect(lab.gateway(2).sas()[0][1]["remote-eap-id"] == USER, "SEGW 2 does not know the subscriber")
    expect(lab.secret not in lab.cpe.log.path.read_text(), "the password is in charon's log")
    return {"vpn": 2}
