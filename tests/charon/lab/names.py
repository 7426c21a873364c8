"""A name server of the outside network that can be dead, slow, or come up late."""

import json
import os
import subprocess
from pathlib import Path

from .netns import NETWORK
from .wait import Skipped, expect

HOST = 53
ADDRESS = f"{NETWORK}.{HOST}"
DEBIAN_PYTHON = "/usr/bin/python3"      # has Debian's modules, whatever runs the lab
DEBIAN_MODULES = Path("/usr/lib/python3/dist-packages")
NOBODY_ASKS_TWICE = "timeout:2 attempts:2"      # of resolv.conf: a dead server costs four seconds


def needs(module):
    """Debian's Python has this module, or what is played is skipped."""
    if not (DEBIAN_MODULES / module).is_dir():
        raise Skipped(f"Debian's python3-{module} is not installed")


class NameServer:
    """Dead until `start`; who uses it is told before charon starts."""

    def __init__(self, lab, names):
        needs("dnslib")
        self._namespace = lab.outside("dns", HOST)
        self._path = lab.folder / "names"
        self._names = names
        self._process = None
        self.answer()
        self._nft("add table ip lab")
        self._nft("add chain ip lab arriving { type filter hook input priority 0; }")
        self.die()

    def _nft(self, text):
        self._namespace.run("nft", text)

    def serves(self, charon):
        """Before its start: this charon asks this server and knows no name by itself."""
        charon.etc = {"hosts": "", "nsswitch.conf": "hosts: files dns\n",
                      "resolv.conf": f"nameserver {ADDRESS}\noptions {NOBODY_ASKS_TWICE}\n"}

    def answer(self, after=0, **names):
        """From now on it takes `after` seconds to answer, and knows these names as well, each with a list of addresses."""
        self._names = {**self._names, **names}
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps({"delay": after, "names": self._names}))
        os.replace(fresh, self._path)   # a question sees the one or the other

    def start(self):
        """It is there, and answers."""
        if not self._process:
            self._process = self._namespace.popen(DEBIAN_PYTHON, "-B", Path(__file__).with_name("nameserver.py"), ADDRESS, self._path,
                                                  stdout=subprocess.PIPE, text=True)
            expect(self._process.stdout.readline() == "ready\n", "nameserver.py did not start")
        self._nft("flush chain ip lab arriving")

    def die(self):
        """Questions vanish."""
        self._nft("add rule ip lab arriving drop")
