"""One WAN of the CPE: its interface there, and the provider's router, with NAT, loss, delay and a fate of its own."""

import subprocess
import sys
from pathlib import Path

from .link import Link
from .netns import NETWORK, Namespace
from .wait import expect

HERE, ROUTER = 2, 1             # host numbers on the wire between CPE and router
OUTSIDE = 200                   # the router's host number outside, with the WAN's number added
METRIC = 100                    # of the CPE's default route, times the WAN's number: the first is preferred
IKE, NAT_T = 500, 4500
MAPPED = "29000-60999"          # ports that the NAT gives, some of them now and all others never again
FIRST_PORT = 30000
OUTBOUND, INBOUND = "outbound", "inbound"         # ways of the path, and names of their devices
TABLES = {OUTBOUND: ("lan", 101), INBOUND: ("eth0", 102)}        # where a packet of that way comes in, and the table that leads it to the relay
INNER = "{ 10.1.0.0/16, 10.2.0.0/16 }"   # networks inside of tunnels: what comes here in the clear is lost, and no error is sent
CHAINS = {"forward": "filter hook forward priority 0", "before": "filter hook prerouting priority -350",
          "after": "filter hook postrouting priority 200"}
# One way: its router forwards, whatever the way back is, and tells nobody of a better one.
SYSCTLS = "echo 1 >ip_forward; for each in conf/*; do echo 0 >$each/rp_filter; echo 0 >$each/send_redirects; echo 1 >$each/accept_local; done"


class WanLink(Link):
    """The CPE's wire to the provider, and what its network manager does about it."""

    def __init__(self, router, namespace, network, device, metric):
        super().__init__(router, "lan", namespace, f"{network}.{ROUTER}", device)
        self._network24 = network
        self._metric = metric
        self.address = f"{network}.{HERE}"

    def up(self):
        """The interface comes up and has its address and its default route."""
        self._namespace.ip("link", "set", self._device, "up")
        self._configure()

    def _configure(self):
        self._namespace.ip("addr", "replace", f"{self.address}/24", "dev", self._device)
        self._namespace.ip("route", "replace", "default", "via", self._nobody, "dev", self._device, "metric", self._metric)

    def pull(self):
        """The cable is out: no carrier, and the network manager takes address and route away."""
        self.unplug()
        self._namespace.ip("addr", "flush", "dev", self._device)

    def put(self):
        """The cable is in again."""
        self.plug()
        self._configure()

    def renumber(self, host):
        """The provider gives the CPE another address."""
        self._namespace.ip("addr", "flush", "dev", self._device)
        self.address = f"{self._network24}.{host}"
        self._configure()


class Wan:
    """CPE -- router -- outside network. The first one takes the place of the CPE's wire into the outside network."""

    def __init__(self, prefix, network, cpe, gateways, number, nat):
        self._lan = f"10.8.{number}"
        self._host = OUTSIDE + number
        self._port = FIRST_PORT
        self._nat = nat
        self._relay = None
        self.router = Namespace(f"{prefix}wan{number}")
        network.join(self.router, f"wan{number}", self._host)
        device = f"eth{number - 1}"
        if number == 1:
            cpe.ip("link", "del", device)
        self.router.ip("link", "add", "lan", "type", "veth", "peer", "name", device, "netns", cpe.name)
        self.router.ip("addr", "add", f"{self._lan}.{ROUTER}/24", "dev", "lan")
        self.router.ip("link", "set", "lan", "up")
        self.link = WanLink(self.router, cpe, self._lan, device, METRIC * number)
        self.link.up()
        self._sysctls()
        self._nft("add table ip wan")
        for chain, hook in CHAINS.items():
            self._nft(f"add chain ip wan {chain} {{ type {hook}; }}")
        self._nft(f"add rule ip wan forward ip daddr {INNER} drop")
        self._nft(f"add rule ip wan forward iifname lan ip saddr != {self._lan}.0/24 drop")        # RFC 2827
        if nat:
            # Who has sent nothing since the NAT began anew hears nothing.
            self._nft("add set ip wan open { type inet_service; flags dynamic; timeout 1h; }")
            self._map()
        else:
            for gateway in gateways:
                self.reach(gateway.namespace)

    @property
    def address(self):
        """The router's address outside; with NAT it is the CPE's as well."""
        return f"{NETWORK}.{self._host}"

    def reach(self, namespace):
        """Who is outside answers to the CPE's address inside this way; with NAT nothing comes from there."""
        namespace.ip("route", "replace", f"{self._lan}.0/24", "via", self.address)

    def _sysctls(self):
        self.router.run("sh", "-c", f"cd /proc/sys/net/ipv4; {SYSCTLS}")

    def _nft(self, text):
        self.router.run("nft", text)

    # NAT

    def _map(self):
        """IKE's ports of the CPE are such ones outside from now on; those of before lead nowhere."""
        for chain in ("before", "after"):
            self._nft(f"flush chain ip wan {chain}")
        self._nft("flush set ip wan open")
        for inside, outside in ((IKE, self._port), (NAT_T, self.port)):
            self._nft(f"add rule ip wan after oifname eth0 ip saddr {self._lan}.0/24 udp sport {inside} "
                      f"update @open {{ udp sport }} ip saddr set {self.address} udp sport set {outside}")
            self._nft(f"add rule ip wan before iifname eth0 ip daddr {self.address} udp dport {outside} "
                      f"ip daddr set {self.link.address} udp dport set {inside}")
        self._nft(f"add rule ip wan before iifname eth0 udp dport {MAPPED} drop")
        self._nft("add rule ip wan before iifname eth0 udp dport != @open drop")

    @property
    def port(self):
        """What the NAT makes of the CPE's port 4500."""
        return self._port + 1

    def remap(self, another_address=False):
        """The NAT forgets what it had, and gives other ports, or also another address."""
        expect(self._nat, "this WAN has no NAT")
        self._port += 2
        if another_address:
            before, self._host = self.address, self._host + 20
            self.router.ip("addr", "del", f"{before}/24", "dev", "eth0")
            self.router.ip("addr", "add", f"{self.address}/24", "dev", "eth0")
        self._map()

    # loss, delay, death

    def silence(self):
        """The router is off: nothing gets through."""
        self._nft("insert rule ip wan forward drop")

    def heal(self):
        """It is back."""
        self._nft("flush chain ip wan forward")
        self._nft(f"add rule ip wan forward ip daddr {INNER} drop")
        self._nft(f"add rule ip wan forward iifname lan ip saddr != {self._lan}.0/24 drop")

    def behave(self, delay=0, loss=0, seed=1):
        """From now on a packet takes `delay` seconds each way, and a share `loss` of each way is lost, drawn from `seed`."""
        if not self._relay:
            self._lay_relay()
        for number, way in enumerate(TABLES):
            self._ask(f"{way} {delay} {loss} {2 * seed + number}", "done")

    def lost(self):
        """How many packets were lost so far, outbound and inbound."""
        return tuple(map(int, self._ask("count").split()))

    def _lay_relay(self):
        for way in TABLES:
            self.router.ip("tuntap", "add", way, "mode", "tun")
            self.router.ip("link", "set", way, "up")
        self._sysctls()
        self._relay = self.router.popen(sys.executable, "-B", Path(__file__).with_name("relay.py"), *TABLES, feed=True,
                                        stdout=subprocess.PIPE, text=True)
        expect(self._relay.stdout.readline() == "ready\n", f"{self.router.name}: relay.py did not start")
        for way, (device, table) in TABLES.items():
            self.router.ip("route", "add", "default", "dev", way, "table", table)
            self.router.ip("rule", "add", "iif", device, "lookup", table, "prio", table)

    def _ask(self, line, answer=None):
        self._relay.stdin.write(line + "\n")
        self._relay.stdin.flush()
        said = self._relay.stdout.readline().strip()
        expect(said if answer is None else said == answer, f"{self.router.name}: relay.py answered {said!r} to {line!r}")
        return said
