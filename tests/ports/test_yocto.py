"""The Yocto layer: oelint-adv has nothing to say of it, its licences are those of the files, its version is the crate's."""

import hashlib
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LAYER = ROOT / "ports/yocto/meta-extsock"
LINTER = ROOT / "target/oelint"
PINNED = Path(__file__).with_name("requirements-oelint.txt")

# What oelint-adv says and does not hold here; findings of a single line are named at that line (`nooelint`).
SUPPRESSED = {
    "oelint.var.suggestedvar.BUGTRACKER": "there is no place yet that bugs are reported at",
    "oelint.var.bbclassextend": "for devices only: a build machine has no use of them",
    "oelint.vars.homepageping": "it asks the network",
}


@pytest.fixture(scope="module")
def oelint():
    """The linter in a folder of its own."""
    if not (LINTER / PINNED.name).exists() or (LINTER / PINNED.name).read_bytes() != PINNED.read_bytes():
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--root-user-action", "ignore", "--upgrade", "--no-deps",
                        "--target", LINTER, "--requirement", PINNED], check=True)
        (LINTER / PINNED.name).write_bytes(PINNED.read_bytes())
    return LINTER / "bin/oelint-adv"


def recipes():
    """All files of the layer that bitbake reads."""
    return sorted(path for path in LAYER.rglob("*") if path.suffix in (".bb", ".bbappend", ".inc", ".conf"))


@pytest.mark.parametrize("release", ["scarthgap", "whinlatter", "wrynose"])
def test_oelint_has_nothing_to_say(oelint, release, tmp_path):
    """With no network: a rule that asks for an address would wait for it."""
    done = subprocess.run(
        ["unshare", "-rn", sys.executable, oelint, "--quiet", "--relpaths", f"--release={release}", "--jobs=1",
         *(f"--suppress={rule}" for rule in SUPPRESSED), *recipes()],
        env={**os.environ, "HOME": str(tmp_path), "PYTHONPATH": str(LINTER)}, capture_output=True, text=True, check=False)
    print(done.stdout, done.stderr)
    assert done.returncode == 0 and not re.search(r":(error|warning|info):", done.stdout + done.stderr)


def test_oelint_finds_what_is_wrong(oelint, tmp_path):
    """So that silence means something."""
    recipe = tmp_path / "wrong_1.0.bb"
    recipe.write_text((LAYER / "recipes-support/extsockctl/extsockctl_0.1.0.bb").read_text().replace("LICENSE = ", "LICENCE = "))
    done = subprocess.run(["unshare", "-rn", sys.executable, oelint, "--quiet", *(f"--suppress={rule}" for rule in SUPPRESSED), recipe],
                          env={**os.environ, "HOME": str(tmp_path), "PYTHONPATH": str(LINTER)}, capture_output=True, text=True, check=False)
    assert done.returncode != 0 and "LICENSE" in done.stdout + done.stderr


def test_licences_have_the_checksums_of_their_files():
    found = [pair for path in recipes() for pair in re.findall(r"file://(\S+);md5=([0-9a-f]{32})", path.read_text())]
    assert len(found) >= 4
    for name, checksum in found:
        assert hashlib.md5((ROOT / name).read_bytes()).hexdigest() == checksum, name      # noqa: S324: bitbake's


def test_the_recipes_have_the_version_of_the_crate():
    version = tomllib.loads((ROOT / "Cargo.toml").read_text())["package"]["version"]
    ours = list(LAYER.glob("recipes-*/*/*.bb"))
    assert ours and all(path.stem.endswith(f"_{version}") for path in ours)


def test_what_a_recipe_takes_of_the_tree_is_there():
    for path in recipes():
        for name in re.findall(r"\$\{S\}/([\w./-]+)", path.read_text()):
            assert name.startswith("src/libcharon") or (ROOT / name).exists(), f"{path.name}: {name}"
        for name in re.findall(r"file://([\w.-]+)\"", path.read_text()):
            assert (path.parent / "files" / name).exists(), f"{path.name}: {name}"


def test_scripts_of_the_tests_are_shell():
    scripts = [*LAYER.rglob("run-ptest"), ROOT / "tests/ports/one-failover"]
    assert len(scripts) == 3
    assert subprocess.run(["shellcheck", "--shell=sh", *scripts], check=False).returncode == 0
