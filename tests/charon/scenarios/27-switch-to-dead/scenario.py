"""SWITCH to a dead SEGW, and away from there: see description.txt."""

import time

from lab.wait import expect, slack, until

GATEWAYS = 3
CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None}     # charon's defaults
TIMEOUT_S = 1.5
INTERVAL_S = 0.01


def switch(lab, target, state):
    mark, line = lab.cpe.events.mark(), lab.cpe.log.mark()
    lab.cpe.events.ok(f"SWITCH vpn {target}")
    status = lab.cpe.status()
    expect(status["state"] == state, f"SWITCH {target}: {state} expected, STATUS says {status}")
    return mark, line


def trial(lab, number):
    """Begin a trial of a dead SEGW and see it dialled."""
    mark, line = switch(lab, number - 1, "MOVING")
    until(lambda: [to for *_, to in lab.cpe.initiations(line)] == [f"10.9.0.{number}"], 5, f"a trial of SEGW {number}")
    return mark


def failed(lab, mark, source, target, cause):
    event = lab.cpe.events.wait("segw_move_failed", 5, mark, connection="vpn")
    expect((event["from"], event["to"], event["cause"]) == (f"10.9.0.{source}", f"10.9.0.{target}", cause), f"odd event {event}")
    lab.expect_only({"vpn": source})
    status = lab.cpe.status()
    expect((status["state"], status["active"]) == ("ACTIVE", source - 1), f"STATUS says {status}")
    expect(not lab.moves(mark), f"a move although SEGW {target} is dead: {lab.moves(mark)}")
    return event


def lossless(ping, begin, what):
    end = ping.wait_answers(1)[-1][0]
    ping.wait_answers(10, after=end)
    lost = ping.lost(begin, end)
    print(f"{what}: {len(lost)} packets lost of those sent in {end - begin:.2f} s")
    expect(not lost, f"{what}: packets {lost} lost")


def play(lab):
    lab.up(lab.cpe.connection((1, 2, 3), dpd={"delay": 0}, failover={"connect_timeout_ms": int(1000 * TIMEOUT_S)}))
    lab.gateway(2).silence()
    ping = lab.ping(interval=INTERVAL_S)
    begin = ping.wait_answers(5)[-1][0]

    asked = time.time()                 # before charon has a key and says that it dials
    mark = trial(lab, 2)
    took = failed(lab, mark, 1, 2, "CONNECT_TIMEOUT")["arrived"] - asked
    print(f"SEGW 2 given up after {took:.2f} s, configured {TIMEOUT_S:g} s")
    expect(TIMEOUT_S - 0.1 <= took <= TIMEOUT_S + slack(0.5), f"given up after {took:.2f} s, configured {TIMEOUT_S:g} s")

    mark = trial(lab, 2)                # called off by its own way back
    switch(lab, "primary", "ACTIVE")
    failed(lab, mark, 1, 2, "OPERATOR")
    lossless(ping, begin, "two trials of a dead SEGW")

    mark = trial(lab, 2)                # replaced by one that comes up
    lab.cpe.events.ok("SWITCH vpn 2")
    lab.cpe.events.wait("segw_switch", 5, mark, connection="vpn")
    lab.wait_up(3, mark=mark)
    until(lambda: not lab.gateway(1).sas(), 5, lambda: f"SEGW 1 to be left clean: {lab.gateway(1).sas()}")
    expect(lab.moves(mark) == [("segw_switch", "10.9.0.1", "10.9.0.3")], f"one switch expected, heard {lab.moves(mark)}")

    begin = ping.wait_answers(1)[-1][0]
    mark = trial(lab, 2)
    failed(lab, mark, 3, 2, "CONNECT_TIMEOUT")
    lossless(ping, begin, "one more")

    mark = trial(lab, 2)                # and the active one is lost meanwhile
    lab.gateway(3).delete_ike_sas()
    lab.wait_up(1, mark=mark)
    expect(lab.moves(mark) == [("segw_failover", "10.9.0.3", "10.9.0.2"), ("segw_failover", "10.9.0.2", "10.9.0.1")],
           f"on to the trial's SEGW, and on from there; heard {lab.moves(mark)}")
    ping.wait_answers(5)
    return {"vpn": 1}
