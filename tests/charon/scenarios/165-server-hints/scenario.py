"""A SEGW's own word of its load: see description.txt."""

from lab.busy import Busy
from lab.wait import expect, slack

SLOW = True
RUNNING = (2,)
ASKED_S = 8.0
TIMER = 0b011_00100             # GPRS timer 3: four times two seconds
LATE_S = slack(1.0)
FAILOVER = {"failback": "hold_down", "hold_down_ms": 1000, "hold_down_limit_ms": 1000}


def play(lab):
    busy = Busy(lab.gateway(1), TIMER)
    lab.gateway(1).come_back()
    lab.cpe.start()
    line = lab.cpe.log.mark()
    lab.cpe.apply(lab.cpe.connection(failover=FAILOVER))
    lab.wait_up(2)
    refused = lab.cpe.events.wait("segw_failover", 5, connection="vpn")
    first, second = lab.cpe.status()["segws"]
    expect((first["hint"], second["hint"]) == ("BACKOFF_TIMER", None), f"hints: {first}, {second}")
    asked = (first["rests_until_ms"] - refused["time_ms"]) / 1000
    expect(ASKED_S - 0.1 <= asked <= ASKED_S * 9 / 8, f"left alone for {asked:g} s")
    expect(first["barred_until_ms"] is None, f"barred for one refusal: {first}")
    lab.cpe.log.wait(r"vpn: 10\.9\.0\.1 asks for \d+ s without a dial: BACKOFF_TIMER", 5, line)
    text = lab.cpe.events.ok("EXPLAIN vpn")["text"]
    expect("asks with BACKOFF_TIMER not to be dialled for another" in text, text)
    busy.relax()

    lab.cpe.events.wait("segw_failback", ASKED_S + 5, connection="vpn")
    (began, *_, to), *_, (again, *_, back) = lab.cpe.initiations(line)
    print(f"SEGW 1 asked for {ASKED_S:g} s, left alone for {asked:.2f} s, dialled again {again - began:.2f} s after the first time")
    expect((to, back) == ("10.9.0.1", "10.9.0.1") and len(lab.cpe.initiations(line)) == 3, f"dialled {lab.cpe.initiations(line)}")
    expect(ASKED_S - 0.1 <= again - began <= ASKED_S * 9 / 8 + LATE_S, f"dialled again after {again - began:.2f} s")
    expect(lab.cpe.status()["segws"][0]["hint"] is None, f"it came up: {lab.cpe.status()['segws'][0]}")
    return {"vpn": 1}
