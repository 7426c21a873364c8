"""An ordinary connection, which nobody guards, that waits for a name server which does not answer."""

import re
from threading import Thread

from .wait import expect, until

NAME = "dead.example"


class SlowDns:
    """Before the CPE's start: names are asked of nobody. `others` are connections of swanctl.conf beside the one that waits, `busy`.

    Charon resolves the name with the IKE_SA checked out: whoever asks it for all IKE_SAs, as `lab.picture` does, waits too."""

    def __init__(self, lab, seconds, *others):
        self._cpe = lab.cpe
        self._dial = None
        # Nobody has this address; at most 30 seconds for each try, says resolv.conf(5).
        lab.cpe.etc = {"hosts": "", "nsswitch.conf": "hosts: files dns\n",
                       "resolv.conf": f"nameserver 10.9.0.254\noptions timeout:{seconds} attempts:1\n"}
        busy = lab.cpe.stock_connection(1, name="busy", net=1, remote_addrs=NAME)
        lab.cpe.stock_connections = lab.cpe.stock_conf(*others, busy)

    def _count(self):
        return int(re.search(r"IKE_SAs: (\d+) total", self._cpe.swanctl("--stats", timeout=60))[1])

    def dial(self):
        """Charon dials it, and waits; returns once there is its IKE_SA."""
        before = self._count()
        self._dial = Thread(target=self._cpe.swanctl, args=("--initiate", "--ike", "busy"), kwargs={"check": False, "timeout": 60},
                            daemon=True)
        self._dial.start()
        until(lambda: self._count() > before, 5, "an IKE_SA that waits for a name")

    def expect_waiting(self):
        """What was measured was measured beside it."""
        expect(self._dial.is_alive(), "the name server has been given up already")

    def end(self):
        """Until charon has given it up."""
        self._dial.join()
