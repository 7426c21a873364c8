#!/usr/bin/env python3
"""What RustSec's list of advisories says of the crates that libsegw is built from: numbers and versions, nothing of its text.

usage: advisories.py LIST     writes advisories.txt anew from a checkout of the list that cargo deny has just found no fault with
       advisories.py --check  without the list: every crate and version that libsegw is built from was there when it was written"""

import re
import subprocess
import sys
from pathlib import Path

import sbom

NOTED = Path(__file__).resolve().parent / "advisories.txt"
HEAD = """# Crates that libsegw is built from, in which cargo deny found no fault by RustSec's list of advisories of {date}, {commit}.
# Behind each stand the advisories that there are about other versions of it. Written by tests/supply/run where that list is to be had.
"""


def built_from():
    """Name and version of each crate."""
    graph = sbom.metadata()
    found = sbom.built_in(graph)
    return sorted((each["name"], each["version"]) for each in graph["packages"] if each["id"] in found and each["source"])


def write(folder):
    """The list's numbers about these crates."""
    head = subprocess.run(["git", "-C", folder, "log", "-1", "--format=%cs %h"], capture_output=True, text=True, check=True)
    date, commit = head.stdout.split()
    rows = []
    for name, version in built_from():
        ids = sorted(path.stem for path in folder.glob(f"crates/{name}/RUSTSEC-*.md"))
        rows.append(f"{name} {version}: {', '.join(ids) or 'none'}\n")
    NOTED.write_text(HEAD.format(date=date, commit=commit) + "".join(rows), encoding="utf-8")
    print(f"by the list of {date}")


def check():
    """Whether the crates are those of the note; what is newer nobody has looked for."""
    text = NOTED.read_text(encoding="utf-8")
    known = {tuple(row.split(": ")[0].split()) for row in text.splitlines() if row and not row.startswith("#")}
    fresh = [f"{name} {version}" for name, version in built_from() if (name, version) not in known]
    if fresh:
        print(f"no advisory was looked for about {', '.join(fresh)}")
        return 1
    print(f"by the list of {re.search(r'[0-9]{4}-[0-9]{2}-[0-9]{2}', text)[0]}, as it was noted then")
    return 0


def main():
    if sys.argv[1:] == ["--check"]:
        return check()
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    write(Path(sys.argv[1]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
