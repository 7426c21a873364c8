"""The plugin and its client, in two programs, built by their own Makefile against the sources that this charon was built from."""
from pathlib import Path

import charon
from machine import CFLAGS, Machine
from table import ROOT

PLUGIN = "usr/lib/ipsec/plugins/libstrongswan-extsock.so"
CLIENTS = ["extsockctl", "extsockctl-check"]


def build(machine: Machine) -> Path:
    """Into the router's root; the plugin's file there."""
    made = machine.build / "extsock"
    words = [f"STRONGSWAN_SRC={charon.sources(machine)}", f"LIBSEGW={machine.target.archive}", f"BUILD={made}"]
    machine.make(ROOT / "ports" / "strongswan", *words, CFLAGS=CFLAGS)
    for name in CLIENTS:
        machine.install(made / name, f"usr/sbin/{name}")
    return machine.install(made / "libstrongswan-extsock.so", PLUGIN)
