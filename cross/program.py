"""The C programs of the tests, built for a target or for this machine, and how to run them."""
from pathlib import Path

from table import OUT, ROOT, Target
from tools import emulator, environment, run, zig

FOLDERS = {"capi": ROOT / "tests" / "capi", "replay": ROOT / "tests" / "qemu"}
FLAGS = ["-std=c99", "-D_POSIX_C_SOURCE=200809L", "-Wall", "-Wextra", "-Werror", "-pedantic"]


def sources(name: str) -> list[Path]:
    """The C files of a program."""
    return sorted(FOLDERS[name].glob("*.c"))


def compile_for(target: Target, name: str) -> Path:
    """A static program for a target."""
    place = target.folder / name
    include = f"-I{target.folder / 'include'}"
    command = zig("cc", "-target", *target.zig, *FLAGS, "-Os", "-static", include, "-o", place)
    run([*command, *sources(name), target.archive], env=environment())
    return place


def command(target: Target, name: str, *words: str) -> list:
    """Builds a program of a target; the command that runs it."""
    return [emulator(target.emulator), compile_for(target, name), *words]


def host(name: str) -> Path:
    """A program for this machine, with its compiler and its libsegw.a."""
    place = OUT / name
    archive = ROOT / "target" / "release" / "libsegw.a"
    run(["cc", *FLAGS, "-O2", f"-I{ROOT / 'include'}", "-o", place, *sources(name), archive, "-pthread"])
    return place


def script():
    """The recorded script, opened."""
    return (FOLDERS["replay"] / "script").open("rb")
