#!/usr/bin/env python3
"""Judges what gcov counted of the plugin's C: a table by file, against floor.txt and unreached.txt.

usage: judge.py BUILD [--bless | --table]

floor.txt    percent of lines and of branches that each file has at least; --bless raises it, nothing lowers it but an editor
unreached.txt   functions with lines that no scenario reaches, each with the reason; asked for where a file is below 90 % of lines"""

import gzip
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).resolve().parent
PORT = HERE.parents[1] / "ports/strongswan"
FLOOR = HERE / "floor.txt"
REASONS = HERE / "unreached.txt"
ENOUGH = 90     # percent of lines, of each file or with reasons, and of all
HEAD = "# Percent of lines and of branches of the plugin's C that the scenarios reach at least; tests/run gcov --bless raises it.\n"


class Source:
    """One file: how often each line was executed, and each branch of it was taken."""

    def __init__(self):
        self.lines = defaultdict(int)
        self.branches = defaultdict(int)
        self.function = {}              # of a line

    def add(self, counted):
        for line in counted["lines"]:
            number = line["line_number"]
            self.lines[number] += line["count"]
            self.function[number] = line.get("function_name", "")
            for index, branch in enumerate(line["branches"]):
                self.branches[number, index] += branch["count"]

    def missed(self):
        return sorted(number for number, count in self.lines.items() if not count)

    def gaps(self):
        """The functions with lines that were not reached."""
        return sorted({self.function[number] for number in self.missed()})


def percent(counts):
    """Rounded down: what is not all is not 100."""
    reached = sum(1 for count in counts.values() if count)
    return 100 * reached // len(counts) if counts else 100


def counted(build):
    """Sources by their name in the port; an object that never ran is counted, too."""
    sources = defaultdict(Source)
    with tempfile.TemporaryDirectory() as folder:
        for notes in sorted(build.rglob("*.gcno")):
            if notes.name.startswith(("segw-replay", "ctl-")):
                continue                # programs of their own
            data = notes.with_suffix(".gcda")
            subprocess.run([os.environ.get("GCOV", "gcov"), "-j", "-b", data if data.exists() else notes], cwd=folder, check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for made in Path(folder).glob("*.gcov.json.gz"):
                for file in json.loads(gzip.decompress(made.read_bytes()))["files"]:
                    path = (PORT / file["file"]).resolve()
                    if path.is_relative_to(PORT) and path.suffix == ".c" and path.exists():
                        sources[str(path.relative_to(PORT))].add(file)
                made.unlink()
    return dict(sorted(sources.items()))


def rows(path):
    """What a committed table has, without its comments."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def floors():
    return {name: (int(lines), int(branches)) for lines, branches, name in (row.split() for row in rows(FLOOR))}


def reasons():
    """(file, function) -> reason."""
    known = {}
    for row in rows(REASONS):
        where, _, reason = row.partition(": ")
        file, _, function = where.partition(" ")
        if not function or not reason.strip():
            sys.exit(f"{REASONS.name}: `{row}` is no `FILE FUNCTION: REASON`")
        known[file, function] = reason
    return known


def write_missed(build, sources):
    with open(build / "unreached", "w", encoding="utf-8") as out:
        for name, source in sources.items():
            text = (PORT / name).read_text(encoding="utf-8").splitlines()
            for number in source.missed():
                print(f"{name}:{number}: {source.function[number]}: {text[number - 1].strip()}", file=out)


def main():
    build = Path(sys.argv[1]).resolve()
    sources = counted(build)
    if not sources:
        sys.exit(f"gcov: nothing is counted in {build}")
    write_missed(build, sources)
    known, why, found, used = floors(), reasons(), {}, set()
    total = Source()
    judging = "--table" not in sys.argv
    failed = 0
    for name, source in sources.items():
        total.lines.update({(name, key): count for key, count in source.lines.items()})
        total.branches.update({(name, key): count for key, count in source.branches.items()})
        lines, branches = found[name] = percent(source.lines), percent(source.branches)
        least = known.get(name, (0, 0))
        gaps = [gap for gap in source.gaps() if (name, gap) not in why] if judging and lines < ENOUGH else []
        used |= {(name, gap) for gap in source.gaps()}
        bad = bool(gaps) or (name in known and (lines < least[0] or branches < least[1]))
        failed += bad
        verdict = ("FAIL " if bad else "ok   ") if judging else ""
        print(f"{verdict}{name}: {lines} % of {len(source.lines)} lines, {branches} % of {len(source.branches)} branches; "
              f"at least {least[0]} and {least[1]}")
        for gap in gaps:
            print(f"     {name} {gap}: not reached {[n for n in source.missed() if source.function[n] == gap]}, no reason is given")
    for name, function in sorted(set(why) - used) if judging else ():
        print(f"note: {REASONS.name} has {name} {function}, all of which is reached or gone")
    lines, branches = percent(total.lines), percent(total.branches)
    if judging and lines < ENOUGH:
        failed += 1
        print(f"FAIL all: {lines} % of lines, at least {ENOUGH}")
    if "--bless" in sys.argv:
        raised = {name: tuple(max(old, new - 1) for old, new in zip(known.get(name, (0, 0)), both)) for name, both in found.items()}
        FLOOR.write_text(HEAD + "".join(f"{lines:3} {branches:3} {name}\n" for name, (lines, branches) in raised.items()), encoding="utf-8")
    print(f"figure: {lines} % of {len(total.lines)} lines and {branches} % of {len(total.branches)} branches of the plugin's C in "
          f"{len(sources)} files")
    if judging:
        print(f"{len(sources) - min(failed, len(sources))} passed, {failed} failed, 0 skipped")
    return int(failed > 0 and "--bless" not in sys.argv)


if __name__ == "__main__":
    sys.exit(main())
