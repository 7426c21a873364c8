"""Whose ESP the lab runs on: charon's own in userland, or the kernel's, which LAB_ESP=kernel asks for."""

import os
import re

from .wait import expect

KERNEL = os.environ.get("LAB_ESP") == "kernel"
# In userland it is kernel-libipsec's, over a TUN device; that must come after the socket and before netlink.
PLUGINS = "kernel-netlink" if KERNEL else "kernel-libipsec kernel-netlink"
# For nftables: what came out of a tunnel. Plain text that strayed did not.
ARRIVED = "meta ipsec exists" if KERNEL else 'iifname "ipsec*"'

PACKETS = re.compile(r"\d+\(bytes\), (\d+)\(packets\)")


def packets(namespace):
    """How many packets the kernel's own SAs of a namespace have carried, both ways."""
    return sum(map(int, PACKETS.findall(namespace.ip("-s", "xfrm", "state"))))


def nameless(namespace):
    """The kernel's policies for tunnels from anywhere, as a move has them; in userland none."""
    return re.findall(r"tmpl src (?:0\.0\.0\.0|::) .*", namespace.ip("xfrm", "policy")) if KERNEL else []


class Proof:
    """From here until `expect_carried` the kernel does ESP in this namespace; in userland there is nothing to prove."""

    def __init__(self, namespace):
        self._namespace = namespace
        self._before = packets(namespace) if KERNEL else 0

    def expect_carried(self, pings):
        """The kernel has encrypted as many packets and decrypted as many, and charon has no TUN device."""
        if not KERNEL:
            return
        grown = packets(self._namespace) - self._before
        print(f"{pings} pings: {grown} packets through the kernel's ESP at the CPE")
        expect(grown >= 2 * pings, f"{pings} pings were answered, the kernel's ESP carried {grown} packets")
        links = self._namespace.ip("-brief", "link")
        expect("ipsec" not in links, f"a TUN device beside the kernel's ESP: {links}")
