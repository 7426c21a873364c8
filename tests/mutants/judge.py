#!/usr/bin/env python3
"""Judges what the tests noticed: a change that none did has to be in survivors.txt, with its reason.

usage: judge.py FOLDER [--part]     --part: not all were run, so that a row may be of one that was not

FOLDER has what was run: list.json, the changes; woven.json, how those ended that could be compiled beside the others, and
mutants.out of cargo-mutants, how the rest did. A row of survivors.txt is `FILE: WHAT IS CHANGED -- REASON`, once for
each place of that file where the same is changed and not noticed."""

import json
import re
import sys
from collections import Counter
from pathlib import Path

ROWS = Path(__file__).resolve().parent / "survivors.txt"
PLACE = re.compile(r":\d+:\d+: ")
# What cargo-mutants says.
ENDS = {"CaughtMutant": "caught", "Timeout": "timeout", "MissedMutant": "missed", "Unviable": "unviable"}


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


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def main():
    folder = Path(sys.argv[1])
    ends = read(folder / "woven.json")
    apart = folder / "mutants.out/outcomes.json"
    for outcome in read(apart)["outcomes"] if apart.is_file() else []:
        if outcome["scenario"] != "Baseline":
            ends[outcome["scenario"]["Mutant"]["name"]] = ENDS[outcome["summary"]]
    unknown = [name for name, end in ends.items() if end not in ENDS.values()]
    if unknown:
        sys.exit(f"mutants: nothing is known of {' '.join(unknown)}")
    left = known()
    listed = failed = 0
    for name, end in ends.items():
        if end != "missed":
            continue
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
    count = Counter(ends.values())
    noticed = count["caught"] + count["timeout"]
    print(f"figure: {noticed + listed + failed} changes: {noticed} noticed, {listed} not, for a reason that is given, {failed} not; "
          f"{count['unviable']} do not compile")
    print(f"{noticed + listed} passed, {failed} failed, 0 skipped")
    return int(failed > 0 or not noticed + listed + failed)


if __name__ == "__main__":
    sys.exit(main())
