"""Certificates end to end: see description.txt."""

import secrets

from lab.charon import PLUGINS
from lab.pki import Pki
from lab.segws import certified
from lab.wait import expect

SLOW = True
RUNNING = ()
CPE = {"load": f"{PLUGINS} pkcs8 curl revocation"}


def play(lab):
    pki = Pki(lab.folder / "pki")
    root = pki.party("root", ca=True)
    near, far = (pki.party(name, root, "rsa", ca=True) for name in ("cpe-ca", "segw-ca"))
    for number, kind in ((1, "ecdsa"), (2, "rsa")):
        party = pki.party(f"segw{number}", far, kind, sans=("segw@example.org",))
        certified(lab.gateway(number), party, root, remote="C=KR, O=lab, CN=*")
    first, second = pki.party("cpe-ecdsa", near), pki.party("cpe-rsa", near, "rsa")
    word = secrets.token_hex(8)

    def auth(party, key, passphrase):
        return {"auth": "pubkey", "cert": str(party.cert), "private_key": key, "private_key_passphrase": passphrase,
                "ca_cert": str(near.cert)}
    remote = {"auth": "cert", "id": "segw@example.org", "ca_cert": [root.pem()], "revocation": "strict"}
    lab.cpe.start()
    connection = lab.cpe.connection()
    connection.update(local_auth=auth(first, str(first.encrypted(word)), word), remote_auth=remote)
    lab.cpe.apply(connection)
    lab.wait_up(1)
    expect(lab.gateway(1).sas()[0][1]["remote-id"] == first.dn, f"SEGW 1 knows the CPE as {lab.gateway(1).sas()[0][1]['remote-id']}")

    mark = lab.cpe.events.mark()
    lab.gateway(1).die()
    lab.wait_up(2, mark=mark)

    # The other key, with what is below the certificate in one text with it, and all of it in the request.
    mark = lab.cpe.events.mark()
    chain = second.pem() + near.pem()
    old = second.encrypted(word, traditional=True).read_text()
    connection["local_auth"] = {"auth": "cert", "cert": chain, "private_key": old, "private_key_passphrase": word}
    lab.cpe.apply(connection)
    lab.wait_up(2, mark=mark)
    expect(lab.gateway(2).sas()[0][1]["remote-id"] == second.dn, "SEGW 2 does not know the CPE by its new certificate")

    log = lab.cpe.log.path.read_text()
    expect(word not in log, "the passphrase is in charon's log")
    certs = lab.cpe.swanctl("--list-certs")
    expect("cpe-rsa" in certs and "cpe-ecdsa" not in certs, f"the old certificate is still there:\n{certs}")
    return {"vpn": 2}
