"""What a device's ptest and the Debian packages' test play: one failover with what is installed. Here the plugin and the client that
were built are installed in a private mount."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_name("one-failover")
BUILT = ROOT / "target/extsock"
STOCK = Path("/usr/lib/ipsec/plugins")

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root: namespaces"),
    pytest.mark.skipif(not STOCK.exists(), reason="strongSwan is not installed"),
]

INSTALLED = f"""
set -e
mount --bind {STOCK} "$1"
mount -t tmpfs none {STOCK}
ln -s "$1"/*.so {STOCK}/
rm -f {STOCK}/libstrongswan-extsock.so
[ -z "$2" ] || cp "$2" {STOCK}/
exec "$3"
"""


def play(tmp_path, plugin):
    """The script, where charon's folder of plugins has this one; it leaves no namespace, also when it fails."""
    mark = f"one{os.getpid()}"
    for place in (BUILT / "libstrongswan-extsock.so", BUILT / "extsockctl"):
        assert place.exists(), f"{place} is not built (make -C ports/strongswan)"
    (tmp_path / "stock").mkdir()
    done = subprocess.run(["unshare", "-m", "--propagation", "private", "sh", "-c", INSTALLED, "sh", tmp_path / "stock", plugin, SCRIPT],
                          env={**os.environ, "MARK": mark, "PATH": f"{BUILT}:{os.environ['PATH']}:/usr/sbin:/sbin"},
                          stdout=subprocess.PIPE, text=True, timeout=240, check=False)
    print(done.stdout)
    left = subprocess.run(["ip", "netns"], capture_output=True, text=True, check=True).stdout
    assert mark not in left
    return done


@pytest.mark.skipif(not shutil.which("ip"), reason="iproute2 is not installed")
def test_the_script_sees_a_failover(tmp_path):
    done = play(tmp_path, BUILT / "libstrongswan-extsock.so")
    assert done.returncode == 0 and done.stdout.splitlines()[-1].startswith("ok failover: from 10.9.1.2 to 10.9.2.2 ")


@pytest.mark.skipif(not shutil.which("ip"), reason="iproute2 is not installed")
def test_the_script_says_that_the_plugin_is_missing(tmp_path):
    done = play(tmp_path, "")
    assert done.returncode == 1 and done.stdout.startswith(f"FAIL the plugin is not installed in {STOCK}")
