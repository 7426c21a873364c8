"""A renewed certificate: see description.txt."""

import shutil

from lab.charon import PLUGINS
from lab.pki import Pki
from lab.segws import certified
from lab.wait import expect, until

RUNNING = ()
CPE = {"load": f"{PLUGINS} pkcs8", "make_before_break": False}


def renew(lab, connection, party):
    """The files are replaced and the same is applied: nothing happens to what is up."""
    before = [sa["uniqueid"] for _, sa in lab.cpe.sas()]
    local = connection["local_auth"]
    shutil.copy(party.cert, local["cert"])
    shutil.copy(party.key, local["private_key"])
    lab.cpe.apply(connection)
    until(lambda: party.name in lab.cpe.swanctl("--list-certs"), 5, "the new certificate to be loaded")
    expect([sa["uniqueid"] for _, sa in lab.cpe.sas()] == before, f"the IKE_SA did not run on: {lab.picture()}")


def reauthenticate(lab, party):
    """It stays with SEGW 1, which knows the new identity."""
    before, mark, line = lab.cpe.sas()[0][1]["uniqueid"], lab.cpe.events.mark(), lab.cpe.log.mark()
    lab.cpe.swanctl("--rekey", "--ike", "vpn", "--reauth")
    lab.cpe.log.wait("state change: DELETING => DESTROYING", 5, line)
    lab.wait_up(1, mark=mark)
    lab.expect_only({"vpn": 1})
    expect(lab.cpe.sas()[0][1]["uniqueid"] != before, "the unique id is still the old one: was that a reauthentication?")

    def known():
        return [sa["remote-id"] for _, sa in lab.gateway(1).sas()]
    until(lambda: known() == [party.dn], 5, lambda: f"SEGW 1 to know the CPE as {party.dn}; it knows {known()}")
    print(f"SEGW 1 knows the CPE as {known()}")
    expect(not lab.moves(mark), f"moved: {lab.moves(mark)}")
    expect(not lab.cpe.events.since(mark, "segw_backoff"), "a pause")
    status = lab.cpe.status()
    expect([segw["failures"] for segw in status["segws"]] == [0, 0], f"a SEGW was blamed: {status}")
    expect(not lab.cpe.log.find("AUTH_FAILED|no private key", line), "the old identity was shown")


def play(lab):
    pki = Pki(lab.folder / "pki")
    root = pki.party("root", ca=True)
    for number in (1, 2):
        certified(lab.gateway(number), pki.party(f"segw{number}", root, sans=("segw@example.org",)), root, remote="C=KR, O=lab, CN=*")
    old, new, newest = (pki.party(f"cpe-{name}", root) for name in ("old", "new", "newest"))
    cert, key = lab.cpe.folder / "cpe.pem", lab.cpe.folder / "cpe.key"
    shutil.copy(old.cert, cert)
    shutil.copy(old.key, key)
    connection = lab.cpe.connection()
    connection.update(local_auth={"auth": "pubkey", "cert": str(cert), "private_key": str(key)},
                      remote_auth={"auth": "cert", "id": "segw@example.org", "ca_cert": [root.pem()]})
    lab.up(connection)
    lab.expect_carried(1)
    for party in (new, newest):
        renew(lab, connection, party)
        reauthenticate(lab, party)
    lab.expect_carried(1)
    return {"vpn": 1}
