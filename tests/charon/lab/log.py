"""A charon's log file: lines with the moment that charon itself wrote them."""

import re
from typing import NamedTuple

from .wait import until

LINE = re.compile(r"^\S+ (\d+\.\d+) \d+\[(\w+)\] (?:<[^>]*> )?(.*)$")

# What charon 5.9.8 writes at ike level 2.
INITIATING = r"initiating IKE_SA (\S+)\[(\d+)\] to (\S+)"
DESTROYING = r"IKE_SA (\S+)\[(\d+)\] state change: (\w+) => DESTROYING"
DELETE_RECEIVED = r"received DELETE for IKE_SA (\S+)\[(\d+)\]"
CHILD_UP = r"CHILD_SA (\S+)\{(\d+)\} established"
VICI_INITIATE = r"vici initiate"


class Line(NamedTuple):
    at: float   # seconds since the epoch, in steps of a millisecond: 5.9.8 writes nothing finer
    group: str
    text: str


class Log:
    """Reads what is new on each look; a mark is a number of lines."""

    def __init__(self, path):
        self.path = path
        self._lines = []
        self._file = None
        self._rest = ""

    def lines(self, since=0):
        if self._file is None and self.path.exists():
            self._file = open(self.path, encoding="utf-8", errors="replace")
        if self._file:
            *whole, self._rest = (self._rest + self._file.read()).split("\n")
            self._lines += [Line(float(m[1]), m[2], m[3]) for m in map(LINE.match, whole) if m]
        return self._lines[since:]

    def mark(self):
        """Where the log ends now, to look only at what comes later."""
        return len(self.lines())

    def find(self, pattern, since=0):
        """Every (Line, match) of a pattern."""
        found = ((line, re.search(pattern, line.text)) for line in self.lines(since))
        return [(line, match) for line, match in found if match]

    def wait(self, pattern, seconds, since=0):
        """The first (Line, match) of a pattern, waiting for it."""
        return until(lambda: self.find(pattern, since), seconds, f"/{pattern}/ in {self.path}")[0]

    def tail(self, count=40):
        if not self.path.exists():
            return f"({self.path} was never written)"
        return "\n".join(self.path.read_text(errors="replace").splitlines()[-count:])
