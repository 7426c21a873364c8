"""watch_vici.py VICI SOURCE TARGET: a watcher as a careful person writes it, beside charon without the plugin.

It hears charon's events over vici. When the IKE_SA in use is gone it dials the other SEGW, at once; when both have failed it waits
a second. Each ten seconds it tries the first SEGW again, and leaves the second only when the first is up. SIGUSR1: to the other SEGW."""

import os
import queue
import signal
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "charon"))

from lab.vici import Vici, vici                     # noqa: E402

CONNECTIONS = ("segw1", "segw2")
TRY_FIRST_S = 10
DIAL_MS = 5000
FOREVER_S = 1 << 20
LOST, SWITCH = "lost", "switch"


def listen(path, news):
    """What charon tells of IKE_SAs that go."""
    client = Vici(path, timeout=FOREVER_S)
    for _, event in client._session.listen(["ike-updown"]):
        if event and b"up" not in event and "up" not in event:
            news.put((LOST, next(iter(event), "")))


def failed(args):
    """A watcher that hears nothing any more is none."""
    sys.__excepthook__(args.exc_type, args.exc_value, args.exc_traceback)
    os._exit(1)


class Watcher:
    def __init__(self, path):
        self.client = Vici(path, timeout=30)
        self.current = None

    def dial(self, place):
        """Whether that SEGW's CHILD_SA is up."""
        name = CONNECTIONS[place]
        try:
            for _ in self.client._session.initiate({"ike": name, "child": f"net-{place + 1}", "timeout": str(DIAL_MS)}):
                pass
        except vici.exception.CommandException:
            return False
        return True

    def leave(self, place):
        try:
            for _ in self.client._session.terminate({"ike": CONNECTIONS[place], "force": "yes"}):
                pass
        except vici.exception.CommandException:
            pass

    def carried(self):
        """Which connections have a CHILD_SA."""
        return {CONNECTIONS.index(name) for name, sa in self.client.sas()
                if name in CONNECTIONS and any(child["state"] == "INSTALLED" for child in sa.get("child-sas", {}).values())}

    def connect(self, first):
        place = first
        while not self.dial(place):
            self.leave(place)
            place = 1 - place
            if place == first:
                time.sleep(1)
        self.current = place

    def move(self, to):
        """Make before break."""
        if self.dial(to):
            self.leave(self.current)
            self.current = to
        else:
            self.leave(to)


def main():
    path = sys.argv[1]
    news = queue.Queue()
    signal.signal(signal.SIGUSR1, lambda *_: news.put((SWITCH, "")))
    threading.excepthook = failed
    threading.Thread(target=listen, args=(path, news), daemon=True).start()
    watcher = Watcher(path)
    watcher.connect(0)
    again = time.monotonic() + TRY_FIRST_S
    while True:
        try:
            what, _ = news.get(timeout=0.1)
        except queue.Empty:
            what = None
        if what == SWITCH:
            watcher.move(1 - watcher.current)
            again = float("inf")        # an operator's word holds
        elif what == LOST and watcher.current not in watcher.carried():
            watcher.connect(1 - watcher.current)
        elif what is None and watcher.current and time.monotonic() >= again:
            watcher.move(0)
            again = time.monotonic() + TRY_FIRST_S


if __name__ == "__main__":
    main()
