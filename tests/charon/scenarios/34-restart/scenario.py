"""Restart with a state file: see description.txt."""

from lab import state
from lab.settings import merged
from lab.wait import expect, until

INTERVAL_MS = 300
FAILOVER = {"failback": "hold_down", "hold_down_ms": 2000, "hold_down_limit_ms": 2000, "connect_timeout_ms": 1000}
HOME, AWAY = "10.9.0.1", "10.9.0.2"


def says(path, address):
    """The file names this SEGW, and nothing unfinished lies beside it."""
    state.says(path, f"vpn {address}")
    expect(path.stat().st_mode & 0o777 == 0o600, f"mode {path.stat().st_mode:o}")
    expect(not path.with_name(path.name + ".new").exists(), "a file that was not put in place")


def restarted(lab, connection):
    """Charon ends and starts again; the SEGW it dials first."""
    lab.cpe.stop()
    line = lab.cpe.log.mark()
    lab.cpe.start()
    lab.cpe.apply(connection)
    return until(lambda: lab.cpe.initiations(line), 5, "a dial")[0][3]


def play(lab):
    path = lab.folder / "extsock.state"
    keep = {"plugins": {"extsock": {"state_file": str(path), "state_interval_ms": INTERVAL_MS}}}
    lab.cpe.settings = merged(lab.cpe.settings, keep)
    connection = lab.cpe.connection(failover=FAILOVER)
    lab.up(connection)
    says(path, HOME)

    mark = lab.cpe.events.mark()
    lab.gateway(1).die()
    lab.wait_up(2, mark=mark)
    says(path, AWAY)
    dialled = restarted(lab, connection)
    expect(dialled == AWAY, f"after the restart {dialled} was dialled first")
    lab.wait_up(2)

    mark = lab.cpe.events.mark()
    lab.gateway(1).come_back()
    lab.cpe.events.wait("segw_failback", 15, mark, connection="vpn")
    lab.expect_only({"vpn": 1})
    says(path, HOME)

    for what, text in (("torn", f"libsegw state 1\nvpn {AWAY}\ne"), ("foreign", f"{AWAY}\0\1\2")):
        lab.cpe.stop()
        path.write_text(text)
        line = lab.cpe.log.mark()
        lab.cpe.start()
        lab.cpe.apply(connection)
        dialled = until(lambda: lab.cpe.initiations(line), 5, "a dial")[0][3]
        expect(dialled == HOME, f"with a {what} file {dialled} was dialled first")
        lab.wait_up(1)
    says(path, HOME)
    return {"vpn": 1}
