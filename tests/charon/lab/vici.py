"""A vici client: charon's own interface, asked for the state that a scenario expects."""

import socket
import struct

REQUEST, RESPONSE, UNKNOWN, REGISTER, UNREGISTER, CONFIRM, EVENT_UNKNOWN, EVENT = range(8)
SECTION_START, SECTION_END, KEY_VALUE, LIST_START, LIST_ITEM, LIST_END = range(1, 7)


def encode(message):
    """A dict of texts, lists and dicts as vici bytes."""
    out = b""
    for key, value in message.items():
        name = bytes([len(key)]) + key.encode()
        if isinstance(value, dict):
            out += bytes([SECTION_START]) + name + encode(value) + bytes([SECTION_END])
        elif isinstance(value, (list, tuple)):
            items = b"".join(bytes([LIST_ITEM]) + struct.pack("!H", len(i)) + i.encode() for i in value)
            out += bytes([LIST_START]) + name + items + bytes([LIST_END])
        else:
            text = str(value).encode()
            out += bytes([KEY_VALUE]) + name + struct.pack("!H", len(text)) + text
    return out


def decode(data):
    """vici bytes as a dict."""
    stack, items, key, at = [{}], None, None, 0

    def name():
        nonlocal at
        length = data[at]
        text = data[at + 1:at + 1 + length].decode()
        at += 1 + length
        return text

    def value():
        nonlocal at
        (length,) = struct.unpack_from("!H", data, at)
        text = data[at + 2:at + 2 + length].decode(errors="replace")
        at += 2 + length
        return text

    while at < len(data):
        kind = data[at]
        at += 1
        if kind == SECTION_START:
            key = name()
            stack.append(stack[-1].setdefault(key, {}))
        elif kind == SECTION_END:
            stack.pop()
        elif kind == KEY_VALUE:
            key = name()
            stack[-1][key] = value()
        elif kind == LIST_START:
            key = name()
            items = stack[-1][key] = []
        elif kind == LIST_ITEM:
            items.append(value())
    return stack[0]


class Vici:
    """One connection to charon; requests one after the other."""

    def __init__(self, path, timeout=10):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(timeout)
        self._socket.connect(str(path))

    def close(self):
        self._socket.close()

    def _send(self, kind, name, body=b""):
        packet = bytes([kind, len(name)]) + name.encode() + body
        self._socket.sendall(struct.pack("!I", len(packet)) + packet)

    def _exactly(self, length):
        data = b""
        while len(data) < length:
            piece = self._socket.recv(length - len(data))
            if not piece:
                raise ConnectionError("charon closed its vici socket")
            data += piece
        return data

    def _receive(self):
        (length,) = struct.unpack("!I", self._exactly(4))
        packet = self._exactly(length)
        if packet[0] == EVENT:
            return EVENT, decode(packet[2 + packet[1]:])
        return packet[0], decode(packet[1:]) if packet[0] == RESPONSE else {}

    def request(self, command, message=None):
        self._send(REQUEST, command, encode(message or {}))
        return self._receive()[1]

    def stream(self, command, event, message=None):
        """The events that a command such as list-sas answers with."""
        self._send(REGISTER, event)
        self._receive()
        self._send(REQUEST, command, encode(message or {}))
        events = []
        while True:
            kind, body = self._receive()
            if kind != EVENT:
                break
            events.append(body)
        self._send(UNREGISTER, event)
        self._receive()
        return events

    def sas(self):
        """Every IKE_SA as (name, fields); two of one name are two entries."""
        return [pair for event in self.stream("list-sas", "list-sa") for pair in event.items()]

    def connections(self):
        """Every configured connection by its name."""
        found = {}
        for event in self.stream("list-conns", "list-conn"):
            found.update(event)
        return found
