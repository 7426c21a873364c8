"""A switch that returns by itself: see description.txt."""

import re

from lab.wait import expect, slack

SLOW = True
STAY_S = 5
WAY_S = slack(1.0)


def says_so(lab):
    """While it is there: that it returns, where to, and when; the moment."""
    reply = lab.cpe.events.ok("STATUS vpn")
    told = reply["connections"][0]["next"]
    expect((told["action"], told["reason"], told["segw"]) == ("FAILBACK", "DRILL", 0), f"next: {told}")
    expect(0 < told["at_ms"] - reply["now_ms"] <= 1000 * STAY_S and told["at_ms"] == reply["connections"][0]["retry_at_ms"], f"next: {reply}")
    text = lab.cpe.events.ok("EXPLAIN vpn")["text"]
    expect(re.search(r" Next: back to 10\.9\.0\.1 in \d\.\ds \(drill\)\.", text), text)
    return told["at_ms"]


def drill(lab, works=True):
    mark = lab.cpe.events.mark()
    lab.cpe.events.ok("DRILL vpn")
    if works:
        lab.cpe.wait_status(seconds=10, active=1, state="ACTIVE")
        due = says_so(lab)
        home = lab.cpe.events.wait("segw_switch", STAY_S + 4 * WAY_S, mark, to="10.9.0.1")
        expect(0 <= home["time_ms"] - due <= 1000 * WAY_S, f"it said {due}, and is home at {home['time_ms']}")
    return lab.cpe.events.wait("segw_drill", STAY_S + 4 * WAY_S, mark, connection="vpn")


def play(lab):
    lab.up(lab.cpe.connection(dpd={"delay": 0}, failover={"connect_timeout_ms": 2000}))
    ping = lab.ping(interval=0.01)
    begin = ping.wait_answers(20)[-1][0]
    told = drill(lab)
    print(f"there in {told['out_ms']} ms, back in {told['back_ms']} ms, no CHILD_SA for {told['gap_ms']} ms")
    expect((told["done"], told["cause"], told["from"], told["to"]) == (True, None, "10.9.0.1", "10.9.0.2"), f"odd event {told}")
    expect(told["gap_ms"] == 0 and 0 < told["out_ms"] <= 1000 * WAY_S and 0 < told["back_ms"] <= 1000 * WAY_S, f"it took {told}")
    lab.expect_only({"vpn": 1})
    lost = ping.lost(begin, ping.wait_answers(10)[-1][0])
    expect(not lost, f"packets {lost} lost")

    mark = lab.cpe.events.mark()
    lab.gateway(2).die()
    told = drill(lab, works=False)
    print(f"SEGW 2 dead: {told['cause']}")
    expect((told["done"], told["out_ms"], told["gap_ms"]) == (False, None, 0) and told["cause"] in ("CONNECT_TIMEOUT", "INIT_UNREACHABLE"), f"odd event {told}")
    lab.cpe.wait_status(state="ACTIVE", active=0)
    expect(not lab.moves(mark), f"it moved: {lab.moves(mark)}")
    ping.stop()
    return {"vpn": 1}
