"""Whether a SEGW was blamed, where none was at fault."""

from .fault import BLAME
from .wait import expect, hold


class Blame:
    """From its creation on no SEGW of a connection is to be blamed: none left, none counted as failed."""

    def __init__(self, lab, name="vpn"):
        self._lab = lab
        self._name = name
        self._mark = lab.cpe.events.mark()
        self._before = self._failures()

    def _failures(self):
        """What is counted against each SEGW now; an adopted connection has no STATUS before its adoption."""
        reply = self._lab.cpe.events.request(f"STATUS {self._name}")
        return [(segw["failures"], segw["causes"]) for segw in reply["connections"][0]["segws"]] if reply["ok"] else None

    def told(self):
        return [(e["event"], e["from"], e["cause"]) for e in self._lab.cpe.events.since(self._mark)
                if e["event"] in BLAME and e["connection"] == self._name]

    def expect_none(self, seconds=0):
        """Not so far, and not in the seconds to come."""
        hold(lambda: not self.told(), seconds, lambda: f"blamed: {self.told()}")
        expect(not self.told(), lambda: f"blamed: {self.told()}")
        now = self._failures()
        expect(now == self._before or self._before is None and not any(failures for failures, _ in now), f"counted {self._before}, and {now} now")
