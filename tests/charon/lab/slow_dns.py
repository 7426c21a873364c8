"""An ordinary connection, which nobody guards, that waits for a name server which does not answer."""

import re
import subprocess
import sys
from pathlib import Path
from threading import Thread

from .wait import expect, until

NAME = "dead.example"
SERVER = "127.0.0.1"        # in the CPE's namespace: the lab tells it when to answer at last
NAME_S = 30                 # charon gives up by itself, the most that resolv.conf(5) has


class SlowDns:
    """Before the CPE's start: names are asked of nobody. `others` are connections of swanctl.conf beside the one that waits, `busy`.

    Charon resolves the name with the IKE_SA checked out: whoever asks it for all IKE_SAs, as `lab.picture` does, waits too."""

    def __init__(self, lab, *others):
        self._cpe = lab.cpe
        self._dial = None
        lab.cpe.etc = {"hosts": "", "nsswitch.conf": "hosts: files dns\n",
                       "resolv.conf": f"nameserver {SERVER}\noptions timeout:{NAME_S} attempts:1\n"}
        busy = lab.cpe.stock_connection(1, name="busy", net=1, remote_addrs=NAME)
        lab.cpe.stock_connections = lab.cpe.stock_conf(*others, busy)
        self._server = lab.cpe.namespace.popen(sys.executable, "-B", Path(__file__).with_name("mute_dns.py"), SERVER, feed=True,
                                               stdout=subprocess.PIPE, text=True)
        expect(self._server.stdout.readline() == "ready\n", "mute_dns.py did not start")

    def _tell(self, what):
        self._server.stdin.write(f"{what}\n")
        self._server.stdin.flush()

    def _count(self):
        return int(re.search(r"IKE_SAs: (\d+) total", self._cpe.swanctl("--stats", timeout=60))[1])

    def dial(self):
        """Charon dials it, and waits; returns once there is its IKE_SA."""
        self._tell("mute")
        before = self._count()
        self._dial = Thread(target=self._cpe.swanctl, args=("--initiate", "--ike", "busy"), kwargs={"check": False, "timeout": 60},
                            daemon=True)
        self._dial.start()
        until(lambda: self._count() > before, 5, "an IKE_SA that waits for a name")

    def expect_waiting(self):
        """What was measured was measured beside it."""
        expect(self._dial.is_alive(), "the name server has been given up already")

    def end(self):
        """Charon is told that there is no answer, and has given up."""
        self._tell("answer")
        self._dial.join()
