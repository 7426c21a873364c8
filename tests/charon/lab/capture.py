"""What went over the CPE's wire, to the microsecond: charon 5.9.8 logs only milliseconds."""

import signal
import struct
import subprocess
from typing import NamedTuple

from .wait import Failed, slack

SA_INIT, AUTH, CREATE_CHILD_SA, INFORMATIONAL = range(34, 38)      # RFC 7296 section 3.1
RESPONSE = 0x20


class Message(NamedTuple):
    """One IKEv2 message."""

    at: float
    source: str
    target: str
    exchange: int
    response: bool


class Capture:
    """tcpdump on the CPE's interface while the block runs; afterwards `messages` are the IKE messages."""

    def __init__(self, charon):
        self._charon = charon
        self._path = charon.folder / "wire.pcap"
        self.messages = []

    def __enter__(self):
        # As root: Debian's tcpdump otherwise becomes a user that cannot write to the lab's folder.
        self._process = self._charon.namespace.popen(
            "tcpdump", "-Z", "root", "-i", "eth0", "-n", "-U", "-s", "200", "--immediate-mode", "-w", self._path,
            "udp port 500 or udp port 4500", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        said = ""
        while "listening on" not in said:
            line = self._process.stderr.readline()
            if not line:
                raise Failed(f"tcpdump: {said}")
            said += line
        return self

    def __exit__(self, *_exception):
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(slack(5))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stderr.close()
        self.messages = list(read(self._path))


def read(path):
    """The IKE messages of a capture file; ESP in UDP is passed over."""
    data = path.read_bytes()
    if len(data) < 24 or struct.unpack_from("<I", data)[0] != 0xA1B2C3D4:
        raise Failed(f"{path} is not a capture with microseconds in this machine's byte order")
    at = 24
    while at + 16 <= len(data):
        seconds, micros, length, _ = struct.unpack_from("<IIII", data, at)
        frame = data[at + 16:at + 16 + length]
        at += 16 + length
        packet = frame[14:]
        udp = packet[(packet[0] & 15) * 4:]
        source_port, target_port = struct.unpack_from("!HH", udp)
        ike = udp[8:]
        if 4500 in (source_port, target_port):
            if ike[:4] != b"\0\0\0\0":
                continue                # ESP: RFC 3948 section 2.2
            ike = ike[4:]
        if len(ike) < 28:
            continue                    # a NAT keepalive
        yield Message(seconds + micros / 1e6, ".".join(map(str, packet[12:16])), ".".join(map(str, packet[16:20])),
                      ike[18], bool(ike[19] & RESPONSE))
