"""TERMINATE of an IKE_SA that is not checked in yet: see description.txt."""

from lab.log import INITIATING
from lab.wait import hold, until

PROPOSAL = "aes256-sha256-modp8192"
ENDED_MAX_S = 2
QUIET_S = 4             # longer than the key exchange, and a backoff could be
RUNNING = ()
QUICK = {"dh_exponent_ansi_x9_42": False}       # the SEGWs' keys are shorter: it is the CPE that is to take long
CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None,     # charon's defaults: the keys take long
       "plugins": {"extsock": {"adopt": True, "failover": {"stable_ms": 0, "connect_timeout_ms": 30000}}}}
CHILD = {"start_action": "start", "dpd_action": "restart", "close_action": "start"}


def play(lab):
    for gateway in lab.gateways.values():
        gateway.settings, gateway.conf = QUICK, gateway.swanctl_conf()
        for connection in gateway.conf["connections"].values():
            connection["proposals"] = PROPOSAL
        gateway.come_back()
    lab.cpe.stock_connections = lab.cpe.stock_conf(lab.cpe.stock_connection(
        1, name="vpn", proposals=PROPOSAL, remote_addrs="10.9.0.1,10.9.0.2", dpd_delay="0s", children={"net-1": CHILD}))
    lab.cpe.start()
    lab.wait_up(1)
    for _ in range(3):
        until(lambda: lab.cpe.status()["state"] == "ACTIVE", 5, lambda: f"ACTIVE: {lab.cpe.status()}")
        line = lab.cpe.log.mark()
        lab.gateway(1).delete_ike_sas()
        lab.cpe.log.wait(INITIATING, 5, line)
        lab.cpe.events.ok("TERMINATE vpn")
        until(lambda: lab.cpe.sas() == [], ENDED_MAX_S, lambda: f"the IKE_SA to end: {lab.picture()}")
        hold(lambda: lab.cpe.sas() == [] and lab.cpe.status()["state"] == "STOPPED", QUIET_S,
             lambda: f"stopped, and yet {lab.picture()}, {lab.cpe.status()['state']}")
        mark = lab.cpe.events.mark()
        lab.cpe.events.ok("INITIATE vpn")
        lab.wait_up(1, mark=mark)
    return {"vpn": 1}
