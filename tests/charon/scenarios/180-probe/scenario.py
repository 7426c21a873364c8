"""ESP is dead and IKE is not, and a ping through the tunnel notices: see description.txt."""

import time

from lab.probes import PROBE, probe_state, wait_probe
from lab.wait import expect, hold, slack, until

SLOW = True
CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None}     # charon's defaults
LOST_S = 3.2            # an interval of 2 s, and three waits of 0.4 s
DIAL_S = 1
QUIET_S = 5             # more than two intervals
BUSY_S = 9              # four and a half
ASKED_MAX = 2           # one before the first packet comes in, one after the last


def esp_dies(lab, number, other):
    """ESP through SEGW `number` dies; `other` carries, in the probe's time."""
    mark, line, began = lab.cpe.events.mark(), lab.cpe.log.mark(), time.time()
    lab.gateway(number).lose_esp()
    event = wait_probe(lab, "move", mark, LOST_S + 1)
    took = event["arrived"] - began
    expect(event["segw"] == f"10.9.0.{number}" and event["targets"] == "10.1.0.1", f"odd event {event}")
    print(f"SEGW {number}: ESP is dead, noticed after {took:.1f} s, at most {LOST_S} s")
    expect(took <= slack(LOST_S), f"noticed only after {took:.1f} s")
    lab.cpe.log.wait("vpn: PROBE: move", 2, line)
    lab.wait_up(other, mark=mark, seconds=DIAL_S + 5)
    event, = lab.cpe.events.since(mark, "segw_failover", connection="vpn")
    expect(event["cause"] == "DATA_PLANE", f"odd event {event}")
    wait_probe(lab, "resume", mark, LOST_S)
    probe_state(lab, "ANSWERS")
    lab.gateway(number).heal()


def cannot_be_asked(lab):
    mark = lab.cpe.events.mark()
    lab.cpe.apply(lab.cpe.connection(probe={**PROBE, "targets": ["10.77.0.1"]}))
    event = wait_probe(lab, "unasked", mark)
    expect(event["cause"] == "NO_SELECTOR", f"odd event {event}")
    probe_state(lab, "UNASKED", "NO_SELECTOR")
    mark = lab.cpe.events.mark()
    lab.cpe.namespace.ip("addr", "del", "10.2.0.1/32", "dev", "lo")
    lab.cpe.apply(lab.cpe.connection(probe=PROBE))
    event = wait_probe(lab, "unasked", mark)
    expect(event["cause"] == "NO_ADDRESS", f"odd event {event}")
    hold(lambda: len(lab.cpe.events.since(mark, "segw_probe")) == 1 and not lab.moves(mark), QUIET_S,
         lambda: f"more than one word: {lab.cpe.events.since(mark, 'segw_probe')}, {lab.moves(mark)}")
    lab.cpe.namespace.ip("addr", "add", "10.2.0.1/32", "dev", "lo")
    probe_state(lab, "ANSWERS")


def play(lab):
    lab.up(lab.cpe.connection(dpd={"delay": 0}, probe=PROBE))
    probe_state(lab, "ANSWERS")
    expect(not lab.cpe.events.since(0, "segw_probe"), "an answer that was expected is no news")
    esp_dies(lab, 1, 2)
    quiet, echoes = lab.cpe.events.mark(), lab.gateway(2).carried()
    ping = lab.ping()
    ping.wait_answers(1)
    hold(lambda: not lab.cpe.events.since(quiet, "segw_probe"), BUSY_S, "an event without a reason")
    ping.stop()
    asked = lab.gateway(2).carried() - echoes - ping.sent
    print(f"{BUSY_S} s of traffic: {asked} questions")
    expect(asked <= ASKED_MAX, f"{asked} questions in {BUSY_S} s although packets came in")
    ping = lab.ping()
    ping.wait_answers(5)
    esp_dies(lab, 2, 1)
    ping.stop()
    cannot_be_asked(lab)
    until(lambda: lab.cpe.status()["probe"]["targets"] == [{"target": "10.1.0.1", "answers": True}], 5, "the target's answer")
    return {"vpn": 1}
