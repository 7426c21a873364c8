"""What the tests of ports/ share."""

import os
import shutil
import sys
from pathlib import Path

import pytest

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from router import Router               # noqa: E402


@pytest.fixture
def router(tmp_path):
    """A router's root file system, with the package's files in it."""
    if os.geteuid() != 0:
        pytest.skip("needs root: chroot")
    if not shutil.which("busybox"):
        pytest.skip("busybox is not installed")
    return Router(tmp_path / "router")
