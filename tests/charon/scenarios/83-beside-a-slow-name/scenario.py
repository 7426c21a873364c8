"""A slow name that is not ours: see description.txt."""

import time

from lab.slow_dns import SlowDns
from lab.wait import expect, slack

CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None}     # charon's defaults
FAILOVER = {"liveness_interval_ms": 1000, "liveness_misses": 3}
NOTICED_MAX_S = slack(4.5)      # 4.0 configured


def play(lab):
    slow = SlowDns(lab)
    lab.up(lab.cpe.connection(dpd={"delay": 0}, failover=FAILOVER))
    for charon, ike in ((lab.cpe, "vpn"), (lab.gateway(1), "cpe0")):
        mark = lab.cpe.events.mark()
        charon.swanctl("--rekey", "--ike", ike)
        lab.cpe.events.wait("ike_rekey", 5, mark, new_ike_sa_name="vpn")
        lab.cpe.log.wait("sending DPD request", 3, lab.cpe.log.mark())     # it is found to be asked
    slow.dial()
    died = time.monotonic()
    lab.gateway(1).silence()
    event = lab.cpe.events.wait("segw_failover", 60, mark, connection="vpn")
    noticed = event["time_ms"] / 1000 - died
    slow.expect_waiting()
    print(f"noticed after {noticed:.2f} s, at most {NOTICED_MAX_S:g} s")
    expect(event["cause"] == "LIVENESS" and noticed <= NOTICED_MAX_S, f"noticed after {noticed:.2f} s: {event}")
    lab.cpe.events.wait("tunnel_up", 10, mark, ike_sa_name="vpn", dst="10.9.0.2")
    slow.expect_waiting()
    slow.end()
    return {"vpn": 2}
