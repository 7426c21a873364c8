"""An adopted connection is dialled by charon without a network: see description.txt."""

import time

from lab.fault import BLAME
from lab.wait import expect, hold, slack, until

QUIET_S = 3         # longer than connect_timeout_ms
UP_MAX_S = slack(1.5)
CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None,     # charon's defaults
       "plugins": {"extsock": {"adopt": True, "failover": {"connect_timeout_ms": 2000, "stable_ms": 0}}}}


def held(lab, what, dial):
    """`dial` has charon dial without a network; then the link comes up."""
    mark = lab.cpe.events.mark() if lab.cpe.alive else 0
    line, began = lab.cpe.log.mark(), time.time()
    lab.cpe.link.down()
    dial()

    def told():
        return [e for e in lab.cpe.events.since(mark) if e["event"] in BLAME]
    event = lab.cpe.events.wait("segw_hold", QUIET_S, mark, connection="vpn")
    print(f"{what}: HOLD after {event['arrived'] - began:.2f} s")
    hold(lambda: not told(), QUIET_S, lambda: f"told {told()}")
    status = lab.cpe.status()
    expect(status["state"] == "HOLD", f"HOLD expected, STATUS says {status}")
    expect([s["failures"] for s in status["segws"]] == [0, 0], f"a SEGW is blamed: {status}")

    began = time.time()
    lab.cpe.link.up()
    lab.wait_up(1, mark=mark)
    took = lab.cpe.events.wait("tunnel_up", 1, mark)["arrived"] - began
    dialled = [to for *_, to in lab.cpe.initiations(line)]
    print(f"{what}: up {took:.2f} s after the link, at most {UP_MAX_S:g} s; dialled {dialled}")
    expect(took <= UP_MAX_S, f"up only after {took:.2f} s")
    expect(set(dialled) == {"10.9.0.1"} and not told(), f"dialled {dialled}, told {told()}")
    until(lambda: lab.cpe.status()["state"] == "ACTIVE", 2, lambda: f"ACTIVE: {lab.cpe.status()}")
    lab.expect_only({"vpn": 1})


def play(lab):
    lab.cpe.stock_connections = lab.cpe.stock_conf(lab.cpe.stock_connection(
        1, name="vpn", remote_addrs="10.9.0.1,10.9.0.2", keyingtries=0, children={"net-1": {"start_action": "start"}}))
    held(lab, "start_action", lab.cpe.start)
    lab.cpe.events.ok("TERMINATE vpn")
    until(lambda: lab.picture() == [], 5, lambda: f"the IKE_SA to end: {lab.picture()}")
    held(lab, "swanctl --initiate", lambda: lab.cpe.swanctl("--initiate", "--child", "net-1", "--timeout", "1", check=False))
    return {"vpn": 1}
