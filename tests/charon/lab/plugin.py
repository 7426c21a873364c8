"""Plugins that Debian does not package, compiled against the sources of the charon that is to load them."""

import os
import shlex
from pathlib import Path

from .command import run
from .cpe import ROOT


def sources():
    """strongSwan's, configured as the charon here was."""
    return Path(os.environ.get("STRONGSWAN_SRC") or run(ROOT / "ports/strongswan/headers").split()[-1])


def build(charon, name, *files):
    """Have a charon that does not run yet find a plugin made of these files; `load` is the caller's."""
    tree = sources()
    plugin = charon.folder / f"libstrongswan-{name}.so"
    run(*shlex.split(os.environ.get("CC", "cc")), "-shared", "-fPIC", "-w", "-include", tree / "config.h",
        f"-I{tree}/src/libstrongswan", f"-I{tree}/src/libcharon", f"-I{tree}/src/libsimaka", "-iquote", ROOT / "ports/strongswan/base",
        "-o", plugin, *files)
    charon.more.append(plugin)
