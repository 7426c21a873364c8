"""musl's libc.so, which is the dynamic loader too: zig has musl to link with, but no loader to run with."""
import re
from pathlib import Path

import debian
from machine import Machine
from tools import PYTHON, environment, run, zig

# What zig's run-time library has beside arithmetic. Its hidden symbols would hide musl's own.
OF_MUSL = ["memcpy", "memmove", "memset", "memcmp", "bcmp", "strlen"]


def arithmetic(machine: Machine) -> Path:
    """The functions that stand for instructions that the machine lacks (floating point, 64 bits), and nothing else."""
    whole, rest = machine.build / "compiler_rt.o", machine.build / "arithmetic.o"
    options = ["-target", *machine.target.zig, "-OReleaseSmall", "-fPIC", "-fno-compiler-rt", f"-femit-bin={whole}"]
    run(zig("build-obj", *options, PYTHON / "ziglang" / "lib" / "compiler_rt.zig"), env=environment())
    machine.binutils("objcopy", *(f"--localize-symbol={name}" for name in OF_MUSL), whole, rest)
    return rest


def loader(source: Path) -> str:
    """The name that a program of this machine asks for as its loader."""
    made = dict(re.findall(r"^(ARCH|SUBARCH) = (.*)$", (source / "config.mak").read_text(), re.MULTILINE))
    return f"ld-musl-{made['ARCH']}{made['SUBARCH']}.so.1"


def build(machine: Machine) -> None:
    """Into the router's root."""
    source = debian.source("musl", machine.build / "musl")
    run(["./configure", f"--target={machine.autoconf}", "--disable-static"], cwd=source, env=machine.environment())
    machine.make(source, "lib/libc.so")
    # Linked anew, because zig's cc adds its run-time library with those symbols hidden, whatever it is told.
    objects = sorted((source / "obj").rglob("*.lo"))
    made = machine.build / "libc.so"
    options = ["-shared", "-e", "_dlstart", "--gc-sections", "--hash-style=sysv", f"--dynamic-list={source / 'dynamic.list'}"]
    run(zig("ld.lld", *options, "-soname", "libc.so", "-o", made, *objects, arithmetic(machine)), env=environment())
    machine.install(made, "lib/libc.so")
    name = machine.root / "lib" / loader(source)
    name.unlink(missing_ok=True)
    name.symlink_to("libc.so")
