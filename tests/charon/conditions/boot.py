"""The router starts, and something is not there yet."""

import time

from lab.charon import PLUGINS
from lab.names import NameServer
from lab.pki import Pki
from lab.segws import certified
from lab.settings import merged

from .condition import condition

LATE_S = 15         # what is lacking comes so late
LOOK_S = 60
NAMES = {"segw1.example": ["10.9.0.1"], "segw2.example": ["10.9.0.2"]}


def without_address(side, wan):
    """The cable is out when charon starts, and put in LATE_S later."""
    wan.link.pull()
    side.start()
    side.last(LATE_S)
    wan.link.put()
    side.begin(first=True)
    side.observe(LOOK_S)
    side.last(3)


@condition("boot-address", f"no address yet, until {LATE_S} s later", most_s=5, tells=("segw_hold", "segw_resumed"))
def address(side):
    without_address(side, side.lab.wan())


@condition("boot-address-names", "the same, SEGWs by name", most_s=10)
def address_names(side):
    wan = side.lab.wan()
    names = NameServer(side.lab, NAMES)
    names.serves(side.cpe)
    names.start()
    side.tunnel.segws = tuple(NAMES)
    without_address(side, wan)


@condition("boot-dns", "SEGWs by name, no name server until 30 s later", most_s=15)
def dns(side):
    names = NameServer(side.lab, NAMES)
    names.serves(side.cpe)
    side.tunnel.segws = tuple(NAMES)
    side.start()
    side.last(30)
    names.start()
    side.begin(first=True)
    side.observe(LOOK_S)
    side.last(3)


@condition("boot-dns-retry", "the same, charon puts its dial off by itself (retry_initiate_interval 10 s)", most_s=15)
def dns_retry(side):
    side.cpe.settings = merged(side.cpe.settings, {"retry_initiate_interval": 10})
    dns(side)


@condition("boot-clock", f"by our clock the SEGWs' certificates are not valid until {LATE_S} s later", running=(), most_s=15)
def clock(side):
    pki = Pki(side.lab.folder / "pki")
    side.tunnel.root = root = pki.party("root", ca=True)
    side.tunnel.mine = mine = pki.party("cpe", root, sans=("cpe0@example.org",))
    right = time.time() + LATE_S + 5
    for number, gateway in side.lab.gateways.items():
        certified(gateway, pki.party(f"segw{number}", root, sans=("segw@example.org",), begins=right), root)
    pki.install(mine, root, side.cpe)
    side.cpe.settings = merged(side.cpe.settings, {"load": f"{PLUGINS} pkcs8"})
    side.start()
    side.last(max(right - time.time(), 0) + 1)
    side.begin(first=True)
    side.observe(LOOK_S)
    side.last(3)
