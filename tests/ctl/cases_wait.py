"""--wait, what there is nothing to do for, and what outlives charon."""

import json
import signal
import subprocess
import time

from cases_screen import NOW, connection, segw, status
from ctl import Done, expect
from plugin import Plugin, wait_for

OK = b'{"reply":"X","ok":true}\n'
EVENT = b'{"event":"segw_resumed","time_ms":1,"seq":1}\n'
UP, DIALS = ("ACTIVE", {"active": 0}), ("CONNECTING", {"ike_sas": [{"unique_id": 1, "segw": 0, "state": "CONNECTING"}]})
OTHER, MOVES = ("ACTIVE", {"active": 1}), ("MOVING", {"active": 0})
IDLE, STOPPED = ("IDLE", {}), ("STOPPED", {})
ENDS = ("STOPPED", {"ike_sas": [{"unique_id": 1, "segw": 0, "state": "DELETING"}]})
FAILED = [segw("10.9.0.1"), segw("10.9.0.2", last_cause="AUTH_FAILED")]


def at(state):
    return status(connection("vpn", state[0], **state[1]))


def run(ctl, words, before, *after, code=0):
    """STATUS, the request, then STATUS again and again, each after an event."""
    script = [at(before), [OK, EVENT]] + [[at(state), EVENT] for state in after]
    with ctl.plugin(*script):
        done = ctl(*words).must(code)
    ctl.path.unlink()
    return done


def test_nothing_to_do_is_said(ctl):
    for words, state, text in (
            (("initiate", "vpn"), UP, "vpn: is up already on 10.9.0.1, nothing to do"),
            (("initiate", "vpn"), DIALS, "vpn: is being dialled already, nothing to do"),
            (("initiate", "vpn"), ("HOLD", {}), "vpn: waits for a route and a local address, then it is dialled by itself; nothing to do"),
            (("terminate", "vpn"), STOPPED, "vpn: is stopped already, nothing to do"),
            (("switch", "vpn", "secondary"), OTHER, "vpn: is on 10.9.0.2 already, nothing to do"),
            (("switch", "vpn", "0"), UP, "vpn: is on 10.9.0.1 already, nothing to do"),
            (("switch", "vpn", "10.9.0.2"), OTHER, "vpn: is on 10.9.0.2 already, nothing to do")):
        expect(run(ctl, words, state).out == text + "\n", f"{words}: {text!r} expected")
        expect(run(ctl, ("-q", *words), state).out == "", f"{words}: not quiet")
    six = status(connection("vpn", "ACTIVE", active=1, segws=[segw("10.9.0.1"), segw("2001:db8::2")]))
    for address in ("2001:DB8:0::2", "2001:db8::2"):
        with ctl.plugin(six, OK):
            ctl("switch", "vpn", address).must(0, out="vpn: is on 2001:db8::2 already")
        ctl.path.unlink()
    for words, state in ((("initiate", "vpn"), IDLE), (("terminate", "vpn"), ENDS), (("switch", "vpn", "next"), UP),
                         (("switch", "vpn", "primary"), MOVES)):
        expect("nothing to do" not in run(ctl, words, state).out, f"{words} has something to do")


def test_wait_until_it_is_so(ctl):
    for words, before, after, last in (
            (("initiate", "vpn"), IDLE, [DIALS, ("BACKOFF", {}), DIALS, UP], "vpn: up on 10.9.0.1"),
            (("initiate", "vpn"), DIALS, [DIALS, OTHER], "vpn: up on 10.9.0.2"),
            (("terminate", "vpn"), UP, [ENDS, STOPPED], "vpn: is down, no IKE_SA is left"),
            (("terminate", "vpn"), ENDS, [ENDS, STOPPED], "vpn: is down, no IKE_SA is left"),
            (("switch", "vpn", "secondary"), UP, [MOVES, MOVES, ("MOVING", {"active": 1}), OTHER], "vpn: up on 10.9.0.2"),
            (("switch", "vpn", "next"), OTHER, [("MOVING", {"active": 1}), UP], "vpn: up on 10.9.0.1")):
        done = run(ctl, (*words, "--wait=20"), before, *after)
        expect(done.out.splitlines()[-1] == last, f"{words}: {last!r} expected: {done}")
        expect(run(ctl, ("-q", *words, "--wait"), before, *after).out == "", f"{words}: not quiet")
    progress = run(ctl, ("initiate", "vpn", "--wait"), IDLE, DIALS, DIALS, UP).out.splitlines()
    expect(progress == ["vpn: CONNECTING, waits for 10.9.0.1 for 9s (connect_timeout)", "vpn: up on 10.9.0.1"], f"progress: {progress}")


def test_wait_for_what_does_not_come_about(ctl):
    for words, before, after, why in (
            (("switch", "vpn", "1"), UP, [("MOVING", {"active": 0}), ("ACTIVE", {"active": 0, "segws": FAILED})],
             "vpn: did not come about; it is ACTIVE on 10.9.0.1, stays here (the most preferred); the last failure: AUTH_FAILED"),
            (("initiate", "vpn"), IDLE, [DIALS, ("EXHAUSTED", {"segws": FAILED})], "EXHAUSTED, dials 10.9.0.1 in 1h00m (exhausted); the last failure: AUTH"),
            (("initiate", "vpn"), IDLE, [DIALS, STOPPED], "it is STOPPED"),
            (("terminate", "vpn"), UP, [ENDS, DIALS], "it is CONNECTING")):
        run(ctl, (*words, "--wait=20"), before, *after, code=7).must(7, err=why)
    with ctl.plugin(at(IDLE), OK, at(DIALS), b'{"reply":"STATUS","ok":false,"error":"there is no connection of that name"}\n'):
        ctl("initiate", "vpn", "--wait").must(7, err="vpn: there is no connection of that name")
    ctl.path.unlink()
    began = time.monotonic()
    with ctl.plugin(at(IDLE), OK, *[at(DIALS)] * 9):
        ctl("initiate", "vpn", "--wait=1").must(4, err="vpn: not in time; it is CONNECTING, waits for 10.9.0.1 for 9s")
    ctl.path.unlink()
    expect(0.9 < time.monotonic() - began < 15, f"1 s took {time.monotonic() - began} s")
    with ctl.plugin(at(IDLE), OK, [at(DIALS), Plugin.HANG_UP]):
        ctl("initiate", "vpn", "--wait").must(3, err="charon closed the connection")


def test_apply_waits_for_all(ctl):
    applied = {"reply": "APPLY_CONFIG", "ok": True, "connections": ["a", "b"], "unchanged": [], "restarted": []}

    def one(name, state):
        return [status(connection(name, state[0], **state[1])), EVENT]
    file = ctl.file('{"connections":[]}')
    rows = ((0, [one("a", DIALS), one("a", UP), one("b", UP)], "b: up on 10.9.0.1"),
            (0, [one("a", UP), one("b", IDLE)], "b: IDLE, not dialled by this"),
            (7, [one("a", ("EXHAUSTED", {})), one("b", UP)], "b: up on 10.9.0.1"))
    for code, script, last in rows:
        with ctl.plugin(json.dumps(applied).encode() + b"\n", *script):
            done = ctl("apply", "--wait", file).must(code)
        ctl.path.unlink()
        expect(done.out.startswith("a: applied\nb: applied\n") and done.out.splitlines()[-1] == last, f"{last!r} expected: {done}")


def test_a_picture_outlives_charon(ctl):
    """On a pipe: what it shows before, between and after, and that a connection may be applied again only later."""
    out = ctl.folder / "out"
    gone = b'{"reply":"STATUS","ok":false,"error":"there is no connection of that name"}\n'
    with open(out, "wb") as to:
        with ctl.plugin(at(UP), Plugin.HANG_UP, clients=1):
            child = ctl.start("status", "--watch", "vpn", stdout=to, stderr=to)
            expect(wait_for(lambda: "charon has ended; waiting until it is back" in out.read_text()), f"the end: {out.read_text()}")
        ctl.path.unlink()
        with ctl.plugin(gone, *[at(OTHER)] * 20):
            expect(wait_for(lambda: "10.9.0.2" in out.read_text().split("ended")[1]), f"after it: {out.read_text()}")
            expect("\nthere is no connection of that name\n" in out.read_text(), f"between: {out.read_text()}")
            child.send_signal(signal.SIGINT)
            expect(child.wait(5) == -signal.SIGINT, f"exit {child.returncode}")


def test_events_outlive_charon(ctl):
    told = b'{"event":"segw_stopped","time_ms":5,"seq":1,"connection":"vpn"}\n'
    with ctl.plugin([status(), told, Plugin.HANG_UP], clients=1):
        child = ctl.start("events", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        expect(b"segw_stopped" in child.stdout.readline(), "before")
        expect(b"charon has ended; waiting until it is back" in child.stderr.readline(), "the end")
    ctl.path.unlink()
    with ctl.plugin([status(), told]):
        expect(b"what happened in it before this moment is not known" in child.stderr.readline(), "that some are lost")
        expect(b"segw_stopped" in child.stdout.readline(), "after")
        child.send_signal(signal.SIGINT)
        Done(child.wait(5), "").must(-signal.SIGINT)
    child.communicate()


def test_a_script_for_each_event(ctl):
    """Its environment; one at a time, in order; one that fails is told and the next is run; it is there before charon and after it."""
    log, lock = ctl.folder / "log", ctl.folder / "lock"
    script = ctl.file(f'''#!/bin/sh
mkdir {lock} || echo "two at once" >>{log}
echo "$ACTION|$CONNECTION|$FROM|$TO|$CAUSE|$(cat)" >>{log}
case $DATE in 20??-??-??T??:??:??Z) ;; *) echo "date $DATE" >>{log} ;; esac
case $ACTION,$TIME in charon_*,*[!0-9]* | charon_*, ) echo "time $TIME" >>{log} ;; charon_*,* | *,{NOW}) ;; *) echo "time $TIME" >>{log} ;; esac
case $EVENT in "{{"*"\\"event\\": \\"$ACTION\\""*) ;; "") ;; *) echo "event $EVENT" >>{log} ;; esac
rmdir {lock}
[ "$ACTION" != segw_backoff ]
''', "hook")
    script.chmod(0o755)
    move = {"time_ms": NOW, "seq": 1, "connection": "vpn", "from": "10.9.0.1", "to": "10.9.0.2", "cause": "LIVENESS"}
    lines = [json.dumps({"event": "segw_failover", **move}), json.dumps({"event": "segw_backoff", **move, "connection": "$(reboot)"}),
             json.dumps({"event": "ike_sa_up", "time_ms": NOW, "seq": 3, "ike_sa_name": "vpn", "unique_id": 1}), "garbage"]
    child = ctl.start("events", "--exec", script, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    for again in range(2):
        with ctl.plugin([status(), "\n".join([*lines, ""]).encode(), Plugin.HANG_UP], clients=1):
            expect(not again or b"charon is back after" in child.stderr.readline(), "that it is back")
            expect(f"{script}: exit 1 at segw_backoff $(reboot)" in child.stderr.readline().decode(), "that it failed")
            expect(b"charon has ended; waiting until it is back" in child.stderr.readline(), "the end")
            expect(wait_for(lambda: "charon_down" in log.read_text()), f"{log.read_text()}")
        ctl.path.unlink()
        said = log.read_text()
        expect(said == ("charon_up|||||\nsegw_failover|vpn|10.9.0.1|10.9.0.2|LIVENESS|\n"
                        "segw_backoff|$(reboot)|10.9.0.1|10.9.0.2|LIVENESS|\nike_sa_up|vpn||||\ncharon_down|||||\n"), f"said: {said}")
        log.write_text("")
    child.terminate()
    child.communicate(timeout=60)
    for wrong, why in ((ctl.folder / "nothing", "No such file"), (ctl.folder, "Permission denied"), (ctl.file("x", "no-x"), "Permission denied")):
        ctl("events", "--exec", wrong).must(5, err=f"cannot run {wrong}: {why}")


def test_wait_for_a_sign_of_life(ctl):
    def heard(ms, **more):
        return ("ACTIVE", {"active": 0, "heard_ms": NOW + ms, **more})
    done = run(ctl, ("dpd", "vpn", "--wait=5"), heard(-9000), heard(-9000), heard(-9000), heard(5))
    expect(done.out.splitlines()[-1] == "vpn: 10.9.0.1 was heard", f"heard: {done}")
    run(ctl, ("dpd", "vpn", "--wait=5"), heard(-9000), heard(-9000), ("CONNECTING", {}), code=7).must(7, err="did not come about")
    run(ctl, ("dpd", "vpn", "--wait=5"), heard(-9000), heard(5, active=1), code=7)
    run(ctl, ("dpd", "vpn", "--wait=1"), heard(-9000), *[heard(-9000)] * 30, code=4)
    done = run(ctl, ("dpd", "vpn", "--wait=1"), UP, *[UP] * 30, code=4).must(4, err="does not watch what it hears")
