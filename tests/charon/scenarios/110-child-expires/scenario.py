"""The end of a CHILD_SA that nobody rekeyed: see description.txt."""

import time

from lab.blame import Blame
from lab.wait import expect, until

SLOW = True
CPE = {"plugins": {"extsock": {"adopt": True, "failover": {"stable_ms": 0}}}}
LIFE_S = 4
AGAIN_S = 3         # until it is there again
UP = ("1", "ESTABLISHED", ["INSTALLED"])


def expires(lab, what):
    until(lambda: [row[1:] for row in lab.picture()] == [UP], 5, lambda: f"{what}: up: {lab.picture()}")
    blame, mark = Blame(lab), lab.cpe.events.mark()
    lab.cpe.events.wait("tunnel_down", LIFE_S + 6, mark)
    began = time.time()
    until(lambda: [row[1:] for row in lab.picture()] == [UP], AGAIN_S,
          lambda: f"{what}: again: {lab.picture()}, STATUS {lab.cpe.status()}")
    print(f"{what}: again after {time.time() - began:.2f} s")
    event = lab.cpe.events.wait("segw_child_down", 2, mark, connection="vpn")
    expect(event["cause"] == "EXPIRED", f"{what}: the event says {event}")
    blame.expect_none()


def play(lab):
    lab.cpe.stock_connections = lab.cpe.stock_conf(lab.cpe.stock_connection(1, name="vpn", remote_addrs="10.9.0.1,10.9.0.2", children={
        "net-1": {"start_action": "start", "close_action": "start", "rekey_time": 0, "life_time": f"{LIFE_S}s", "rand_time": 0}}))
    lab.cpe.start()
    lab.cpe.events.wait("segw_adopted", 5, connection="vpn")
    expires(lab, "adopted, life_time")
    lab.cpe.stock_connections = lab.cpe.stock_conf()
    lab.cpe.load()
    lab.cpe.swanctl("--terminate", "--ike", "vpn", check=False)
    until(lambda: not lab.cpe.sas(), 5, "the end")
    lab.cpe.events.wait("segw_released", 5, connection="vpn")
    for extra in ({"lifetime": {"rekey_time": 0, "life_time": LIFE_S}}, {"inactivity": LIFE_S}):
        lab.cpe.apply(lab.cpe.connection(children=[lab.cpe.child(close_action="start", **extra)]))
        expires(lab, f"applied, {extra}")
        lab.cpe.events.ok("REMOVE_CONFIG vpn")
        until(lambda: not lab.cpe.sas(), 5, "the end")
    return {}
