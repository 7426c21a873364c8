"""A stock /etc/config/ipsec with two SEGWs, and what is shipped in /etc/config/extsock: real charons fail over."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import swanctl_init
from router import ROOT, Router

HERE = Path(__file__).resolve().parent
LIMIT_S = 9.0
KINDS = [(release, start) for release in swanctl_init.RELEASES for start in ("start", "trap")]


def headers():
    """strongSwan's, for the lab's own plugin; fetched once, not by each of the labs."""
    return subprocess.run([ROOT / "ports/strongswan/headers"], stdout=subprocess.PIPE, text=True, check=True).stdout.split()[-1]


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """All of them at once, each in a lab of its own: the processes."""
    if os.geteuid() != 0:
        pytest.skip("needs root")
    router = Router(tmp_path_factory.mktemp("lab") / "router")
    assert router.service("start").returncode == 0
    conf = router.folder / "var/ipsec/extsock.conf"
    environment = dict(os.environ, STRONGSWAN_SRC=os.environ.get("STRONGSWAN_SRC") or headers())
    running = {kind: subprocess.Popen([sys.executable, HERE / "failover.py", *kind, conf, str(LIMIT_S)], env=environment,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for kind in KINDS}
    yield running
    for process in running.values():
        process.terminate()
        process.wait()


@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_fails_over(played, kind):
    said, _ = played[kind].communicate(timeout=170)
    print(said)
    assert played[kind].returncode == 0
