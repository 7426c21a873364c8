"""strongSwan with what a router needs: charon, swanctl, and plugins as files of their own, as OpenWrt has them."""
import shutil
from pathlib import Path

import debian
from machine import Machine
from tools import say

# As OpenWrt configures it: mediation decides vtables. Its package strongswan-default has these plugins, and no OpenSSL.
DAEMON = "charon ikev1 ikev2 mediation vici swanctl".split()
DEFAULT = """aes attr constraints des dnskey fips-prf gmp hmac kdf kernel-netlink md5 mgf1 nonce pem pgp pkcs1 pubkey random rc2 resolve
    revocation sha1 sha2 socket-default sshkey updown x509 xauth-generic xcbc""".split()   # connmark needs iptables' libraries
# What the lab needs besides: ESP of charon's own under an emulator, its algorithm, a second group.
LAB = "kernel-libipsec gcm curve25519".split()
FEATURES = [*DAEMON, *DEFAULT, *LAB]
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
