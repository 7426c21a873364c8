"""What private keys cost: see description.txt."""

import base64
import concurrent.futures
import hashlib
import json
import secrets
import time

from lab.charon import PLUGINS
from lab.command import run
from lab.extsock import Extsock
from lab.pki import Pki
from lab.rest import processor
from lab.wait import expect, slack

RUNNING = ()
CPE = {"load": f"{PLUGINS} pkcs8"}
KEYS, MOST = 15, 1_000_000
ASK_EVERY_S = 0.02
ASKED_MIN = 8           # if one of them waits for all keys there are no more than two
ANSWER_MAX_S, END_MAX_S = slack(0.3), slack(1)
REFUSAL_MAX_S = slack(2)        # of processor time: other work on the machine makes it no longer


def encrypted(party, word, iterations, *scheme, form="PEM"):
    """The key of a party as PKCS#8, its passphrase with so many iterations."""
    path = party.folder / f"{party.name}-{iterations}.{form}"
    run("openssl", "pkcs8", "-topk8", "-in", party.key, *(scheme or ("-v2", "aes256", "-v2prf", "hmacWithSHA256")), "-iter", str(iterations),
        "-passout", f"pass:{word}", "-outform", form, "-out", path)
    return path


def wrapped(path, word):
    """A key that is encrypted already, in PEM's own encryption, which takes one round of MD5."""
    iv = secrets.token_hex(16)
    key = hashlib.md5(word.encode() + bytes.fromhex(iv)[:8]).hexdigest()
    outer = path.with_suffix(".wrapped")
    run("openssl", "enc", "-aes-128-cbc", "-K", key, "-iv", iv, "-in", path, "-out", outer)
    text = base64.encodebytes(outer.read_bytes()).decode()
    return f"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,{iv.upper()}\n\n{text}-----END RSA PRIVATE KEY-----\n"


def der(tag, *parts):
    """One element of DER."""
    content = b"".join(parts)
    size = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag]) + (bytes([len(content)]) if len(content) < 128 else bytes([0x80 | len(size)]) + size) + content


def slow_authority():
    """An authority's certificate that is its own issuer's, and takes charon a second to verify: the exponent is as long as the modulus."""
    size = 1900
    number = der(2, b"\0\xff" + secrets.token_bytes(size - 2) + b"\xff")
    rsa = [der(0x30, der(6, bytes.fromhex(oid)), b"\5\0") for oid in ("2a864886f70d010101", "2a864886f70d01010b")]
    name = der(0x30, der(0x31, der(0x30, der(6, bytes.fromhex("550403")), der(0x0c, b"slow"))))
    dates = der(0x30, der(0x17, b"200101000000Z"), der(0x17, b"400101000000Z"))
    authority = der(0xa3, der(0x30, der(0x30, der(6, bytes.fromhex("551d13")), der(1, b"\xff"), der(4, der(0x30, der(1, b"\xff"))))))
    tbs = der(0x30, der(0xa0, der(2, b"\2")), der(2, b"\1"), rsa[1], name, dates, name, der(0x30, rsa[0], der(3, b"\0", der(0x30, number, number))),
              authority)
    text = base64.encodebytes(der(0x30, tbs, rsa[1], der(3, b"\0\x7f" + secrets.token_bytes(size - 1)))).decode()
    return f"-----BEGIN CERTIFICATE-----\n{text}-----END CERTIFICATE-----\n"


def request(lab, party, word, *keys):
    """An APPLY_CONFIG of as many connections as there are keys, none of which is dialled."""
    base = lab.cpe.connection(net=1, children=[lab.cpe.child(1, start_action="none")], remote_auth={"auth": "pubkey"})
    return "APPLY_CONFIG " + json.dumps({"connections": [base | {"name": f"key{number}", "local_auth": {
        "auth": "pubkey", "cert": party.pem(), "private_key": str(key), "private_key_passphrase": word}} for number, key in enumerate(keys)]})


def refused(lab, text, path, words):
    before = processor(lab.cpe.pid)
    reply = lab.cpe.events.request(text, 60)
    took = processor(lab.cpe.pid) - before
    expect(not reply["ok"] and reply.get("path") == path and words in reply["error"], f"expected {words!r} at {path}: {reply}")
    expect(took < REFUSAL_MAX_S, f"{path}: refused after {took:.1f} s of processor time")


def answered(client):
    began = time.monotonic()
    client.ok("STATUS", 60)
    return time.monotonic() - began


def play(lab):
    pki, word = Pki(lab.folder / "pki"), secrets.token_hex(8)
    party = pki.party("cpe", pki.party("root", ca=True))
    lab.cpe.start()

    # What is too much is refused, however it is dressed. Newer charons refuse more than MOST for one key themselves.
    key = "local_auth.private_key"
    dear = encrypted(party, word, MOST).read_text()
    refused(lab, request(lab, party, word, *[dear] * KEYS), f"connections[1].{key}", "iterations")
    for what in (encrypted(party, word, MOST + 1).read_text(), encrypted(party, word, MOST + 1, form="DER"),
                 encrypted(party, word, MOST + 2, "-v1", "PBE-SHA1-3DES").read_text()):
        refused(lab, request(lab, party, word, what), f"connections[0].{key}", "iterations")
    inner = encrypted(party, word, MOST, form="DER")
    refused(lab, request(lab, party, word, wrapped(inner, word)), f"connections[0].{key}_passphrase", "does not decrypt")
    # Nobody's passphrase but the request's is tried.
    refused(lab, request(lab, party, "", inner).replace(', "private_key_passphrase": ""', ""),
            f"connections[0].{key}_passphrase", "is encrypted")
    # An authority whose key is made to be slow.
    psk = lab.cpe.connection(net=1, children=[lab.cpe.child(1, start_action="none")], remote_auth={"auth": "pubkey", "ca_cert": slow_authority()})
    refused(lab, "APPLY_CONFIG " + json.dumps(psk), "remote_auth.ca_cert[0]", "exponent")
    # But what needs a passphrase in PEM's own way opens with it.
    lab.cpe.events.ok(request(lab, party, word, party.encrypted(word, traditional=True).read_text()))

    # What is allowed takes its time, and nobody else's.
    text = request(lab, party, word, *[encrypted(party, word, MOST // KEYS).read_text()] * KEYS)
    others = lab.cpe.client()
    waits = []
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        began = time.monotonic()
        reading = pool.submit(lab.cpe.events.ok, text, 60)
        while not reading.done():
            waits.append(answered(others))
            time.sleep(ASK_EVERY_S)
        took = time.monotonic() - began
        reading.result()
    expect(len(waits) >= ASKED_MIN, f"keys read in {took:.2f} s, STATUS answered {len(waits)} times: nobody could have waited")
    expect(max(waits) < ANSWER_MAX_S, f"STATUS took {max(waits):.2f} s while keys were read")

    # A client that has gone does not hold up who comes after it.
    gone = Extsock(lab.cpe.socket_path)
    gone.send(text.replace('"key', '"again') + "\n")
    gone.close()
    after = answered(lab.cpe.client())
    expect(after < ANSWER_MAX_S, f"STATUS took {after:.2f} s after a client that has gone")

    # Charon's end does not wait for all of them.
    lab.cpe.events.send(text.replace('"key', '"last') + "\n")
    answered(others)
    ended = lab.cpe.stop(END_MAX_S + 60)
    expect(ended < END_MAX_S, f"charon ended {ended:.2f} s after SIGTERM")
    print(f"{KEYS} keys in {took:.2f} s; meanwhile {len(waits)} STATUS within {max(waits):.3f} s, after a client that has gone within "
          f"{after:.3f} s; charon ended within {ended:.2f} s")
    return {}
