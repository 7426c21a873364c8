"""The whole lab: lays it, takes it away whatever happens, and checks what must hold at every end."""

import os
import secrets
import shutil
import signal
import tempfile
import time
from pathlib import Path

from . import esp
from .cpe import Cpe
from .gateway import Gateway, numbered
from .netns import HOST, Namespace, Network, free_prefix, remove_all
from .wait import expect, until
from .wan import Wan

ORDERLY = "LAB_ORDERLY" in os.environ    # the CPE's charon is not killed with the lab, it ends
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
AGAIN_S = 3      # an interrupt is heard once in that time

# A pid may have been given to another process since; only what still runs in this lab's folder is ended.
TEARDOWN = """#!/bin/sh
for pid in {pids}; do
    case "$(readlink /proc/$pid/exe)" in {folder}/*) kill -9 $pid ;; esac
done
for name in {names}; do
    for pid in $(ip netns pids $name); do kill $pid; done
    ip netns del $name
done
rm -r {folder}
"""


class Interrupted(KeyboardInterrupt):
    """A signal asked to end; not an Exception, so that no scenario swallows it."""


_interrupted = -AGAIN_S


def _interrupt(number, _frame):
    """Once is enough, so that the clean-up runs to its end. But Python drops what is raised in a `__del__`: who asks again later is heard."""
    global _interrupted
    now = time.monotonic()
    if now - _interrupted >= AGAIN_S:
        _interrupted = now
        raise Interrupted(number)


class Lab:
    """`with Lab(gateways=2) as lab`: SEGWs are running, the CPE waits for `lab.cpe.start()`."""

    def __init__(self, gateways=2, cpe=None, stock=False, keep=False, running=None, ipv6=False):
        self._before = {each: signal.signal(each, _interrupt) for each in SIGNALS}
        self.folder = Path(tempfile.mkdtemp(prefix="sg.", dir="/tmp"))     # short: unix socket paths are at most 107 bytes
        self.secret = secrets.token_hex(20)     # drawn per run: no key of this lab exists anywhere else
        self.keep = keep
        self.gateways = {}
        self.cpe = None
        self.prefix = None
        self.wans = []
        self._others = []               # names of more namespaces of the outside network
        self.network = None
        self._pings = []
        try:
            self._lay(gateways, cpe, stock, range(1, gateways + 1) if running is None else running, ipv6)
        except BaseException:
            self.close()
            raise

    def _lay(self, count, cpe_settings, stock, running, ipv6):
        self.prefix = free_prefix()
        self.network = network = Network(self.prefix + "net")
        for number in range(1, count + 1):
            namespace = Namespace(f"{self.prefix}segw{number}")
            network.join(namespace, f"segw{number}", number, ipv6)
            self.gateways[number] = Gateway(namespace, self.folder / f"segw{number}", number, self.secret, ipv6)
        namespace = Namespace(self.prefix + "cpe")
        link = network.join(namespace, "cpe", HOST, ipv6)
        self.cpe = Cpe(namespace, link, self.folder / "cpe", self.secret, cpe_settings, stock)
        for number, gateway in self.gateways.items():
            gateway.launch() if number in running else gateway.silence()
        for number in running:
            self.gateways[number].ready()

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.close()

    def close(self):
        """End every process by its pid, remove every namespace that was made here, and the folder."""
        for each in self._before:
            signal.signal(each, signal.SIG_IGN)
        try:
            if not self.keep:
                self._take_away()
        finally:
            for each, handler in self._before.items():
                signal.signal(each, handler)

    def _take_away(self):
        if self.cpe and ORDERLY:
            self.cpe.end()
        for process in self._pings + [c for c in (self.cpe, *self.gateways.values()) if c]:
            process.kill()
        if self.prefix:
            remove_all(self.prefix)
        shutil.rmtree(self.folder, ignore_errors=True)

    def write_teardown(self):
        """A script that ends a kept lab: each process only if its pid still runs from this folder."""
        pids = " ".join(str(charon.pid) for charon in (self.cpe, *self.gateways.values()) if charon.alive)
        wans = (f"wan{n}" for n in range(1, len(self.wans) + 1))
        names = " ".join(self.prefix + each for each in ("net", "cpe", *(f"segw{n}" for n in self.gateways), *wans, *self._others))
        path = self.folder / "teardown"
        path.write_text(TEARDOWN.format(pids=pids, names=names, folder=self.folder))
        path.chmod(0o755)
        return path

    # what every scenario needs

    def gateway(self, number):
        return self.gateways[number]

    def wan(self, nat=False):
        """Before the CPE's start: it reaches the outside through a provider's router, and through one more with each call."""
        wan = Wan(self.prefix, self.network, self.cpe.namespace, self.gateways.values(), len(self.wans) + 1, nat)
        if not self.wans:
            self.cpe.link = wan.link
        self.wans.append(wan)
        return wan

    def outside(self, name, host):
        """One more namespace in the outside network, with address `host` there; it knows the way to the WANs that there are."""
        namespace = Namespace(self.prefix + name)
        self._others.append(name)
        self.network.join(namespace, name, host)
        for wan in self.wans:
            wan.reach(namespace)
        return namespace

    def ping(self, net=0, interval=0.05):
        ping = self.cpe.ping(net, interval)
        self._pings.append(ping)
        return ping

    def up(self, *connections, number=1):
        """Start the CPE, apply connections (one to SEGWs 1 and 2 by default), wait until the first is up on `number`."""
        self.cpe.start()
        connections = connections or (self.cpe.connection(),)
        self.cpe.apply(*connections)
        self.wait_up(number, connections[0]["name"])

    def wait_up(self, number, name="vpn", mark=0, seconds=15):
        """Wait for the tunnel_up of a connection after `mark`, then for it to be the only one, on SEGW `number`."""
        self.cpe.events.wait_event(
            lambda e: e.get("event") == "tunnel_up" and e["ike_sa_name"] == name and numbered(e["dst"]) == str(number),
            seconds, mark, f"tunnel_up of {name} to SEGW {number}")
        on = f"{name} up on SEGW {number}"
        until(lambda: [row for row in self.picture() if row[0] == name] == [(name, str(number), "ESTABLISHED", ["INSTALLED"])],
              5, lambda: f"{on}; there is {self.picture()}")

    def moves(self, mark=0):
        """The moves that the plugin announced after `mark`, as (event, from, to)."""
        return [(e["event"], e["from"], e["to"]) for e in self.cpe.events.since(mark)
                if e.get("event") in ("segw_failover", "segw_failback", "segw_switch")]

    def save_logs(self, folder):
        """Copy what a failed scenario leaves to read; no swanctl.conf, it holds the key."""
        for path in self.folder.glob("*/*"):
            if path.name in ("charon.log", "output", "strongswan.conf") or path.suffix == ".pcap":
                (folder / path.parent.name).mkdir(exist_ok=True)
                shutil.copy2(path, folder / path.parent.name)

    def picture(self):
        """The CPE's IKE_SAs as (connection, SEGW, IKE_SA state, [CHILD_SA states])."""
        return sorted((name, numbered(sa["remote-host"]), sa["state"],
                       sorted(child["state"] for child in sa.get("child-sas", {}).values()))
                      for name, sa in self.cpe.sas())

    def expect_only(self, expected, seconds=5):
        """Exactly one IKE_SA and one CHILD_SA per connection that should be up, each on its SEGW, and no others.

        `expected` maps connection to SEGW number; a connection that is not in it must have none."""
        wanted = sorted((name, str(number), "ESTABLISHED", ["INSTALLED"]) for name, number in expected.items())
        until(lambda: self.picture() == wanted, seconds, lambda: f"IKE_SAs {wanted}, there are {self.picture()}")

    def expect_carried(self, number, net=0, count=5):
        """Pings really flow through the tunnel to this SEGW and through no other; counted on the SEGWs."""
        before = {n: g.carried(net) for n, g in self.gateways.items()}
        proof = esp.Proof(self.cpe.namespace)
        ping = self.ping(net, interval=0.02)
        ping.wait_answers(count)
        ping.stop()
        proof.expect_carried(count)
        after = {n: g.carried(net) - before[n] for n, g in self.gateways.items()}
        expect(after[number] >= count, f"SEGW {number} should have carried {count} pings, the SEGWs counted {after}")
        strays = {n: c for n, c in after.items() if n != number and c}
        expect(not strays, f"only SEGW {number} should carry net {net}, the SEGWs counted {after}")

    def check(self, expected):
        """The check after every scenario."""
        # At its start charon dials what is loaded by then; ours must not be among it, however quick a client is.
        expect(not self.cpe.log.find("^start action: "), "charon dialled a connection of ours at its start, beside us")
        if not self.cpe.alive:
            expect(not expected, f"the CPE's charon is gone, yet {expected} should be up")
            expect(self.cpe.process.returncode == 0, f"the CPE's charon ended with {self.cpe.process.returncode}")
            return
        self.expect_only(expected)
        for name, number in expected.items():
            self.expect_carried(number, 0 if name in ("vpn", "segw1", "segw2") else 1)
        self.expect_only(expected)      # still, and again
