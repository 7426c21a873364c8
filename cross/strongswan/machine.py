"""What a target's own build scripts (configure, make) call to compile, link, archive and strip: zig and binutils."""
import os
import shlex
from dataclasses import dataclass
from pathlib import Path

import debian
from table import Target
from tools import environment, run, say, zig

# As small as OpenWrt has it: no tables for exceptions. PIC for programs as well: zig links them to a libc.so of its own
# making, in which all variables lie at one address; a program must not copy them.
FLAGS = ["-dynamic", "-fPIC", "-fno-unwind-tables", "-fno-asynchronous-unwind-tables"]
CFLAGS = "-Os"


@dataclass(frozen=True)
class Machine:
    """A target, with the folders of its build."""

    target: Target

    @property
    def autoconf(self) -> str:
        """The target as a configure script has it: without the vendor that Rust names."""
        return self.target.triple.replace("-unknown-", "-")

    @property
    def build(self) -> Path:
        """Where things are built."""
        return self.target.folder / "build"

    @property
    def staging(self) -> Path:
        """Where they are installed for those that are built after them: libraries with headers."""
        return self.target.folder / "staging"

    @property
    def root(self) -> Path:
        """The router's root file system."""
        return self.target.folder / "router"

    def program(self, name: str) -> Path:
        """cc, ar, ranlib: one file each, because a configure script takes no words after a name."""
        return self.build / "bin" / name

    def write_programs(self) -> None:
        """Makes those files."""
        self.program("cc").parent.mkdir(parents=True, exist_ok=True)
        words = {"cc": zig("cc", "-target", *self.target.zig, *FLAGS), "ar": zig("ar"), "ranlib": zig("ranlib")}
        for name, command in words.items():
            self.program(name).write_text(f'#!/bin/sh\nexec {shlex.join(map(str, command))} "$@"\n')
            self.program(name).chmod(0o755)

    def environment(self) -> dict[str, str]:
        """For configure and make."""
        programs = {"CC": "cc", "AR": "ar", "RANLIB": "ranlib"}
        return environment() | {word: str(self.program(name)) for word, name in programs.items()} | {"CC_FOR_BUILD": "cc"}

    def configure(self, source: Path, *words: str) -> None:
        """Runs a configure script made by autoconf."""
        say(f"{source.name}: configuring for {self.autoconf}")
        command = ["./configure", f"--host={self.autoconf}", "--prefix=/usr", *words]
        # libtool would try -static, for which zig compiles all of its musl.
        run(command, cwd=source, env=self.environment() | {"CFLAGS": CFLAGS, "lt_cv_prog_compiler_static_works": "no"})

    def make(self, source: Path, *words: str, **more: str) -> None:
        """Runs make; `more` goes into the environment."""
        say(f"{source.name}: make {' '.join(word for word in words if '=' not in word)}".rstrip())
        run(["make", "-s", f"-j{os.cpu_count()}", *words], cwd=source, env=self.environment() | more)

    def binutils(self, name: str, *words) -> None:
        """strip or objcopy."""
        folder = debian.binutils() / "usr"
        program = next((folder / "bin").glob(f"*-linux-gnu-{name}"))
        libraries = ":".join(str(each) for each in (folder / "lib").glob("*-linux-gnu"))
        run([program, *words], env=os.environ | {"LD_LIBRARY_PATH": libraries})

    def install(self, file: Path, place: str) -> Path:
        """A program or library in the router's root, stripped; .pdr is for debuggers of MIPS, and strip leaves it."""
        to = self.root / place
        to.parent.mkdir(parents=True, exist_ok=True)
        self.binutils("strip", "-R", ".pdr", "-R", ".comment", "-o", to, file)
        return to

