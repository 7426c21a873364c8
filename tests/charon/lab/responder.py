"""Answers IKE_SA_INIT in the clear and odd: run inside a namespace as responder.py ADDRESS FILE.

The file, read at each request, has one of the answers of oddities.py; with none it is silent. It says "ready" once it answers, and a
line for each answer."""

import socket
import sys
from pathlib import Path

from oddities import SA_INIT, answer, request

PORT = 500


def main(address, path):
    end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    end.bind((address, PORT))
    print("ready", flush=True)
    while True:
        data, peer = end.recvfrom(65536)
        asked = request(data, PORT)
        if asked is None or asked.exch_type != SA_INIT:
            continue
        if said := answer(asked, Path(path).read_text().split()):
            end.sendto(said, peer)
            print("answered", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
