"""Answers questions for names from a file, with dnslib: run inside a namespace as nameserver.py ADDRESS FILE.

The file is JSON, read at each question: {"delay": SECONDS, "names": {NAME: [ADDRESS, …]}}. Other names do not exist. It says "ready" once
it answers."""

import json
import sys
import time
from pathlib import Path

from dnslib import AAAA, QTYPE, RCODE, RR, A
from dnslib.server import BaseResolver, DNSLogger, DNSServer

TTL_S = 5
PORT = 53


class Names(BaseResolver):
    """What the file says at that moment."""

    def __init__(self, path):
        self._path = path

    def resolve(self, request, handler):
        said = json.loads(self._path.read_text())
        time.sleep(said["delay"])       # each question has a thread of its own
        reply = request.reply()
        addresses = said["names"].get(str(request.q.qname).rstrip("."))
        if addresses is None:
            reply.header.rcode = RCODE.NXDOMAIN
            return reply
        for address in addresses:
            kind, data = (QTYPE.AAAA, AAAA(address)) if ":" in address else (QTYPE.A, A(address))
            if request.q.qtype == kind:
                reply.add_answer(RR(request.q.qname, kind, ttl=TTL_S, rdata=data))
        return reply


def main(address, path):
    server = DNSServer(Names(Path(path)), address=address, port=PORT, logger=DNSLogger("-request,-reply,-truncated,-error"))
    server.start_thread()
    print("ready", flush=True)
    server.thread.join()


if __name__ == "__main__":
    main(*sys.argv[1:])
