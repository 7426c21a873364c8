"""The plugin and the client for the machine: Debian's arm64 has glibc, and its strongSwan is in GUEST_ROOT."""
import re
from pathlib import Path

from packages import GUEST_ROOT
from place import OUT, ROOT, TRIPLE

import archive
import table
import tools

BUILD = OUT / "extsock"


def version_of(package: str) -> str:
    """Of a package in GUEST_ROOT: what its changelog begins with."""
    changelog = GUEST_ROOT / "usr/share/doc" / package / "changelog.Debian.gz"
    return re.search(r"\((.*?)\)", tools.run(["zcat", changelog]).stdout)[1]


def glibc() -> str:
    """The version that zig shall link for."""
    return re.match(r"[\d.]+", version_of("libc6"))[0]


def build() -> list[Path]:
    """The plugin and the two programs of the client."""
    target = table.targets()[TRIPLE]
    archive.build(target)
    sources = tools.run([ROOT / "ports/strongswan/headers", version_of("strongswan-libcharon")]).stdout.strip()
    cpu = [word for word in target.zig if word.startswith("-mcpu")]
    compiler = " ".join(str(word) for word in tools.zig("cc", "-target", f"aarch64-linux-gnu.{glibc()}", *cpu))
    tools.run(["make", "-s", "-j2", "-C", ROOT / "ports/strongswan", f"CC={compiler}", f"STRONGSWAN_SRC={sources}",
               f"LIBSEGW={target.archive}", f"BUILD={BUILD}"], env=tools.environment())
    return [BUILD / name for name in ("libstrongswan-extsock.so", "extsockctl", "extsockctl-check")]
