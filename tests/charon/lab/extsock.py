"""A client of the extsock socket: replies and events kept apart by a thread that always reads."""

import json
import os
import socket
import threading
import time

from .wait import Failed, slack


EPOCH_S = time.time() - time.monotonic()     # of the clock that the plugin's time_ms is of


def fork_as(user, work):
    """Do `work` in a process of `user`, as (uid, gid, groups); its pid. An OSError's number is its status, 0 if there was none."""
    uid, gid, groups = user
    child = os.fork()
    if child == 0:
        error = 1
        try:
            os.setgroups(groups)
            os.setresgid(gid, gid, gid)
            os.setresuid(uid, uid, uid)
            work()
            error = 0
        except OSError as failure:
            error = failure.errno
        finally:
            os._exit(error)
    return child


def connect(path, user=None):
    """A socket connected to `path`; `user`, as (uid, gid, groups), is who connects: the kernel remembers that one."""
    end = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    if user is None:
        end.connect(str(path))
        return end
    child = fork_as(user, lambda: end.connect(str(path)))
    error = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if error:
        end.close()
        raise OSError(error, os.strerror(error))
    return end


class Extsock:
    """One client. Events are kept from the moment of connecting; a mark is how many there were.

    Each has two moments more: `at`, when it was in charon, and `arrived`, when it was here, which a busy machine makes late."""

    def __init__(self, path, read=True, user=None):
        self._socket = connect(path, user)
        self._news = threading.Condition()
        self._replies = []
        self.events = []
        self.closed = False
        self.on_event = None            # called with each event, on the reading thread
        if read:
            self.wake()

    def wake(self):
        """Begin to read: a client made with read=False is one that never does."""
        threading.Thread(target=self._read, daemon=True).start()

    def close(self):
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._socket.close()

    def _read(self):
        rest = b""
        try:
            while data := self._socket.recv(65536):
                *lines, rest = (rest + data).split(b"\n")
                for line in filter(None, lines):
                    self._take(line)
        except OSError:
            pass
        with self._news:
            self.closed = True
            self._news.notify_all()

    def _take(self, line):
        arrived = time.time()
        try:
            message = json.loads(line)
        except ValueError:
            message = {"event": "NOT JSON", "line": line.decode(errors="replace")}
        with self._news:
            if "reply" in message:
                self._replies.append(message)
            else:
                message["arrived"] = arrived
                message["at"] = message.get("time_ms", 0) / 1000 + EPOCH_S
                self.events.append(message)
            self._news.notify_all()
        if "event" in message and self.on_event:
            self.on_event(message)

    # asking

    def send(self, data):
        """Raw bytes, for requests that are split, joined or wrong."""
        self._socket.sendall(data.encode() if isinstance(data, str) else data)

    def reply(self, seconds=5, what="a reply"):
        with self._news:
            if not self._news.wait_for(lambda: self._replies or self.closed, slack(seconds)) or not self._replies:
                raise Failed(f"extsock: {'closed' if self.closed else f'{slack(seconds):g} s'} waiting for {what}")
            return self._replies.pop(0)

    def request(self, text, seconds=5):
        self.send(text + "\n")
        return self.reply(seconds, f"the reply to {text[:60]!r}")

    def ok(self, text, seconds=5):
        """A request that must be answered with ok."""
        reply = self.request(text, seconds)
        if not reply.get("ok"):
            raise Failed(f"{text[:60]!r} was refused: {reply}")
        return reply

    # hearing

    def mark(self):
        with self._news:
            return len(self.events)

    def since(self, mark=0, name=None, **fields):
        """The events after a mark, of one name, with these fields."""
        with self._news:
            return [e for e in self.events[mark:] if name in (None, e.get("event"))
                    and all(e.get(key) == value for key, value in fields.items())]

    def wait_event(self, predicate, seconds, mark=0, what="an event"):
        """The first event after `mark` that `predicate` likes."""
        def found():
            return next((e for e in self.events[mark:] if predicate(e)), None)
        with self._news:
            event = self._news.wait_for(lambda: found() or (self.closed and "closed"), slack(seconds))
            if not event or event == "closed":
                heard = [" ".join(filter(None, (e.get("event"), e.get("cause")))) for e in self.events[mark:]]
                raise Failed(f"extsock: {event or f'{slack(seconds):g} s'} waiting for {what}; heard {heard}")
            return event

    def wait(self, name, seconds=10, mark=0, **fields):
        """The first event of a name with these fields after a mark."""
        return self.wait_event(
            lambda e: e.get("event") == name and all(e.get(k) == v for k, v in fields.items()),
            seconds, mark, f"{name} {fields or ''}")
