"""The Rust tests of the core as programs of other machines: the unit tests, the decision table, adopted connections, and
the properties with fewer cases. Each program has the standard library of its own machine, built here. tests/qemu/rust
starts it."""
import argparse
import json
import re
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "cross"))

import table  # noqa: E402
import tools  # noqa: E402

PARSER = argparse.ArgumentParser(prog="tests/qemu/rust", description=__doc__)
PARSER.add_argument("targets", metavar="TRIPLE", nargs="*", help="targets of cross/targets.toml, or all; else the quick ones")
PROGRAMS = ["--lib", "--test", "decision", "--test", "adopt", "--test", "property"]
CASES = 30              # of each property; 1000 and 200 on the machine that builds
LIMIT_S = 900
RESULT = re.compile(r"^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored", re.MULTILINE)


def environment(target: table.Target) -> dict[str, str]:
    """For cargo. Unwinding, or the library would be built twice, for the tests and for what they need."""
    mine = tools.environment()
    mine["RUSTC_BOOTSTRAP"] = "1"
    mine["CARGO_TARGET_DIR"] = str(table.OUT / "rust")
    mine["CARGO_PROFILE_DEV_PANIC"] = "unwind"
    mine["CARGO_PROFILE_DEV_DEBUG"] = "0"
    mine[f"CARGO_TARGET_{target.triple.upper().replace('-', '_')}_LINKER"] = str(table.HERE / "link-std")
    mine["RUSTFLAGS"] = f"-Clinker-flavor=gcc -Clink-self-contained=no -Ctarget-feature=-crt-static {target.rustflags}".strip()
    mine["ZIG"] = str(tools.zig()[0])
    mine["ZIG_TARGET"] = " ".join(target.zig)
    return mine


def build(target: table.Target) -> list[tuple[str, str]]:
    """(name, path) of each test program."""
    command = ["cargo", "test", "--quiet", "--locked", "--no-run", "--message-format=json", "-Zbuild-std=std,test"]
    told = tools.run([*command, "--target", target.triple, *PROGRAMS], cwd=table.ROOT, env=environment(target)).stdout
    messages = [json.loads(line) for line in told.splitlines() if line.startswith("{")]
    made = [each for each in messages if each["reason"] == "compiler-artifact" and each["profile"]["test"] and each["executable"]]
    return [(each["target"]["name"], each["executable"]) for each in made]


def main() -> int:
    """All of it."""
    found = table.chosen(PARSER.parse_args().targets, runnable=True)
    tools.prepare()
    counts = [0, 0, 0]
    for target in found:
        began = time.monotonic()
        tools.say(f"building the Rust tests for {target.triple}, with their standard library: some minutes")
        try:
            programs = build(target)
        except SystemExit as error:
            tools.say(f"{error}\nFAIL {target.triple} builds")
            counts[1] += 1
            continue
        tools.say(f"built in {time.monotonic() - began:.0f} s")
        for name, path in programs:
            began = time.monotonic()
            run = subprocess.run([tools.emulator(target.emulator), "-E", f"PROPTEST_CASES={CASES}", path], timeout=LIMIT_S,
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
            told = RESULT.search(run.stdout)
            now = [int(each) for each in told.groups()] if told else [0, 1, 0]
            good = run.returncode == 0 and told and now[0]
            if not good:
                tools.say(run.stdout)
                now[1] = max(now[1], 1)
            counts = [a + b for a, b in zip(counts, now)]
            tools.say(f"{'ok  ' if good else 'FAIL'} {target.triple} {name}: {now[0]} tests, {time.monotonic() - began:.0f} s")
    tools.say(f"{counts[0]} passed, {counts[1]} failed, {counts[2]} skipped")
    return 1 if counts[1] else 0


if __name__ == "__main__":
    sys.exit(main())
