"""A client that never reads: see description.txt."""

import json
import time

from lab.extsock import Extsock
from lab.wait import expect, slack

ROUNDS = 2000       # two events each: more than any socket buffer and bounded queue should hold
ANSWER_MAX_S = slack(0.5)


def play(lab):
    lab.up()
    sleeper = Extsock(lab.cpe.socket_path, read=False)
    sleeper.send("STATUS\n")
    idle = lab.cpe.connection((1, 2), net=1, children=[lab.cpe.child(1, start_action="none")])
    idle["name"] = "idle"
    text = "APPLY_CONFIG " + json.dumps(idle)
    mark, slowest = lab.cpe.events.mark(), 0
    for _ in range(ROUNDS):
        for request in (text, "REMOVE_CONFIG idle"):
            began = time.monotonic()
            lab.cpe.events.ok(request)
            slowest = max(slowest, time.monotonic() - began)
    expect(slowest < ANSWER_MAX_S, f"beside a sleeping client an answer took {slowest:.3f} s")
    heard = [e["event"] for e in lab.cpe.events.since(mark) if e.get("connection") == "idle"]
    expect(heard.count("config_applied") == heard.count("config_removed") == ROUNDS, f"the other client heard {len(heard)} events")

    mark = lab.cpe.events.mark()
    lab.gateway(1).delete_ike_sas()
    lab.wait_up(2, mark=mark, seconds=5)

    sleeper.wake()
    told = sleeper.wait("missed", 5)
    heard = sleeper.since(0, connection="idle")
    expect(told["count"] + len(heard) >= 2 * ROUNDS, f"of {2 * ROUNDS} events it heard {len(heard)} and was told of {told['count']}")
    return {"vpn": 2}
