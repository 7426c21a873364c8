"""What anybody can write who saw a request: unprotected answers of IKEv2 to it, made with scapy."""

import socket
import struct

from scapy.all import Raw
from scapy.contrib.ikev2 import IKEv2

try:
    from scapy.contrib.ikev2 import IKEv2_Nonce
except ImportError:             # before scapy 2.6
    from scapy.contrib.ikev2 import IKEv2_payload_Nonce as IKEv2_Nonce

SA_INIT = 34                    # RFC 7296 section 3.1
COOKIE, REDIRECT = 16390, 16407         # RFC 7296 section 3.10.1, RFC 5685 section 9
IPV4_GATEWAY = 1                # RFC 5685 section 7.2
NOTIFY = 41                     # RFC 7296 section 3.2
NON_ESP = b"\0\0\0\0"           # RFC 3948 section 2.2


def request(datagram, port):
    """The IKEv2 request in a datagram to one of IKE's ports, or None."""
    if port == 4500:
        if not datagram.startswith(NON_ESP):
            return None
        datagram = datagram[len(NON_ESP):]
    if len(datagram) < len(IKEv2()):
        return None
    message = IKEv2(datagram)
    return None if message.flags.Response else message


def answer(asked, words):
    """The unprotected IKE_SA_INIT response, with the request's SPIs and message ID, that `words` ask for, as bytes; or None.

    `notify TYPE [HEX]`; `cookie DATA`; `redirect ADDRESS`, which takes the nonce of an IKE_SA_INIT request."""
    match words:
        case ["notify", kind, *data]:
            kind, load = int(kind), bytes.fromhex("".join(data))
        case ["cookie", data]:
            kind, load = COOKIE, data.encode()
        case ["redirect", address]:
            if not asked.haslayer(IKEv2_Nonce):
                return None
            nonce = asked[IKEv2_Nonce]
            address = socket.inet_aton(address)
            kind, load = REDIRECT, bytes([IPV4_GATEWAY, len(address)]) + address + bytes(nonce)[4:nonce.length]
        case _:
            return None
    notify = struct.pack("!BBHBBH", 0, 0, 8 + len(load), 0, 0, kind) + load     # RFC 7296 section 3.10
    return bytes(IKEv2(init_SPI=asked.init_SPI, resp_SPI=asked.resp_SPI, next_payload=NOTIFY, exch_type=SA_INIT, flags="Response",
                       id=asked.id) / Raw(notify))
