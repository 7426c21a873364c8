"""One wire towards the outside network: an interface of a namespace, and the port that it is plugged into."""

NOBODY_MAC = "02:00:00:00:00:fe"


class Link:
    """What a router's own link goes through; `nobody` is the neighbour that never answers, where the default route leads."""

    def __init__(self, network, port, namespace, nobody, device="eth0"):
        self._network = network
        self._port = port
        self._namespace = namespace
        self._nobody = nobody
        self._device = device
        self._routes = []

    def up(self):
        """The interface comes up, and the router's network manager adds the default route; the rest the kernel knows."""
        self._namespace.ip("link", "set", self._device, "up")
        # Without a tunnel inner packets leave for a neighbour that drops them: lost, and no error at the sender.
        self._namespace.ip("neigh", "replace", self._nobody, "lladdr", NOBODY_MAC, "dev", self._device, "nud", "permanent")
        self._namespace.ip("route", "replace", "default", "via", self._nobody)

    def down(self):
        """The interface goes down: its routes vanish, nothing can be sent."""
        self._namespace.ip("link", "set", self._device, "down")

    def unroute(self):
        """The routes are gone, the link is not: what comes in still arrives."""
        self._routes = [line for line in self._namespace.ip("-4", "route").splitlines() if f"dev {self._device}" in line]
        for route in self._routes:
            self._namespace.ip("route", "del", *route.split())

    def route(self):
        """They are back: those of the network first, then what leads through it."""
        for route in reversed(self._routes):
            self._namespace.ip("route", "add", *route.split())

    def unplug(self):
        """The carrier is lost: the interface is still up and keeps its routes, but it does not run."""
        self._network.ip("link", "set", self._port, "down")

    def plug(self):
        """The carrier is back."""
        self._network.ip("link", "set", self._port, "up")
