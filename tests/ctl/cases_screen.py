"""What a person sees."""

import json
import re
import signal

from ctl import expect, resize

HOUR, DAY = 3600_000, 86400_000
NOW = 30 * DAY


def segw(address, **more):
    return {"address": address, "attempts": 1, "successes": 1, "failures": 0, "causes": {}, "last_cause": None, "connected_ms": 0,
            "changed_ms": None, "barred_until_ms": None, **more}


# What the plugin says is next, as it says it.
NEXT = {"ACTIVE": "stays here (the most preferred)", "CONNECTING": "waits for 10.9.0.1 for 9s (connect_timeout)",
        "MOVING": "moves to 10.9.0.2 if it comes up within 3s (switch)", "BACKOFF": "dials 10.9.0.1 in 0.5s (backoff after round 3)",
        "HOLD": "goes on with 10.9.0.1 when there is a route (no route)", "EXHAUSTED": "dials 10.9.0.1 in 1h00m (exhausted)",
        "STOPPED": "nothing until somebody asks (stopped)", "IDLE": "nothing until somebody asks (not started)"}


def connection(name, state, **more):
    text = "back to 10.9.0.1 in 42s (hold_down)" if state == "ACTIVE" and more.get("active") else NEXT.get(state)
    return {"next": {"action": "X", "segw": None, "at_ms": None, "reason": "X", "cause": None, "text": text},
            "connection": name, "state": state, "active": None, "since_ms": NOW - 192_000, "retry_at_ms": None, "failovers": 0,
            "adopted": False, "segws": [segw("10.9.0.1"), segw("10.9.0.2")], "ike_sas": [], **more}


def status(*connections):
    return json.dumps({"reply": "STATUS", "ok": True, "now_ms": NOW, "connections": connections}).encode() + b"\n"


CAUSES = {"INIT_UNREACHABLE": 2, "RETRANSMIT_TIMEOUT": 11, "AUTH_FAILED": 1}
FULL = [
    connection("vpn", "ACTIVE", active=1, retry_at_ms=NOW + 42_000, failovers=12, segws=[
        segw("10.9.0.1", failures=14, causes=CAUSES, last_cause="AUTH_FAILED", connected_ms=HOUR + 120_000, changed_ms=NOW - 192_000,
             barred_until_ms=NOW + 290_000),
        segw("2001:db8::2", connected_ms=3 * DAY + HOUR, changed_ms=NOW - 192_000)]),
    connection("Zürich-Büro", "CONNECTING", retry_at_ms=NOW + 9_500, ike_sas=[{"unique_id": 4, "segw": 0, "state": "CONNECTING"}]),
    connection("b", "MOVING", active=0, retry_at_ms=NOW + 3_000, ike_sas=[
        {"unique_id": 1, "segw": 0, "state": "ESTABLISHED"}, {"unique_id": 2, "segw": 1, "state": "CONNECTING"}]),
    connection("c", "BACKOFF", retry_at_ms=NOW + 500), connection("d", "STOPPED"), connection("e", "HOLD", retry_at_ms=NOW + 1000),
    connection("f", "EXHAUSTED", retry_at_ms=NOW + HOUR), connection("g", "LATER", retry_at_ms=NOW - 5, new_field={"x": [1]}),
]
NO_CONNECTIONS = ("no connections are guarded: swanctl.conf's need adopt = yes (OpenWrt: service extsock start), others a client's apply since "
                  "the start\n")


def test_status(ctl):
    """Trouble first; what is due in each state. How it looks: expected/."""
    with ctl.plugin(status(*FULL), status(*FULL)):
        done = ctl("status", "-v").must(0)
    names = [line.split()[0] for line in done.out.splitlines()[2:] if line[0] != " "]
    expect(names == ["Zürich-Büro", "c", "e", "f", "g", "vpn", "d", "b"], f"order: {names}")
    for what in (*(f" {text}\n" for state, text in NEXT.items() if state not in ("IDLE", "ACTIVE")), " back to 10.9.0.1 in 42s (hold_down)\n",
                 "LATER       -            3m12s          0\n"):
        expect(what in done.out, f"no {what!r} in\n{done.out}")
    expect("\x1b" not in done.out, "colours on a pipe")


def test_status_of_many_has_a_line_each(ctl):
    for count in (3, 4):
        with ctl.plugin(status(*FULL[:count])):
            lines = ctl("status").must(0).out.splitlines()
        ctl.path.unlink()
        expect(len(lines) == (2 + 3 * count if count == 3 else 2 + count), f"{count} connections: {lines}")
    expect(lines[0] == "4 connections: 2 down, 1 on another SEGW than the first, 1 on the first SEGW", f"sum: {lines[0]}")


def check(ctl, *connections, words=()):
    with ctl.plugin(status(*connections)):
        done = ctl("status", "--check", *words)
    ctl.path.unlink()
    return done


def test_check(ctl):
    up, lost = [child("net", "UP")], [child("net", "DOWN", "CHILD_FAILED")]
    rows = [
        (connection("vpn", "ACTIVE", active=0, children=up), 0, "OK - vpn: ACTIVE on 10.9.0.1, for 3m12s, stays here (the most preferred)"),
        (connection("vpn", "MOVING", active=0), 0, "OK - vpn: MOVING on 10.9.0.1, for 3m12s, moves to 10.9.0.2 if it comes up within 3s (switch)"),
        (connection("vpn", "ACTIVE", active=1, retry_at_ms=NOW + 42_000), 1,
         "WARNING - vpn: ACTIVE on 10.9.0.2, not on 10.9.0.1, for 3m12s, back to 10.9.0.1 in 42s (hold_down)"),
        (connection("vpn", "ACTIVE", active=0, children=up + lost), 1,
         "WARNING - vpn: ACTIVE on 10.9.0.1, for 3m12s, child net is down: CHILD_FAILED, stays here (the most preferred)"),
        (connection("vpn", "ACTIVE", active=0, children=lost), 2,
         "CRITICAL - vpn: ACTIVE on 10.9.0.1, for 3m12s, child net is down: CHILD_FAILED, stays here (the most preferred)"),
        (connection("vpn", "BACKOFF", retry_at_ms=NOW + 500), 2, "CRITICAL - vpn: BACKOFF, for 3m12s, dials 10.9.0.1 in 0.5s (backoff after round 3)"),
        (connection("vpn", "STOPPED"), 2, "CRITICAL - vpn: STOPPED, for 3m12s, nothing until somebody asks (stopped)"),
        (connection("vpn", "TOMORROW"), 2, "CRITICAL - vpn: TOMORROW, for 3m12s"),
    ]
    for row, code, text in rows:
        done = check(ctl, row, words=("vpn",)).must(code)
        expect(done.out == text + "\n" and done.err == "", f"{text!r} expected: {done}")
        expect(check(ctl, row, words=("-q", "vpn")).must(code).out == "", "not quiet")
    well, worse = connection("a", "ACTIVE", active=0), connection("b", "HOLD")
    expect(check(ctl, well, well).must(0).out == "OK - 2 connections: 2 on the first SEGW\n", "two that are well")
    done = check(ctl, well, worse).must(2)
    expect(done.out.splitlines()[0] == "CRITICAL - 2 connections: 1 down, 1 on the first SEGW" and "\nb: HOLD" in done.out, f"{done}")


def test_check_that_cannot_know(ctl):
    """2 would be an alarm of a connection that is down, 1 a warning."""
    expect(check(ctl).must(3).out == "UNKNOWN - there are no connections\n", "no connections")
    with ctl.plugin(b'{"reply":"STATUS","ok":false,"error":"there is no connection of that name"}\n'):
        expect(ctl("status", "--check", "x").must(3).out == "UNKNOWN - x: there is no connection of that name\n", "no name")
    ctl.path.unlink()
    ctl("status", "--check", "vpn").must(3, out="UNKNOWN - cannot connect")
    for words in (("status", "--check", "a", "b"), ("status", "--check", "--fly"), ("status", "--check", "")):
        ctl(*words).must(3)
    with ctl.plugin():
        ctl("-t1", "status", "--check", "vpn").must(3, out="UNKNOWN - ")
    ctl.path.unlink()
    with ctl.plugin(status(FULL[0])), open("/dev/full", "wb") as full:
        ctl("status", "--check", stdout=full).must(1, err="cannot write")


def child(name, state, cause=None, retry_at_ms=None):
    return {"name": name, "state": state, "cause": cause, "retry_at_ms": retry_at_ms}


def test_status_names_the_children_that_are_missing(ctl):
    children = [child("net0", "UP"), child("net1", "DOWN", "CHILD_FAILED", NOW + 3_000), child("net2", "DOWN"), child("net3", "OFF")]
    with ctl.plugin(status(connection("vpn", "ACTIVE", active=0, children=children))):
        lines = ctl("status").must(0).out.splitlines()
    expect(lines[-2:] == ["  child net1 is down: CHILD_FAILED, asked for in 3s", "  child net2 is down"], f"children: {lines}")
    ctl.path.unlink()
    for children, more in (([child("net0", "UP"), child("net3", "OFF")], {"active": 0}), ([child("net0", "DOWN")], {})):
        with ctl.plugin(status(connection("vpn", "ACTIVE", children=children, **more))):
            expect("child" not in ctl("status").must(0).out, f"not quiet: {children} {more}")
        ctl.path.unlink()


def test_status_names_a_probe_that_is_silent(ctl):
    for probe, said in (({"state": "SILENT", "since_ms": NOW - 180_000, "cause": None}, "probe: no target answers, for 3m00s"),
                        ({"state": "UNASKED", "since_ms": NOW, "cause": "NO_ADDRESS"}, "probe: no target can be asked: NO_ADDRESS"),
                        ({"state": "UNASKED", "since_ms": NOW, "cause": "INACTIVITY"}, None),
                        ({"state": "ANSWERS", "since_ms": NOW, "cause": None}, None), (None, None)):
        line = {**connection("vpn", "ACTIVE", active=0), "probe": probe}
        with ctl.plugin(status(line)):
            out = ctl("status").must(0).out
        ctl.path.unlink()
        expect("probe" not in out if said is None else out.splitlines()[-1].strip() == said, f"{probe}: {out}")
        with ctl.plugin(status(line)):
            out = ctl("metrics").must(0).out
        ctl.path.unlink()
        wanted = {"SILENT": " 0", "ANSWERS": " 1"}.get((probe or {}).get("state"))
        sample = 'extsock_connection_probe_answers{connection="vpn"}'
        expect(f"{sample}{wanted}" in out if wanted else sample not in out, f"{probe}: {out}")


def test_status_names_what_is_not_guarded(ctl):
    row = {"connection": "old", "reason": "is not adopted: IKEv1 is only guarded if a client applies it"}
    for connections in ([], [connection("vpn", "ACTIVE", active=0)]):
        line = json.loads(status(*connections))
        with ctl.plugin(json.dumps({**line, "not_guarded": [row], "more_not_guarded": 0}).encode() + b"\n"):
            lines = ctl("status").must(0).out.splitlines()
        ctl.path.unlink()
        expect(lines[-1] == "old is not adopted: IKEv1 is only guarded if a client applies it", f"{lines}")
        expect((lines[0] == NO_CONNECTIONS.strip()) == (not connections), f"{lines}")
    with ctl.plugin(json.dumps({**line, "not_guarded": [row], "more_not_guarded": 3}).encode() + b"\n"):
        expect(ctl("status").must(0).out.endswith("\nand 3 more that are not guarded, see charon's log\n"), "others are not counted")


def test_status_names_options_that_are_wrong(ctl):
    line = {**json.loads(status()), "policy_error": ["charon.plugins.extsock.fail_over: unknown section", "b"], "more_policy_error": 2}
    with ctl.plugin(json.dumps(line).encode() + b"\n"):
        lines = ctl("status").must(0).out.splitlines()
    expect(lines[1:] == [*line["policy_error"], "and 2 more options that are wrong, see charon's log"], f"{lines}")


def test_no_connections(ctl):
    with ctl.plugin(status()):
        expect(ctl("status").must(0).out == NO_CONNECTIONS, "what to do is not said")


def test_status_json(ctl):
    line = status(*FULL)
    with ctl.plugin(line):
        expect(ctl("status", "--json").must(0).out.encode() == line, "not as it came")


def test_a_terminal_has_colours(ctl):
    line = status(*FULL)
    with ctl.plugin(line):
        ctl.on_terminal("status").must(0, out="\x1b[32mACTIVE\x1b[0m")
    ctl.path.unlink()
    for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        with ctl.plugin(line):
            expect("\x1b" not in ctl.on_terminal("status", env=env).must(0).out, f"colours with {env}")
        ctl.path.unlink()


LONG = "a-connection-whose-name-has-fifty-eight-characters-in-all-"
SIX = "2001:db8:1111:2222:3333:4444:5555:6666"


def test_a_wide_cell_has_a_line_of_its_own(ctl):
    line = status(*FULL[:2], connection(LONG, "ACTIVE", active=0, retry_at_ms=NOW + 42_000, segws=[segw(SIX)]))
    words = None
    for columns in (200, 80, 70, 60, 50, 40):
        with ctl.plugin(line):
            out = ctl.on_terminal("status", columns=columns, env={"NO_COLOR": "1"}).must(0).out.replace("\r\n", "\n")
        ctl.path.unlink()
        expect(words in (None, out.split()), f"not the same at {columns} columns:\n{out}")
        words = out.split()
        for each in out.splitlines():
            expect(len(each) <= columns or len(each.split()) == 1, f"wider than {columns}: {each!r}")


def test_watch_leaves_a_clean_terminal(ctl):
    begin, end = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
    event = b'{"event":"ike_sa_up","time_ms":1,"seq":1}\n'
    for type_in, how in ((b"\x03", -signal.SIGINT), (b"\x1c", -signal.SIGQUIT)):
        with ctl.plugin(status(FULL[0]), [status(FULL[3]), 0.1, event], *[status(FULL[1])] * 30):
            done = ctl.on_terminal("status", "--watch", until="Zürich".encode(), type_in=type_in).must(how)
        ctl.path.unlink()
        expect(done.out.startswith(begin) and done.out.count(begin) == 1, f"begin: {done}")
        expect(done.out.count(end) == 1, f"end: {done}")
        expect("\x1b[?" not in done.out[done.out.index(end) + len(end):], f"something after the end: {done}")
    with ctl.plugin(status(FULL[0]), b'{"reply":"STATUS","ok":false,"error":"gone"}\n'):
        done = ctl.on_terminal("status", "--watch", "vpn").must(1)
        expect(done.out.index(end) < done.out.index("extsockctl: vpn: gone"), f"the complaint was on the other screen: {done}")


def test_watch_shows_the_top_of_what_is_too_long(ctl):
    """The other screen cannot be scrolled: what does not fit is said in the last line, which no line end follows."""
    script = [status(*FULL), status(*FULL), b'{"reply":"STATUS","ok":false,"error":"gone"}\n']

    def pictures(rows, columns=300, until=b"", type_in=b""):
        with ctl.plugin(*script):
            out = ctl.on_terminal("status", "-v", "--watch", rows=rows, columns=columns, until=until, type_in=type_in).must(1).out
        ctl.path.unlink()
        shown = re.sub(r"\x1b\[\d*m", "", out).split("\x1b[?25h")[0].split("\x1b[H\x1b[2J")[1:]
        return [picture.split("\r\n") for picture in shown]
    whole = pictures(0)[0]
    expect(whole[0].startswith("CONNECTION") and whole[-1] == "", f"all of it, of unknown height: {whole}")
    for rows in (len(whole) - 2, 10, 2, 1):
        cut = [*whole[:rows - 1], f"and {len(whole) - rows} more line{'s' * (len(whole) - rows > 1)}; name a connection"]
        expect(pictures(rows) == [cut] * 2, f"{rows} rows: {pictures(rows)}")
    expect(pictures(len(whole)) == [whole] * 2, "it fits")
    for picture in pictures(10, 60):
        expect(sum((len(line) + 59) // 60 for line in picture) <= 10, f"more than the terminal has: {picture}")
    grown = pictures(10, 300, b"more lines", lambda terminal: resize(terminal, 100, 300))
    expect(len(grown[0]) == 10 and grown[-1] == whole, f"grown: {grown}")


def test_watch_on_a_pipe(ctl):
    with ctl.plugin(status(FULL[0]), status(), b'{"reply":"STATUS","ok":false,"error":"gone"}\n'):
        done = ctl("status", "--watch").must(1, err="gone")
    expect(done.out.count("CONNECTION") == 1 and done.out.endswith(f"\n\n{NO_CONNECTIONS}\n") and "\x1b" not in done.out, f"{done}")


def test_history(ctl):
    records = [{"time_ms": NOW - 2 * DAY, "kind": "START", "from": None, "to": 0, "cause": None},
               {"time_ms": NOW - 192_000, "kind": "FAILOVER", "from": 0, "to": 1, "cause": "LIVENESS"},
               {"time_ms": NOW - 5_000, "kind": "TOMORROW", "from": 7, "to": 1, "cause": None}]
    reply = {"reply": "HISTORY", "ok": True, "now_ms": NOW, "connections": [
        {"connection": "vpn", "overwritten": 3, "records": records}, {"connection": "new", "overwritten": 0, "records": []}]}
    line = json.dumps(reply).encode() + b"\n"
    with ctl.plugin(status(FULL[1], FULL[0]), line):
        out = ctl("history").must(0).out
    ctl.path.unlink()
    date = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
    lines = [r"vpn, 3 older ones are forgotten", r"  AGE    TIME                 WHAT      FROM      TO           CAUSE",
             rf"  2d00h  {date}  START     -         10\.9\.0\.1", rf"  3m12s  {date}  FAILOVER  10\.9\.0\.1  2001:db8::2  LIVENESS",
             rf"  5s     {date}  TOMORROW  #7        2001:db8::2", r"new", r"  AGE .*"]
    expect(re.fullmatch("\n".join(lines) + "\n", out), f"history:\n{out}")
    with ctl.plugin(status(), line):
        expect(ctl("history", "--json").must(0).out.encode() == line, "not as it came")


def test_history_says_silent_or_refused_and_how_often(ctl):
    rows = [({"kind": "FAILOVER", "cause": "AUTH_FAILED", "detail": "SEGW_AUTHENTICATION_FAILED"}, "AUTH_FAILED (SEGW_AUTHENTICATION_FAILED)"),
            ({"kind": "BACKOFF", "cause": "LIVENESS", "count": 0}, "LIVENESS"),
            ({"kind": "BACKOFF", "cause": "INIT_UNREACHABLE", "detail": "NO_ANSWER_TO_IKE_AUTH", "count": 15},
             "INIT_UNREACHABLE (NO_ANSWER_TO_IKE_AUTH), round 15"),
            ({"kind": "MOVE_FAILED", "cause": "CONNECT_TIMEOUT", "count": 3}, "CONNECT_TIMEOUT, 3 times")]
    records = [{"time_ms": NOW - 1000, "from": 0, "to": 1, **record} for record, _ in rows]
    reply = {"reply": "HISTORY", "ok": True, "now_ms": NOW, "connections": [{"connection": "vpn", "overwritten": 0, "records": records}]}
    with ctl.plugin(status(FULL[0]), json.dumps(reply).encode() + b"\n"):
        out = ctl("history", "vpn").must(0).out.splitlines()
    expect([line.split("2001:db8::2  ")[1] for line in out[2:]] == [cause for _, cause in rows], f"history: {out}")


def test_explain_and_policy(ctl):
    text = "vpn is up on 10.9.0.2 since 2026-11-27 02:14:07 UTC (47m12s ago). Next: stays here (failback off)."
    reply = json.dumps({"reply": "EXPLAIN", "ok": True, "now_ms": NOW, "text": text, "connections": [FULL[0]], "switch": []}).encode() + b"\n"
    with ctl.plugin(reply):
        expect(ctl("explain", "vpn").must(0).out == text.replace("). Next", ").\nNext") + "\n", "a sentence a line")
    ctl.path.unlink()
    with ctl.plugin(reply):
        expect(ctl("explain", "vpn", "--json").must(0).out.encode() == reply, "not as it came")
    ctl.path.unlink()
    with ctl.plugin(b'{"reply":"EXPLAIN","ok":false,"error":"there is no connection of that name"}\n'):
        ctl("explain", "vpm").must(1, err="vpm: there is no connection of that name")
    ctl.path.unlink()
    settings = [{"key": "jitter_pct", "value": 50, "unit": "%", "default": 50, "set_in": None, "path": None},
                {"key": "failback", "value": "hold_down", "unit": None, "default": "off", "set_in": "strongswan.conf",
                 "path": "connections.vpn.failback"},
                {"key": "max_rounds", "value": 3, "unit": None, "default": 0, "set_in": "APPLY_CONFIG", "path": "failover.max_rounds"}]
    reply = {"reply": "POLICY", "ok": True, "connections": [{"connection": "vpn", "settings": settings}]}
    with ctl.plugin(json.dumps(reply).encode() + b"\n"):
        out = ctl("policy").must(0).out
    lines = [r"vpn", r"  SETTING     VALUE      DEFAULT  SET IN", r"  jitter_pct  50 %       50 %     default",
             r"  failback    hold_down  off      strongswan\.conf: charon\.plugins\.extsock\.connections\.vpn\.failback",
             r"  max_rounds  3          0        APPLY_CONFIG: failover\.max_rounds"]
    expect(re.fullmatch("\n".join(lines) + "\n", out), f"policy:\n{out}")
    ctl.path.unlink()
    with ctl.plugin(b'{"reply":"POLICY","ok":true,"connections":[]}\n'):
        expect(ctl("policy").must(0).out == "no connections\n", "nothing there")


def test_history_of_late(ctl):
    records = [{"time_ms": NOW - age, "kind": "FAILOVER", "from": 0, "to": 1, "cause": "LIVENESS"}
               for age in (2 * DAY, 3 * HOUR, 192_000, 5_000)]
    line = json.dumps({"reply": "HISTORY", "ok": True, "now_ms": NOW, "connections": [
        {"connection": "vpn", "overwritten": 0, "records": records}]}).encode() + b"\n"
    for words, ages in ((("-n", "1"), ["5s"]), (("--lines=3",), ["3h00m", "3m12s", "5s"]), (("-n9",), ["2d00h", "3h00m", "3m12s", "5s"]),
                        (("--since", "4m"), ["3m12s", "5s"]), (("--since", "1s"), []), (("--since", "10d"), ["2d00h", "3h00m", "3m12s", "5s"]),
                        (("--since", "1h", "-n1"), ["5s"]), (("--since", "2001-02-03"), ["2d00h", "3h00m", "3m12s", "5s"]),
                        (("--since", "2001-02-03 04:05:06"), ["2d00h", "3h00m", "3m12s", "5s"]), (("--since", "2100-01-01T00:00"), [])):
        with ctl.plugin(status(FULL[0]), line):
            lines = ctl("history", *words).must(0).out.splitlines()[2:]
        ctl.path.unlink()
        expect([each.split()[0] for each in lines] == ages, f"{words}: {ages} expected: {lines}")
    for word in ("5", "5x", "h", "-5m", "25", "2026-13-45x", "18:", "18:00x", ""):
        ctl("history", "--since", word).must(2, err="--since takes an age such as 90s")
