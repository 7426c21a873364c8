"""The order of response times: see description.txt."""

from lab.wait import expect, hold, slack

SLOW = True
GATEWAYS = 3
FAR, NEAR = (1, 3), 2
WAY_S = 0.1         # each way
QUIET_S = 4         # four times the hold-down
FAILOVER = {"order": "rtt", "failback": "hold_down", "hold_down_ms": 1000, "hold_down_limit_ms": 1000, "stable_ms": 0,
            "suspect_ms": 300, "probe_ms": 100, "liveness_interval_ms": 1000}


def lay(lab):
    """The way to two of the SEGWs leads through another provider."""
    near, far = lab.wan(), lab.wan()
    near.behave()
    far.behave(delay=WAY_S)
    for number in FAR:
        lab.cpe.namespace.ip("route", "replace", f"10.9.0.{number}", "via", "10.8.2.1", "dev", "eth1")


def last(lab):
    record = lab.cpe.events.ok("HISTORY vpn")["connections"][0]["records"]
    moves = [it for it in record if it["kind"] in ("FAILOVER", "FAILBACK")]
    return moves[-1]["kind"], moves[-1]["to"], moves[-1].get("choice")


def stays(lab, place):
    hold(lambda: (lab.cpe.status()["state"], lab.cpe.status()["active"]) == ("ACTIVE", place), QUIET_S, lambda: f"it moved: {lab.cpe.status()}")


def play(lab):
    lay(lab)
    lab.cpe.start()
    lab.cpe.apply(lab.cpe.connection((1, 2, 3), dpd={"delay": 0}, failover=FAILOVER))
    lab.wait_up(1)
    mark = lab.cpe.events.mark()
    lab.gateway(1).die()
    lab.wait_up(2, mark=mark)
    lab.gateway(1).come_back()
    stays(lab, 1)
    times = [segw["srtt_ms"] for segw in lab.cpe.status()["segws"]]
    print(f"srtt_ms {times}")
    expect(times[0] >= 2000 * WAY_S and times[1] < times[0] / 2 and times[2] is None, f"srtt_ms {times}")
    following = lab.cpe.status()["next"]
    expect((following["action"], following["reason"], following["choice"]) == ("STAY", "PREFERRED", "RTT"), f"next: {following}")

    mark = lab.cpe.events.mark()
    lab.gateway(2).die()
    lab.wait_up(1, mark=mark)
    expect(last(lab) == ("FAILOVER", 0, "RTT"), f"HISTORY: {last(lab)}")
    ping = lab.ping(interval=0.02)
    ping.wait_answers(5)
    lab.gateway(2).come_back()
    begin = ping.wait_answers(1)[-1][0]
    mark = lab.cpe.events.mark()
    lab.cpe.events.wait("segw_failback", slack(10), mark, connection="vpn")
    lab.wait_up(2, mark=mark)
    expect(last(lab) == ("FAILBACK", 1, "RTT"), f"HISTORY: {last(lab)}")
    stays(lab, 1)
    end = ping.wait_answers(1)[-1][0]
    ping.wait_answers(5, after=end)
    lost = ping.lost(begin, end)
    print(f"back to SEGW 2: {len(lost)} packets lost")
    expect(not lost, f"packets {lost} lost")
    ping.stop()
    return {"vpn": 2}
