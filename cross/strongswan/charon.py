"""strongSwan with what a router needs: charon, swanctl, and plugins as files of their own, as OpenWrt has them."""
import shutil
from pathlib import Path

import debian
from machine import Machine
from tools import say

FEATURES = """charon ikev2 vici swanctl nonce random aes sha1 sha2 hmac kdf gcm gmp curve25519 pem pkcs1 x509 pubkey
    revocation constraints socket-default kernel-netlink kernel-libipsec updown""".split()
FOLDERS = ["--sysconfdir=/etc", "--libdir=/usr/lib", "--libexecdir=/usr/lib", "--with-piddir=/run"]


def sources(machine: Machine) -> Path:
    """The folder of sources, configured for this machine; the plugin needs its headers."""
    return machine.build / "strongswan"


def copy(machine: Machine) -> Path:
    """Sources as they came: those for the plugin of this very machine are configured already."""
    say("strongswan: copying the sources")
    source = sources(machine)
    made = shutil.ignore_patterns("Makefile", "config.h", "config.status", "config.log", ".deps", "libtool", "*.o", "*.lo")
    shutil.copytree(debian.strongswan(), source, symlinks=True, ignore=made)
    return source


def build(machine: Machine) -> None:
    """Into the router's root."""
    source = copy(machine)
    staging = machine.staging / "usr"
    folders = [f"CPPFLAGS=-I{staging / 'include'}", f"LDFLAGS=-L{staging / 'lib'}"]
    features = [f"--enable-{name}" for name in FEATURES]
    machine.configure(source, *FOLDERS, "--disable-static", "--disable-defaults", *features, *folders)
    machine.make(source)
    machine.make(source, "install", f"DESTDIR={machine.staging}")
    libraries = machine.staging / "usr/lib/ipsec"
    for file in [libraries / "charon", *libraries.glob("lib*.so.0"), *libraries.glob("plugins/*.so")]:
        machine.install(file, file.relative_to(machine.staging).as_posix())
    machine.install(machine.staging / "usr/sbin/swanctl", "usr/sbin/swanctl")
