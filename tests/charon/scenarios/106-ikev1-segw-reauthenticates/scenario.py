"""IKEv1, reauthentication by the SEGW: see description.txt."""

import json

from lab.blame import Blame
from lab.wait import Skipped, expect, until

SLOW = True
FAILOVER = {"liveness_interval_ms": 500, "liveness_misses": 2}
STAY_S = 5          # longer than liveness waits


def play(lab):
    for gateway in lab.gateways.values():
        gateway.able_to_dial(version=1)
    lab.cpe.start()
    connection = lab.cpe.connection(ike_cfg={"version": 1}, dpd={"delay": 0}, failover=FAILOVER)
    reply = lab.cpe.events.request("APPLY_CONFIG " + json.dumps(connection))
    if "built without IKEv1" in reply.get("error", ""):
        raise Skipped(reply["error"])
    expect(reply["ok"], f"{reply}")
    lab.wait_up(1)
    blame, mark = Blame(lab), lab.cpe.events.mark()
    lab.gateway(1).reauthenticate()
    until(lambda: len(lab.picture()) == 2 or lab.cpe.events.since(mark, "ike_rekey"), 5, "the SEGW's IKE_SA")
    blame.expect_none(STAY_S)
    lab.expect_only({"vpn": 1}, seconds=12)
    expect(lab.cpe.status()["active"] == 0, f"STATUS says {lab.cpe.status()}")

    mark = lab.cpe.events.mark()
    lab.gateway(1).die()
    lab.wait_up(2, mark=mark)
    expect(len(lab.moves(mark)) == 1, f"one move expected, heard {lab.moves(mark)}")
    return {"vpn": 2}
