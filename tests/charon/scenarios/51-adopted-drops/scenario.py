"""SEGWs that drop an adopted connection at once: see description.txt."""

from lab.rounds import grow
from lab.wait import expect, until

ROUNDS = 5
FAILOVER = {"stable_ms": 60000, "backoff_initial_ms": 300, "backoff_limit_ms": 4000, "jitter_pct": 10}
CPE = {"plugins": {"extsock": {"adopt": True, "failover": FAILOVER}}}
CHILD = {"start_action": "start", "dpd_action": "restart", "close_action": "start"}


def dropped(lab, number, mark):
    """SEGW `number` accepts the CPE and drops it at once."""
    lab.wait_up(number, mark=mark)
    mark = lab.cpe.events.mark()
    lab.gateway(number).delete_ike_sas()
    return mark


def play(lab):
    lab.cpe.stock_connections = lab.cpe.stock_conf(lab.cpe.stock_connection(
        1, name="vpn", remote_addrs="10.9.0.1,10.9.0.2", keyingtries=0, dpd_delay="30s", children={"net-1": CHILD}))
    lab.cpe.start()
    mark = 0
    for count in range(ROUNDS):
        mark = dropped(lab, 1, mark)
        mark = dropped(lab, 2, mark)
        until(lambda: len(lab.cpe.events.since(0, "segw_backoff")) == count + 1, 5, f"a pause after round {count + 1}")
    lab.wait_up(1, mark=mark)
    grow(lab, ROUNDS, FAILOVER)
    dialled = [to for *_, to in lab.cpe.initiations()]
    print(f"dialled {[to.rpartition('.')[2] for to in dialled]}")
    expect(dialled == ["10.9.0.1", "10.9.0.2"] * ROUNDS + ["10.9.0.1"], f"dialled {dialled}")
    return {"vpn": 1}
