"""watch_ping.py VICI SOURCE TARGET: a watcher in mwan3's and keepalived's way, beside charon without the plugin.

It pings a host behind the SEGWs through the tunnel, each second. After three losses in a row it ends the IKE_SA and dials the other
SEGW. mwan3 by itself waits 5 x 10 s."""

import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "charon"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from watch_vici import Watcher                      # noqa: E402

INTERVAL_S, LOSSES = 1, 3


def main():
    path, source, target = sys.argv[1:]
    watcher = Watcher(path)
    watcher.connect(0)
    losses = 0
    while True:
        began = time.monotonic()
        answered = subprocess.run(["ping", "-n", "-q", "-c", "1", "-W", str(INTERVAL_S), "-I", source, target],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0
        losses = 0 if answered else losses + 1
        if losses >= LOSSES:
            watcher.leave(watcher.current)
            watcher.connect(1 - watcher.current)
            losses = 0
        time.sleep(max(0, INTERVAL_S - (time.monotonic() - began)))


if __name__ == "__main__":
    main()
