#!/usr/bin/env python3
"""Judges what llvm-cov exports of the Rust tests: in no file of the decision more regions are missed than floor.txt has.

usage: judge.py EXPORT.json [--bless]     --bless writes floor.txt: read the difference before you commit it"""

import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
DECISION = ("src/failover.rs", "src/failover/", "src/ike.rs", "src/backoff.rs", "src/segw.rs", "src/liveness.rs",
            "src/cause.rs", "src/policy.rs", "src/connection.rs", "src/engine/decision.rs", "src/engine/takeover.rs")


FLOOR = HERE / "floor.txt"
HEAD = "# Regions of each file of the decision that no Rust test executes; written by tests/run coverage --bless. May only shrink.\n"


def floor():
    """How many regions of each file may be missed."""
    lines = FLOOR.read_text(encoding="utf-8").splitlines() if FLOOR.exists() else []
    return {name: int(count) for count, name in (line.split() for line in lines if line and not line.startswith("#"))}


def missed(file):
    """The regions of a file that nothing has executed: line and column of each."""
    for line, column, count, counted, entry, gap in file["segments"]:
        if counted and entry and not gap and count == 0:
            yield line, column


def main():
    export = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    known, found = floor(), {}
    passed = failed = regions = 0
    for file in sorted(export["data"][0]["files"], key=lambda file: file["filename"]):
        name = str(Path(file["filename"]).relative_to(ROOT))
        if not name.startswith(DECISION):
            continue
        source = (ROOT / name).read_text(encoding="utf-8").splitlines()
        lines = [f"     {name}:{line}:{column}: {source[line - 1].strip()}" for line, column in missed(file)]
        found[name] = len(lines)
        summary = file["summary"]
        regions += summary["regions"]["count"]
        bad = len(lines) > known.get(name, 0)
        figures = ", ".join(f"{summary[what]['covered']} of {summary[what]['count']} {what}" for what in ("regions", "lines"))
        print(f"{'FAIL' if bad else 'ok  '} {name}: {figures}, {len(lines)} missed, at most {known.get(name, 0)}")
        if bad or "--all" in sys.argv:
            print("\n".join(lines), end="\n" if lines else "")
        passed += not bad
        failed += bad
    if "--bless" in sys.argv:
        FLOOR.write_text(HEAD + "".join(f"{count:3} {name}\n" for name, count in found.items()), encoding="utf-8")
    print(f"figure: {regions - sum(found.values())} of {regions} regions of the decision")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return int("--bless" not in sys.argv and (failed > 0 or passed == 0))


if __name__ == "__main__":
    sys.exit(main())
