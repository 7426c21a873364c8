#!/usr/bin/env python3
"""Judges what llvm-cov exports of the Rust tests: every region of the decision is executed, but for those that
exceptions.txt names with a reason.

usage: judge.py EXPORT.json [--figure]"""

import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
DECISION = ("src/failover.rs", "src/failover/", "src/ike.rs", "src/backoff.rs", "src/segw.rs", "src/liveness.rs",
            "src/cause.rs", "src/policy.rs", "src/connection.rs", "src/engine/decision.rs", "src/engine/takeover.rs")


def exceptions():
    """Lines that need not be executed: file, what the line has, why."""
    rows = []
    for line in (HERE / "exceptions.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            file, text, reason = (part.strip() for part in line.split(" | "))
            rows.append((file, text, reason))
    return rows


def missed(file):
    """The regions of a file that nothing has executed: line and column of each."""
    for line, column, count, counted, entry, gap in file["segments"]:
        if counted and entry and not gap and count == 0:
            yield line, column


def main():
    export = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    known, used = exceptions(), set()
    passed = failed = excused = regions = covered = 0
    for file in sorted(export["data"][0]["files"], key=lambda file: file["filename"]):
        name = str(Path(file["filename"]).relative_to(ROOT))
        if not name.startswith(DECISION):
            continue
        source = (ROOT / name).read_text(encoding="utf-8").splitlines()
        bad = []
        for line, column in missed(file):
            text = source[line - 1].strip()
            row = next((row for row in known if row[0] == name and row[1] in text), None)
            if row:
                used.add(row)
                excused += 1
            else:
                bad.append(f"     {name}:{line}:{column}: {text}")
        summary = file["summary"]
        regions += summary["regions"]["count"]
        covered += summary["regions"]["covered"]
        figures = ", ".join(f"{summary[what]['covered']} of {summary[what]['count']} {what}" for what in ("regions", "lines"))
        print(f"{'FAIL' if bad else 'ok  '} {name}: {figures}")
        print("\n".join(bad), end="\n" if bad else "")
        passed += not bad
        failed += bool(bad)
    for row in known:
        if row not in used:
            print(f"FAIL exceptions.txt: {row[0]}: `{row[1]}` is executed, or gone: take it out")
            failed += 1
    print(f"figure: {covered} of {regions} regions of the decision, {excused} excused with a reason")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return int(failed > 0 or passed == 0)


if __name__ == "__main__":
    sys.exit(main())
