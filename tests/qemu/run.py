"""libsegw on other machines; tests/qemu/run starts it. For each target: the archive builds; what it asks of a C program is
what is listed; no panic, no floating point, no wide atomic is linked; the C conformance program passes; the replay says
the very bytes that it says on this machine."""
import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "cross"))

import archive  # noqa: E402
import linked  # noqa: E402
import program  # noqa: E402
import table  # noqa: E402
import tools  # noqa: E402

PARSER = argparse.ArgumentParser(prog="tests/qemu/run", description=__doc__)
PARSER.add_argument("targets", metavar="TRIPLE", nargs="*", help="targets of cross/targets.toml, or all; else the quick ones")
CAPI = table.ROOT / "tests" / "capi"


class Tally:
    """Counts tests, and prints each."""

    def __init__(self) -> None:
        self.passed = self.failed = 0

    def check(self, name: str, holds: bool, why: str = "") -> bool:
        """One test."""
        tools.say(f"{'ok  ' if holds else 'FAIL'} {name}{': ' + why if why else ''}")
        self.passed += holds
        self.failed += not holds
        return holds


def symbols(tally: Tally, target: table.Target) -> None:
    """What is in the archive, and what is not."""
    found = linked.link(target.archive, linked.functions(target.archive))
    lists = (CAPI / "undefined-symbols.txt", HERE / "undefined-symbols.txt")
    listed = {line for file in lists for line in file.read_text().splitlines() if line and line[0] != "#"}
    more = found.undefined - listed
    wanted = " ".join(sorted(found.undefined)) or "nothing"
    tally.check(f"{target.triple} asks a C program for listed symbols only", not more, " ".join(sorted(more)) or wanted)
    kinds = {"panic": linked.PANIC, "text of floats": linked.FLOAT_TEXT, "wide atomic": linked.WIDE_ATOMIC}
    if target.soft_float:
        kinds["floating point"] = linked.SOFT_FLOAT
    for kind, pattern in kinds.items():
        names = found.matching(pattern)
        tally.check(f"{target.triple} links no {kind}", not names, " ".join(names))


def host_replay() -> bytes:
    """What the replay says on this machine, with its own compilers."""
    environ = {word: text for word, text in os.environ.items() if not word.startswith("CARGO_TARGET")}
    command = "cargo rustc --release --locked --quiet --lib --crate-type staticlib --features staticlib".split()
    tools.run(command, cwd=table.ROOT, env=environ)
    return subprocess.run([program.host("replay")], stdin=program.script(), capture_output=True, check=True).stdout


def on_target(tally: Tally, target: table.Target, expected: bytes) -> None:
    """The two programs under the emulator."""
    capi = subprocess.run(program.command(target, "capi"), stdin=subprocess.DEVNULL, capture_output=True, check=False)
    lines = capi.stdout.decode(errors="replace").splitlines()
    for line in lines if capi.returncode else ():
        tools.say(f"  {line}")
    tally.check(f"{target.triple} C API", capi.returncode == 0, lines[-1] if lines else f"status {capi.returncode}")
    replay = subprocess.run(program.command(target, "replay"), stdin=program.script(), capture_output=True, check=False)
    same = replay.returncode == 0 and replay.stdout == expected
    if not same:
        (target.folder / "replay.txt").write_bytes(replay.stdout)
        (table.OUT / "replay.txt").write_bytes(expected)
        why = f"status {replay.returncode}; compare target/cross/replay.txt with {target.triple}/replay.txt there"
    else:
        why = f"{len(expected)} bytes, {expected.splitlines()[-1].decode()}"
    tally.check(f"{target.triple} replay is this machine's, byte for byte", same, why)


def main() -> int:
    """All of it."""
    found = table.chosen(PARSER.parse_args().targets)
    try:
        tools.prepare()
    except SystemExit as error:
        tools.say(f"{error}\nskip cross: its compilers are not to be had\n0 passed, 0 failed, 1 skipped")
        return 0
    tally = Tally()
    expected = host_replay()
    for target in found:
        began = time.monotonic()
        try:
            archive.build(target)
            tally.check(f"{target.triple} builds", True, f"{time.monotonic() - began:.0f} s")
            symbols(tally, target)
            if target.emulator:
                on_target(tally, target, expected)
        except SystemExit as error:
            tools.say(str(error))
            tally.check(f"{target.triple} builds, and its programs", False)
    tools.say(f"{tally.passed} passed, {tally.failed} failed, 0 skipped")
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
