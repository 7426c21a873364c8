"""Who is no SEGW and answers nevertheless: at an address of its own, or in the name of a SEGW. Both only inside of the lab."""

import os
import subprocess
from contextlib import contextmanager
from pathlib import Path

from .names import DEBIAN_PYTHON, needs
from .netns import NETWORK
from .wait import expect, until


class Stranger:
    """A program of the lab that says `ready` first, and then a line for each answer it gave."""

    def __init__(self, namespace, program, *words, folder):
        needs("scapy")
        self._path = folder / f"{program}.said"
        with open(self._path, "wb") as output:
            self._process = namespace.popen(DEBIAN_PYTHON, "-B", Path(__file__).with_name(f"{program}.py"), *words, stdout=output,
                                            stderr=subprocess.STDOUT)
        until(lambda: self._said()[:1] == ["ready"], 10, lambda: f"{program}.py to start; it said {self._said()}")

    def _said(self):
        return self._path.read_text(errors="replace").splitlines()

    @property
    def answers(self):
        """How many it gave."""
        return len(self._said()) - 1

    def end(self):
        self._process.kill()
        self._process.wait()


class OddResponder(Stranger):
    """Answers at an outside address with host number `host`; `says` has it answer as oddities.py knows."""

    def __init__(self, lab, host, *words):
        self._words = lab.folder / f"odd{host}"
        self.says(*words)
        namespace = lab.outside(f"odd{host}", host)
        super().__init__(namespace, "responder", f"{NETWORK}.{host}", self._words, folder=lab.folder)

    def says(self, *words):
        fresh = self._words.with_suffix(".new")
        fresh.write_text(" ".join(map(str, words)))
        os.replace(fresh, self._words)


class Forger(Stranger):
    """Answers the next `count` requests of an exchange that come from the CPE, before whom they are for can."""

    def __init__(self, lab, exchange, count, *words):
        expect(not lab.wans, "the forger sits at the CPE's own port of the bridge")
        super().__init__(lab.network, "forger", "cpe", exchange, count, *words, folder=lab.folder)

    @contextmanager
    def first(self, gateways, answers=1):
        """What is dialled inside is answered here so often before these SEGWs can."""
        gateways = list(gateways)
        for gateway in gateways:
            gateway.freeze()
        yield
        until(lambda: self.answers == answers, 5, lambda: f"the forger to answer {answers} requests, it did {self.answers}")
        for gateway in gateways:
            gateway.thaw()
