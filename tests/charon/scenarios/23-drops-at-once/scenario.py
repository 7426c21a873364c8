"""SEGWs that drop the CPE at once, for ever: see description.txt."""

from lab.rounds import drop

ROUNDS = 5
FAILOVER = {"stable_ms": 60000, "backoff_initial_ms": 300, "backoff_limit_ms": 4000, "jitter_pct": 10}


def play(lab):
    lab.cpe.start()
    lab.cpe.apply(lab.cpe.connection(failover=FAILOVER))
    drop(lab, ROUNDS, FAILOVER)
    return {"vpn": 1}
