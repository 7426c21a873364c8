"""A night and ten questions: see description.txt."""

import os
import re
import secrets
import subprocess
import time
from pathlib import Path

from lab.cpe import ROOT
from lab.probes import probe_state
from lab.wait import expect, slack, until

SLOW = True
GATEWAYS = 3
RUNNING = (1, 3)
PROGRAM = Path(os.environ.get("EXTSOCKCTL", ROOT / "target/extsock/extsockctl"))
FAILOVER = {"failback": "hold_down", "hold_down_ms": 1500, "hold_down_limit_ms": 1500, "connect_timeout_ms": 1500}
PROBE = {"targets": ["10.1.0.1"], "interval_ms": 1000}
LEFT = r"1(?:4m\d\d|5m00)s"      # of 15 minutes: a quick machine asks in the same millisecond
FIRST, SECOND, THIRD = "10.9.0.1", "10.9.0.2", "10.9.0.3"


def ctl(lab, *words):
    done = subprocess.run([PROGRAM, "--socket", str(lab.cpe.socket_path), *words], capture_output=True, text=True, timeout=slack(20), check=False)
    expect(done.returncode == 0, f"extsockctl {' '.join(words)}: {done.stdout}{done.stderr}")
    return done.stdout


def records(lab):
    return lab.cpe.events.ok("HISTORY vpn")["connections"][0]["records"]


def failed(lab, segw, detail):
    return [r for r in records(lab) if r["kind"] == "MOVE_FAILED" and r["to"] == segw and r.get("detail") == detail]


def night(lab):
    """What happens until the link goes; when SEGW 1 was lost, of the wall clock."""
    lab.gateway(2).secret = secrets.token_hex(20)
    lab.gateway(2).come_back()
    lab.up(lab.cpe.connection(segws=(1, 2, 3), failover=FAILOVER))
    mark = lab.cpe.events.mark()
    died = time.time()
    lab.gateway(1).die()
    lab.wait_up(3, mark=mark)
    until(lambda: failed(lab, 0, "NO_ANSWER_TO_IKE_SA_INIT"), 15, lambda: f"a failback without an answer: {records(lab)}")
    lab.gateway(1).secret = secrets.token_hex(20)
    lab.gateway(1).come_back()
    until(lambda: lab.cpe.status()["next"]["reason"] == "BARRED", 30, lambda: f"both to be barred: {lab.cpe.status()}")
    return died


def morning(lab, died):
    """Nine questions while SEGW 3 carries the traffic."""
    reply = lab.cpe.events.ok("STATUS vpn")
    status, told = reply["connections"][0], lab.cpe.events.ok("EXPLAIN vpn")
    wall = lambda ms: (reply["unix_ms"] - reply["now_ms"] + ms) / 1000
    print(told["text"])
    lost, up = status["lost"], wall(status["up_since_ms"])
    # 1 since when: neither dials nor failed failbacks begin it anew
    expect(died - 1 <= wall(lost["time_ms"]) <= up <= died + slack(15) and status["since_ms"] == status["up_since_ms"], f"since when: {status}")
    expect(status["down_since_ms"] is None and re.match(rf"vpn is up on {re.escape(THIRD)} since \d{{4}}-\d\d-\d\d ", told["text"]), told["text"])
    # 2 why
    expect((lost["segw"], lost["cause"]) == (0, "RETRANSMIT_TIMEOUT") and status["failovers"] == 1, f"why: {status}")
    expect(f" {FIRST} was lost " in told["text"], told["text"])
    # 3 what next, 4 why not sooner
    barred = [segw["barred_until_ms"] for segw in status["segws"]]
    expect(status["next"]["action"] == "FAILBACK" and status["next"]["at_ms"] == min(barred[:2]), f"next: {status}")
    expect(re.fullmatch(rf"back to 10\.9\.0\.[12] in [34]m\d\ds \(barred: AUTH_FAILED\)", status["next"]["text"]), f"next: {status['next']}")
    # 5 silent or refused, and by whom
    expect(all(segw["last_detail"] == "SEGW_AUTHENTICATION_FAILED" for segw in status["segws"][:2]), f"refused: {status}")
    expect(failed(lab, 0, "NO_ANSWER_TO_IKE_SA_INIT"), f"silent before: {records(lab)}")
    # 6 is traffic flowing
    ping = lab.ping()
    ping.wait_answers(5)
    ping.stop()
    flow = lab.cpe.status()["children"][0]["traffic"]
    expect(flow and flow["packets_in"] >= 5 and flow["packets_out"] >= 5 and flow["bytes_in"] > 0, f"traffic: {flow}")
    expect(" CHILD_SA net is up, packets in: " in lab.cpe.events.ok("EXPLAIN vpn")["text"], "explain has no traffic")
    # 7 what policy
    settings = {each["key"]: each for each in lab.cpe.events.ok("POLICY vpn")["connections"][0]["settings"]}
    hold_down, penalty = settings["hold_down_ms"], settings["auth_penalty_ms"]
    expect((hold_down["value"], hold_down["unit"], hold_down["set_in"]) == (1500, "ms", "APPLY_CONFIG"), f"policy: {hold_down}")
    expect((penalty["value"], penalty["set_in"]) == (300000, None), f"policy: {penalty}")
    # 8 what if I switch
    expect([each["would"] for each in told["switch"]] == ["MOVE", "MOVE", "NOTHING"], f"switch: {told['switch']}")
    expect("if it comes up, although it is barred." in told["text"], told["text"])
    # 9 what was before
    kinds = [(r["kind"], r["from"], r["to"], r["cause"], r.get("detail")) for r in records(lab)]
    expect(kinds[:5] == [("START", None, 0, None, None), ("UP", None, 0, None, None), ("FAILOVER", 0, 1, "RETRANSMIT_TIMEOUT", None),
                         ("FAILOVER", 1, 2, "AUTH_FAILED", "SEGW_AUTHENTICATION_FAILED"), ("UP", None, 2, None, None)], f"before: {kinds}")
    return status


def my_network(lab):
    """10 is it my network."""
    lab.cpe.link.down()
    until(lambda: lab.cpe.status()["state"] == "HOLD", 10, lambda: f"HOLD: {lab.cpe.status()}")
    status, told = lab.cpe.status(), lab.cpe.events.ok("EXPLAIN vpn")
    expect(status["next"]["reason"] == "NO_ROUTE" and status["down_since_ms"] and status["lost"]["cause"] == "NO_ROUTE", f"link down: {status}")
    expect(": this host has no route to any SEGW." in told["text"], told["text"])
    expect(status["failovers"] == 1, "the router's own fault counts as the loss of a SEGW")
    lab.cpe.link.up()
    until(lambda: lab.cpe.status()["state"] == "ACTIVE", 15, lambda: f"to be up again: {lab.cpe.status()}")


def what_was_asked_for(lab):
    """What an operator asks of what she asked for: is it kept here, is the next SEGW ready, is what is behind this one there, is that one left alone."""
    lab.cpe.events.ok("PIN vpn 2 for 15m")
    status, told, said = lab.cpe.status(), lab.cpe.events.ok("EXPLAIN vpn")["text"], ctl(lab, "status", "vpn")
    expect((status["pinned"], status["next"]["action"], status["next"]["reason"]) == (2, "STAY", "PINNED"), f"pinned: {status}")
    expect(status["pinned_until_ms"] and re.search(rf" Next: stays here \(pinned for another {LEFT}\)\.", told), told)
    expect(re.search(rf"stays here \(pinned for another {LEFT}", said), f"extsockctl status: {said}")
    lab.cpe.events.ok("UNPIN vpn")
    lab.gateway(1).die()
    lab.gateway(1).secret = lab.secret
    lab.gateway(1).come_back()
    mark = lab.cpe.events.mark()
    lab.cpe.events.ok("SWITCH vpn primary")
    lab.wait_up(1, mark=mark)
    lab.cpe.apply(lab.cpe.connection(segws=(1, 2, 3), failover={**FAILOVER, "standby": "ike"}, probe=PROBE))
    until(lambda: lab.cpe.status()["standby"]["state"] == "UP", 15, lambda: f"a standby: {lab.cpe.status()}")
    probe_state(lab, "ANSWERS")
    status, told, said = lab.cpe.status(), lab.cpe.events.ok("EXPLAIN vpn")["text"], ctl(lab, "status", "vpn")
    # SEGW 2 would be next, if it were not barred.
    expect(status["standby"]["segw"] == 2 and f" {THIRD} is the warm standby since " in told, f"standby: {status} {told}")
    expect(re.search(rf"standby {re.escape(THIRD)} UP for ", said), f"extsockctl status: {said}")
    expect(" The targets asked through it, 10.1.0.1, answer since " in told, told)
    lab.cpe.events.ok(f"DRAIN {THIRD} for 2h")
    status, told, said = lab.cpe.status(), lab.cpe.events.ok("EXPLAIN vpn")["text"], ctl(lab, "status", "-v", "vpn")
    expect([segw["drained"] for segw in status["segws"]] == [False, False, True] and status["segws"][2]["drained_until_ms"], f"drained: {status}")
    expect("drained" in said, f"extsockctl status -v: {said}")
    lab.cpe.events.ok(f"UNDRAIN {THIRD}")
    lab.cpe.apply(lab.cpe.connection(segws=(1, 2, 3), failover=FAILOVER, probe=PROBE))


def play(lab):
    died = night(lab)
    morning(lab, died)
    said = ctl(lab, "explain", "vpn")
    expect(said.startswith(f"vpn is up on {THIRD} since ") and "\nNext: back to 10.9.0." in said, f"extsockctl explain: {said}")
    said = ctl(lab, "policy", "vpn")
    expect(re.search(r"^ +hold_down_ms +1500 ms +300000 ms +APPLY_CONFIG: failover\.hold_down_ms$", said, re.M), f"extsockctl policy: {said}")
    said = ctl(lab, "history", "vpn")
    expect(re.search(rf" MOVE_FAILED +{re.escape(THIRD)} +{re.escape(FIRST)} +AUTH_FAILED \(SEGW_AUTHENTICATION_FAILED\), 2 times$", said, re.M),
           f"extsockctl history: {said}")
    my_network(lab)
    what_was_asked_for(lab)
    # in the log, in a group of its own, a line for each decision
    for line in (f"START {FIRST}", f"UP {FIRST}", f"FAILOVER {FIRST} -> {SECOND}: RETRANSMIT_TIMEOUT",
                 f"FAILOVER {SECOND} -> {THIRD}: AUTH_FAILED, SEGW_AUTHENTICATION_FAILED", f"UP {THIRD}",
                 f"MOVE_FAILED {THIRD} -> {FIRST}: ", f"MOVE_FAILED {THIRD} -> {SECOND}: AUTH_FAILED, SEGW_AUTHENTICATION_FAILED",
                 f"HOLD {THIRD}: NO_ROUTE", "RESUME ", f"SWITCH {THIRD} -> {FIRST}: OPERATOR"):
        found, _ = lab.cpe.log.wait(rf"^vpn: {re.escape(line)}", 5)
        expect(found.group == "APP", f"in group {found.group}: {found.text}")
    expect(lab.secret not in said, "the key was printed")
    return {"vpn": 1}
