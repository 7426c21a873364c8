"""What the lab has charon load beside Debian's: plugins compiled against the sources of the charon that is to load them, and a slow kernel.

A machine without a compiler has them beside the plugin under test."""

import os
import shlex
import shutil
import struct
import time
from pathlib import Path

from .command import run
from .cpe import PLUGIN, ROOT

LAB = ROOT / "tests/charon/lab"


def sources():
    """strongSwan's, configured as the charon here was."""
    return Path(os.environ.get("STRONGSWAN_SRC") or run(ROOT / "ports/strongswan/headers").split()[-1])


def shared(path, words):
    """Lay a shared object there, compiled of these words unless there is one already."""
    ready = PLUGIN.parent / path.name
    if ready.exists():
        shutil.copy2(ready, path)
    else:
        run(*shlex.split(os.environ.get("CC", "cc")), "-shared", "-fPIC", "-w", *words(), "-o", path)


def build(charon, name, *files):
    """Have a charon that does not run yet find a plugin made of these files; `load` is the caller's."""
    def words():
        tree = sources()
        return ("-include", tree / "config.h", f"-I{tree}/src/libstrongswan", f"-I{tree}/src/libcharon", f"-I{tree}/src/libsimaka",
                "-iquote", ROOT / "ports/strongswan/base", *files)
    plugin = charon.folder / f"libstrongswan-{name}.so"
    shared(plugin, words)
    charon.more.append(plugin)


def preload(charon, name, **environment):
    """From its next start on this charon has that file of the lab preloaded, with these variables."""
    path = charon.folder / f"{name}.so"
    shared(path, lambda: (LAB / f"{name}.c",))
    preloaded = ":".join(filter(None, (charon.environment.get("LD_PRELOAD"), str(path))))
    charon.environment = {**charon.environment, "LD_PRELOAD": preloaded, **environment}


def slow_netlink(charon, milliseconds):
    """From its next start on the kernel takes so much longer for each answer to this charon: see slow_netlink.c."""
    preload(charon, "slow_netlink", SLOW_NETLINK_US=str(1000 * milliseconds))


class WallClock:
    """What this charon's wall clock says, from its next start on, where local time is so many hours ahead: see wall_clock.c."""

    def __init__(self, charon, ahead_h=0):
        self.path = charon.folder / "wall_clock"
        self.ahead_s = 3600 * ahead_h
        self.path.write_bytes(struct.pack("q", 0))
        preload(charon, "wall_clock", WALL_CLOCK=str(self.path), TZ=f"LAB{-ahead_h:+d}")

    def says(self, moment):
        """Now, local time is `moment`, seconds since 1970."""
        with self.path.open("r+b") as file:
            file.write(struct.pack("q", round(1000 * (moment - self.ahead_s - time.time()))))
