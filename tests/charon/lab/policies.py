"""The policies that charon has installed, and traffic that hits a trap, as a kernel would report it: see policies.c."""

import socket

from .plugin import LAB, build


class Policies:
    """Before the CPE starts: builds the plugin and has its charon load it; each change of a policy takes `delay_ms` longer."""

    def __init__(self, cpe, delay_ms=0):
        build(cpe, "policies", LAB / "policies.c")
        self._cpe = cpe
        self._path = cpe.folder / "policies"
        # This one first, so that it is unloaded last; the one under test before the kernel's, as where plugins are loaded by name.
        cpe.settings["load"] = f"policies extsock {cpe.strongswan_conf()['charon']['load']}".replace(" extsock", "")
        cpe.settings.setdefault("plugins", {})["policies"] = {"socket": f"unix://{self._path}", "delay_ms": delay_ms}

    def _ask(self, what):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(5)
            client.connect(str(self._path))
            client.sendall(f"{what}\n".encode())
            return int(client.makefile().readline())

    def traps(self):
        """How many children have a trap."""
        return self._ask("count")

    def traffic(self):
        """Packets hit every trap there is; how many there are."""
        return self._ask("traffic")

    def left(self, since=0):
        """After charon's end: how many it has not removed."""
        return int(self._cpe.log.wait(r"^(\d+) policies left", 1, since)[1][1])
