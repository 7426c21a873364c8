"""One child of three is refused: see description.txt."""

import json
import re

from lab.blame import Blame
from lab.gateway import site
from lab.wait import expect, until

NETS, REFUSED = (0, 1, 9), 9
STAY_S = 6          # longer than it takes to ask again


def installed(lab):
    return [(sa["remote-host"].rpartition(".")[2], sorted(c["name"] for c in sa.get("child-sas", {}).values() if c["state"] == "INSTALLED"))
            for _, sa in lab.cpe.sas()]


def play(lab):
    lab.gateway(1).one_connection([net for net in NETS if net != REFUSED])
    lab.gateway(2).one_connection(NETS)
    for namespace, address in ((lab.gateway(2).namespace, site(REFUSED)), (lab.cpe.namespace, f"10.2.{REFUSED}.1")):
        namespace.ip("addr", "add", f"{address}/32", "dev", "lo")
    lab.cpe.start()
    blame = None
    lab.cpe.apply(lab.cpe.connection(children=[lab.cpe.child(net, name=f"net{net}") for net in (0, REFUSED, 1)]))
    until(lambda: installed(lab) == [("1", ["net0", "net1"])], 5, lambda: f"two of three: {installed(lab)}")
    blame = Blame(lab)
    blame.expect_none(STAY_S)
    expect(installed(lab) == [("1", ["net0", "net1"])], f"not stable: {installed(lab)}")
    heard = [event for event in lab.cpe.events.since(0) if "FAILED" in str(event.get("alert")) or "refused" in event["event"]]
    expect(any(f"net{REFUSED}" in event.values() for event in heard), f"no event names the child: {heard}")
    status = lab.cpe.status()
    expect(f"net{REFUSED}" in json.dumps(status), f"STATUS does not name the child: {status}")
    explained = lambda: lab.cpe.events.ok("EXPLAIN vpn")["text"]
    until(lambda: re.search(rf" CHILD_SA net{REFUSED} is not up: CHILD_FAILED, asked for again in \d", explained()), 5, explained)
    lab.gateway(1).die()
    until(lambda: installed(lab) == [("2", [f"net{net}" for net in NETS])], 12, lambda: f"all three on SEGW 2: {installed(lab)}")
    lab.cpe.events.ok("REMOVE_CONFIG vpn")
    until(lambda: not lab.cpe.sas(), 5, "the end")
    return {}
