"""A socket that does what the real plugin does not: pieces, garbage, silence, hanging up. For the edges only; what a user
does is tested on the real plugin, in tests/charon/scenarios/50-extsockctl."""

import socket
import threading
import time


class Plugin:
    """Serves one client after another with `script`, a list of what to do for each line that comes: bytes to send, a
    number of seconds to wait, or HANG_UP. What clients sent is in `heard`. With `clients` it has ended after so many of them."""

    HANG_UP = object()

    def __init__(self, path, *script, greeting=(), clients=None):
        self.heard = b""
        self._clients = clients
        self._script, self._greeting = list(script), greeting
        self._stop = threading.Event()
        self._server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._server.bind(str(path))
        self._server.listen(8)
        self._server.settimeout(0.1)
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()
        self._server.close()

    def _serve(self):
        served = 0
        while not self._stop.is_set():
            try:
                client, _ = self._server.accept()
            except TimeoutError:
                continue
            served += 1
            if served == self._clients:
                self._server.close()            # before it hangs up: whoever comes back finds nobody
            with client:
                try:
                    self._talk(client)
                except OSError:
                    pass
            if served == self._clients:
                return

    def _talk(self, client):
        client.settimeout(0.1)
        if not all(self._do(client, each) for each in self._greeting):
            return
        script, rest = list(self._script), b""
        while not self._stop.is_set():
            try:
                data = client.recv(65536)
            except TimeoutError:
                continue
            if not data:
                return
            self.heard += data
            rest += data
            while b"\n" in rest and script:
                rest = rest.split(b"\n", 1)[1]
                answer = script.pop(0)
                for each in answer if isinstance(answer, (list, tuple)) else (answer,):
                    if not self._do(client, each):
                        return

    def _do(self, client, what):
        if what is self.HANG_UP:
            return False
        if isinstance(what, (int, float)):
            self._stop.wait(what)
        else:
            client.settimeout(5)
            client.sendall(what)
            client.settimeout(0.1)
        return True


def pieces(data, size=1):
    """The same bytes one after the other, each in a packet of its own."""
    for start in range(0, len(data), size):
        yield data[start:start + size]
        if start % 16 == 0:
            yield 0.001


def wait_for(check, seconds=30):
    deadline = time.monotonic() + seconds
    while not check():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
