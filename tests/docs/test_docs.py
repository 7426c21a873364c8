"""The C programs of README.md and of examples/ compile as C99 and run. LIBSEGW names another archive."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIBSEGW = os.environ.get("LIBSEGW", ROOT / "target/release/libsegw.a")
README = (ROOT / "README.md").read_text()
PROGRAMS = {f"README.md:{README[:block.start()].count(chr(10)) + 1}": block[1]
            for block in re.finditer(r"^```c\n(.*?)^```", README, re.M | re.S)}
assert PROGRAMS
PROGRAMS |= {f"examples/{path.name}": path.read_text() for path in sorted(ROOT.glob("examples/*.c"))}


@pytest.mark.parametrize("name", PROGRAMS)
def test_compiles_and_runs(name, tmp_path):
    (tmp_path / "program.c").write_text(PROGRAMS[name])
    subprocess.run(["gcc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", f"-I{ROOT / 'include'}", "-o", tmp_path / "program",
                    tmp_path / "program.c", LIBSEGW], check=True)
    subprocess.run([tmp_path / "program"], check=True)
