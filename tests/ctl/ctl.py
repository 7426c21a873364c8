"""Running extsockctl: on pipes, on a terminal."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time

from plugin import Plugin


def expect(holds, message):
    if not holds:
        raise AssertionError(message)


def resize(terminal, rows, columns):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


class Done:
    """What a run left."""

    def __init__(self, code, out, err=""):
        self.code, self.out, self.err = code, out, err

    def __repr__(self):
        return f"exit {self.code}, out {self.out!r}, err {self.err!r}"

    def must(self, code, out=None, err=None):
        """The exit code, and texts that must be in the outputs."""
        expect(self.code == code, f"exit {code} expected: {self}")
        expect(out is None or out in self.out, f"{out!r} expected in the output: {self}")
        expect(err is None or err in self.err, f"{err!r} expected in the errors: {self}")
        return self


class Ctl:
    """The client of one case; `path` is its socket, `folder` its place."""

    def __init__(self, program, plain, folder):
        self.program, self.plain, self.folder = program, plain, folder
        self.path = folder / "socket"
        self.environment = {"PATH": os.environ["PATH"], "EXTSOCK_SOCKET": str(self.path), "TERM": "xterm", "TZ": "UTC"}

    def plugin(self, *script, **more):
        return Plugin(self.path, *script, **more)

    def __call__(self, *words, program=None, env=None, **options):
        done = subprocess.run([program or self.program, *map(str, words)], stdout=options.pop("stdout", subprocess.PIPE),
                              stderr=subprocess.PIPE, timeout=options.pop("timeout", 60), env={**self.environment, **(env or {})},
                              **{"stdin": subprocess.DEVNULL, **options} if "input" not in options else options)
        return Done(done.returncode, (done.stdout or b"").decode(errors="replace"), done.stderr.decode(errors="replace"))

    def start(self, *words, **options):
        return subprocess.Popen([self.program, *map(str, words)], env=self.environment, **options)

    def file(self, text, name="vpn.json"):
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def on_terminal(self, *words, until=b"", type_in=b"", columns=80, rows=24, env=None):
        """On a terminal of its own; `type_in` is typed once `until` was seen, or called with the terminal."""
        child, master = pty.fork()
        if child == 0:
            resize(0, rows, columns)
            os.execve(self.program, [str(self.program), *map(str, words)], {**self.environment, **(env or {})})
        seen, deadline = b"", time.monotonic() + 60
        while time.monotonic() < deadline:
            if not select.select([master], [], [], 0.1)[0]:
                continue
            try:
                data = os.read(master, 65536)
            except OSError:
                break
            if not data:
                break
            seen += data
            if type_in and until in seen:
                if callable(type_in):
                    type_in(master)
                else:
                    os.write(master, type_in)
                type_in = b""
        else:
            os.kill(child, signal.SIGKILL)
        status = os.waitpid(child, 0)[1]
        os.close(master)
        return Done(os.waitstatus_to_exitcode(status), seen.decode(errors="replace"))
