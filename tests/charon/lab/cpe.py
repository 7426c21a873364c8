"""The CPE: the charon under test, the extsock plugin inside it, and the client's JSON."""

import json
import os
import subprocess
from pathlib import Path

from .charon import Charon
from .extsock import Extsock
from .gateway import ESP_PROPOSALS, IDENTITY, NETS, address, client_identity, site
from .ping import Ping
from .settings import merged
from .wait import Failed, until

ROOT = Path(__file__).resolve().parents[3]
MACHINE = os.environ.get("LAB_CPE_CHARON")      # runs the CPE's charon, plugin included: tests/qemu/router has one
# More of its charon's environment, as NAME=VALUE…: tests/sanitizers preloads runtimes.
ENVIRONMENT = dict(word.split("=", 1) for word in os.environ.get("LAB_CPE_ENV", "").split())
REPLAY = os.environ.get("LAB_REPLAY")           # segw-replay: plays what the plugin was told again when charon has ended
PLUGIN = Path(os.environ.get("EXTSOCK_PLUGIN", ROOT / "target/extsock/libstrongswan-extsock.so"))
# What it loads besides: curve25519, which Debian's has from OpenSSL, and the rest of OpenWrt's package strongswan-default.
MACHINE_PLUGINS = """curve25519 attr constraints des dnskey fips-prf md5 mgf1 pgp rc2 resolve revocation sshkey updown
xauth-generic xcbc""".replace("\n", " ")
MODP2048, CURVE25519 = "aes256-sha256-modp2048", "aes256-sha256-curve25519"

# A dead SEGW is given up after 0.3 + 0.36 + 0.432 s instead of charon's 165: scenarios are about what happens then.
RETRANSMIT = {"retransmit_timeout": 0.3, "retransmit_base": 1.2, "retransmit_tries": 2}
# Short pauses; and a success counts at once, because the lab's SEGWs die seconds after they came up.
FAILOVER = {"backoff_initial_ms": 500, "backoff_limit_ms": 2000, "jitter_pct": 10, "stable_ms": 0}


def replayed(program, path):
    """What segw-replay prints of a trace: the actions have to be the same."""
    done = subprocess.run([program, path], capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        odd = [line for line in done.stdout.splitlines() if "DIFFERENT" in line]
        raise Failed("\n".join([f"{path.name} does not replay, exit {done.returncode}: {done.stderr}", *odd[:5], *done.stdout.splitlines()[-3:]]))
    print(f"{path.name}: {done.stdout.splitlines()[-1]}")
    return done.stdout


class Cpe(Charon):
    """Starts with the plugin unless `stock`; connections come over the extsock socket as any client's would."""

    def __init__(self, namespace, link, folder, secret, settings=None, stock=False):
        super().__init__(namespace, folder, merged(RETRANSMIT, settings or {}))
        self.link = link
        self.secret = secret
        self.socket_path = folder / "extsock"
        self.trace_path = folder / "extsock.trace"
        self.stock_connections = None   # swanctl.conf, where connections do not come over the socket
        self.machine = MACHINE
        self.environment = dict(ENVIRONMENT)
        self.clients = []
        self.events = None              # the client that listens from the start
        if not stock:
            self.plugin = PLUGIN
        for net in NETS:
            namespace.ip("addr", "add", f"10.2.{net}.1/32", "dev", "lo")

    def strongswan_conf(self):
        conf = super().strongswan_conf()
        if self.machine:
            conf["charon"]["load"] += f" {MACHINE_PLUGINS}"
        if self.plugin:
            conf["charon"]["load"] += " extsock"
            conf["charon"]["dlopen_use_rtld_now"] = True    # a symbol that charon lacks fails here, not when called
            ours = {"socket": f"unix://{self.socket_path}"}
            if REPLAY:
                ours["trace_file"] = str(self.trace_path)
            conf["charon"]["plugins"]["extsock"] = merged(ours, conf["charon"]["plugins"].get("extsock", {}))
        return conf

    def stop(self, *seconds):
        self.trace_path.unlink(missing_ok=True)
        took = super().stop(*seconds)
        if self.plugin and REPLAY and self.trace_path.exists():
            replayed(REPLAY, self.trace_path)
        return took

    def swanctl_conf(self):
        return self.stock_connections

    def listening(self):
        super().listening()
        if self.plugin:
            self.events = until(self._welcome, 5, "the extsock socket")

    def _welcome(self):
        try:
            return self.client()
        except OSError:
            return None                 # not there yet, or what a killed charon left there

    def _forget(self):
        super()._forget()
        for client in self.clients:
            client.close()
        self.clients = []

    def resolves(self, names):
        """Before the start: these names, name -> addresses, and no others; what is not among them fails at once."""
        hosts = "".join(f"{each} {name}\n" for name, addresses in names.items() for each in addresses)
        self.etc = {"hosts": hosts, "host.conf": "multi on\n", "nsswitch.conf": "hosts: files\n", "resolv.conf": ""}

    # the client's side

    def client(self):
        """One more client of the plugin."""
        client = Extsock(self.socket_path)
        self.clients.append(client)
        return client

    def connection(self, segws=(1, 2), net=0, **extra):
        """The JSON of a connection: `vpn` to the given SEGWs; `extra` is merged in, section by section."""
        addresses = ", ".join(s if isinstance(s, str) else address(s) for s in segws)
        return merged({
            "name": "vpn" if net == 0 else f"vpn{net}",
            "ike_cfg": {"version": 2, "local_addrs": ["%any"], "remote_addrs": addresses, "proposals": [MODP2048]},
            "dpd": {"delay": 1},
            "local_auth": {"auth": "psk", "id": client_identity(net), "secret": self.secret},
            "remote_auth": {"auth": "psk", "id": IDENTITY},
            "children": [self.child(net)],
            "failover": FAILOVER,
        }, extra)

    @staticmethod
    def child(net=0, **extra):
        return {"name": "net", "local_ts": [f"10.2.{net}.0/24"], "remote_ts": [f"10.1.{net}.0/24"],
                "esp_proposals": [ESP_PROPOSALS], "start_action": "start", **extra}

    def apply(self, *connections):
        """Apply connections over the socket; a refusal is a failure."""
        body = connections[0] if len(connections) == 1 else {"connections": list(connections)}
        return self.events.ok("APPLY_CONFIG " + json.dumps(body))

    def status(self, name="vpn"):
        """What the plugin says about one connection."""
        return self.events.ok(f"STATUS {name}")["connections"][0]

    def wait_status(self, name="vpn", seconds=5, **fields):
        """Wait until the plugin says so of one connection; all that it says then."""
        def said():
            status = self.status(name)
            return status if fields.items() <= status.items() else None
        return until(said, seconds, lambda: f"{name} to be {fields}: {self.status(name)}")

    # traffic

    def ping(self, net=0, interval=0.05):
        """A ping through the tunnel that runs until it is stopped."""
        return Ping(self.namespace, f"10.2.{net}.1", site(net), interval)

    def stock_connection(self, number, name=None, net=0, proposals=MODP2048, remote_addrs=None, **extra):
        """The same connection in swanctl.conf's words, its child `net-NUMBER`; `extra` is merged in, section by section."""
        child = self.child(net)
        return {name or f"segw{number}": merged({
            "version": 2, "remote_addrs": remote_addrs or address(number), "proposals": proposals,
            "dpd_delay": "1s", "rekey_time": 0,
            "local": {"auth": "psk", "id": client_identity(net)}, "remote": {"auth": "psk", "id": IDENTITY},
            "children": {f"net-{number}": {"local_ts": child["local_ts"][0], "remote_ts": child["remote_ts"][0],
                                           "esp_proposals": ESP_PROPOSALS, "dpd_action": "clear"}},
        }, extra)}

    def stock_conf(self, *connections):
        both = {}
        for connection in connections:
            both.update(connection)
        return {"connections": both, "secrets": {"ike-segw": {"id": IDENTITY, "secret": f'"{self.secret}"'}}}
