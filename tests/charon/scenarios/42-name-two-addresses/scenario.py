"""Two addresses behind one name: see description.txt."""

import time

from lab.wait import expect, slack, until

GATEWAYS = 3
CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None}     # charon's defaults
PAIR, NEXT = "pair.example", "10.9.0.3"
CONNECT_S, LIVENESS_S = 2.0, 2.0        # of liveness: two intervals
SLACK_S = slack(0.5)
FAILOVER = {"connect_timeout_ms": int(1000 * CONNECT_S), "liveness_interval_ms": 1000, "liveness_misses": 1}


def moved(lab, ping, what, act, number, cause, configured):
    """After `act` SEGW `number` carries in time; the addresses dialled until then."""
    mark, line, began = lab.cpe.events.mark(), lab.cpe.log.mark(), time.time()
    act()
    lab.wait_up(number, mark=mark)
    ping.wait_answers(1)
    took = ping.outage(began)
    print(f"{what}: outage {took:.2f} s, {configured:.2f} s configured")
    expect(took <= configured + SLACK_S, f"{what}: {took:.2f} s, more than {configured} + {SLACK_S}")
    if number == 3:
        expect(not lab.cpe.events.since(mark, "segw_next_address"), "an address that was tried already")
        event, = lab.cpe.events.since(mark, "segw_failover", connection="vpn")
        expect((event["from"], event["to"], event["cause"]) == (PAIR, NEXT, cause), f"odd event {event}")
    else:
        expect(not lab.moves(mark), f"another SEGW was dialled: {lab.moves(mark)}")
        event, = lab.cpe.events.since(mark, "segw_next_address", connection="vpn")
        expect((event["from"], event["to"], event["cause"]) == (PAIR, PAIR, cause), f"odd event {event}")
    until(lambda: lab.cpe.status()["state"] == "ACTIVE", 2, lambda: f"ACTIVE: {lab.cpe.status()}")
    return [to for *_, to in lab.cpe.initiations(line)]


def play(lab):
    lab.cpe.resolves({PAIR: ["10.9.0.1", "10.9.0.2"]})
    lab.gateway(1).silence()
    lab.cpe.start()
    ping = lab.ping()
    connection = lab.cpe.connection((PAIR, 3), dpd={"delay": 0}, failover=FAILOVER)
    tos = moved(lab, ping, "first address dead", lambda: lab.cpe.apply(connection), 2, "CONNECT_TIMEOUT", CONNECT_S)
    expect(tos == ["10.9.0.1", "10.9.0.2"], f"dialled {tos}")
    expect(lab.cpe.status()["active"] == 0, f"the name should be active: {lab.cpe.status()}")
    kinds = [r["kind"] for r in lab.cpe.events.ok("HISTORY vpn")["connections"][0]["records"]]
    expect(kinds == ["START", "ADDRESS", "UP"], f"HISTORY says {kinds}")

    tos = moved(lab, ping, "then the second dies", lab.gateway(2).silence, 3, "LIVENESS", LIVENESS_S)
    expect(tos == ["10.9.0.3"], f"dialled {tos}")

    lab.cpe.events.ok("TERMINATE vpn")
    until(lambda: lab.picture() == [], 5, lambda: f"the IKE_SA to end: {lab.picture()}")
    for number in (1, 2):
        lab.gateway(number).heal()
    mark = lab.cpe.events.mark()
    lab.cpe.events.ok("INITIATE vpn")
    lab.wait_up(1, mark=mark)
    ping.wait_answers(5)
    tos = moved(lab, ping, "first address dies", lab.gateway(1).silence, 2, "LIVENESS", LIVENESS_S)
    expect(tos == ["10.9.0.2"], f"dialled {tos}")
    ping.stop()
    lab.gateway(1).heal()
    return {"vpn": 2}
