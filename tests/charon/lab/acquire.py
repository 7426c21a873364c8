"""Traffic that hits a trap policy, as a kernel would report it: see acquire.c."""

import os
import shlex
import socket

from .command import run
from .cpe import ROOT


class Acquire:
    """Before the CPE starts: builds the plugin and has its charon load it."""

    def __init__(self, cpe):
        source = os.environ.get("STRONGSWAN_SRC") or run(ROOT / "ports/strongswan/headers").split()[-1]
        plugin = cpe.folder / "libstrongswan-acquire.so"
        run(*shlex.split(os.environ.get("CC", "cc")), "-shared", "-fPIC", "-w", "-include", f"{source}/config.h",
            f"-I{source}/src/libstrongswan", f"-I{source}/src/libcharon", f"-I{ROOT}/ports/strongswan",
            "-o", plugin, ROOT / "tests/charon/lab/acquire.c")
        self.path = cpe.folder / "acquire"
        cpe.more.append(plugin)
        cpe.settings["load"] = f"{cpe.strongswan_conf()['charon']['load']} acquire".replace(" extsock", "")
        cpe.settings.setdefault("plugins", {})["acquire"] = {"socket": f"unix://{self.path}"}

    def traffic(self):
        """Packets hit every trap there is; how many there are."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(5)
            client.connect(str(self.path))
            return int(client.makefile().readline())
