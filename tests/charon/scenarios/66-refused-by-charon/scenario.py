"""All or nothing: see description.txt."""

import copy
import json

from lab.charon import PLUGINS
from lab.pki import Pki
from lab.wait import expect

CPE = {"load": f"{PLUGINS} pkcs8"}      # no plugin for revocation, updown or EAP


def with_keys(config, **keys):
    """A copy with child__x=... put into its child and section__x=... into that section; None takes a key out."""
    result = copy.deepcopy(config)
    for path, value in keys.items():
        section, _, key = path.rpartition("__")
        target = result["children"][0] if section == "child" else result[section] if section else result
        if value is None:
            del target[key]
        else:
            target[key] = value
    return result


def cases(lab, pki, good):
    cpe = lab.cpe
    root = pki.party("root", ca=True)
    one, other = pki.party("one", root), pki.party("other", root, "rsa")
    signed = with_keys(good, local_auth={"auth": "pubkey", "cert": one.pem(), "private_key": one.key_pem()},
                       remote_auth={"auth": "pubkey", "ca_cert": str(root.cert)})
    locked = str(one.encrypted("right"))
    yield signed, None, None
    for what, config, path in (
            ("childless before 5.9.10", with_keys(good, ike_cfg__childless="prefer"), "ike_cfg.childless"),
            ("fragmentation of IKEv1", with_keys(good, ike_cfg__fragmentation="force"), "ike_cfg.fragmentation"),
            ("a port charon does not have", with_keys(good, ike_cfg__local_port=4711), "ike_cfg.local_port"),
            ("offload before 5.9.10", with_keys(good, child__hw_offload="packet"), "children[0].hw_offload"),
            ("a script nobody runs", with_keys(good, child__updown="/bin/true"), "children[0].updown"),
            ("a mark", with_keys(good, child__mark_in="7/twelve"), "children[0].mark_in"),
            ("a mark too large", with_keys(good, child__mark_out=4294967296), "children[0].mark_out"),
            ("an interface ID", with_keys(good, if_id_in="eth0"), "if_id_in"),
            ("an interface ID of a child", with_keys(good, child__if_id_out="%uniq"), "children[0].if_id_out"),
            ("an AH proposal", with_keys(good, child__ah_proposals=["rot13"], child__esp_proposals=None),
             "children[0].ah_proposals[0]"),
            ("EAP without plugin", with_keys(good, local_auth__auth="eap-aka"), "local_auth.auth"),
            ("an EAP identity without EAP", with_keys(good, local_auth__eap_id="me"), "local_auth.eap_id"),
            ("hexadecimal", with_keys(good, local_auth__secret="0x123"), "local_auth.secret"),
            ("base64", with_keys(good, local_auth__secret="0s!!!!"), "local_auth.secret"),
            ("an identity", with_keys(good, remote_auth__id=["a@b", "Planet=Mars"]), "remote_auth.id[1]"),
            ("revocation without plugin", with_keys(signed, remote_auth__revocation="strict"), "remote_auth.revocation"),
            ("our own certificate's status", with_keys(signed, local_auth__enable_crl=False), "local_auth.enable_crl"),
            ("a key that is not of the certificate", with_keys(signed, local_auth__private_key=str(other.key)), "local_auth.private_key"),
            ("a locked key", with_keys(signed, local_auth__private_key=locked), "local_auth.private_key_passphrase"),
            ("a wrong passphrase", with_keys(signed, local_auth__private_key=locked, local_auth__private_key_passphrase="wrong"),
             "local_auth.private_key_passphrase"),
            ("a needless passphrase", with_keys(signed, local_auth__private_key_passphrase="wrong"), "local_auth.private_key_passphrase"),
            ("a certificate that is none", with_keys(signed, local_auth__cert=one.key_pem()), "local_auth.cert"),
            ("a relative path", with_keys(signed, local_auth__cert="one.pem"), "local_auth.cert"),
            ("a folder", with_keys(signed, local_auth__cert="/tmp"), "local_auth.cert"),
            ("no such file", with_keys(signed, remote_auth__ca_cert=[str(root.cert), "/tmp/nowhere.pem"]), "remote_auth.ca_cert[1]"),
            ("a CA that is none", with_keys(signed, remote_auth__ca_cert=[str(one.cert)]), "remote_auth.ca_cert[0]")):
        yield {"connections": [with_keys(signed, name="first"), with_keys(cpe.connection(), name="vpn"), with_keys(config, name="last")]}, what, path


def play(lab):
    pki = Pki(lab.folder / "pki")
    stock = lab.cpe.stock_connection(1, "stock", proposals="aes256-sha256-modp2048")
    lab.cpe.stock_connections = {"connections": stock}
    lab.cpe.start()
    good = lab.cpe.connection()
    good["children"][0]["start_action"] = "none"

    def now():
        return sorted(lab.cpe.connections()), lab.cpe.swanctl("--list-certs"), lab.cpe.sas()
    before = now()
    expect("subject" not in before[1], f"there are certificates already: {before[1]}")
    _, started = lab.cpe.log.wait(r"\(strongSwan (\d+)\.(\d+)\.(\d+)", 1)
    version = tuple(map(int, started.groups()))
    (signed, _, _), *bad = cases(lab, pki, good)
    for document, what, path in bad:
        if what.endswith(" before 5.9.10") and version >= (5, 9, 10):
            continue
        reply = lab.cpe.events.request("APPLY_CONFIG " + json.dumps(document))
        expect(reply["ok"] is False and reply.get("path") == f"connections[2].{path}", f"{what}: {reply}")
        expect(lab.secret not in json.dumps(reply) and "wrong" not in json.dumps(reply), f"{what}: a secret is in {reply}")
        expect(now() == before, f"{what}: was {before}, is {now()}")
        if what == "no such file":
            expect("/tmp/nowhere.pem: No such file" in reply["error"], f"the error names no file: {reply}")
    # The key came with each of those requests: a connection of charon's own finds none.
    said = lab.cpe.swanctl("--initiate", "--child", "net-1", "--timeout", "5", check=False)
    expect("no shared key found" in lab.cpe.log.path.read_text(), f"charon had the key: {said}")

    # Without the plugin nothing is checked anyway, so that may be said.
    signed = with_keys(signed, name="signed", remote_auth__enable_crl=False, remote_auth__enable_ocsp=False)
    lab.cpe.events.ok("APPLY_CONFIG " + json.dumps(signed))
    expect("CN=one" in lab.cpe.swanctl("--list-certs"), "the certificate is not there")
    lab.cpe.events.ok("REMOVE_CONFIG signed")
    expect(now() == before, f"REMOVE_CONFIG left {now()}")
    log = lab.cpe.log.path.read_text()
    expect("wrong" not in log and "right" not in log and lab.secret not in log, "a secret is in charon's log")
    lab.cpe.apply(lab.cpe.connection())
    lab.wait_up(1)
    return {"vpn": 1}
