"""Where an operator wants a connection to be: see description.txt."""

import time

from lab.wait import expect, hold

SLOW = True
PIN_S = 4
QUIET_S = 3             # three times the hold-down
FAILOVER = {"failback": "hold_down", "hold_down_ms": 1000, "hold_down_limit_ms": 1000, "stable_ms": 0, "connect_timeout_ms": 2000,
            "suspect_ms": 300, "probe_ms": 100, "liveness_interval_ms": 1000}
WAIT_S = 15
HOME, AWAY = "10.9.0.1", "10.9.0.2"


def moved(lab, mark, event, to):
    """It has moved there, and is up; the event."""
    told = lab.cpe.events.wait(event, WAIT_S, mark, connection="vpn")
    lab.wait_up(int(to[-1]), mark=mark)
    expect(told["to"] == to, f"odd event {told}")
    return told


def stays(lab, place):
    hold(lambda: lab.cpe.status()["active"] == place and lab.cpe.status()["state"] == "ACTIVE", QUIET_S, lambda: f"it moved: {lab.cpe.status()}")


def play(lab):
    lab.up(lab.cpe.connection(dpd={"delay": 0}, failover=FAILOVER))
    ping = lab.ping(interval=0.01)
    begin = ping.wait_answers(20)[-1][0]
    mark, asked = lab.cpe.events.mark(), time.time()
    lab.cpe.events.ok(f"PIN vpn secondary for {PIN_S}s")
    moved(lab, mark, "segw_switch", AWAY)
    expect(lab.cpe.status()["next"]["reason"] == "PINNED", f"next: {lab.cpe.status()}")
    home = moved(lab, mark, "segw_failback", HOME)
    stayed = home["arrived"] - asked
    print(f"pinned for {PIN_S} s, failed back {stayed:.2f} s after that")
    expect(stayed >= PIN_S, f"it failed back after {stayed:.2f} s")

    mark = lab.cpe.events.mark()
    lab.cpe.events.ok(f"DRAIN {HOME}")
    moved(lab, mark, "segw_switch", AWAY)
    stays(lab, 1)
    expect([segw["drained"] for segw in lab.cpe.status()["segws"]] == [True, False], f"drained: {lab.cpe.status()}")
    text = lab.cpe.events.ok("EXPLAIN vpn")["text"]
    expect(f" {HOME} has not failed, drained." in text, text)
    ping.wait_answers(10)
    lost = ping.lost(begin, ping.wait_answers(1)[-1][0])
    print(f"pin, failback, drain: {len(lost)} packets lost")
    expect(not lost, f"packets {lost} lost")

    mark = lab.cpe.events.mark()
    lab.gateway(2).die()
    moved(lab, mark, "segw_failover", HOME)
    mark = lab.cpe.events.mark()
    lab.gateway(2).come_back()
    moved(lab, mark, "segw_failback", AWAY)
    mark = lab.cpe.events.mark()
    lab.cpe.events.ok(f"UNDRAIN {HOME}")
    moved(lab, mark, "segw_failback", HOME)
    ping.stop()
    return {"vpn": 1}
