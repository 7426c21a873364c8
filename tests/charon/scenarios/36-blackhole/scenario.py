"""A blackholed SEGW, up and while dialled: see description.txt."""

import time

from lab.wait import expect, slack, until

CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None}     # charon's defaults
LIVENESS_S = 4.0    # one interval, and three more
CONNECT_S = 2.0
SLACK_S = slack(0.5)       # from detection to the first packet through the next SEGW
NEAR_MS = slack(300)       # two times of the same thing, told in two places
FAILOVER = {"liveness_interval_ms": 1000, "liveness_misses": 3, "connect_timeout_ms": int(1000 * CONNECT_S)}


def outage(lab, ping, what, break_it, cause, configured):
    """SEGW 1 keeps silent from `break_it` on; a row of the table."""
    mark, line = lab.cpe.events.mark(), lab.cpe.log.mark()
    began = time.time()
    break_it()
    lab.wait_up(2, mark=mark)
    ping.wait_answers(1)
    took = ping.outage(began)
    event, = lab.cpe.events.since(mark, "segw_failover", connection="vpn")
    print(f"{what:<10}  noticed after {event['arrived'] - began:.2f} s, outage {took:.2f} s, {configured:.2f} s configured, {event['cause']}")
    expect((event["from"], event["to"], event["cause"]) == ("10.9.0.1", "10.9.0.2", cause), f"odd event {event}")
    expect(took <= configured + SLACK_S, f"{what}: {took:.2f} s, more than {configured} + {SLACK_S}")
    expect([to for *_, to in lab.cpe.initiations(line)][-1] == "10.9.0.2", f"dialled {lab.cpe.initiations(line)}")
    return event


def fields(lab, lost):
    """STATUS and HISTORY after SEGW 1 was lost by the event `lost`."""
    records = lab.cpe.events.ok("HISTORY vpn")["connections"][0]["records"]
    expect([(r["kind"], r["from"], r["to"], r["cause"]) for r in records] ==
           [("START", None, 0, None), ("UP", None, 0, None), ("FAILOVER", 0, 1, "LIVENESS"), ("UP", None, 1, None)],
           f"HISTORY says {records}")
    _, up, failed, up_next = (r["time_ms"] for r in records)
    first, second = lab.cpe.status()["segws"]
    expect((first["causes"], second["causes"]) == ({"LIVENESS": 1}, {}), f"causes: STATUS says {first}, {second}")
    expect(abs(first["connected_ms"] - (failed - up)) <= NEAR_MS, f"SEGW 1 carried {failed - up} ms: {first}")
    expect(abs(first["changed_ms"] - lost["time_ms"]) <= NEAR_MS, f"SEGW 1 failed at {lost['time_ms']}: {first}")
    expect(abs(second["changed_ms"] - up_next) <= NEAR_MS, f"SEGW 2 came up at {up_next}: {second}")
    before = lab.cpe.events.ok("STATUS vpn")
    until(lambda: lab.cpe.status()["segws"][1]["connected_ms"] > before["connections"][0]["segws"][1]["connected_ms"], 2,
          "the time that SEGW 2 has carried to go on")
    now = lab.cpe.events.ok("STATUS vpn")
    second = now["connections"][0]["segws"][1]
    expect(abs(second["connected_ms"] - (now["now_ms"] - up_next)) <= NEAR_MS, f"SEGW 2 carries since {up_next}: {now}")
    expect(now["connections"][0]["segws"][0] == first, f"what SEGW 1 did went on: {now}")
    print(f"STATUS: SEGW 1 carried {first['connected_ms']} ms, {first['causes']}; SEGW 2 {second['connected_ms']} ms")


def play(lab):
    lab.up(lab.cpe.connection(dpd={"delay": 0}, failover=FAILOVER))
    ping = lab.ping(interval=0.02)
    ping.wait_answers(25)
    lost = outage(lab, ping, "up", lab.gateway(1).silence, "LIVENESS", LIVENESS_S)
    fields(lab, lost)

    lab.cpe.events.ok("TERMINATE vpn")
    until(lambda: lab.picture() == [], 5, lambda: f"the IKE_SA to end: {lab.picture()}")
    outage(lab, ping, "connecting", lambda: lab.cpe.events.ok("INITIATE vpn"), "CONNECT_TIMEOUT", CONNECT_S)
    causes = lab.cpe.status()["segws"][0]["causes"]
    expect(causes == {"LIVENESS": 1, "CONNECT_TIMEOUT": 1}, f"causes of SEGW 1: {causes}")
    ping.stop()
    lab.gateway(1).heal()
    return {"vpn": 2}
