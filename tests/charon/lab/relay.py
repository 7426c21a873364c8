"""A path that takes time and loses packets: what is routed into a TUN device comes out of it later, or never.

Run inside a namespace: relay.py OUTBOUND INBOUND, the names of two TUN devices, one for each way. A line of its input is `WAY DELAY LOSS SEED`,
seconds and a share from 0 to 1 for the device WAY from now on, or `count`. Each is answered by a line: `done`, or how many
packets were lost each way. The same seed loses the same packets of a way, counted from that line on. It says `ready` first."""

import fcntl
import os
import random
import selectors
import struct
import sys
import time
from collections import deque

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000      # linux/if_tun.h
PACKET_MAX = 65536


class Way:
    """One direction of the path."""

    def __init__(self, device):
        self.fd = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(self.fd, TUNSETIFF, struct.pack("16sH22x", device.encode(), IFF_TUN | IFF_NO_PI))
        self.lost = 0
        self._under_way = deque()       # (when it is there, packet), in order of their arrival
        self.behave(0, 0, 0)

    def behave(self, delay, loss, seed):
        self._delay = delay
        self._loss = loss
        self._random = random.Random(seed)

    def take(self):
        packet = os.read(self.fd, PACKET_MAX)
        if self._random.random() < self._loss:
            self.lost += 1
        else:
            self._under_way.append((time.monotonic() + self._delay, packet))

    def due(self):
        """When the next packet is there, or None."""
        return self._under_way[0][0] if self._under_way else None

    def give(self, now):
        while self._under_way and self._under_way[0][0] <= now:
            try:
                os.write(self.fd, self._under_way.popleft()[1])
            except OSError:
                self.lost += 1          # the device is down


def obey(ways, words):
    """What is answered to a line of the input."""
    if words == ["count"]:
        return " ".join(str(way.lost) for way in ways.values())
    name, delay, loss, seed = words
    ways[name].behave(float(delay), float(loss), int(seed))
    return "done"


def main(names):
    ways = {name: Way(name) for name in names}
    selector = selectors.DefaultSelector()
    for way in ways.values():
        selector.register(way.fd, selectors.EVENT_READ, way)
    selector.register(sys.stdin, selectors.EVENT_READ)
    print("ready", flush=True)
    while True:
        due = [at for at in (way.due() for way in ways.values()) if at is not None]
        for key, _ in selector.select(max(0, min(due) - time.monotonic()) if due else None):
            if key.data:
                key.data.take()
                continue
            line = sys.stdin.readline()
            if not line:
                return                  # the lab has ended
            print(obey(ways, line.split()), flush=True)
        now = time.monotonic()
        for way in ways.values():
            way.give(now)


if __name__ == "__main__":
    main(sys.argv[1:])
