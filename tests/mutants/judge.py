#!/usr/bin/env python3
"""Judges what cargo-mutants found: a change that no test noticed has to be in survivors.txt, with its reason.

usage: judge.py MUTANTS.OUT [--part]     --part: not all were run, so that a row may be of one that was not

A row is `FILE: WHAT IS CHANGED -- REASON`, once for each place of that file where the same is changed and not noticed."""

import json
import re
import sys
from collections import Counter
from pathlib import Path

ROWS = Path(__file__).resolve().parent / "survivors.txt"
PLACE = re.compile(r":\d+:\d+: ")


def known():
    """How many places each row stands for."""
    count = Counter()
    for row in ROWS.read_text(encoding="utf-8").splitlines():
        if not row or row.startswith("#"):
            continue
        what, dashes, reason = row.partition(" -- ")
        if not dashes or not reason.strip():
            sys.exit(f"{ROWS.name}: `{row}` has no reason")
        count[what] += 1
    return count


def main():
    outcomes = json.loads((Path(sys.argv[1]) / "outcomes.json").read_text(encoding="utf-8"))["outcomes"]
    ends, missed = Counter(), []
    for outcome in outcomes:
        if outcome["scenario"] == "Baseline":
            continue
        ends[outcome["summary"]] += 1
        if outcome["summary"] == "MissedMutant":
            missed.append(outcome["scenario"]["Mutant"]["name"])
    left = known()
    listed = failed = 0
    for name in missed:
        key = PLACE.sub(": ", name, count=1)
        if left[key]:
            left[key] -= 1
            listed += 1
        else:
            failed += 1
            print(f"FAIL {name}")
    if "--part" not in sys.argv:
        for row in left.elements():
            print(f"note: {ROWS.name} has one that is noticed, or gone: {row}")
    caught = ends["CaughtMutant"] + ends["Timeout"]
    print(f"figure: {caught + listed + failed} changes: {caught} noticed, {listed} not, for a reason that is given, {failed} not; "
          f"{ends['Unviable']} do not compile")
    print(f"{caught + listed} passed, {failed} failed, 0 skipped")
    return int(failed > 0 or not caught + listed + failed)


if __name__ == "__main__":
    sys.exit(main())
