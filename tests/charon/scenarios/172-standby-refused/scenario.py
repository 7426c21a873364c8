"""A SEGW without childless IKE_SAs: see description.txt."""

import json

from lab import standby
from lab.wait import expect, hold, until

QUIET_S = 4         # longer than the pauses of this lab
REASON = "SEGW_NO_CHILDLESS_IKE_SA"
SLOW = True


def refused(lab, mark):
    """Two tries, and no third; nothing was authenticated."""
    told = lab.cpe.events.wait("segw_standby", 10, mark, state="refused")
    expect(told["segw"] == "10.9.0.2" and told["cause"] == REASON, f"odd event {told}")
    line = lab.cpe.log.mark()
    hold(lambda: not lab.cpe.initiations(line), QUIET_S, lambda: f"dialled again: {lab.cpe.initiations(line)}")
    said = lab.cpe.status()["standby"]
    expect((said["state"], said["reason"], said["segw"]) == ("REFUSED", REASON, 1), f"STATUS says {said}")
    lab.expect_only({"vpn": 1})


def play(lab):
    lab.gateway(2).reconfigure(lambda conf: conf["connections"]["cpe0"].update({"childless": "never"}))
    lab.cpe.start()
    standby.apply(lab)
    lab.wait_up(1)
    refused(lab, 0)
    tries = [to for *_, to in lab.cpe.initiations()]
    expect(tries == ["10.9.0.1", "10.9.0.2", "10.9.0.2"], f"dialled {tries}")
    authenticated = [each for each in standby.exchanges(lab, 0) if each == "IKE_AUTH"]
    expect(len(authenticated) == 1, f"only SEGW 1 should have got IKE_AUTH: {standby.exchanges(lab, 0)}")
    expect(lab.cpe.log.find(f"vpn: STANDBY 10.9.0.2: refused, {REASON}"), "the log does not say it")
    text = lab.cpe.events.ok("EXPLAIN vpn")["text"]
    expect(f"10.9.0.2 cannot be the warm standby: {REASON}" in text, f"EXPLAIN says {text}")
    kinds = [r["kind"] for r in lab.cpe.events.ok("HISTORY vpn")["connections"][0]["records"]]
    expect(kinds == ["START", "UP", "STANDBY_REFUSED"], f"HISTORY says {kinds}")
    # Nobody tells it that what it answered IKE_SA_INIT for is over: it looks after 30 s.
    until(lambda: not lab.gateway(2).sas(), 35, lambda: f"SEGW 2 to be left clean: {lab.gateway(2).sas()}")

    mark = lab.cpe.events.mark()
    lab.gateway(1).delete_ike_sas()
    lab.cpe.events.wait("segw_failover", 5, mark)
    standby.at_rest(lab, 2, 1)
    lab.gateway(2).reconfigure(lambda conf: conf["connections"]["cpe0"].pop("childless"))
    mark = lab.cpe.events.mark()
    lab.cpe.events.ok("SWITCH vpn primary")
    lab.cpe.events.wait("segw_switch", 5, mark)
    # It still stands, until the configuration changes.
    until(lambda: lab.cpe.status()["standby"]["state"] == "REFUSED", 5, lambda: f"REFUSED: {lab.cpe.status()}")
    lab.expect_only({"vpn": 1})
    standby.apply(lab, {"standby": "ike", "jitter_pct": 11})
    standby.at_rest(lab, 1, 2)

    old = lab.cpe.connection(failover={"standby": "ike"}, ike_cfg={"version": 1})
    reply = lab.cpe.events.request("APPLY_CONFIG " + json.dumps(old))
    expect(not reply["ok"] and reply["path"] == "failover.standby", f"IKEv1: {reply}")
    standby.off(lab, 1)
    return {"vpn": 1}
