"""A revoked SEGW: see description.txt."""

import json

from lab.charon import PLUGINS
from lab.pki import Pki
from lab.segws import certified
from lab.wait import expect, until

RUNNING = ()
CPE = {"load": f"{PLUGINS} pkcs8 curl revocation"}
HERE = "C=KR, O=lab, CN=cpe"


def play(lab):
    pki = Pki(lab.folder / "pki")
    root, other = pki.party("root", ca=True), pki.party("other", ca=True)
    segws = {n: pki.party(f"segw{n}", root, sans=("segw@example.org",)) for n in (1, 2)}
    for number, party in segws.items():
        certified(lab.gateway(number), party, root)
    pki.revoke(segws[1])
    cpe = pki.party("cpe", root)
    connection = lab.cpe.connection()
    connection["local_auth"] = {"auth": "pubkey", "cert": str(cpe.cert), "private_key": str(cpe.key)}

    def apply(**remote):
        """Anew with this for the SEGWs; how many events there were before."""
        mark = lab.cpe.events.mark()
        lab.cpe.events.request("REMOVE_CONFIG vpn")
        until(lambda: not lab.cpe.sas(), 5, "the old IKE_SA to go")
        lab.cpe.apply({**connection, "remote_auth": {"auth": "pubkey", "id": "segw@example.org", **remote}})
        return mark

    def refuses_all(what, **remote):
        mark = apply(**remote)
        lab.cpe.events.wait("segw_backoff", 5, mark)
        expect(not lab.cpe.events.since(mark, "tunnel_up"), f"{what}: it came up all the same")

    lab.cpe.start()
    mark = apply(ca_cert=str(root.cert))
    lab.wait_up(2, mark=mark)
    event = lab.cpe.events.wait("segw_failover", 1, mark)
    expect(event["cause"] == "AUTH_FAILED", f"the cause should tell of authentication: {event}")
    expect("certificate was revoked" in lab.cpe.log.path.read_text(), "charon does not say why it refused SEGW 1")

    for key in ("enable_crl", "enable_ocsp"):
        other_way = {**connection, "remote_auth": {"auth": "pubkey", key: False}}
        reply = lab.cpe.events.request("APPLY_CONFIG " + json.dumps(other_way))
        expect(reply.get("path") == f"remote_auth.{key}", f"it cannot be switched off here: {reply}")
    lab.expect_only({"vpn": 2})

    refuses_all("another authority's", ca_cert=str(other.cert))
    refuses_all("another certificate", ca_cert=str(root.cert), cert=cpe.pem())
    lab.wait_up(2, mark=apply(cert=str(segws[2].cert)))

    root.crl.unlink()
    refuses_all("no list, strict", ca_cert=str(root.cert), revocation="strict")
    refuses_all("no list, ifuri", ca_cert=str(root.cert), revocation="ifuri")
    # Nobody knows any more that it is revoked.
    lab.wait_up(1, mark=apply(ca_cert=str(root.cert), revocation="relaxed"))
    return {"vpn": 1}
