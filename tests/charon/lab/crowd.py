"""Many clients of the extsock socket in a process of their own, so that the lab's clock and charon's do not wait for them.

crowd.py SOCKET HEALTHY SLEEPING GARBAGE: says `ready`, works until its standard input ends, then says in one line of JSON
what the healthy ones heard and what the garbage was answered."""

import json
import os
import random
import selectors
import socket
import subprocess
import sys
import time

NICE = 19           # the machine has few processors: this is a crowd of clients, not of programs that take charon's
PACE_S = 0.02       # how often all that send garbage send some


def garbage(number, source):
    """What a client that sends garbage sends next: one kind for each number."""
    kind = number % 4
    if kind == 0:
        return bytes(byte for byte in source.randbytes(200) if byte not in b"{") + b"\n"
    if kind == 1:
        return b'APPLY_CONFIG {"name":' + json.dumps(source.randbytes(40).hex()).encode() + b',"nonsense":[1,2,{}]}'
    if kind == 2:
        return b"STATUS " + source.randbytes(20).hex().encode() + b"\r\nFLY\nSUBSCRIBE {}\n"
    return b"\n" * 50 + b'SUBSCRIBE {"events":["no"]}REMOVE_CONFIG x\n'


class Client:
    def __init__(self, path, selector, reads=True):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(path)
        self.socket.setblocking(False)
        self.heard, self.unsent, self.closed = [], b"", False
        if reads:
            selector.register(self.socket, selectors.EVENT_READ, self)

    def read(self, selector):
        try:
            data = self.socket.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.closed = True
            selector.unregister(self.socket)
            return
        self.heard.append(data)     # looked at when there is time

    def messages(self):
        return [json.loads(line) for line in b"".join(self.heard).split(b"\n") if line]

    def send(self, data):
        """As much as there is room for; the rest comes first the next time, or the requests would not be those meant."""
        self.unsent = self.unsent or data
        try:
            self.unsent = self.unsent[self.socket.send(self.unsent):]
        except OSError:
            pass


def main(path, healthy, sleeping, wild):
    os.nice(NICE)
    source = random.Random(4)
    rubbish = [[garbage(number, source) for _ in range(50)] for number in range(wild)]
    selector = selectors.DefaultSelector()
    good = [Client(path, selector) for _ in range(healthy)]
    asleep = [Client(path, selector, reads=False) for _ in range(sleeping)]
    # Every second of them does not even read what it is told.
    bad = [Client(path, selector, reads=number % 8 < 4) for number in range(wild)]
    selector.register(sys.stdin, selectors.EVENT_READ)
    print("ready", flush=True)
    sent, due = 0, time.monotonic()
    while True:
        for key, _ in selector.select(max(0, due - time.monotonic())):
            if key.data is None:
                replies = [m for client in bad for m in client.messages() if "reply" in m]
                print(json.dumps({
                    "healthy": [{"heard": c.messages(), "closed": c.closed} for c in good], "sleeping": len(asleep),
                    "sent": sent, "replies": len(replies), "closed": sum(c.closed for c in bad)}), flush=True)
                return
            key.data.read(selector)
        if time.monotonic() >= due:
            due += PACE_S
            for number, client in enumerate(bad):
                client.send(rubbish[number][sent // wild % 50])
                sent += 1


class Crowd:
    """The process, while the block runs; afterwards `result` is what it said."""

    def __init__(self, path, healthy, sleeping, wild):
        self._process = subprocess.Popen([sys.executable, "-B", __file__, str(path), str(healthy), str(sleeping), str(wild)],
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.result = None

    def __enter__(self):
        if self._process.stdout.readline() != "ready\n":
            raise OSError("the crowd did not get in")
        return self

    def __exit__(self, *_exception):
        said, _ = self._process.communicate()
        self.result = json.loads(said) if said else None


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
