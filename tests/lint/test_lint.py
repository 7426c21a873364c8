"""Formatting, clippy, shellcheck, and that Python compiles."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHELL = re.compile(rb"#!(/usr)?/bin/(env )?(ba|da)?sh\b")


def tracked():
    """The files of this tree, those too that are not added yet; without git, all that are not built."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                            capture_output=True, check=False)
    if listed.returncode:
        return [path for path in ROOT.rglob("*") if path.is_file() and path.relative_to(ROOT).parts[0] not in ("target", ".git")]
    return [path for name in listed.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]


def first_line(path):
    with path.open("rb") as file:
        return file.readline(200)


def run(*argv):
    """What it says is pytest's to show."""
    assert subprocess.run(argv, cwd=ROOT, check=False).returncode == 0


def needs(subcommand):
    """Skips where this Rust lacks one of cargo's subcommands."""
    here = subprocess.run(["cargo", subcommand, "--version"], capture_output=True, check=False).returncode == 0
    return pytest.mark.skipif(not here, reason=f"cargo {subcommand} is not installed")


@needs("fmt")
@pytest.mark.parametrize("manifest", ["Cargo.toml", "tests/fuzz/Cargo.toml", "tests/fleet/Cargo.toml", "tests/model/Cargo.toml",
                                      "tests/mutants/Cargo.toml"])
def test_cargo_fmt(manifest):
    run("cargo", "fmt", "--check", "--manifest-path", manifest)


@needs("clippy")
def test_cargo_clippy():
    run("cargo", "clippy", "--all-targets", "--locked", "--", "-D", "warnings")


def test_shellcheck():
    scripts = [path for path in tracked() if SHELL.match(first_line(path))]
    assert scripts
    run("shellcheck", *scripts)


def test_python_compiles():
    files = [path for path in tracked() if path.suffix == ".py" or re.match(rb"#!.*python3", first_line(path))]
    assert files
    for path in files:
        compile(path.read_bytes(), path, "exec", dont_inherit=True)


CELL = 120                          # characters: a table is read on one screen
# Rows that commands write.
RECORDED = {"tests/RECORD.md", "tests/FIGURES.md", "tests/fuzz/README.md", "tests/charon/README.md"}


def cells(line):
    """Of a row of a table."""
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]


def test_cells_of_tables_are_short():
    long = [f"{path.relative_to(ROOT)}:{number}: {len(cell)} characters: {cell[:50]}…"
            for path in tracked() if path.suffix == ".md" and str(path.relative_to(ROOT)) not in RECORDED
            for number, line in enumerate(path.read_text().splitlines(), 1) if line.startswith("|")
            for cell in cells(line) if len(cell) >= CELL]
    assert not long, "\n".join(long)


def test_a_long_cell_is_seen():
    assert [len(cell) for cell in cells("| `a\\|b` | " + CELL * "x" + " |")] == [6, CELL]
