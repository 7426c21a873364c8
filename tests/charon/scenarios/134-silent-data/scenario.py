"""The data plane is dead and IKE is not: see description.txt."""

import re
import time

from lab.wait import expect, hold, slack, until

SLOW = True
CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None}     # charon's defaults
TOLD_S, MOVED_S = 35, 7.5
MOVE = {"data_action": "move", "data_suspect_ms": 6000}
SETTLED_S = 20          # three times as long as SEGW 1 would be left after


def told(lab, action, segw, mark, seconds):
    event = lab.cpe.events.wait("segw_silent_data", seconds, mark, connection="vpn")
    expect((event["action"], event["segw"]) == (action, f"10.9.0.{segw}"), f"odd event {event}")
    return event


def report(lab, ping):
    mark, line, began = lab.cpe.events.mark(), lab.cpe.log.mark(), time.time()
    lab.gateway(1).lose_esp()
    took = told(lab, "report", 1, mark, TOLD_S)["arrived"] - began
    print(f"told after {took:.1f} s, at most {TOLD_S} s")
    expect(took <= TOLD_S + slack(0.5), f"told only after {took:.1f} s")
    lab.cpe.log.wait("vpn: SILENT_DATA: report", 2, line)
    expect(lab.cpe.status()["silent_data_since_ms"] is not None, f"STATUS says {lab.cpe.status()}")
    text = lab.cpe.events.ok("EXPLAIN vpn")["text"]
    expect(re.search(r" Packets go out through it, and none have come in since [^;]*\. ", text), text)
    hold(lambda: not lab.moves(mark), 2, lambda: f"moved: {lab.moves(mark)}")
    mark = lab.cpe.events.mark()
    lab.gateway(1).heal()
    ping.wait_answers(1)
    told(lab, "resume", 1, mark, 3)
    expect(lab.cpe.status()["silent_data_since_ms"] is None, f"STATUS says {lab.cpe.status()}")


def move(lab, ping):
    lab.cpe.apply(lab.cpe.connection(dpd={"delay": 0}, failover=MOVE))
    ping.wait_answers(5)
    mark, began = lab.cpe.events.mark(), time.time()
    lab.gateway(1).lose_esp()
    told(lab, "move", 1, mark, MOVED_S)
    lab.wait_up(2, mark=mark)
    ping.wait_answers(1, after=began + 1)
    took = ping.outage(began)
    event, = lab.cpe.events.since(mark, "segw_failover", connection="vpn")
    print(f"SEGW 2 carries after {took:.1f} s, {event['cause']}, at most {MOVED_S} s")
    expect(event["cause"] == "DATA_PLANE", f"odd event {event}")
    expect(took <= slack(MOVED_S), f"only after {took:.1f} s")
    until(lambda: [e["action"] for e in lab.cpe.events.since(mark, "segw_silent_data")] == ["move", "resume"], 3, "packets to come in again")
    lab.gateway(1).heal()


def site(lab, answers):
    """The host behind both SEGWs answers ping, or does not."""
    for number in (1, 2):
        lab.gateway(number).namespace.run("sh", "-c", f"echo {int(not answers)} >/proc/sys/net/ipv4/icmp_echo_ignore_all")


def settle(lab):
    site(lab, answers=False)
    mark = lab.cpe.events.mark()
    lab.wait_up(1, mark=mark, seconds=MOVED_S + 5)
    until(lambda: [e["action"] for e in lab.cpe.events.since(mark, "segw_silent_data")] == ["move", "settle"], MOVED_S + 5,
          lambda: f"move, settle: {lab.cpe.events.since(mark, 'segw_silent_data')}")
    text = lab.cpe.events.ok("EXPLAIN vpn")["text"]
    expect(re.search(r" none have come in since [^;]*; through the other SEGWs as well, so it stays here\.", text), text)
    mark = lab.cpe.events.mark()
    hold(lambda: not lab.moves(mark), SETTLED_S, lambda: f"moved: {lab.moves(mark)}")
    print(f"the host behind both is dead: SEGW 1 was tried, no move in {SETTLED_S} s")
    mark = lab.cpe.events.mark()
    site(lab, answers=True)
    told(lab, "resume", 1, mark, 3)


def play(lab):
    lab.up(lab.cpe.connection(dpd={"delay": 0}))
    ping = lab.ping()
    ping.wait_answers(5)
    report(lab, ping)
    move(lab, ping)
    settle(lab)
    ping.stop()
    return {"vpn": 1}
