"""The SEGW restarts and dials: see description.txt."""

import time

from lab.blame import Blame
from lab.wait import expect, slack, until

SLOW = True
CPE = {"plugins": {"extsock": {"adopt": True, "failover": {"stable_ms": 0}}}}
SILENT_MAX_S = slack(1.5)       # the restart of its daemon
STAY_S = 4


def restarts(lab, what):
    ping = lab.ping()
    ping.wait_answers(5)
    blame, began = Blame(lab), time.time()
    lab.gateway(1).forget()
    lab.gateway(1).dial()
    blame.expect_none(STAY_S)
    lab.expect_only({"vpn": 1}, seconds=12)
    status = lab.cpe.wait_status(state="ACTIVE", active=0)
    until(lambda: len(lab.cpe.status()["ike_sas"]) == 1, 2, lambda: f"STATUS to know of one IKE_SA: {status}")
    last, first, _ = ping.gap(began)
    print(f"{what}: silent for {first - last:.2f} s, at most {SILENT_MAX_S:g} s")
    expect(first - last <= SILENT_MAX_S, f"silent for {first - last:.2f} s")
    ping.stop()
    blame.expect_none()


def play(lab):
    lab.gateway(1).able_to_dial()
    lab.up()
    restarts(lab, "applied")
    lab.cpe.events.ok("REMOVE_CONFIG vpn")
    until(lambda: not lab.cpe.sas(), 5, "the end of the client's connection")
    mark = lab.cpe.events.mark()
    lab.cpe.stock_connections = lab.cpe.stock_conf(lab.cpe.stock_connection(
        1, name="vpn", remote_addrs="10.9.0.1,10.9.0.2", children={"net-1": {"start_action": "start", "close_action": "start"}}))
    lab.cpe.load()
    lab.wait_up(1, mark=mark)
    lab.cpe.events.wait("segw_adopted", 5, mark, connection="vpn")
    restarts(lab, "adopted")
    return {"vpn": 1}
