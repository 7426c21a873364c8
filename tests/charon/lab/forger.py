"""Sees what passes a port of the bridge and answers in another's name: run in the bridge's namespace as forger.py PORT EXCHANGE COUNT ANSWER….

The next COUNT requests of an EXCHANGE, a number of RFC 7296 section 3.1, that come out of that port are answered at once, as from
whom they were for, with one of the answers of oddities.py; a request that is sent again is not another one. It says "ready" once it
looks, and a line for each."""

import sys

from oddities import NON_ESP, answer, request
from scapy.all import IP, UDP, Ether, Raw, conf

IKE_PORTS = (500, 4500)


def forged(frame, exchange, words):
    """The frame that answers one, or None."""
    if not frame.haslayer(UDP) or frame[UDP].dport not in IKE_PORTS:
        return None
    port = frame[UDP].dport
    asked = request(bytes(frame[UDP].payload), port)
    if asked is None or asked.exch_type != exchange:
        return None
    said = answer(asked, words)
    return said and (Ether(src=frame.dst, dst=frame.src) / IP(src=frame[IP].dst, dst=frame[IP].src)
                     / UDP(sport=port, dport=frame[UDP].sport) / Raw((NON_ESP if port == 4500 else b"") + said))


def main(port, exchange, count, *words):
    # Frames that leave by the port are seen as well: they are no requests of the one behind it.
    wire = conf.L2socket(iface=port, filter="udp")
    print("ready", flush=True)
    seen = set()
    while len(seen) < int(count):
        frame = wire.recv()
        if frame is not None and (said := forged(frame, int(exchange), words)) and bytes(frame[UDP].payload) not in seen:
            wire.send(said)
            seen.add(bytes(frame[UDP].payload))
            print("forged", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
