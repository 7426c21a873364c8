"""charon's own interface, asked for the state that a scenario expects, through strongSwan's own client in Python."""

import socket
import sys
from pathlib import Path

from .wait import Failed, slack

sys.path.append(str(Path(__file__).resolve().parents[3] / "target/python"))     # where tests/charon/prepare puts it
try:
    import vici
except ImportError:
    raise Failed("strongSwan's client for Python is not here: tests/charon/prepare fetches it") from None


def texts(message):
    """What the client gives as bytes, as text."""
    if isinstance(message, dict):
        return {key: texts(value) for key, value in message.items()}
    if isinstance(message, list):
        return [texts(item) for item in message]
    return message.decode(errors="replace")


class Vici:
    """One connection to charon; requests one after the other."""

    def __init__(self, path, timeout=10):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(slack(timeout))
        self._socket.connect(str(path))
        self._session = vici.Session(self._socket)

    def close(self):
        self._socket.close()

    def request(self, command, message=None):
        """The answer to a command."""
        return texts(self._session.request(command, message))

    def sas(self):
        """Every IKE_SA as (name, fields); two of one name are two entries."""
        return [pair for event in self._session.list_sas() for pair in texts(event).items()]

    def connections(self):
        """Every configured connection by its name."""
        return {name: fields for event in self._session.list_conns() for name, fields in texts(event).items()}
