"""One lost packet is no dead SEGW: see description.txt."""

from lab.gateway import ALIVE_CHAINS, SETUP
from lab.wait import expect, slack, until

REPEAT_S = 0.5
EARLY_S = 0.05      # for the first request of a dial that charon makes by itself
MORE_MAX_S = EARLY_S + slack(0.5)       # charon may drop the response of that one
LOST = {f"{message} {kind}": (chain, message) for message in SETUP for kind, chain in zip(("request", "response"), ALIVE_CHAINS)}
CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None,     # charon's defaults
       "plugins": {"extsock": {"adopt": True, "failover": {"connect_timeout_ms": 1500, "stable_ms": 0}}}}
CHILD = {"start_action": "start", "close_action": "start"}


def redial(lab, what, number, dial, repeat=REPEAT_S):
    """`dial` leads to SEGW `number`, and the first packet of a message is lost: once it is repeated that SEGW carries."""
    gateway, mark, line = lab.gateway(number), lab.cpe.events.mark(), lab.cpe.log.mark()
    gateway.lose(*LOST[what])
    dial()
    lab.wait_up(number, mark=mark)
    dials = lab.cpe.initiations(line)
    expect([to for *_, to in dials] == [f"10.9.0.{number}"], f"dialled {dials}")
    took = lab.cpe.events.wait("tunnel_up", 1, mark)["arrived"] - dials[0][0]
    print(f"{what}: SEGW {number} carries after {took:.2f} s")
    expect(gateway.lost() == 1, f"{gateway.lost()} packets lost")
    expect(repeat <= took <= repeat + MORE_MAX_S, f"{took:.2f} s, not within {repeat} and {repeat + MORE_MAX_S} s")
    gateway.heal()


def stop(lab):
    lab.cpe.events.ok("TERMINATE vpn")
    until(lambda: lab.picture() == [], 5, lambda: f"the IKE_SA to end: {lab.picture()}")


def play(lab):
    lab.cpe.stock_connections = lab.cpe.stock_conf(lab.cpe.stock_connection(
        1, name="vpn", remote_addrs="10.9.0.1,10.9.0.2", keyingtries=0, dpd_delay="30s", children={"net-1": CHILD}))
    lab.cpe.start()
    lab.wait_up(1)
    lab.cpe.events.wait("segw_adopted", 5, connection="vpn")
    for what in LOST:
        stop(lab)
        redial(lab, what, 1, lambda: lab.cpe.events.ok("INITIATE vpn"))
    here = 1
    for what in LOST:
        redial(lab, what, 3 - here, lab.gateway(here).delete_ike_sas, EARLY_S if "INIT" in what else REPEAT_S)
        here = 3 - here
    expect(not lab.cpe.events.since(0, "segw_backoff"), "no pause expected")
    return {"vpn": here}
