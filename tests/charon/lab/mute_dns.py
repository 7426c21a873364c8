"""A name server that answers nobody until it is told to: run inside a namespace as mute_dns.py ADDRESS.

A line of its input is `mute` or `answer`; with the latter each question, also those of before, is answered: SERVFAIL. It says `ready` first."""

import selectors
import socket
import sys

PORT = 53
QUERY_MAX = 4096
RESPONSE, SERVFAIL = 0x80, 2    # RFC 1035 section 4.1.1


def failure(query):
    """The answer that ends a question: its own bytes, with the flags of one that failed."""
    return query[:2] + bytes([query[2] | RESPONSE, query[3] & 0xF0 | SERVFAIL]) + query[4:]


def main(address):
    end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    end.bind((address, PORT))
    selector = selectors.DefaultSelector()
    selector.register(end, selectors.EVENT_READ)
    selector.register(sys.stdin, selectors.EVENT_READ)
    print("ready", flush=True)
    open_questions, mute = [], True
    while True:
        for key, _ in selector.select():
            if key.fileobj is end:
                open_questions.append(end.recvfrom(QUERY_MAX))
                continue
            line = sys.stdin.readline()
            if not line:
                return                  # the lab has ended
            mute = line.strip() == "mute"
        while open_questions and not mute:
            query, sender = open_questions.pop()
            end.sendto(failure(query), sender)


if __name__ == "__main__":
    main(*sys.argv[1:])
