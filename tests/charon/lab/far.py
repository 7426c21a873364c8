"""Answers ping late, as a host far behind a SEGW does: what is on its way must survive a move.

Run inside a namespace, whose kernel must leave echo requests alone: far.py SECONDS. It says "ready" once it answers."""

import selectors
import socket
import sys
import time
from collections import deque

ECHO_REPLY, ECHO_REQUEST = 0, 8
IP_PKTINFO = 8              # linux/in.h; Python's socket has no name for it


def checksum(data):
    """RFC 1071."""
    data += b"\0" * (len(data) % 2)
    total = sum(int.from_bytes(data[at:at + 2], "big") for at in range(0, len(data), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def answer(packet):
    """(message, target, source) that answers an IPv4 packet, or None if that is no echo request."""
    icmp = packet[(packet[0] & 15) * 4:]
    if icmp[0] != ECHO_REQUEST:
        return None
    body = bytes([ECHO_REPLY, 0, 0, 0]) + icmp[4:]
    return body[:2] + checksum(body).to_bytes(2, "big") + body[4:], socket.inet_ntoa(packet[12:16]), packet[16:20]


def main(delay):
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    waiting = deque()       # (when, message, target, source); every answer waits as long, so they stay in order
    selector = selectors.DefaultSelector()
    selector.register(raw, selectors.EVENT_READ)
    print("ready", flush=True)
    while True:
        late = waiting[0][0] - time.monotonic() if waiting else None
        if late is None or late > 0:
            if selector.select(late) and (found := answer(raw.recv(65536))):
                waiting.append((time.monotonic() + delay, *found))
            continue
        _, message, target, source = waiting.popleft()
        # From the address that was asked: the tunnel takes no other.
        pktinfo = b"\0" * 4 + source + b"\0" * 4
        try:
            raw.sendmsg([message], [(socket.IPPROTO_IP, IP_PKTINFO, pktinfo)], 0, (target, 0))
        except OSError:
            pass            # no route without a tunnel: a packet that is lost


if __name__ == "__main__":
    main(float(sys.argv[1]))
