"""The live timeline that a person reads: one line per event, columns aligned, colour only on a terminal."""

import os
import sys
import threading
import time

from .recording import Recording

COLUMNS = (("seconds", 8), ("event", 20), ("from", 5), ("to", 5), ("", 0))     # what stands behind them has 34 of 80
RED, GREEN, YELLOW, BLUE, DIM, BOLD = "31", "32", "33", "36", "2", "1"

# How each of the plugin's events reads: words, colour, the keys that say from where, to where and why.
EVENTS = {
    "config_applied": ("configuration applied", DIM, None, None, "connection"),
    "config_removed": ("configuration removed", DIM, None, None, "connection"),
    "ike_sa_up": ("IKE_SA up", BLUE, None, "remote", None),
    "ike_sa_down": ("IKE_SA down", DIM, "remote", None, None),
    "tunnel_up": ("CHILD_SA up", GREEN, None, "dst", "remote_ts"),
    "tunnel_down": ("CHILD_SA down", DIM, "dst", None, None),
    "segw_failover": ("failover", YELLOW, "from", "to", "cause"),
    "segw_failback": ("failback", YELLOW, "from", "to", "cause"),
    "segw_switch": ("switch", YELLOW, "from", "to", "cause"),
    "segw_backoff": ("backoff", RED, "from", "to", "cause"),
    "segw_move_failed": ("move failed", YELLOW, "from", "to", "cause"),
    "segw_next_address": ("next address", YELLOW, "from", "to", "cause"),
    "segw_child_down": ("child down", YELLOW, None, None, "child_sa_name"),
    "segw_redirect": ("redirect", YELLOW, "from", "to", "followed"),
    "segw_hold": ("on hold", RED, "from", None, "cause"),
    "segw_resumed": ("resumed", GREEN, None, "to", None),
    "segw_adopted": ("connection adopted", DIM, None, None, "connection"),
    "segw_released": ("connection released", DIM, None, None, "connection"),
    "segw_not_guarded": ("not guarded", RED, None, None, "reason"),
    "segw_exhausted": ("exhausted", RED, None, None, "cause"),
    "alert": ("alert", DIM, "remote", None, "alert"),
    "segw_alone": ("only one SEGW", RED, None, None, None),
}


class Timeline:
    """Prints from any thread; time counts from its creation."""

    def __init__(self, names, out=sys.stdout):
        self.names = names              # address -> what a person calls it
        self._out = out
        self._colour = out.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
        self._began = time.time()
        self._lock = threading.Lock()
        self.recording = Recording()

    def say(self, text="", colour=None):
        with self._lock:
            self.recording.add(time.time() - self._began, text, colour)
            print(f"\033[{colour}m{text}\033[0m" if self._colour and colour else text, file=self._out, flush=True)

    def header(self):
        self.say(self._row([name for name, _ in COLUMNS[:-1]] + ["cause"]), BOLD)

    @staticmethod
    def _row(cells):
        return "  ".join(f"{cell:>{width}}" if name == "seconds" else f"{cell:<{width}}"
                         for cell, (name, width) in zip(cells, COLUMNS)).rstrip()

    def line(self, event, source="", target="", cause="", colour=None, at=None):
        seconds = f"{(at or time.time()) - self._began:.3f}"
        self.say(self._row([seconds, event, self._name(source), self._name(target), cause]), colour)

    def event(self, message):
        """An event of the plugin, as it arrives."""
        words, colour, source, target, cause = EVENTS.get(message["event"], (message["event"], DIM, None, None, None))
        self.line(words, *(message.get(key) or "" if key else "" for key in (source, target, cause)),
                  colour=colour, at=message["arrived"])

    def _name(self, address):
        bare = str(address).partition("[")[0].partition(":")[0]
        return self.names.get(bare, bare)
