"""Adopted with a dead SEGW at the start: see description.txt."""

import pytest

from lab.wait import expect, hold, slack

RUNNING = (2,)
SCAN_S, SLACK_S = 1.0, slack(0.5)
QUIET_S = 3
INIT_S = 4.0                # init_timeout_ms by default
CHARON = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None}     # its defaults


def plugin(**failover):
    return {**CHARON, "plugins": {"extsock": {"adopt": True, **({"failover": failover} if failover else {})}}}


@pytest.mark.parametrize("cpe", [plugin(connect_timeout_ms=2000), plugin()], ids=["two-seconds", "by-default"])
def play(lab):
    failover = lab.cpe.settings["plugins"]["extsock"].get("failover", {})
    connect_s = failover.get("connect_timeout_ms", 1000 * INIT_S) / 1000
    lab.cpe.stock_connections = lab.cpe.stock_conf(lab.cpe.stock_connection(
        1, name="vpn", remote_addrs="10.9.0.1,10.9.0.2", keyingtries=0, children={"net-1": {"start_action": "start"}}))
    lab.cpe.start()
    lab.wait_up(2)
    began, *_, first = lab.cpe.initiations()[0]
    up = lab.cpe.events.wait("tunnel_up", 1, ike_sa_name="vpn")["arrived"]
    adopted = lab.cpe.events.wait("segw_adopted", 1, connection="vpn")["arrived"]
    limit = connect_s + SLACK_S + SCAN_S
    print(f"adopted {adopted - began:+.2f} s after the dial of SEGW 1, SEGW 2 carries {up - began:.2f} s after it, "
          f"{connect_s:g} s configured, at most {limit:g} s")
    expect(first == "10.9.0.1", f"SEGW 1 was to be dialled first: {lab.cpe.initiations()}")
    expect(up - began <= limit, f"{up - began:.2f} s, more than {limit:g}")
    event, = lab.cpe.events.since(0, "segw_failover", connection="vpn")
    expect((event["from"], event["to"], event["cause"]) == ("10.9.0.1", "10.9.0.2", "CONNECT_TIMEOUT"), f"odd event {event}")
    hold(lambda: len(lab.cpe.initiations()) == 2 and lab.picture() == [("vpn", "2", "ESTABLISHED", ["INSTALLED"])], QUIET_S,
         lambda: f"dialled {lab.cpe.initiations()}, there is {lab.picture()}")
    lab.gateway(1).come_back()
    return {"vpn": 2}
