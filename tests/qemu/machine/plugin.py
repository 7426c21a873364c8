"""The plugin, the client, and what the lab compiles, for the machine, which has no compiler: Debian's arm64 has glibc, and its strongSwan is in GUEST_ROOT."""
import re
from pathlib import Path

from packages import GUEST_ROOT
from place import OUT, ROOT, TRIPLE

import archive
import table
import tools

BUILD = OUT / "extsock"
LAB = ROOT / "tests/charon/lab"


def version_of(package: str) -> str:
    """Of a package in GUEST_ROOT: what its changelog begins with."""
    changelog = GUEST_ROOT / "usr/share/doc" / package / "changelog.Debian.gz"
    return re.search(r"\((.*?)\)", tools.run(["zcat", changelog]).stdout)[1]


def glibc() -> str:
    """The version that zig shall link for."""
    return re.match(r"[\d.]+", version_of("libc6"))[0]


def of_the_lab(compiler: list, sources: str) -> list[Path]:
    """What tests/charon/lab/plugin.py would compile."""
    built = {"libstrongswan-policies.so": ["-include", f"{sources}/config.h", f"-I{sources}/src/libstrongswan", f"-I{sources}/src/libcharon",
                                           "-iquote", ROOT / "ports/strongswan/base", LAB / "policies.c"],
             "slow_netlink.so": [LAB / "slow_netlink.c"]}
    for name, words in built.items():
        tools.run([*compiler, "-shared", "-fPIC", "-w", *words, "-o", BUILD / name], env=tools.environment())
    return [BUILD / name for name in built]


def build() -> list[Path]:
    """All that is ours."""
    target = table.targets()[TRIPLE]
    archive.build(target)
    sources = tools.run([ROOT / "ports/strongswan/headers", version_of("strongswan-libcharon")]).stdout.strip()
    cpu = [word for word in target.zig if word.startswith("-mcpu")]
    compiler = tools.zig("cc", "-target", f"aarch64-linux-gnu.{glibc()}", *cpu)
    words = " ".join(map(str, compiler))
    tools.run(["make", "-s", "-j2", "-C", ROOT / "ports/strongswan", f"CC={words}", f"STRONGSWAN_SRC={sources}",
               f"LIBSEGW={target.archive}", f"BUILD={BUILD}"], env=tools.environment())
    ours = [BUILD / name for name in ("libstrongswan-extsock.so", "extsockctl", "extsockctl-check")]
    return ours + of_the_lab(compiler, sources)
