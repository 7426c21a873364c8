"""What only charon's side can judge: see description.txt."""

import base64
import json

from lab.pki import Pki
from lab.settings import merged
from lab.wait import expect

EAP, PUBKEY, V1 = {"auth": "eap"}, {"auth": "pubkey"}, {"version": 1}
TS, KEY = "children[0].remote_ts[0]", "local_auth.private_key"

# What is added to a connection that is right, of `children` to its only one; the place in the answer, and words of it.
REFUSED = (
    ({"local_auth": EAP}, "local_auth.auth", "no EAP method loaded"),
    ({"local_auth": {"aaa_id": "aaa"}}, "local_auth.aaa_id", "not EAP"),
    ({"local_auth": {"eap_id": "me"}}, "local_auth.eap_id", "not EAP"),
    ({"local_auth": {"id": "%any"}}, "local_auth.id", "can't be a wildcard"),
    ({"local_auth": {"id": "*@example.org"}}, "local_auth.id", "can't be a wildcard"),
    ({"ike_cfg": V1, "remote_auth": PUBKEY}, "remote_auth.auth", "both sides use the same"),
    ({"remote_auth": EAP}, "remote_auth.auth", "only if this side does"),
    ({"remote_auth": {"auth": "eap-mschapv2"}}, "remote_auth.auth", "does not prove"),
    ({"remote_auth": {"aaa_id": "aaa"}}, "remote_auth.aaa_id", "did you mean local_auth"),
    ({"remote_auth": {"eap_id": "segw"}}, "remote_auth.eap_id", "no EAP identity"),
    ({"remote_auth": {"secret": "another"}}, "remote_auth.secret", "same pre-shared key"),
    ({"remote_auth": {"revocation": "strict"}}, "remote_auth.revocation", "uses no certificate"),
    ({"ike_cfg": V1, "ppk_id": "ppk"}, "ppk_id", "of IKEv2"),
    ({"ppk_id": "%any"}, "ppk_id", "can't be a wildcard"),
    ({"ike_cfg": {"local_addrs": ["%any", "eth0"]}}, "ike_cfg.local_addrs[1]", "an interface; write an address of it"),
    *(({"ike_cfg": {"proposals": [each]}}, "ike_cfg.proposals[0]", "one is like aes256-sha256-modp2048, with a group and without !") for each in (
        "aes256", "aes256-sha256", "aes256-sha256-modp2048!")),
    ({"children": {"esp_proposals": ["aes-128"]}}, "children[0].esp_proposals[0]", "one is like aes128gcm16 or aes128-sha256"),
    ({"children": {"mark_in": "42/"}}, "children[0].mark_in", "one is like 42 or 0x10/0xff"),
    ({"children": {"if_id_in": "vti0"}}, "children[0].if_id_in", "one is like 42, no name of an interface"),
    ({"children": {"tfc_padding": "much"}}, "children[0].tfc_padding", 'expected "mtu"'),
    *(({"children": {"remote_ts": [each]}}, TS, "not a valid traffic selector") for each in (
        "10.1.0.0/33", "10.1.0.0/x", "10.1.0.9-10.1.0.1", "10.1.0.1-x", "10.1.0.0/24[tcp", "10.1.0.0/24[tcp]x", "10.1.0.0/24[nosuchthing]",
        "10.1.0.0/24[256]", "10.1.0.0/24[tcp/90-80]", "10.1.0.0/24[tcp/65536]", "10.1.0.0/24[tcp/nosuchthing]", "10.1.0.0/24[tcp/]",
        f"10.1.0.0/24[{'t' * 200}]")),
)

# Selectors as swanctl.conf has them, and as charon lists them; what it calls `tcp` and `http` is /etc/protocols' and /etc/services'.
SELECTORS = {
    "10.1.0.0/24": "10.1.0.0/24", "10.1.0.1": "10.1.0.1/32", "10.1.0.4-10.1.0.9": "10.1.0.4..10.1.0.9", "fec0::/16": "fec0::/16",
    "10.1.0.0/24[tcp]": "10.1.0.0/24[tcp]", "10.1.0.0/24[17]": "10.1.0.0/24[udp]", "10.1.0.0/24[any/any]": "10.1.0.0/24",
    "10.1.0.0/24[tcp/80-90]": "10.1.0.0/24[tcp/80-90]", "10.1.0.0/24[tcp/443]": "10.1.0.0/24[tcp/https]",
    "10.1.0.0/24[tcp/http]": "10.1.0.0/24[tcp/http]", "10.1.0.0/24[udp/opaque]": "10.1.0.0/24[udp/OPAQUE]",
    "dynamic[tcp/22]": "dynamic[tcp/ssh]",
}

# DER that is no private key, and what is said of it: no sequence, neither a version nor a scheme, schemes that say too little; then keys of
# RSA, EC and kinds that charon does not know, with nothing in them.
UNREADABLE = "can't read this private key"
KEYS = {
    "020100": UNREADABLE, "3003040100": UNREADABLE, "30023000": UNREADABLE,
    "300b300906032b060130023000": UNREADABLE, "300c300a06032b06013003020101": UNREADABLE,
    "3006020100020100": UNREADABLE, "300702010104020001": UNREADABLE, "30050201000500": UNREADABLE,
    "300a020100300506032a0304": "PKCS#8", "300a020100300506032b6570": "PKCS#8", "300a020100300506032b6571": "PKCS#8",
    "3005020100 3000": "PKCS#8",
}


def pem(der):
    return f"-----BEGIN PRIVATE KEY-----\n{base64.b64encode(bytes.fromhex(der)).decode()}\n-----END PRIVATE KEY-----\n"


def play(lab):
    lab.up()
    child = lab.cpe.child(1, start_action="none")
    good = lab.cpe.connection(net=1)

    def request(more, base=good):
        changed = merged(base, more) | {"children": [merged(child, more.get("children", {}))]}
        return lab.cpe.events.request("APPLY_CONFIG " + json.dumps(changed))

    def refused(more, path, words, base=good):
        reply = request(more, base)
        if more.get("ike_cfg") == V1 and reply.get("path") == "ike_cfg.version":
            path, words = "ike_cfg.version", "built without IKEv1"      # as Debian builds 6.1
        expect(not reply["ok"] and reply.get("path") == path and words in reply["error"], f"{more}: {words!r} at {path} expected: {reply}")

    for more, path, words in REFUSED:
        refused(more, path, words)

    pki = Pki(lab.folder / "pki")
    party = pki.party("cpe", pki.party("root", ca=True))
    both = {"auth": "pubkey", "cert": party.pem(), "private_key": party.key_pem()}
    certified = {**good, "local_auth": both, "remote_auth": PUBKEY}
    for der, words in KEYS.items():
        refused({"local_auth": {"private_key": pem(der)}}, KEY, words, certified)
    refused({"local_auth": {"private_key": party.pem()}}, KEY, "no private key in it", certified)
    for lacking, path in (("cert", "local_auth.cert"), ("private_key", KEY)):
        refused({}, path, "needs its", {**certified, "local_auth": {key: value for key, value in both.items() if key != lacking}})
    expect("vpn1" not in lab.cpe.connections(), "what was refused is loaded")

    for selector, listed in SELECTORS.items():
        reply = request({"children": {"remote_ts": [selector]}})
        expect(reply["ok"], f"{selector}: {reply}")
        found = lab.cpe.connections()["vpn1"]["children"]["net"]["remote-ts"]
        expect(found == [listed], f"{selector}: charon lists {found}, {listed} expected")
    for more in ({"tfc_padding": "mtu"}, {"tfc_padding": "100"}, {"hw_offload": "crypto"}):
        reply = request({"children": more})
        expect(reply["ok"], f"{more}: {reply}")
    # Charon's own proposals, and what its address turns out to be.
    lab.cpe.apply({**good, "children": [{"name": "net", "remote_ts": ["10.1.1.0/24"], "start_action": "none"}]})
    found = lab.cpe.connections()["vpn1"]["children"]["net"]["local-ts"]
    expect(found == ["dynamic"], f"charon lists {found}")
    lab.cpe.events.ok("REMOVE_CONFIG vpn1")
    return {"vpn": 1}
