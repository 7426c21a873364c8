"""A name server that does not answer: see description.txt."""

import time

from lab.wait import expect, slack

SLOW = True
CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None}     # charon's defaults
SLOW = 3
DETECTION_S, SLACK_S = 4.0, slack(0.5)
FAILOVER = {"liveness_interval_ms": 1000, "liveness_misses": 3}
ANSWER_MAX_S = slack(1.0)


def play(lab):
    # Nobody has this address: five seconds for each of two tries.
    lab.cpe.etc = {"hosts": "", "nsswitch.conf": "hosts: files dns\n",
                   "resolv.conf": "nameserver 10.9.0.254\noptions timeout:5 attempts:2\n"}
    lab.up(lab.cpe.connection(dpd={"delay": 0}, failover=FAILOVER))
    mark = lab.cpe.events.mark()
    for number in range(1, SLOW + 1):
        slow = lab.cpe.connection((f"slow{number}.example",), net=1, failover={"connect_timeout_ms": 0})
        lab.cpe.apply({**slow, "name": f"slow{number}"})
    died = time.monotonic()
    lab.gateway(1).silence()
    event = lab.cpe.events.wait("segw_failover", 60, mark, connection="vpn")
    noticed = event["time_ms"] / 1000 - died
    print(f"beside {SLOW} slow names: noticed after {noticed:.2f} s, configured {DETECTION_S} s")
    expect(event["cause"] == "LIVENESS" and noticed <= DETECTION_S + SLACK_S, f"noticed after {noticed:.2f} s: {event}")
    lab.wait_up(2, mark=mark)
    asked = time.monotonic()
    lab.cpe.events.ok("VERSION")
    answered = time.monotonic() - asked
    expect(answered <= ANSWER_MAX_S, f"VERSION took {answered:.2f} s")
    lab.cpe.events.wait_event(lambda e: e.get("event") == "segw_backoff" and e["cause"] == "ADDR_FAILED", 30, mark, "a slow name to fail")
    for number in range(1, SLOW + 1):
        lab.cpe.events.ok(f"REMOVE_CONFIG slow{number}")
    return {"vpn": 2}
