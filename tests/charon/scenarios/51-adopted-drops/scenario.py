"""SEGWs that drop an adopted connection at once: see description.txt."""

from lab.rounds import drop

ROUNDS = 5
FAILOVER = {"stable_ms": 60000, "backoff_initial_ms": 300, "backoff_limit_ms": 4000, "jitter_pct": 10}
CPE = {"plugins": {"extsock": {"adopt": True, "failover": FAILOVER}}}
CHILD = {"start_action": "start", "dpd_action": "restart", "close_action": "start"}


def play(lab):
    lab.cpe.stock_connections = lab.cpe.stock_conf(lab.cpe.stock_connection(
        1, name="vpn", remote_addrs="10.9.0.1,10.9.0.2", keyingtries=0, dpd_delay="30s", children={"net-1": CHILD}))
    lab.cpe.start()
    drop(lab, ROUNDS, FAILOVER)
    return {"vpn": 1}
