"""A field condition: what it is called, how its lab is laid, what happens, and what may come of it."""

from dataclasses import dataclass, field
from typing import Callable


@dataclass(frozen=True)
class Condition:
    """One row of the table."""

    name: str
    what: str                   # for a person, a few words
    play: Callable              # is given a Side
    gateways: int = 2
    running: tuple = None       # SEGWs that run from the start; by default all
    nets: tuple = (0,)          # inner networks that must have traffic
    healthy: tuple = (1, 2)     # SEGWs that nobody may blame
    at_rest: int = 1            # IKE_SAs that the plugin's sides must have at the end
    adoptable: bool = True      # whether the plugin guards such a connection of swanctl.conf
    most_s: float = None        # silence that the plugin's sides may have at most, whatever charon alone has
    tells: tuple = ()           # events that the plugin must have told by the end
    long_s: int = 0             # longer than others by so much: played only if it is named
    failover: dict = field(default_factory=dict)        # the plugin's policy, where it is not the default


CONDITIONS = {}


def condition(name, what, **more):
    """Makes the function a row of the table, in the order of the text."""
    def enter(play):
        CONDITIONS[name] = Condition(name, what, play, **more)
        return play
    return enter
