"""What people have a CPE do when its SEGW is gone: the plugin, charon by itself, and two watchers beside charon."""

import signal
import sys
from pathlib import Path

from lab.cpe import MODP2048
from lab.gateway import site
from lab.tunnel import NAME, Tunnel
from lab.wait import expect, until

HERE = Path(__file__).resolve().parent
CHARON = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None}      # charon's own: 165 s
PATIENT = {"retransmit_timeout": 1, "retransmit_base": 1, "retransmit_tries": 3}               # as people tune it: 4 s
STANDBY = {"standby": "ike", "stable_ms": 1000}
PROBE = {"targets": site(0), "interval_ms": 1000, "misses": 3, "action": "move"}               # as often as the ping watcher asks
UP_S = 20               # until a standby is up
HOLD_DOWN = {"failback": "hold_down", "hold_down_ms": 2000}


class Contender:
    """One way to stay connected, on a lab of its own."""

    plugin = False
    retransmission = CHARON
    comes_back = False      # to a more preferred SEGW by itself

    def __init__(self, name, title):
        self.name = name
        self.title = title

    def configure(self, lab, failback):
        """Before charon's start; `failback`: it is to come back by itself."""
        lab.cpe.settings = {**lab.cpe.settings, **self.retransmission}
        lab.cpe.stock_connections = self.connections(lab)

    def connections(self, lab):
        """swanctl.conf."""
        raise NotImplementedError

    def started(self, lab):
        """charon runs and has its connections."""

    def settle(self, lab):
        """The tunnel is up: waits for what else belongs to it."""

    def switch(self, lab):
        """An operator moves it to the other SEGW; False: there is no word for it."""
        return False

    def ended(self):
        """What else runs is ended."""


class Plugin(Contender):
    """swanctl.conf with both SEGWs, adopted."""

    plugin = comes_back = True

    def __init__(self, name, title, policy=None):
        super().__init__(name, title)
        self.policy = policy or {}

    def configure(self, lab, failback):
        super().configure(lab, failback)
        policy = {**self.policy, **(HOLD_DOWN if failback else {})}
        lab.cpe.settings["plugins"] = {"extsock": {"adopt": True, **({"failover": policy} if policy else {})}}

    def connections(self, lab):
        return Tunnel(lab.secret, dpd_s=0).swanctl()

    def switch(self, lab):
        lab.cpe.events.ok(f"SWITCH {NAME} next")
        return True


class Probed(Plugin):
    """The same, with a probe through the tunnel."""

    def configure(self, lab, failback):
        super().configure(lab, failback)
        lab.cpe.settings["plugins"]["extsock"]["connections"] = {NAME: {"probe": PROBE}}

    def settle(self, lab):
        until(lambda: lab.cpe.events.ok(f"STATUS {NAME}")["connections"][0]["probe"]["state"] == "ANSWERS", UP_S, "the probe's answer")


class Standby(Plugin):
    """The same, with a warm standby."""

    def settle(self, lab):
        until(lambda: lab.cpe.events.ok(f"STATUS {NAME}")["connections"][0]["standby"]["state"] == "UP", UP_S, "the standby")


class Alone(Contender):
    """charon with the same swanctl.conf."""

    def __init__(self, name, title, dpd_s):
        super().__init__(name, title)
        self.dpd_s = dpd_s

    def connections(self, lab):
        return Tunnel(lab.secret, dpd_s=self.dpd_s).swanctl()


class Watched(Contender):
    """A connection for each SEGW, and a program beside charon that dials one of them."""

    program = None

    def __init__(self, name, title):
        super().__init__(name, title)
        self._process = None

    def connections(self, lab):
        both = {}
        for number in (1, 2):
            both.update(lab.cpe.stock_connection(number, proposals=MODP2048, **self.extra))
        return lab.cpe.stock_conf(both)

    def started(self, lab):
        self._process = lab.cpe.namespace.popen(sys.executable, "-B", HERE / self.program, lab.cpe.vici_path, "10.2.0.1", site(0))

    def ended(self):
        if self._process:
            by_itself = self._process.poll() is not None
            self._process.kill()
            self._process.wait()
            expect(not by_itself, f"{self.program} has ended by itself")


class ViciWatcher(Watched):
    """It hears charon's events, dials the other SEGW when one is lost, and tries the first again each ten seconds."""

    program = "watch_vici.py"
    retransmission = PATIENT
    extra = {"dpd_delay": "2s"}
    comes_back = True

    def switch(self, lab):
        self._process.send_signal(signal.SIGUSR1)
        return True


class PingWatcher(Watched):
    """As mwan3 and keepalived do: a ping through the tunnel each second; after three losses the other SEGW is dialled."""

    program = "watch_ping.py"
    extra = {"dpd_delay": "0s"}


def contenders(fast):
    """All of them; `fast` is the policy of the plugin's fast profile."""
    return [Plugin("extsock", "extsock, its defaults"), Plugin("fast", "extsock, fast profile", fast),
            Standby("standby", "extsock, fast profile, standby", {**fast, **STANDBY}),
            Probed("probe", "extsock, fast profile, probe each second", fast),
            Alone("alone", "charon alone, its defaults", 0), Alone("alone-dpd", "charon alone, dpd_delay 10 s, restart", 10),
            ViciWatcher("vici", "vici watcher, dpd_delay 2 s, retransmission 4 s"),
            PingWatcher("ping", "ping each second, 3 losses")]
