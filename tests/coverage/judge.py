#!/usr/bin/env python3
"""Judges what llvm-cov exports of the Rust tests: in no file of the decision more regions or branches are missed than floor.txt has,
besides those of unreached.txt: a line of a file as it stands there, and the reason why no test comes there.

usage: judge.py EXPORT.json [--bless] [--all]     --bless writes floor.txt: read the difference before you commit it
                                                  --all names what is missed in every file, not only where it has become more"""

import json
import sys
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
DECISION = ("src/failover.rs", "src/failover/", "src/ike.rs", "src/backoff.rs", "src/segw.rs", "src/liveness.rs",
            "src/cause.rs", "src/policy.rs", "src/connection.rs", "src/engine/decision.rs", "src/engine/takeover.rs")


FLOOR = HERE / "floor.txt"
REASONS = HERE / "unreached.txt"
HEAD = """# Regions of each file of the decision that no Rust test executes, and branches that none takes; written by tests/run coverage --bless.
# May only shrink.
"""


def floor():
    """How many regions and branches of each file may be missed."""
    lines = FLOOR.read_text(encoding="utf-8").splitlines() if FLOOR.exists() else []
    rows = (line.split() for line in lines if line and not line.startswith("#"))
    return {name: (int(regions), int(branches)) for regions, branches, name in rows}


def reasons():
    """(file, line as it stands there) -> why no test comes there, or takes one of its branches."""
    known = {}
    for row in REASONS.read_text(encoding="utf-8").splitlines():
        if not row or row.startswith("#"):
            continue
        where, dashes, reason = row.rpartition(" -- ")
        name, colon, line = where.partition(": ")
        if not dashes or not colon or not reason.strip():
            sys.exit(f"{REASONS.name}: `{row}` is no `FILE: LINE -- REASON`")
        known[name, line] = reason
    return known


def missed(file):
    """The regions of a file that nothing has executed: line and column of each."""
    for line, column, count, counted, entry, gap in file["segments"]:
        if counted and entry and not gap and count == 0:
            yield line, column, "no test comes here"


def branches(file):
    """Line, column and way of each branch -> how often it was taken; one of a generic function counts once."""
    taken = Counter()
    for line, column, _, _, true, false, *_ in file.get("branches", ()):
        taken[line, column, "never true"] += true
        taken[line, column, "never false"] += false
    return taken


def main():
    export = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    known, found, why, used = floor(), {}, reasons(), set()
    passed = failed = 0
    totals = Counter()
    for file in sorted(export["data"][0]["files"], key=lambda file: file["filename"]):
        name = str(Path(file["filename"]).relative_to(ROOT))
        if not name.startswith(DECISION):
            continue
        source = (ROOT / name).read_text(encoding="utf-8").splitlines()
        ways = branches(file)
        # A brace that closes is no place of its own: llvm has one behind each `if` without `else`.
        gaps = [[gap for gap in missed(file) if source[gap[0] - 1].strip() != "}"], sorted(way for way, count in ways.items() if not count)]
        excused = {gap for each in gaps for gap in each if (name, source[gap[0] - 1].strip()) in why}
        used |= {(name, source[gap[0] - 1].strip()) for gap in excused}
        totals["excused"] += len(excused)
        regions, untaken = ([gap for gap in each if gap not in excused] for each in gaps)
        found[name] = len(regions), len(untaken)
        summary = file["summary"]
        totals.update(regions=summary["regions"]["count"], branches=len(ways), executed=summary["regions"]["count"] - len(gaps[0]),
                      taken=len(ways) - len(gaps[1]))
        most = known.get(name, (0, 0))
        bad = len(regions) > most[0] or len(untaken) > most[1]
        print(f"{'FAIL' if bad else 'ok  '} {name}: of {summary['regions']['count']} regions {len(regions)} missed, of {len(ways)} branches "
              f"{len(untaken)}; at most {most[0]} and {most[1]}")
        if bad or "--all" in sys.argv:
            for line, column, what in sorted([*regions, *untaken]):
                print(f"     {name}:{line}:{column}: {what}: {source[line - 1].strip()}")
        passed += not bad
        failed += bad
    for name, line in sorted(set(why) - used):
        print(f"note: {REASONS.name} has `{line}` of {name}, which is reached or gone")
    if "--bless" in sys.argv:
        FLOOR.write_text(HEAD + "".join(f"{regions:3} {untaken:3} {name}\n" for name, (regions, untaken) in found.items()), encoding="utf-8")
    print(f"figure: {totals['executed']} of {totals['regions']} regions and {totals['taken']} of {totals['branches']} branches of the decision, "
          f"{totals['excused']} of either for a reason that is given")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return int("--bless" not in sys.argv and (failed > 0 or passed == 0))


if __name__ == "__main__":
    sys.exit(main())
