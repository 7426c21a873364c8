"""A state file whose directory comes late: see description.txt."""

import shutil

from lab.state import said, says
from lab.wait import expect

SLOW = True
RETRY_S = 10
FAILED = "writing '.*' failed"


def late(lab, path):
    """Charon runs, SEGW 2 carries, and the file could not be written; then its directory is there."""
    line = lab.cpe.log.mark()
    lab.up(lab.cpe.connection((2, 1)), number=2)
    lab.cpe.log.wait(FAILED, 5, line)
    expect(not path.exists(), f"{path} should have no directory yet")
    path.parent.mkdir()
    return line


def play(lab):
    path = lab.folder / "late/state"
    lab.cpe.settings["plugins"] = {"extsock": {"state_file": str(path), "state_interval_ms": 100}}
    wanted = "vpn 10.9.0.2"
    line = late(lab, path)
    says(path, wanted, seconds=RETRY_S + 5)
    failed, _ = lab.cpe.log.find(FAILED, line)[0]
    print(f"written {path.stat().st_mtime - failed.at:.1f} s after the first try failed")
    expect(len(lab.cpe.log.find(FAILED, line)) == 1, "told more than once")

    lab.cpe.stop()
    shutil.rmtree(path.parent)
    late(lab, path)
    lab.cpe.stop()
    expect(said(path) == [wanted], f"after the end it says {said(path)!r}")
    return {}
