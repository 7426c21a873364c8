"""The probe of a connection of swanctl.conf: see description.txt."""

from lab.probes import PROBE, probe_state, wait_probe
from lab.settings import merged
from lab.wait import expect, until

SLOW = True
FAILOVER = {"connect_timeout_ms": 1500, "stable_ms": 0, "backoff_initial_ms": 500, "backoff_limit_ms": 1000}


def settings(**connection):
    return {"plugins": {"extsock": {"adopt": True, "failover": FAILOVER, "connections": {"vpn": connection}}}}


CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None, **settings(probe=PROBE)}


def complaint(lab, connection, words):
    lab.cpe.settings = merged({key: value for key, value in lab.cpe.settings.items() if key != "plugins"}, settings(**connection))
    lab.cpe.reload_settings()

    def errors():
        return lab.cpe.events.ok("STATUS").get("policy_error") or []
    until(lambda: any(words in error for error in errors()), 5, lambda: f"{words!r}, STATUS says {errors()}")


def play(lab):
    lab.cpe.stock_connections = lab.cpe.stock_conf(lab.cpe.stock_connection(1, "vpn", remote_addrs="10.9.0.1,10.9.0.2", dpd_delay="0s",
                                                   children={"net-1": {"start_action": "start"}}))
    lab.cpe.start()
    lab.wait_up(1)
    probe_state(lab, "ANSWERS")
    policy = {each["key"]: each for each in lab.cpe.events.ok("POLICY vpn")["connections"][0]["settings"]}
    expect(policy["probe.interval_ms"]["path"] == "connections.vpn.probe.interval_ms" and
           policy["probe.targets"]["value"] == "10.1.0.1", f"POLICY says {policy['probe.interval_ms']}, {policy['probe.targets']}")
    mark = lab.cpe.events.mark()
    lab.gateway(1).lose_esp()
    wait_probe(lab, "move", mark)
    lab.wait_up(2, mark=mark)
    wait_probe(lab, "resume", mark)
    lab.gateway(1).heal()
    complaint(lab, {"prob": PROBE}, "unknown section; did you mean 'probe'?")
    complaint(lab, {"probe": {**PROBE, "intervall_ms": 5}}, "unknown key; did you mean interval_ms?")
    complaint(lab, {"probe": {**PROBE, "targets": "gw.example.org"}}, "names are not resolved")
    probe_state(lab, "ANSWERS")
    return {"vpn": 2}
