"""The plugin builds without a warning, keeps its folders apart, and exports its entry points only."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PORT = ROOT / "ports/strongswan"


def run(*argv):
    """What it prints; what it says besides is pytest's to show."""
    done = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=False)
    print(done.stdout)
    assert done.returncode == 0
    return done.stdout


@pytest.fixture(scope="module")
def sources():
    """strongSwan's, as the Makefile has them."""
    return os.environ.get("STRONGSWAN_SRC") or run(PORT / "headers").split()[-1]


@pytest.fixture(scope="module")
def built(sources, tmp_path_factory):
    """The plugin, from nothing."""
    build = tmp_path_factory.mktemp("plugin")
    run("make", "-C", PORT, f"STRONGSWAN_SRC={sources}", f"BUILD={build}", "WERROR=1")
    return build / "libstrongswan-extsock.so"


def test_builds_without_a_warning(built):
    assert built.exists()


def test_no_folder_includes_what_is_above_it(sources):
    run(ROOT / "tests/plugin/includes", sources)


def test_exports_its_entry_points_only(built):
    exports = {line.split()[-1] for line in run("nm", "-D", "--defined-only", built).splitlines()}
    assert exports - {"extsock_plugin_version"} == {"extsock_plugin_create"}
