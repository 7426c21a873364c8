"""Many connections and one slow name: see description.txt."""

import time

from lab.slow_dns import SlowDns
from lab.wait import expect, hold, slack, until

THREADS = 16
COUNTS = (8, 12, 16)
CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None, "threads": THREADS}
FAILOVER = {"liveness_interval_ms": 1000, "liveness_misses": 3}
ANSWER_MAX_S = slack(0.3)
LOOKS_S = 2.5       # in which each connection is looked at twice


def version(lab):
    """How long VERSION takes."""
    asked = time.monotonic()
    lab.cpe.events.ok("VERSION", 60)
    return time.monotonic() - asked


def play(lab):
    slow = SlowDns(lab)
    lab.cpe.start()
    # One identity, and an IKE_SA each that does not end the others (INITIAL_CONTACT).
    connections = [{**lab.cpe.connection(dpd={"delay": 0}, failover=FAILOVER), "name": f"vpn{number}" if number else "vpn", "unique": "never"}
                   for number in range(max(COUNTS))]
    for before, count in zip((0, *COUNTS), COUNTS):
        lab.cpe.apply(*connections[before:count])
        until(lambda: all(c["state"] == "ACTIVE" for c in lab.cpe.events.ok("STATUS")["connections"]), 15, "all to be up")
        slow.dial()
        took = []
        hold(lambda: took.append(version(lab)) or True, LOOKS_S, "")
        slow.expect_waiting()
        print(f"{count} connections, {THREADS} threads: VERSION after at most {max(took):.3f} s of {len(took)}, at most {ANSWER_MAX_S:g} s")
        expect(max(took) <= ANSWER_MAX_S, f"with {count} connections VERSION took {max(took):.2f} s")
        slow.end()
    for connection in connections[1:]:
        lab.cpe.events.ok(f"REMOVE_CONFIG {connection['name']}")
    return {"vpn": 1}
