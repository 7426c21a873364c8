"""A request for what this charon lacks: see description.txt."""

import json

from lab import esp
from lab.charon import PLUGINS
from lab.pki import Pki
from lab.wait import expect

CURVE, MODP = "aes256-sha256-curve25519", "aes256-sha256-modp2048"
EXTRA = "libstrongswan-extra-plugins"


def loads(without, more=""):
    """The lab's plugins without some: OpenSSL has nearly everything, so it is never there."""
    return " ".join([word for word in PLUGINS.split() if word not in ("openssl", *without.split())] + more.split())


def refusals(pki):
    """Plugins left out, and more of them; what the request says; the path of the refusal, what it names, plugin and package."""
    def ike(*proposals):
        return {"ike_cfg": {"proposals": list(proposals)}}

    def child(*proposals):
        return {"children": [{"name": "net", "remote_ts": ["10.1.0.0/24"], "esp_proposals": list(proposals)}]}

    def signed(party, **more):
        auth = {"auth": "pubkey", "cert": party.pem(), "private_key": party.key_pem(), **more}
        return {**ike(CURVE), "local_auth": auth, "remote_auth": {"auth": "pubkey"}}
    rsa, ecdsa = pki.party("rsa", kind="rsa"), pki.party("ecdsa")
    locked = {"private_key": rsa.encrypted("right").read_text(), "private_key_passphrase": "right"}
    old = {"private_key": rsa.encrypted("right", traditional=True).read_text(), "private_key_passphrase": "right"}
    inner = "curve25519"
    return (
        ("kdf", "", ike(MODP), "ike_cfg.proposals[0]", "the KDF for PRF_HMAC_SHA2_256", "kdf", "libstrongswan"),
        ("kdf", "", {"ike_cfg": {"proposals": ["default"]}}, "ike_cfg.proposals[0]", "the KDF for", "kdf", "libstrongswan"),
        ("gmp", "", {"ike_cfg": {"proposals": None}}, "ike_cfg", "any DH group", "gmp", "libstrongswan"),
        ("gmp", "", ike(MODP), "ike_cfg.proposals[0]", "MODP_2048", "gmp", "libstrongswan"),
        ("gmp", "", ike("default"), "ike_cfg.proposals[0]", "any DH group", "gmp", "libstrongswan"),
        ("", "", ike(CURVE), "ike_cfg.proposals[0]", "CURVE_25519", inner, EXTRA),
        ("", "", ike("aes256-sha256-ecp256"), "ike_cfg.proposals[0]", "ECP_256", "openssl", "libstrongswan-standard-plugins"),
        ("gcm", "", ike("aes256gcm16-prfsha256-modp2048"), "ike_cfg.proposals[0]", "AES_GCM_16_256", "gcm", "libstrongswan-standard-plugins"),
        ("", "", ike("chacha20poly1305-prfsha256-modp2048"), "ike_cfg.proposals[0]", "CHACHA20_POLY1305", "chapoly", EXTRA),
        ("", "", ike("aes256ctr-sha256-modp2048"), "ike_cfg.proposals[0]", "AES_CTR_256", "ctr", EXTRA),
        ("", "", ike("3des-sha256-modp2048"), "ike_cfg.proposals[0]", "3DES", "openssl", "libstrongswan-standard-plugins"),
        ("", "", ike("aes256-aesxcbc-modp2048"), "ike_cfg.proposals[0]", "PRF_AES128_XCBC", "xcbc", "libstrongswan"),
        ("sha2", "", ike("aes256-sha512-modp2048"), "ike_cfg.proposals[0]", "PRF_HMAC_SHA2_512", "sha2", "libstrongswan"),
        ("hmac kdf", "", ike(MODP), "ike_cfg.proposals[0]", "PRF_HMAC_SHA2_256", "hmac", "libstrongswan"),
        ("", "", child("aes128gcm16-curve25519"), "children[0].esp_proposals[0]", "CURVE_25519", inner, EXTRA),
        ("x509", inner, signed(rsa), "local_auth.cert", "X.509 certificates", "x509", "libstrongswan"),
        ("pkcs1 x509", f"{inner} x509", signed(rsa), "local_auth.cert", "public keys of certificates", "pkcs1", "libstrongswan"),
        ("gmp", inner, signed(rsa), "local_auth.cert", "RSA keys", "gmp", "libstrongswan"),
        ("", inner, signed(ecdsa), "local_auth.cert", "ECDSA keys", "openssl", "libstrongswan-standard-plugins"),
        ("", inner, signed(rsa, **locked), "local_auth.private_key", "private keys in PKCS#8", "pkcs8", "libstrongswan"),
        ("pem", inner, signed(rsa, **old), "local_auth.private_key", "encrypted PEM", "pem", "libstrongswan"),
        ("", "", {"local_auth": {"auth": "eap-aka"}}, "local_auth.auth", "EAP_AKA", "eap-aka", "libcharon-extra-plugins"),
        ("", "", {"local_auth": {"auth": "eap-mschapv2"}}, "local_auth.auth", "EAP_MSCHAPV2", "eap-mschapv2", "libcharon-extauth-plugins"),
        ("", inner, {**signed(rsa), "remote_auth": {"auth": "pubkey", "revocation": "strict"}}, "remote_auth.revocation",
         "what checks revocation", "revocation", "libstrongswan"),
    )


def refused(lab, cases):
    """One charon for each list of plugins."""
    cpe = lab.cpe
    for plugins in dict.fromkeys(loads(without, more) for without, more, *_ in cases):
        cpe.settings["load"] = plugins
        cpe.start()
        for without, more, config, path, what, plugin, package in cases:
            if loads(without, more) != plugins:
                continue
            request = cpe.connection()
            request["ike_cfg"] |= config.get("ike_cfg", {})
            if not request["ike_cfg"]["proposals"]:
                del request["ike_cfg"]["proposals"]
            request |= {key: value for key, value in config.items() if key != "ike_cfg"}
            if "local_auth" in config and config["local_auth"]["auth"].startswith("eap"):
                request["local_auth"] |= {"secret": lab.secret}
            reply = cpe.events.request("APPLY_CONFIG " + json.dumps(request))
            print(f"{reply.get('path')}: {reply.get('error')}")
            expect(reply["ok"] is False and reply.get("path") == path, f"without '{without}', {config.keys()}: {reply}")
            openwrt = "" if plugin == "eap-aka" else f", OpenWrt: strongswan-mod-{plugin}"
            for word in (f"charon lacks {what}", f", load {plugin}", f" (Debian: {package}{openwrt})"):
                expect(word in reply["error"], f"'{word}' is not in {reply['error']}")
        expect("is used in part" not in str(cpe.events.ok("STATUS")["not_guarded"]), "STATUS names what was refused")
        cpe.stop()


def in_part(lab):
    """A group that is lacking comes first in the list, an algorithm in the second."""
    cpe = lab.cpe
    cpe.settings["load"] = loads("")
    cpe.start()

    def with_group(conf):
        conf["connections"]["cpe0"]["children"]["net0"]["esp_proposals"] = "aes128gcm16,aes128gcm16-modp2048"
    lab.gateway(1).reconfigure(with_group)
    connection = cpe.connection()
    connection["ike_cfg"]["proposals"] = [CURVE, "chacha20poly1305-aes256gcm16-prfsha256-curve25519-modp2048", MODP]
    connection["children"][0]["esp_proposals"] = ["aes128gcm16-curve25519", "aes128gcm16-curve25519-modp2048"]
    mark = cpe.events.mark()
    cpe.apply(connection)
    lab.wait_up(1)
    told = cpe.events.wait("segw_not_guarded", 2, mark, connection="vpn")
    why = "is used in part: ike_cfg.proposals[0] left out: charon lacks CURVE_25519, load curve25519"
    expect(told["reason"].startswith(why), f"told: {told}")
    expect(cpe.events.ok("STATUS")["not_guarded"] == [{"connection": "vpn", "reason": told["reason"]}], "STATUS does not say so")
    for path in ("ike_cfg.proposals[0]", "ike_cfg.proposals[1]", "children[0].esp_proposals[0]", "children[0].esp_proposals[1]"):
        cpe.log.wait(f"connection 'vpn': {path} left out: charon lacks ".replace("[", r"\["), 2)
    (_, ike_sa), = cpe.sas()
    expect(ike_sa["dh-group"] == "MODP_2048", f"negotiated {ike_sa}")
    cpe.swanctl("--rekey", "--child", "net")
    cpe.events.wait("child_rekey", 5, mark)

    # Said once, and no longer when it is over.
    connection["ike_cfg"]["proposals"] = [MODP]
    connection["children"][0]["esp_proposals"] = ["aes128gcm16"]
    mark = cpe.events.mark()
    cpe.apply(connection)
    over = cpe.events.wait("segw_not_guarded", 2, mark, connection="vpn")
    expect(over["reason"] is None and not cpe.events.ok("STATUS")["not_guarded"], f"told: {over}")
    lab.wait_up(1, mark=mark)


def esp_lacks(lab):
    """ESP is the kernel's, here userland's: only when the CHILD_SA is installed it says what it lacks. No SEGW is blamed."""
    cpe = lab.cpe
    cpe.settings["load"] = loads("gcm")
    cpe.start()
    cpe.apply(cpe.connection())
    backoff = cpe.events.wait("segw_backoff", 8, connection="vpn")
    expect(backoff["cause"] == "INSTALL_FAILED", f"{backoff}")
    said = [line.text for line, _ in cpe.log.find("(?i)(unsupported|not supported|unable to).*")]
    expect(any("AES_GCM" in text for text in said), f"the log names no algorithm: {said}")
    segws = cpe.status()["segws"]
    expect(all(segw["failures"] == 0 and segw["barred_until_ms"] is None for segw in segws), f"blamed: {segws}")
    cpe.stop()


def play(lab):
    if not esp.KERNEL:
        esp_lacks(lab)
    refused(lab, refusals(Pki(lab.folder / "pki")))
    in_part(lab)
    return {"vpn": 1}
