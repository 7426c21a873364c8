"""Adopted connections change: see description.txt."""

import time

from lab.settings import merged
from lab.wait import expect, hold, slack, until

SLOW = True
GATEWAYS = 3
SLOW_S, FAST_S = 2.0, 0.6        # of liveness: two intervals
SLACK_S = slack(0.5)
FOLLOW_S = 2.5                  # a look at the configuration each second, and a dial
QUIET_S = 3
CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None,     # charon's defaults
       "plugins": {"extsock": {"adopt": True, "failover": {
           "liveness_interval_ms": 1000, "liveness_misses": 1, "connect_timeout_ms": 1500, "stable_ms": 0}}}}


def load(lab, *segws, start="start"):
    """swanctl.conf has the connection with these SEGWs, or with none not at all."""
    remote = ",".join(f"10.9.0.{number}" for number in segws)
    both = [lab.cpe.stock_connection(1, name="vpn", remote_addrs=remote, dpd_delay=0, children={"net-1": {"start_action": start}})]
    lab.cpe.stock_connections = lab.cpe.stock_conf(*(both if segws else []))
    if lab.cpe.alive:
        lab.cpe.load()


def follows(lab, *segws):
    """swanctl.conf has these SEGWs: the plugin knows it, and the first of them carries, by exactly one IKE_SA."""
    wanted = [f"10.9.0.{number}" for number in segws]
    began = time.time()
    load(lab, *segws)

    def settled():
        status = lab.cpe.status()
        return [s["address"] for s in status["segws"]] == wanted and (status["state"], status["active"]) == ("ACTIVE", 0)
    until(settled, FOLLOW_S + 2, lambda: f"the list {wanted}, ACTIVE on the first: {lab.cpe.status()}")
    took = time.time() - began
    print(f"list {', '.join(wanted)} followed and up after {took:.2f} s, at most {FOLLOW_S} s")
    expect(took <= slack(FOLLOW_S), f"the new list was followed only after {took:.2f} s")
    lab.expect_only({"vpn": segws[0]})


def dies(lab, dying, heir, configured):
    """SEGW `dying`, which carries, keeps silent; `heir` carries in time."""
    ping = lab.ping(interval=0.02)
    ping.wait_answers(5)
    mark, died = lab.cpe.events.mark(), time.time()
    lab.gateway(dying).silence()
    lab.wait_up(heir, mark=mark)
    ping.wait_answers(1)
    took = ping.outage(died)
    print(f"SEGW {dying} dies, SEGW {heir} carries: outage {took:.2f} s, detection {configured} s configured")
    expect(configured - 0.7 <= took <= configured + SLACK_S, f"{took:.2f} s, {configured} s configured")
    event, = lab.cpe.events.since(mark, "segw_failover", connection="vpn")
    expect((event["from"], event["to"], event["cause"]) == (f"10.9.0.{dying}", f"10.9.0.{heir}", "LIVENESS"), f"odd event {event}")
    ping.stop()
    lab.gateway(dying).heal()


def policy(lab, keys):
    """strongswan.conf has these keys for adopted connections; nothing moves by it."""
    line = lab.cpe.log.mark()
    lab.cpe.settings = merged(lab.cpe.settings, {"plugins": {"extsock": {"failover": keys}}})
    lab.cpe.reload_settings()
    hold(lambda: not lab.cpe.initiations(line), 1.2, lambda: f"a policy that changed made dials: {lab.cpe.initiations(line)}")


def known(lab):
    return [each["connection"] for each in lab.cpe.events.ok("STATUS")["connections"]]


def released(lab):
    """Not in swanctl.conf any more, though its IKE_SA stays: nothing is done when that is lost."""
    load(lab, 2, 1, start="none")
    until(lambda: lab.cpe.status()["segws"][0]["address"] == "10.9.0.2", 3, lambda: f"the new list: {lab.cpe.status()}")
    # charon may have begun to end what is not to be up by itself any more.
    if until(lambda: (there := lab.picture()) in ([], [("vpn", "2", "ESTABLISHED", ["INSTALLED"])]) and [there], 5,
             lambda: f"the IKE_SA to stay or to be gone: {lab.picture()}") == [[]]:
        lab.cpe.swanctl("--initiate", "--child", "net-1")
    lab.expect_only({"vpn": 2})
    mark, line = lab.cpe.events.mark(), lab.cpe.log.mark()
    load(lab)
    lab.cpe.events.wait("segw_released", 3, mark, connection="vpn")
    expect(known(lab) == [], f"STATUS still has {known(lab)}")
    lab.expect_only({"vpn": 2})
    lab.gateway(2).delete_ike_sas()
    until(lambda: lab.picture() == [], 5, lambda: f"the IKE_SA to end: {lab.picture()}")
    hold(lambda: not lab.cpe.initiations(line), QUIET_S, lambda: f"dialled although released: {lab.cpe.initiations(line)}")
    expect(not lab.moves(mark), f"moved although released: {lab.moves(mark)}")


def play(lab):
    load(lab, 1, 2)
    lab.cpe.start()
    lab.cpe.events.wait("segw_adopted", 3, connection="vpn")
    follows(lab, 1, 2)
    follows(lab, 1, 3)
    dies(lab, 1, 3, SLOW_S)
    lab.cpe.events.ok("SWITCH vpn primary")
    lab.expect_only({"vpn": 1})

    follows(lab, 3, 2)      # without SEGW 1, which is active
    policy(lab, {"liveness_interval_ms": 300})
    dies(lab, 3, 2, FAST_S)
    line = lab.cpe.log.mark()
    policy(lab, {"liveness_interval_ms": 60000, "liveness_misses": "few"})      # refused: the one before counts
    told, _ = lab.cpe.log.wait("liveness_misses", 2, line)
    print(f"charon's log: {told.text}")

    released(lab)
    mark = lab.cpe.events.mark()
    load(lab, 2, 1)         # with a policy that is none, and none from before
    lab.wait_up(2, mark=mark)
    hold(lambda: known(lab) == [], FOLLOW_S, "adopted with a policy that is none")
    policy(lab, {"liveness_interval_ms": 300, "liveness_misses": 1})
    lab.cpe.events.wait("segw_adopted", 1, mark, connection="vpn")
    until(lambda: lab.cpe.status()["state"] == "ACTIVE", 1, lambda: f"ACTIVE: {lab.cpe.status()}")
    dies(lab, 2, 1, FAST_S)
    return {"vpn": 1}
