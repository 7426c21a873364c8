"""A wrong clock at boot: see description.txt."""

import time

from lab.charon import PLUGINS
from lab.pki import Pki
from lab.segws import certified
from lab.wait import expect, slack, until

SLOW = True
CPE = {"load": f"{PLUGINS} pkcs8", "retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None}
LATE_S = 8
UP_MAX_S = 15.0     # after the clock is right


def play(lab):
    pki = Pki(lab.folder / "pki")
    root = pki.party("root", ca=True)
    mine = pki.party("cpe", root)
    lab.cpe.start()
    right = int(time.time()) + LATE_S   # everybody runs already: a slow machine has the dial before it
    for number, gateway in lab.gateways.items():
        certified(gateway, pki.party(f"segw{number}", root, sans=("segw@example.org",), begins=right), root)
    connection = lab.cpe.connection()
    connection |= {"failover": {}, "local_auth": {"auth": "pubkey", "cert": str(mine.cert), "private_key": str(mine.key)},
                   "remote_auth": {"auth": "cert", "id": "segw@example.org", "ca_cert": [root.pem()]}}
    lab.cpe.apply(connection)
    line, _ = lab.cpe.log.wait("certificate invalid", 5)
    expect(line.at < right, "that was no wrong clock")
    until(lambda: lab.cpe.status()["next"]["text"].endswith(" (backoff: CERT_DATES)"), 5, lambda: f"next to say why: {lab.cpe.status()}")
    text = lab.cpe.events.ok("EXPLAIN vpn")["text"]
    expect(": a certificate is not valid by the clock here; no SEGW is blamed." in text and "every SEGW failed" not in text, text)
    event = lab.cpe.events.wait("tunnel_up", LATE_S + UP_MAX_S)
    took = event["arrived"] - right
    print(f"up {took:.1f} s after the clock was right, at most {UP_MAX_S:g} s")
    expect(took <= UP_MAX_S + slack(0.5), f"up only {took:.1f} s after the clock was right")
    failures = [segw["failures"] for segw in lab.cpe.status()["segws"]]
    expect(not any(failures), f"failures counted: {lab.cpe.status()['segws']}")
    return {"vpn": lab.cpe.status()["active"] + 1}
