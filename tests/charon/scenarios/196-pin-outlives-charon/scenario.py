"""Orders that outlive charon: see description.txt."""

from lab import state
from lab.settings import merged
from lab.wait import expect, slack, until

GATEWAYS = 3
SLOW = True
HOUR_MS = 3_600_000
WAIT_S = slack(5)
FAILOVER = {"hold_down_ms": 1000, "hold_down_limit_ms": 1000, "stable_ms": 0, "connect_timeout_ms": 2000,
            "suspect_ms": 300, "probe_ms": 100, "liveness_interval_ms": 1000}


def killed(lab, connection):
    """Charon is killed and starts again; the SEGW that it dials first."""
    lab.cpe.kill()
    line = lab.cpe.log.mark()
    lab.cpe.start()
    lab.cpe.apply(connection)
    return until(lambda: lab.cpe.initiations(line), WAIT_S, "a dial")[0][3]


def play(lab):
    path = lab.folder / "extsock.state"
    lab.cpe.settings = merged(lab.cpe.settings, {"plugins": {"extsock": {"state_file": str(path), "state_interval_ms": 100}}})
    connection = lab.cpe.connection(segws=(1, 2, 3), dpd={"delay": 0}, failover=FAILOVER)
    lab.up(connection)
    mark = lab.cpe.events.mark()
    lab.cpe.events.ok("PIN vpn 10.9.0.3 for 1h")
    lab.cpe.events.wait("segw_switch", WAIT_S, mark, connection="vpn")
    lab.wait_up(3, mark=mark)
    lab.cpe.events.ok("DRAIN 10.9.0.1")

    def kept():
        return [" ".join(line.split()[:2]) for line in state.said(path)] == ["vpn 10.9.0.3", "vpn pin", "* drain"]
    until(kept, WAIT_S, lambda: f"the file to have all; it says {state.said(path)}")

    dialled = killed(lab, connection)
    expect(dialled == "10.9.0.3", f"{dialled} was dialled first")
    lab.wait_up(3)
    status = lab.cpe.status()
    left = status["pinned_until_ms"] - lab.cpe.events.ok("STATUS vpn")["now_ms"]
    print(f"pinned for another {left / 1000:.1f} s of 3600")
    expect(status["pinned"] == 2 and HOUR_MS - 600_000 < left <= HOUR_MS, f"the pin: {status}")
    expect([segw["drained"] for segw in status["segws"]] == [True, False, False], f"drained: {status}")

    mark = lab.cpe.events.mark()
    lab.gateway(3).die()
    told = lab.cpe.events.wait("segw_failover", WAIT_S, mark, connection="vpn")
    expect(told["to"] == "10.9.0.2", f"odd event {told}")
    lab.wait_up(2, mark=mark)
    lab.gateway(3).come_back()
    mark = lab.cpe.events.mark()
    told = lab.cpe.events.wait("segw_failback", WAIT_S + 10, mark, connection="vpn")
    expect(told["to"] == "10.9.0.3", f"odd event {told}")
    lab.wait_up(3, mark=mark)

    lab.cpe.events.ok("UNPIN vpn")
    lab.cpe.events.ok("UNDRAIN 10.9.0.1")
    state.says(path, "vpn 10.9.0.3")
    dialled = killed(lab, connection)
    expect(dialled == "10.9.0.3", f"{dialled} was dialled first")
    lab.wait_up(3)
    status = lab.cpe.status()
    expect(status["pinned"] is None and not any(segw["drained"] for segw in status["segws"]), f"what was over is back: {status}")
    return {"vpn": 3}
