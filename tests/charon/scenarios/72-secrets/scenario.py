"""Secrets: see description.txt."""

import base64
import json
import secrets

from lab.charon import PLUGINS
from lab.extsock import Extsock
from lab.memory import places
from lab.pki import Pki
from lab.wait import expect, until

SLOW = True
LEVELS = {"default": 4, "ike": 3, "asn": 3}     # why not 4: see description.txt
CPE = {"load": f"{PLUGINS} pkcs8 md4 md5 eap-identity eap-mschapv2", "filelog": {"lab": LEVELS}}
PART = 16           # bytes of a secret that are as bad as all of it


class Secret:
    """One secret: what a client writes, and what charon makes of it."""

    def __init__(self, what, notation=""):
        self.what, self.key = what, secrets.token_urlsafe(30).encode()
        self.text = {"": self.key.decode(), "0x": "0x" + self.key.hex(),
                     "0s": "0s" + base64.b64encode(self.key).decode()}[notation]
        self.held = 0                   # copies that charon's credential set has

    def forms(self):
        """What must not be seen anywhere, in any notation, beginning anywhere: parts of each."""
        for data in {self.key, self.text.encode()}:
            for begin in range(0, len(data) - PART, 4):
                part = data[begin:begin + PART]
                yield part
                yield part.hex().encode()
                yield part.hex(" ").encode()
            for shift in range(3):      # base64 has three alignments
                yield base64.b64encode(data[shift:])[4:24]

    def counts(self, pid):
        """How often the whole, a part of it, and the notation if that is another, are in memory."""
        middle = len(self.key) // 3
        notation = [] if self.text.encode() == self.key else [self.text.encode()[2 + middle:2 + middle + PART]]
        return places(pid, self.key, self.key[middle:middle + PART], *notation)

    def check(self, lab, step):
        wanted = [self.held, self.held, 0]

        def found():
            return [len(each) for each in self.counts(lab.cpe.pid)]
        until(lambda: found() == wanted[:len(found())], 2,
              lambda: f"{step}: {self.what} should be in memory {self.held} times, is at {self.counts(lab.cpe.pid)}")


class Wiretap(Extsock):
    """A client that keeps every byte it got."""

    def __init__(self, path):
        self.bytes = b""
        super().__init__(path)

    def _take(self, line):
        self.bytes += line + b"\n"
        super()._take(line)


def connection(lab, secret, **extra):
    """One that is only loaded: its secret is nowhere but in the credential set."""
    result = lab.cpe.connection((1, 2), net=1, children=[lab.cpe.child(1, start_action="none")], **extra)
    result["name"] = "idle"
    result["local_auth"]["secret"] = secret.text if secret else "x"
    return result


def refusals(lab, make):
    """(request, secret, whether it is answered) of everything that must be refused and leaves no trace."""
    def broken(what, change, notation=""):
        secret = make(what, notation)
        document = connection(lab, secret)
        change(document, secret.text)
        return "APPLY_CONFIG " + json.dumps(document), secret
    for notation in ("", "0x", "0s"):
        yield broken("a key before an unknown one", lambda d, s: d.update(zzz=1), notation)
        yield broken("a key before a bad proposal", lambda d, s: d["children"][0].update(esp_proposals=["rot13"]), notation)
        yield broken("a key that charon cannot use", lambda d, s: d["remote_auth"].update(secret="another"), notation)
    yield broken("a list", lambda d, s: d["local_auth"].update(secret=[s]))
    yield broken("an object", lambda d, s: d["local_auth"].update(secret={"value": s}))
    yield broken("one instead of a section", lambda d, s: d.update(local_auth=s))
    yield broken("one in a number's place", lambda d, s: d.update(dpd={"delay": s}))
    yield broken("one as a word", lambda d, s: d["local_auth"].update(auth=s))
    yield broken("bad hexadecimal", lambda d, s: d["local_auth"].update(secret="0x" + s))
    yield broken("bad base64", lambda d, s: d["local_auth"].update(secret="0s" + s + "!"))
    yield broken("a second connection's", lambda d, s: d.update(
        connections=[connection(lab, None), {**connection(lab, None), "name": "b", "local_auth": {"auth": "psk", "secret": s, "z": 1}}]))
    for verb in ("STATUS", "HISTORY", "INITIATE", "SWITCH", "FLY", "apply_config", "SUBSCRIBE", ""):
        secret = make(f"one behind {verb or 'nothing'}", "")
        yield f"{verb} {secret.text}", secret
    secret = make("one in a list of events", "")
    yield f'SUBSCRIBE {{"events":["{secret.text}"]}}', secret


def cut_off(lab, make):
    """Requests that are no whole ones: half, and too long."""
    half, long = make("half a request", ""), make("a request that is too long", "")
    client = lab.cpe.client()
    client.send(f'APPLY_CONFIG {{"local_auth":{{"secret":"{half.text}"')
    until(lambda: len(places(lab.cpe.pid, half.key)[0]) == 1, 2, "the half request to be read")     # the search does find
    client.close()
    client = lab.cpe.client()
    client.send(f'APPLY_CONFIG {{"local_auth":{{"secret":"{long.text}"' + " " * 70000)
    expect(client.reply()["ok"] is False, "a request too long was not refused")
    until(lambda: client.closed, 5, "the client to be disconnected")
    # Two in one piece: what is behind the first is moved, and done, and nothing is left where it was.
    first, second = make("the first of two", ""), make("the second of two", "")
    client = lab.cpe.client()
    client.send(f"FLY {first.text}\nFLY {second.text}\nSTATUS v")
    expect(not client.reply()["ok"] and not client.reply()["ok"], "two in one")
    return [half, long, first, second]


def passwords(lab, make):
    """EAP password and passphrase, as far as this charon has what they need."""
    pki = Pki(lab.folder / "pki")
    root = pki.party("root", ca=True)
    own = pki.party("own", root)
    remote = {"auth": "pubkey", "id": "segw@example.org", "ca_cert": str(root.cert)}
    eap, again = make("a password", ""), make("another password", "")
    document = connection(lab, None)
    document.update(remote_auth=remote)
    for secret, before in ((eap, None), (again, eap)):
        document["local_auth"] = {"auth": "eap-mschapv2", "id": "cpe@example.org", "eap_id": "me", "secret": secret.text}
        lab.cpe.apply(document)
        secret.held = 1
        if before:
            before.held = 0
        yield from (each for each in (secret, before) if each)

    phrase, wrong = make("a passphrase", ""), make("a wrong passphrase", "")
    key = own.encrypted(phrase.text).read_text()
    document["local_auth"] = {"auth": "pubkey", "cert": str(own.cert), "private_key": key, "private_key_passphrase": wrong.text}
    reply = lab.cpe.events.request("APPLY_CONFIG " + json.dumps(document))
    expect(reply["ok"] is False and reply["path"] == "local_auth.private_key_passphrase", f"a wrong passphrase: {reply}")
    yield wrong
    document["local_auth"]["private_key_passphrase"] = phrase.text
    lab.cpe.apply(document)
    again.held = 0
    yield phrase
    yield again


def play(lab):
    every = []

    def make(what, notation):
        every.append(Secret(what, notation))
        return every[-1]
    lab.cpe.launch()
    lab.cpe.ready()
    tap = Wiretap(lab.cpe.socket_path)
    lab.cpe.clients.append(tap)

    # The key that carries traffic: dialled with, failed over with.
    used = Secret("the key in use")
    used.key, used.text, used.held = lab.secret.encode(), lab.secret, 1
    every.append(used)
    lab.cpe.apply(lab.cpe.connection())
    lab.wait_up(1)
    mark = lab.cpe.events.mark()
    lab.gateway(1).delete_ike_sas()
    lab.wait_up(2, mark=mark)
    used.check(lab, "up and failed over")

    # Applied, replaced, taken over unchanged, refused, removed.
    before = None
    for notation in ("", "0x", "0s"):
        secret = make(f"a key as {notation or 'text'}", notation)
        for _ in range(2):
            lab.cpe.apply(connection(lab, secret))
        secret.held = 1
        secret.check(lab, "applied")
        if before:
            before.held = 0
            before.check(lab, "replaced")
        before = secret
    for request, secret in refusals(lab, make):
        reply = tap.request(request)
        expect(reply["ok"] is False, f"{secret.what} was not refused: {reply}")
        secret.check(lab, "refused")
        before.check(lab, "after a refusal")
    for secret in cut_off(lab, make):
        secret.check(lab, "cut off")
    before.held = 0
    for secret in passwords(lab, make):
        secret.check(lab, "applied or refused")
    before.check(lab, "replaced")
    tap.ok("REMOVE_CONFIG idle")
    for secret in every:
        secret.held = int(secret is used)
        secret.check(lab, "the end")

    # What anybody can see.
    for request in ("STATUS", "HISTORY", "HISTORY vpn", "VERSION"):
        tap.ok(request)
    heard = tap.bytes + json.dumps(lab.cpe.events.since(0)).encode()
    log = lab.cpe.log.path.read_bytes() + (lab.cpe.folder / "output").read_bytes()
    expect(b"segw_failover" in heard and len(log) > 100000, "there is nothing to look at")
    for secret in every:
        for form in secret.forms():
            expect(form not in heard, f"{secret.what} was sent to a client")
            expect(form not in log, f"{secret.what} is in charon's log")
    print(f"{len(every)} secrets; looked at {len(log)} bytes of log and {len(heard)} bytes sent to clients")

    lab.cpe.events.ok("REMOVE_CONFIG vpn")
    used.held = 0
    used.check(lab, "removed")
    return {}
