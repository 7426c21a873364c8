"""Screens as a person has them, kept in expected/: 40, 80 and 200 columns, no terminal, no colours; few connections, 16 with 8
SEGWs each. `tests/ctl/run --bless` writes them anew; what has changed is then to be read."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from cases_screen import CAUSES, DAY, FULL, HOUR, NOW, child, connection, segw, status
from ctl import expect

EXPECTED = Path(__file__).resolve().parent / "expected"
BARE = {"NO_COLOR": "1"}


def traffic():
    """What the plugin tells of a connection at most."""
    flow = {"bytes_in": 123456789, "packets_in": 98765, "bytes_out": 23456, "packets_out": 210, "heard_ms": NOW - 900}
    return connection("vpn", "ACTIVE", active=1, since_ms=NOW - HOUR, up_since_ms=NOW - HOUR, heard_ms=NOW - 900, round=2, silent_data_since_ms=NOW - 300_000,
                      retry_at_ms=NOW + 42_000, failovers=3, failbacks=2, switches=1,
                      lost={"time_ms": NOW - HOUR - 4000, "segw": 0, "cause": "LIVENESS", "detail": None, "silent_ms": 4000},
                      segws=[segw("10.9.0.1", failures=14, causes=CAUSES, last_cause="AUTH_FAILED", last_detail="SEGW_AUTHENTICATION_FAILED",
                                  connected_ms=HOUR + 120_123,
                                  barred_until_ms=NOW + 290_000),
                             segw("2001:db8::2", attempts=3, connected_ms=5, srtt_ms=23)],
                      children=[{**child("net", "UP"), "traffic": flow}, child("voice", "DOWN", "CHILD_FAILED"), child("old", "OFF")])


def crowd():
    """16 connections of 8 SEGWs: most of them well, one in each kind of trouble."""
    def of(place):
        segws = [segw(f"192.0.2.{number}", attempts=place + number, failures=number % 3, connected_ms=number * HOUR,
                      causes={"LIVENESS": number % 3} if number % 3 else {}, changed_ms=NOW - number * DAY) for number in range(1, 9)]
        return connection(f"site-{place:02}", "ACTIVE", active=0, since_ms=NOW - place * HOUR, segws=segws, failovers=place % 4,
                          children=[child("net", "UP"), child("voice", "UP")])
    rows = [of(place) for place in range(16)]
    def told(text):
        return {"next": {"text": text}}
    rows[3].update(told("dials 192.0.2.1 in 7s (backoff after round 3)"), state="BACKOFF", active=None, retry_at_ms=NOW + 7_000)
    rows[5].update(told("back to 192.0.2.1 in 4m00s (hold_down)"), active=2, retry_at_ms=NOW + 240_000)
    rows[8].update(children=[child("net", "UP"), child("voice", "DOWN", "CHILD_FAILED", NOW + 9_000)])
    rows[11].update(told("nothing until somebody asks (stopped)"), state="STOPPED", active=None)
    rows[14].update(told("waits for 192.0.2.5 for 14s (connect_timeout)"), state="CONNECTING", active=None, retry_at_ms=NOW + 14_000,
                    ike_sas=[{"unique_id": 9, "segw": 4, "state": "CONNECTING"}])
    return rows


def history():
    kinds = [("START", None, 0, None), ("UP", None, 0, None), ("FAILOVER", 0, 1, "LIVENESS"), ("UP", None, 1, None),
             ("MOVE_FAILED", 1, 0, "AUTH_FAILED"), ("BACKOFF", 1, 0, "INIT_UNREACHABLE"), ("FAILBACK", 1, 0, None)]
    records = [{"time_ms": NOW - (7 - place) * HOUR, "kind": kind, "from": begin, "to": end, "cause": cause}
               for place, (kind, begin, end, cause) in enumerate(kinds)]
    records[4].update(detail="SEGW_AUTHENTICATION_FAILED", count=3)
    records[5].update(detail="NO_ANSWER_TO_IKE_SA_INIT", count=15)
    return json.dumps({"reply": "HISTORY", "ok": True, "now_ms": NOW, "connections": [
        {"connection": "vpn", "overwritten": 3, "records": records}]}).encode() + b"\n"


FEW, MANY = [status(*FULL[:3])], [status(*crowd())]
PAST = [status(FULL[0]), history()]
# name, words, what the plugin says, columns (0: a pipe), environment, exit code
SCREENS = [
    *((f"status-few-{columns or 'pipe'}", ("status",), FEW, columns, BARE, 0) for columns in (0, 40, 80, 200)),
    *((f"status-16x8-{columns or 'pipe'}", ("status",), MANY, columns, BARE, 0) for columns in (0, 40, 80, 200)),
    ("status-16x8-verbose-80", ("status", "-v"), MANY, 80, BARE, 0),
    ("status-all-states-80", ("status",), [status(*FULL)], 80, BARE, 0),
    ("status-all-states-verbose-pipe", ("status", "-v"), [status(*FULL)], 0, {}, 0),
    ("status-few-colours-80", ("status",), FEW, 80, {}, 0),
    ("status-16x8-colours-80", ("status",), MANY, 80, {}, 0),
    *((f"status-one-{columns or 'pipe'}", ("status", "vpn"), [status(traffic())], columns, BARE, 0) for columns in (0, 40, 80, 200)),
    *((f"history-{columns or 'pipe'}", ("history", "vpn"), PAST, columns, BARE, 0) for columns in (0, 40, 80, 200)),
    *((f"counters-{columns or 'pipe'}", ("counters",), FEW, columns, BARE, 0) for columns in (0, 40, 80, 200)),
    ("metrics-pipe", ("metrics",), [status(traffic(), connection('a"b\\c', "BACKOFF", down_since_ms=NOW - 5000))], 0, {}, 0),
    ("check-16x8-pipe", ("status", "--check"), MANY, 0, {}, 2),
    ("check-one-pipe", ("status", "--check", "vpn"), [status(FULL[0])], 0, {}, 1),
]


def screen(ctl, words, script, columns, env):
    with ctl.plugin(*script):
        done = ctl.on_terminal(*words, columns=columns, env=env) if columns else ctl(*words, env=env)
    ctl.path.unlink()
    out = done.out.replace("\r\n", "\n").replace("\x1b", "^[")
    out = re.sub(r"(_timestamp_seconds\{.*\}) \d+\.\d{3}", r"\1 1795805164.660", out)
    return done.code, re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "2026-11-23 02:04:17", out)


def test_screens(ctl):
    wrong = []
    for name, words, script, columns, env, code in SCREENS:
        ended, out = screen(ctl, words, script, columns, env)
        expect(ended == code, f"{name}: exit {ended}")
        path = EXPECTED / f"{name}.txt"
        if os.environ.get("CTL_BLESS"):
            EXPECTED.mkdir(exist_ok=True)
            path.write_text(out)
        elif out != path.read_text():
            wrong.append(f"{name}, expected\n{path.read_text()}\nfound\n{out}")
    known = {f"{name}.txt" for name, *_ in SCREENS}
    expect(known == {path.name for path in EXPECTED.iterdir()}, "a screen that nobody prints, or is not kept")
    expect(not wrong, "\n".join(wrong))


def test_screens_fit(_ctl):
    """What is kept, too: no line is wider than its terminal but for a single word; 16 connections are 16 lines, a sum, heads."""
    for name, _words, _script, columns, _env, _code in SCREENS:
        for line in (EXPECTED / f"{name}.txt").read_text().splitlines():
            bare = re.sub(r"\^\[\[\d*m", "", line)
            expect(not columns or len(bare) <= columns or len(bare.split()) == 1, f"{name}: wider than {columns}: {bare}")
            expect(bare == bare.rstrip(), f"{name}: blanks at the end: {bare!r}")
    expect(len((EXPECTED / "status-16x8-200.txt").read_text().splitlines()) == 18, "16 x 8 takes more than a line each")
    expect("^[" not in (EXPECTED / "status-few-80.txt").read_text(), "colours in spite of NO_COLOR")
    expect("^[" in (EXPECTED / "status-few-colours-80.txt").read_text(), "no colours")


def test_metrics_are_what_prometheus_reads(ctl):
    """All there is, and none; promtool says what it thinks of them."""
    if shutil.which("promtool") is None:
        return "promtool (prometheus) is not installed"
    path = ctl.folder / "extsock.prom"
    for script, code in (([status(traffic())], 0), ([status(*crowd())], 0), ([status()], 0), ([b'{"reply":"STATUS","ok":false,"error":"no"}\n'], 1)):
        with ctl.plugin(*script * 2):
            ctl("metrics", "--output", path).must(code)
            text = ctl("metrics").must(code).out
        ctl.path.unlink()
        for each in (text, path.read_text()):
            done = subprocess.run(["promtool", "check", "metrics"], input=each, capture_output=True, text=True)
            expect(done.returncode == 0 and not done.stdout + done.stderr, f"promtool: {done}")
            expect(f"\nextsock_up {int(code == 0)}\n" in each, f"extsock_up: {each}")
    return None


def test_metrics_are_written_in_one_step(ctl):
    path, beside = ctl.folder / "extsock.prom", ctl.folder / "extsock.prom.new"
    path.write_text("before")
    beside.write_text("what an interrupt has left")
    ctl("metrics", "--output", path).must(3, err="cannot connect")
    expect("extsock_up 0" in path.read_text() and not beside.exists(), "without charon")
    expect(path.stat().st_mode & 0o777 == 0o644, f"mode {path.stat().st_mode:o}: node_exporter is another user")
    with ctl.plugin(status(traffic()), status(traffic())):
        done = ctl("metrics", "--output", path).must(0)
        expect(done.out == "" and "extsock_up 1" in path.read_text(), f"{done}")
        for wrong, why in ((ctl.folder / "no" / "x.prom", "No such file"), ("x" * 5000, "File name too long")):
            ctl("metrics", "--output", wrong).must(6, err=why)
    expect(not beside.exists(), "what was written beside it is still there")
