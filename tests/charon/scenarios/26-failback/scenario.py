"""Failback after a hold-down, make-before-break: see description.txt."""

from lab import esp
from lab.wait import expect, slack, until

SLOW = True
HOLD_S = 3.0
LATE_S = slack(1.0)            # a busy machine's timer; never early
FAILOVER = {"failback": "hold_down", "hold_down_ms": int(1000 * HOLD_S), "hold_down_limit_ms": int(1000 * HOLD_S),
            "connect_timeout_ms": 1500}
INTERVAL_S = 0.01       # 100 packets per second
FAR_S = 0.03            # what is asked is behind the SEGWs: three packets are on their way at any moment
HOME, AWAY = "10.9.0.1", "10.9.0.2"


def trial(lab, line, since, what):
    """When SEGW 1 is dialled next; it must be a whole hold-down after `since`."""
    dialled = until(lambda: [at for at, _, _, to in lab.cpe.initiations(line) if to == HOME], HOLD_S + 5, f"{what} of SEGW 1")[0]
    print(f"{what} {dialled - since:.2f} s after, configured {HOLD_S:g} s")
    expect(HOLD_S - 0.05 <= dialled - since <= HOLD_S + LATE_S, f"{what} after {dialled - since:.2f} s, configured {HOLD_S:g}")
    return lab.cpe.log.mark()


def lossless(ping, begin, end, what):
    ping.wait_answers(10, after=end)
    lost = ping.lost(begin, end)
    print(f"{what}: {len(lost)} packets lost of those sent in {end - begin:.2f} s")
    expect(not lost, f"{what}: packets {lost} lost")


def play(lab):
    for gateway in lab.gateways.values():
        gateway.far(FAR_S)
    lab.up(lab.cpe.connection(failover=FAILOVER))
    ping = lab.ping(interval=INTERVAL_S)
    ping.wait_answers(50)
    mark, line = lab.cpe.events.mark(), lab.cpe.log.mark()
    lab.gateway(1).die()
    lab.wait_up(2, mark=mark)
    up = lab.cpe.events.wait("tunnel_up", 1, mark)["at"]

    begin = ping.wait_answers(5)[-1][0]
    line = trial(lab, line, up, "first trial")
    failed = lab.cpe.events.wait("segw_move_failed", 5, mark, connection="vpn")
    expect((failed["from"], failed["to"]) == (AWAY, HOME), f"odd event {failed}")
    line = trial(lab, line, failed["at"], "second trial")
    again = lab.cpe.events.wait_event(lambda e: e.get("event") == "segw_move_failed" and e is not failed, 5, mark, "a second segw_move_failed")
    lossless(ping, begin, again["arrived"], "two trials of a dead SEGW")
    expect(lab.moves(mark) == [("segw_failover", HOME, AWAY)], f"a trial that failed moved: {lab.moves(mark)}")

    mark = lab.cpe.events.mark()
    lab.gateway(1).come_back()
    begin = ping.wait_answers(1)[-1][0]
    event = lab.cpe.events.wait("segw_failback", 2 * HOLD_S + 8, mark, connection="vpn")
    expect((event["from"], event["to"]) == (AWAY, HOME), f"odd event {event}")
    lab.expect_only({"vpn": 1})
    until(lambda: not esp.nameless(lab.cpe.namespace), 2, "the policies of the move to go")
    until(lambda: not lab.gateway(2).sas(), 5, lambda: f"SEGW 2 to be left clean: {lab.gateway(2).sas()}")
    end = ping.wait_answers(1)[-1][0]
    lossless(ping, begin, end, "failback")
    expect(lab.moves(mark) == [("segw_failback", AWAY, HOME)], f"one failback expected, heard {lab.moves(mark)}")
    lab.cpe.wait_status(state="ACTIVE", active=0, failbacks=1)
    return {"vpn": 1}
