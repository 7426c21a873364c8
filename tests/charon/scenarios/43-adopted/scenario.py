"""A connection of swanctl.conf fails over: see description.txt."""

import time

from lab.wait import expect, hold, slack, until

SLOW = True
DETECTION_S = 4.0   # one interval, and three more
SLACK_S = slack(0.5)
FAR_S = 0.03        # the pinged host is behind the SEGWs: three packets are on their way at any moment
QUIET_S = 3         # longer than a backoff could be
ADOPT_MAX_S = slack(1.5)
CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None,     # charon's defaults
       "plugins": {"extsock": {
           "adopt": True,
           "failover": {"liveness_interval_ms": 1000, "liveness_misses": 3, "connect_timeout_ms": 1500, "stable_ms": 0,
                        "backoff_initial_ms": 500, "backoff_limit_ms": 1000, "failback": "off"},
           "connections": {"vpn": {"failback": "hold_down", "hold_down_ms": 3000}}}}}
CHILD = {"start_action": "start", "dpd_action": "restart", "close_action": "start"}


def stopped(lab, stop):
    """`stop` ends it, and it stays down."""
    line = lab.cpe.log.mark()
    stop()
    until(lambda: lab.picture() == [], 5, lambda: f"the IKE_SA to end: {lab.picture()}")
    hold(lambda: not lab.cpe.initiations(line), QUIET_S, lambda: f"dialled although stopped: {lab.cpe.initiations(line)}")
    expect(lab.cpe.status()["state"] == "STOPPED", f"STATUS says {lab.cpe.status()}")


def upon(lab, request, number):
    mark = lab.cpe.events.mark()
    lab.cpe.events.ok(request)
    lab.wait_up(number, mark=mark)


def failover_and_home(lab):
    ping = lab.ping(interval=0.01)
    ping.wait_answers(50)
    mark, died = lab.cpe.events.mark(), time.time()
    lab.gateway(1).die()
    lab.wait_up(2, mark=mark)
    ping.wait_answers(1)
    took = ping.outage(died)
    print(f"SEGW 1 dies: outage {took:.2f} s, detection {DETECTION_S} s configured")
    expect(took <= DETECTION_S + SLACK_S, f"{took:.2f} s, more than {DETECTION_S} + {SLACK_S}")

    begin = ping.wait_answers(5)[-1][0]
    lab.gateway(1).come_back()
    lab.cpe.events.wait("segw_failback", 15, mark, connection="vpn")
    lab.expect_only({"vpn": 1})
    until(lambda: not lab.gateway(2).sas(), 5, lambda: f"SEGW 2 to be left clean: {lab.gateway(2).sas()}")
    end = ping.wait_answers(1)[-1][0]
    ping.wait_answers(10, after=end)
    lost = ping.lost(begin, end)
    print(f"failback: {len(lost)} packets lost of those sent in {end - begin:.1f} s")
    expect(not lost, f"packets {lost} lost")
    expect(lab.moves(mark) == [("segw_failover", "10.9.0.1", "10.9.0.2"), ("segw_failback", "10.9.0.2", "10.9.0.1")],
           f"a failover and a failback expected, heard {lab.moves(mark)}")
    ping.stop()


def play(lab):
    for gateway in lab.gateways.values():
        gateway.far(FAR_S)
    lab.cpe.stock_connections = lab.cpe.stock_conf(lab.cpe.stock_connection(
        1, name="vpn", remote_addrs="10.9.0.1,10.9.0.2", keyingtries=0, dpd_delay="30s", children={"net-1": CHILD}))
    began = time.time()
    lab.cpe.start()
    lab.wait_up(1)
    adopted = lab.cpe.events.wait("segw_adopted", 5, connection="vpn")["arrived"]
    first = lab.cpe.initiations()[0][0]
    print(f"adopted {adopted - first:+.2f} s after the first dial, {adopted - began:.2f} s after charon's start")
    expect(adopted - first <= ADOPT_MAX_S, f"adopted only after {adopted - first:.2f} s")
    until(lambda: lab.cpe.status()["state"] == "ACTIVE", 2, lambda: f"ACTIVE: {lab.cpe.status()}")
    status = lab.cpe.status()
    expect(status["adopted"] and status["active"] == 0 and [s["address"] for s in status["segws"]] == ["10.9.0.1", "10.9.0.2"], f"STATUS says {status}")
    failover_and_home(lab)

    mark, line = lab.cpe.events.mark(), lab.cpe.log.mark()
    lab.gateway(1).delete_ike_sas()     # close_action asks charon to dial SEGW 1 again
    lab.wait_up(2, mark=mark)
    expect([to for *_, to in lab.cpe.initiations(line)] == ["10.9.0.2"], f"dialled {lab.cpe.initiations(line)}")
    upon(lab, "SWITCH vpn primary", 1)
    upon(lab, "SWITCH vpn secondary", 2)
    upon(lab, "SWITCH vpn primary", 1)
    stopped(lab, lambda: lab.cpe.events.ok("TERMINATE vpn"))
    upon(lab, "INITIATE vpn", 1)
    reply = lab.cpe.events.request("REMOVE_CONFIG vpn")
    expect(reply["ok"] is False and reply["error"], f"REMOVE_CONFIG should be refused: {reply}")
    print(f"REMOVE_CONFIG: {reply['error']}")
    lab.expect_only({"vpn": 1})
    stopped(lab, lambda: lab.cpe.swanctl("--terminate", "--ike", "vpn"))
    upon(lab, "INITIATE vpn", 1)
    return {"vpn": 1}
