"""Network namespaces, and the bridge that joins them, which lives in one of its own: the host's network is untouched."""

import contextlib
import os
import signal
import subprocess

from .command import run
from .link import Link
from .wait import Failed

NETWORK = "10.9.0"                      # the outside: the CPE's and the SEGWs' addresses
HOST = 100                              # the CPE's host number there
NETWORK6 = "fd09:"                      # the same in IPv6, for scenarios that ask for it
NOBODY = f"{NETWORK}.254"               # a neighbour that never answers: where the default route leads


def free_prefix():
    """A prefix that no namespace on this machine has: one that a dead process left behind is not ours to touch."""
    taken = run("ip", "netns", "list").split()
    for suffix in ("", *"abcdefghijklmnopqrstuvwxyz"):
        prefix = f"sg{os.getpid()}{suffix}-"
        if not any(name.startswith(prefix) for name in taken):
            return prefix
    raise Failed(f"namespaces sg{os.getpid()}*- are all taken: remove them with ip netns del")


def remove_all(prefix):
    """Remove every namespace of a prefix that was free when the lab took it, and end what still runs inside.

    By prefix and not by a list: an interrupt may fall between making one and noting it."""
    for name in [word for word in run("ip", "netns", "list").split() if word.startswith(prefix)]:
        for pid in run("ip", "netns", "pids", name, check=False).split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        run("ip", "netns", "del", name, check=False)


class Namespace:
    """One network namespace; created here, and only those created here are ever removed."""

    def __init__(self, name):
        self.name = name
        run("ip", "netns", "add", name)
        self.ip("link", "set", "lo", "up")

    def ip(self, *words):
        return run("ip", "-n", self.name, *words)

    def wrap(self, *argv):
        """The command line that runs `argv` inside; it execs all the way, so the process keeps its pid."""
        return ["ip", "netns", "exec", self.name, *map(str, argv)]

    def run(self, *argv, **options):
        return run(*self.wrap(*argv), **options)

    def popen(self, *argv, feed=False, **options):
        """A child in a session of its own: a Ctrl-C reaches the lab, which ends its processes in order. `feed`: it is told something."""
        return subprocess.Popen(self.wrap(*argv), stdin=subprocess.PIPE if feed else subprocess.DEVNULL, start_new_session=True, **options)


class Network(Namespace):
    """The bridge between the others."""

    def __init__(self, name):
        super().__init__(name)
        self.ip("link", "add", "br0", "type", "bridge")
        self.ip("link", "set", "br0", "up")

    def join(self, namespace, port, host, ipv6=False):
        """Give `namespace` an interface eth0 with address `host` of the outside network, and with `ipv6` of both; its Link."""
        self.ip("link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", namespace.name)
        self.ip("link", "set", port, "master", "br0", "up")
        namespace.ip("addr", "add", f"{NETWORK}.{host}/24", "dev", "eth0")
        if ipv6:
            # nodad: it can be used at once.
            namespace.ip("addr", "add", f"{NETWORK6}:{host}/64", "dev", "eth0", "nodad")
        link = Link(self, port, namespace, NOBODY)
        link.up()
        return link
