"""A SEGW: a responder that can die, keep silent, come back, and count what it carried."""

import json
import re
import subprocess
import sys
from pathlib import Path

from . import esp
from .charon import Charon
from .netns import HOST, NETWORK, NETWORK6
from .wait import expect

IDENTITY = "segw@example.org"
NETS = (0, 1)       # one inner network per connection that a scenario may have
IKE_PROPOSALS = "aes256-sha256-modp2048,aes256-sha256-curve25519"
ESP_PROPOSALS = "aes128gcm16"
ALIVE_CHAINS = ("arriving", "leaving")
# The port of a message, and bytes 16 and 18 of the IKE header (RFC 7296 3.1), behind the non-ESP marker at port 4500: the first
# payload, an SA and no demand to ask once more, and the exchange type.
NON_ESP = "@th,64,32 0"
SETUP = {"IKE_SA_INIT": (500, "@th,192,8 33 @th,208,8 34"), "IKE_AUTH": (4500, f"{NON_ESP} @th,240,8 35")}
MESSAGES = SETUP | {"IKE": (4500, NON_ESP)}     # the last: any message once there is an IKE_SA


def address(number):
    """The outside address of a SEGW."""
    return f"{NETWORK}.{number}"


def address6(number):
    """The same in IPv6."""
    return f"{NETWORK6}:{number}"


def numbered(host):
    """Which SEGW an outside address belongs to, as text; `host` may have a port behind it."""
    return re.split("[.:]", host.partition("[")[0])[-1]


def site(net):
    """The host behind every SEGW that a connection's ping asks; the same behind each, as one service would be."""
    return f"10.1.{net}.1"


def client_identity(net):
    return f"cpe{net}@example.org"


class Gateway(Charon):
    """The same site and the same identity as every other SEGW; only the address differs."""

    def __init__(self, namespace, folder, number, secret, ipv6=False):
        super().__init__(namespace, folder)
        self.number = number
        self._far = None
        self.secret = secret
        self.conf = None                # what swanctl loads instead of the connections and the key below
        self.addresses = [address(number)] + ([address6(number)] if ipv6 else [])
        for net in NETS:
            namespace.ip("addr", "add", f"{site(net)}/32", "dev", "lo")
        self._nft("add table inet lab")
        for chain, hook in zip(ALIVE_CHAINS, ("prerouting", "output")):
            self._nft(f"add chain inet lab {chain} {{ type filter hook {hook} priority -300; }}")
        self._nft("add chain inet lab count { type filter hook input priority 0; }")
        for net in NETS:
            self._nft(f"add counter inet lab net{net}")
            self._nft(f'add rule inet lab count {esp.ARRIVED} ip daddr {site(net)} icmp type echo-request '
                      f"counter name net{net}")

    def _nft(self, text):
        self.namespace.run("nft", text)

    def swanctl_conf(self):
        if self.conf:
            return self.conf
        connections, shared = {}, {}
        for net in NETS:
            connections[f"cpe{net}"] = {
                "version": 2, "local_addrs": ",".join(self.addresses), "proposals": IKE_PROPOSALS, "rekey_time": 0,
                "local": {"auth": "psk", "id": IDENTITY}, "remote": {"auth": "psk", "id": client_identity(net)},
                "children": {f"net{net}": self.child(net)},
            }
            shared[f"ike-cpe{net}"] = {"id": client_identity(net), "secret": f'"{self.secret}"'}
        return {"connections": connections, "secrets": shared}

    def reconfigure(self, change):
        """`change` is given what swanctl loads, to alter it, and that is loaded."""
        self.conf = self.swanctl_conf()
        change(self.conf)
        self.load()

    def able_to_dial(self, host=address(HOST), **extra):
        """From now on it can dial the CPE as well; `extra` is added to its connection."""
        def change(conf):
            conf["connections"]["cpe0"] |= {"remote_addrs": host, **extra}
            conf["secrets"]["ike-own"] = {"id": IDENTITY, "secret": f'"{self.secret}"'}
        self.reconfigure(change)

    def one_connection(self, nets=NETS):
        """The children of several inner networks are the first client's from now on, in one connection."""
        def change(conf):
            conf["connections"]["cpe0"]["children"] = {f"net{net}": self.child(net) for net in nets}
            conf["connections"].pop("cpe1", None)
        self.reconfigure(change)

    @staticmethod
    def child(net):
        return {"local_ts": f"10.1.{net}.0/24", "remote_ts": f"10.2.{net}.0/24", "esp_proposals": ESP_PROPOSALS, "rekey_time": 0}

    def dial(self):
        """Its operator has it dial the CPE; whether that comes up is another question."""
        self.swanctl("--initiate", "--child", "net0", "--timeout", "4", check=False)

    def demand_reauthentication(self, seconds):
        """The CPE is to reauthenticate each `seconds`: this SEGW cannot do it, as it gives virtual IPs (RFC 4478 section 3)."""
        def change(conf):
            conf["connections"]["cpe0"] |= {"reauth_time": f"{seconds}s", "over_time": f"{seconds // 2}s", "rand_time": "0s", "pools": "inner"}
            conf["pools"] = {"inner": {"addrs": "10.3.0.0/24"}}
        self.reconfigure(change)

    def reauthenticate(self):
        """It begins a reauthentication of the first client: it ends the IKE_SA and dials, or with IKEv1 dials first."""
        self.swanctl("--rekey", "--ike", "cpe0", "--reauth")

    # life and death

    def silence(self):
        """Nothing gets in or out: no answer, no ICMP error, only packets that vanish."""
        for chain in ALIVE_CHAINS:
            self._nft(f"add rule inet lab {chain} meta oifname eth0 drop" if chain == "leaving"
                      else f"add rule inet lab {chain} iifname eth0 drop")

    def half_open(self):
        """It answers IKE_SA_INIT, and nothing of what comes after: that arrives at port 4500."""
        self._nft(f"add rule inet lab {ALIVE_CHAINS[0]} iifname eth0 udp dport 4500 drop")

    def lose_esp(self):
        """The network loses all ESP from and to it, in UDP as the lab's is; IKE passes."""
        for chain, where in zip(ALIVE_CHAINS, ("iifname eth0 udp dport", "meta oifname eth0 udp sport")):
            self._nft(f"add rule inet lab {chain} {where} 4500 @th,64,32 != 0 drop")

    def lose_spi(self, spi):
        """The network loses the ESP packets to it that have this SPI, in hexadecimal digits."""
        self._nft(f"add rule inet lab {ALIVE_CHAINS[0]} iifname eth0 udp dport 4500 @th,64,32 0x{spi} drop")

    def lose(self, chain, message):
        """The network loses the next packet of a message, a key of MESSAGES, `chain` "arriving" or "leaving" here."""
        port, header = MESSAGES[message]
        where = {"arriving": "iifname eth0 udp dport", "leaving": "meta oifname eth0 udp sport"}[chain]
        self._nft(f"add rule inet lab {chain} {where} {port} {header} numgen inc mod 1000000 0 counter drop")

    def lost(self):
        """How many packets that cost."""
        rules = [rule for chain in ALIVE_CHAINS for rule in self.namespace.run("nft", f"list chain inet lab {chain}").splitlines()]
        return sum(int(count) for rule in rules for count in re.findall(r"counter packets (\d+)", rule))

    def far(self, seconds):
        """The host behind it is so far away: its answers to ping are on their way so long."""
        self.namespace.run("sh", "-c", "echo 1 >/proc/sys/net/ipv4/icmp_echo_ignore_all")
        self._far = self.namespace.popen(sys.executable, "-B", Path(__file__).with_name("far.py"), seconds,
                                         stdout=subprocess.PIPE, text=True)
        expect(self._far.stdout.readline() == "ready\n", f"{self.namespace.name}: far.py did not start")

    def heal(self):
        """The network is back."""
        for chain in ALIVE_CHAINS:
            self._nft(f"flush chain inet lab {chain}")

    def die(self):
        """Power cut: the daemon is gone with all its IKE_SAs, and nothing answers at its address."""
        self.silence()
        self._lose_all()

    def _lose_all(self):
        """The daemon is killed, and nothing it had set up outlives it; a kernel by itself would go on with ESP."""
        self.kill()
        if esp.KERNEL:
            for what in ("state", "policy"):
                self.namespace.ip("xfrm", what, "flush")

    def come_back(self):
        """Power is back: a fresh daemon that knows no IKE_SA."""
        self.launch()
        self.ready()
        self.heal()

    def forget(self):
        """Its daemon starts anew and knows no IKE_SA any more; it told nobody."""
        self._lose_all()
        self.launch()
        self.ready()

    def delete_ike_sas(self):
        """The operator of this SEGW ends its IKE_SAs: each peer gets a DELETE."""
        for name in {name for name, _ in self.sas()}:
            self.swanctl("--terminate", "--ike", name)

    # proof

    def carried(self, net=0):
        """How many pings came out of a tunnel at this SEGW since the lab was laid."""
        for item in json.loads(self.namespace.run("nft", "-j", f"list counter inet lab net{net}"))["nftables"]:
            if "counter" in item:
                return item["counter"]["packets"]
        raise LookupError("nft lists no such counter")
