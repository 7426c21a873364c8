"""The C programs of README.md compile as C99 and run. LIBSEGW names another archive."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIBSEGW = os.environ.get("LIBSEGW", ROOT / "target/release/libsegw.a")
README = (ROOT / "README.md").read_text()
PROGRAMS = {README[:block.start()].count("\n") + 1: block[1] for block in re.finditer(r"^```c\n(.*?)^```", README, re.M | re.S)}


@pytest.mark.parametrize("line", PROGRAMS)
def test_readme(line, tmp_path):
    (tmp_path / "program.c").write_text(PROGRAMS[line])
    subprocess.run(["gcc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", f"-I{ROOT / 'include'}", "-o", tmp_path / "program",
                    tmp_path / "program.c", LIBSEGW], check=True)
    subprocess.run([tmp_path / "program"], check=True)


def test_there_is_one():
    assert PROGRAMS
