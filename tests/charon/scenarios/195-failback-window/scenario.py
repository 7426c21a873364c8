"""Hours for a failback: see description.txt."""

import os

from lab.cpe import PLUGIN, replayed
from lab.plugin import WallClock
from lab.settings import merged
from lab.wait import Skipped, expect, hold, slack, until

SLOW = True
PROGRAM = os.environ.get("LAB_REPLAY") or PLUGIN.with_name("segw-replay")
AHEAD_H = 3
MONDAY = 1_795_392_000      # 2026-11-23 00:00, local time counted as UTC
WINDOW = "mon 02:00-02:01"
LEFT_S = 10                 # until it closes, when the clock jumps
QUIET_S = 4                 # four times the hold-down
WAIT_S = slack(5)
FAILOVER = {"failback": "hold_down", "hold_down_ms": 1000, "hold_down_limit_ms": 1000, "stable_ms": 0, "connect_timeout_ms": 2000,
            "suspect_ms": 300, "probe_ms": 100, "liveness_interval_ms": 1000, "failback_window": WINDOW}


def away(lab):
    """SEGW 1 is lost, and back."""
    mark = lab.cpe.events.mark()
    lab.gateway(1).die()
    lab.cpe.events.wait("segw_failover", WAIT_S, mark, connection="vpn")
    lab.wait_up(2, mark=mark)
    lab.gateway(1).come_back()


def stays(lab):
    hold(lambda: lab.cpe.status()["active"] == 1 and lab.cpe.status()["state"] == "ACTIVE", QUIET_S, lambda: f"it moved: {lab.cpe.status()}")


def play(lab):
    if lab.cpe.machine:
        raise Skipped("the clock of a charon of another machine is not shifted")
    clock = WallClock(lab.cpe, AHEAD_H)
    path = lab.cpe.trace_path
    lab.cpe.settings = merged(lab.cpe.settings, {"plugins": {"extsock": {"trace_file": str(path)}}})
    clock.says(100_000)
    lab.up(lab.cpe.connection(dpd={"delay": 0}, failover=FAILOVER))
    away(lab)
    stays(lab)
    text = lab.cpe.status()["next"]["text"]
    expect(text == f"back to 10.9.0.1 within its window, once the clock is set ({WINDOW})", f"next: {text}")

    mark = lab.cpe.events.mark()
    lab.cpe.apply(lab.cpe.connection(dpd={"delay": 0}, failover=FAILOVER | {"failback_window": "always"}))
    lab.cpe.events.wait("segw_failback", WAIT_S, mark, connection="vpn")
    lab.wait_up(1, mark=mark)

    lab.cpe.apply(lab.cpe.connection(dpd={"delay": 0}, failover=FAILOVER))
    away(lab)
    clock.says(MONDAY + 3600)
    following = until(lambda: lab.cpe.status()["next"]["at_ms"] and lab.cpe.status()["next"], WAIT_S, "the clock to be seen")
    print(following["text"])
    early = following["text"].startswith(("back to 10.9.0.1 within its window, in 59m", "back to 10.9.0.1 within its window, in 1h00m"))
    expect(early and following["reason"] == "WINDOW", f"next: {following}")
    stays(lab)

    mark = lab.cpe.events.mark()
    clock.says(MONDAY + 2 * 3600 + 60 - LEFT_S)
    told = lab.cpe.events.wait("segw_failback", LEFT_S + WAIT_S, mark, connection="vpn")
    expect((told["from"], told["to"]) == ("10.9.0.2", "10.9.0.1"), f"odd event {told}")
    lab.wait_up(1, mark=mark)

    clock.says(MONDAY + 3 * 3600)
    away(lab)
    stays(lab)
    mark = lab.cpe.events.mark()
    lab.cpe.events.ok("SWITCH vpn primary")
    lab.cpe.events.wait("segw_switch", WAIT_S, mark, connection="vpn")
    lab.wait_up(1, mark=mark)

    lab.cpe.stop()
    if os.path.exists(PROGRAM):
        said = replayed(PROGRAM, path)
        expect(said.count("the clock says") >= 3, f"the clock is not in what segw-replay prints:\n{said[-3000:]}")
    return {}
