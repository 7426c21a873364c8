"""One outage, measured: from a SEGW's death to the tunnel on the next, from charon's own log and the ping's answers."""

from typing import NamedTuple

from .log import CHILD_UP, DESTROYING, INITIATING
from .wait import expect

PARTS = ("detection", "decision", "reconnection")       # in their order


class Outage(NamedTuple):
    """All times in milliseconds."""

    lost: int               # the SEGW that died
    carrier: int            # the SEGW that carries now
    detection: float        # death to IKE_DESTROYING: charon's liveness check, the longest part by far
    decision: float         # IKE_DESTROYING to the next IKE_SA_INIT: this project
    reconnection: float     # IKE_SA_INIT to the CHILD_SA: charon and the next SEGW
    silence: float          # the last answer to ping before to the first after
    pings: int              # packets without an answer
    carried: int            # pings that the new SEGW counted out of its tunnel

    @property
    def total(self):
        return self.detection + self.decision + self.reconnection


def measure(charon, ping, died_at, since, lost, carrier, carried):
    """The outage that began when SEGW `lost` died at `died_at`; `since` is a mark in charon's log from before."""
    lines = [charon.log.find(pattern, since) for pattern in (DESTROYING, INITIATING, CHILD_UP)]
    expect(all(lines), "charon's log does not tell the whole of the outage")
    destroyed, dialled, up = (found[0][0].at for found in lines)
    gap = ping.gap(died_at, up + 1)
    expect(gap, "ping was not answered on both sides of the outage")
    before, after, pings = gap
    return Outage(lost, carrier, *(1000 * span for span in (destroyed - died_at, dialled - destroyed, up - dialled, after - before)),
                  pings, carried)
