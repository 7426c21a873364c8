"""IPv6 targets: see description.txt."""

from lab.probes import PROBE, probe_state, wait_probe
from lab.wait import expect, until

SLOW = True
CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None}     # charon's defaults
HERE, THERE = "fd02::1", "fd01::1"
TARGETS = [THERE, f"tcp://[{THERE}]:4443"]


def both(conf):
    conf["connections"]["cpe0"]["children"]["net0"] |= {"local_ts": "10.1.0.0/24,fd01::/64", "remote_ts": "10.2.0.0/24,fd02::/64"}


def play(lab):
    lab.cpe.namespace.ip("addr", "add", f"{HERE}/128", "dev", "lo")
    for number in (1, 2):
        lab.gateway(number).namespace.ip("addr", "add", f"{THERE}/128", "dev", "lo")
        lab.gateway(number).reconfigure(both)
    child = lab.cpe.child() | {"local_ts": ["10.2.0.0/24", "fd02::/64"], "remote_ts": ["10.1.0.0/24", "fd01::/64"]}
    lab.up(lab.cpe.connection(dpd={"delay": 0}, children=[child], probe={**PROBE, "targets": TARGETS}))
    probe_state(lab, "ANSWERS")
    until(lambda: [target["answers"] for target in lab.cpe.status()["probe"]["targets"]] == [True, True], 10,
          lambda: f"both to answer: {lab.cpe.status()['probe']}")
    mark = lab.cpe.events.mark()
    lab.gateway(1).lose_esp()
    event = wait_probe(lab, "move", mark)
    expect(event["targets"] == ",".join(TARGETS), f"odd event {event}")
    lab.wait_up(2, mark=mark)
    wait_probe(lab, "resume", mark)
    lab.gateway(1).heal()
    return {"vpn": 2}
