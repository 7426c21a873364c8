"""Traffic that hits a trap policy, as a kernel would report it: see acquire.c."""

import socket

from .cpe import ROOT
from .plugin import build


class Acquire:
    """Before the CPE starts: builds the plugin and has its charon load it."""

    def __init__(self, cpe):
        build(cpe, "acquire", ROOT / "tests/charon/lab/acquire.c")
        self.path = cpe.folder / "acquire"
        cpe.settings["load"] = f"{cpe.strongswan_conf()['charon']['load']} acquire".replace(" extsock", "")
        cpe.settings.setdefault("plugins", {})["acquire"] = {"socket": f"unix://{self.path}"}

    def traffic(self):
        """Packets hit every trap there is; how many there are."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(5)
            client.connect(str(self.path))
            return int(client.makefile().readline())
