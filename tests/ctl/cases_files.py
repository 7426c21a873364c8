"""Files: what is sent of them, what is said about them, what never is."""

import json
import subprocess
import os
import shutil
from pathlib import Path

from cases_screen import connection, status
from ctl import expect
from plugin import Plugin, wait_for

SECRET = "do not print me"
APPLIED = b'{"reply":"APPLY_CONFIG","ok":true,"connections":["vpn","b","c"],"unchanged":["b"],"restarted":["c"]}\n'
GOOD = {"name": "vpn", "ike_cfg": {"remote_addrs": "10.0.0.1, 10.0.0.2"}, "local_auth": {"auth": "psk", "secret": SECRET},
        "remote_auth": {"auth": "psk"}, "children": [{"name": "net", "start_action": "start"}]}


def refusal(offset, path="a.b"):
    return json.dumps({"reply": "APPLY_CONFIG", "ok": False, "error": "wrong", "path": path, "offset": offset}).encode() + b"\n"


def quiet_about(done):
    expect(SECRET not in done.out + done.err, f"the secret is printed: {done}")
    return done


def test_apply(ctl):
    text = "\n\n \t" + json.dumps(GOOD, indent="\t") + "\n\n"
    for words, options in ((("apply", ctl.file(text)), {}), (("apply", "-"), {"input": text.encode()})):
        for state, said in (("ACTIVE", "unchanged, runs on"), ("BACKOFF", "unchanged, runs on"),
                            ("STOPPED", "unchanged, and stopped; it starts with: extsockctl initiate b"),
                            ("IDLE", "unchanged, and not started; it starts with: extsockctl initiate b")):
            with ctl.plugin(APPLIED, status(connection("b", state), connection("vpn", "ACTIVE"))) as plugin:
                done = quiet_about(ctl(*words, **options)).must(0)
                expect(done.out == f"vpn: applied\nb: {said}\n"
                       "c: replaced: its old tunnel ends, a new one is set up as start_action says\n", f"output {done}")
                expect(plugin.heard == b"APPLY_CONFIG " + text.strip().encode() + b"\nSTATUS\n", f"heard {plugin.heard}")
            ctl.path.unlink()
    with ctl.plugin(APPLIED):
        expect(ctl("-q", "apply", ctl.file(text)).must(0).out == "", "not quiet")


def test_a_refusal_has_its_place(ctl):
    """`offset` counts in the request: the verb and a blank, then the file from its first brace on."""
    text = '\n\n  {"é":1,\n\t"b": "' + SECRET + '"}'
    start = text.index("{")
    places = {1: (3, 3), text.index("1"): (3, 8), text.index('"b"'): (4, 2), text.index("}"): (4, 24)}
    for index, (line, column) in places.items():
        index = max(index, start)
        offset = 13 + len(text[start:index].encode())
        with ctl.plugin(refusal(offset)):
            done = quiet_about(ctl("apply", ctl.file(text))).must(1)
            expect(done.err == f"{ctl.folder}/vpn.json:{line}:{column}: a.b: wrong\n", f"{line}:{column} expected: {done}")
        ctl.path.unlink()
    for offset in (10 ** 6, 2 ** 70, -1, None):
        with ctl.plugin(refusal(offset, "")):
            ctl("apply", "-", input=b"{}").must(1, err="<stdin>: wrong\n")
        ctl.path.unlink()


def test_what_is_no_object_is_not_sent(ctl):
    """What follows a closing brace would be a request of its own; one that is missing would be waited for."""
    with ctl.plugin(APPLIED) as plugin:
        for text, place in (("", ": the file is empty"), (" \n", ": the file is empty"), ("vpn", ":1:1: expected {"),
                            ("\n [{}]", ':2:2: expected { : several connections are {"connections":[...]}'), ("\ufeff{}", ":1:1: a byte order mark stands before the {; save the file as UTF-8 without it"),
                            ("# vpn\n{}", ":1:1: comments are not allowed"), ("// vpn\n{}", ":1:1: comments are not allowed"),
                            ('{"a":1}\nREMOVE_CONFIG vpn', ":2:1: something follows"), ("{}{}", ":1:3: something follows"),
                            ('{"a":1', ":1:7: this is not JSON: it ends too soon"), ('{"a":"x\n"}', ":1:8: this is not JSON"),
                            ('{"a":1,}', ":1:8: this is not JSON"), ("{]", ":1:2: this is not JSON"),
                            ("{\0}", ":1:2: this is not JSON"), ('{"a":' + "[" * 99 + "]" * 99 + "}", ": this is not JSON"),
                            ('{"secret":"' + SECRET + "\\q", "not JSON")):
            for command in ("apply", "check"):
                quiet_about(ctl(command, ctl.file(text))).must(5, err=place)
        for text in ('{"a":"' + "x" * 65536 + '"}', " " * 70000 + "{}"):
            ctl("apply", "-", input=text.encode()).must(5, err="do not fit into a request")
        ctl("apply", ctl.folder / "nothing").must(5, err="No such file or directory")
        ctl("check", ctl.folder).must(5, err="Is a directory")
        expect(plugin.heard == b"", f"sent: {plugin.heard}")


def test_what_is_no_json_is_told_what_was_expected(ctl):
    """libsegw says the same of what comes over the socket: `tests/json`."""
    rows = json.loads((Path(__file__).resolve().parents[1] / "json/faults.json").read_text())
    for text, at, message in rows:
        before = text.encode()[:at].decode().split("\n")
        place = f"{len(before)}:{len(before[-1]) + 1}"
        for command in ("apply", "check"):
            done = ctl(command, ctl.file(text)).must(5)
            follows = text.startswith('{"a":1} ')        # what comes after the object is told by who reads files
            expect(f":{place}: " + ("something follows" if follows else f"this is not JSON: {message}\n") in done.err, f"{text}: {done}")


def test_the_largest_file(ctl):
    text = '{"a":"' + "x" * (65536 - 13 - 1 - 8) + '"}'
    with ctl.plugin(APPLIED) as plugin:
        ctl("-q", "apply", ctl.file(text)).must(0)
        expect(len(plugin.heard) == 65536, f"{len(plugin.heard)} bytes sent")
    ctl("apply", ctl.file(text + " ")).must(5)


def test_check(ctl):
    """With libsegw, without a plugin."""
    two = {"connections": [GOOD, {**GOOD, "name": "b"}]}
    done = ctl("check", ctl.file(json.dumps(two))).must(0)
    expect(done.out == f"{ctl.folder}/vpn.json: valid: vpn, b\n", f"output {done}")
    expect(ctl("check", "-q", "-", input=json.dumps(GOOD).encode()).must(0).out == "", "not quiet")
    for change, place in (({"ike_cfg": {"remote_addr": "x"}}, ":4:3: ike_cfg.remote_addr: unknown key"),
                          ({"name": ""}, ":2:10: name: "),
                          ({"local_auth": {"auth": "psk", "secret": [SECRET]}}, "local_auth.secret: ")):
        done = quiet_about(ctl("check", ctl.file(json.dumps({**GOOD, **change}, indent=1)))).must(5, err=place)
        expect(done.err.startswith(f"{ctl.folder}/vpn.json:"), f"place: {done}")
    ctl("check", ctl.file(json.dumps({"connections": [GOOD, GOOD]}))).must(5, err="connections[1].name: ")
    many = {"connections": [{**GOOD, "name": f"c{n}"} for n in range(17)]}
    ctl("check", ctl.file(json.dumps(many))).must(5, err="vpn.json:")


def test_check_notes_what_has_no_effect(ctl):
    window = {"failback_window": "02:00-04:00", "hold_down_ms": "5m"}
    for more, said in (({"failover": window}, ("failover.failback_window: note: without \"failback\": \"hold_down\" nothing goes back by itself",
                                               "failover.hold_down_ms: note: without \"failback\"")),
                       ({"failover": {**window, "failback": "off"}}, ("failover.failback_window: note: ", "failover.hold_down_ms: note: ")),
                       ({"failover": {**window, "failback": "hold_down"}}, ()),
                       ({"probe": {"action": "move"}}, ("probe: note: without \"targets\" nothing is asked",)),
                       ({"probe": {"action": "move", "targets": ["10.1.0.1"]}}, ())):
        text = json.dumps({**GOOD, **more}, indent=1)
        done = quiet_about(ctl("check", ctl.file(text))).must(0, out=": valid: vpn\n")
        expect(all(each in done.err for each in said) and done.err.count("note: ") == len(said), f"{more}: {done}")
        if "probe" in more and said:
            line = text[:text.index('"probe"')].count("\n") + 1
            expect(f"vpn.json:{line}:" in done.err, f"the place: {done}")
        done = ctl("check", ctl.file(json.dumps({"connections": [{**GOOD, "name": "a"}, {**GOOD, **more}]}))).must(0)
        expect(all(f"connections[1].{each}" in done.err for each in said) and done.err.count("note: ") == len(said), f"{more}: {done}")
        expect("note" not in ctl("check", "-q", ctl.file(text)).must(0).err, "not quiet")


def test_check_is_looked_for(ctl):
    alone = shutil.copy2(ctl.program, ctl.folder / "extsockctl")
    good = ctl.file(json.dumps(GOOD))
    ctl("check", good, program=alone).must(6, err="cannot run extsockctl-check: No such file or directory")
    ctl("check", good, program=alone, env={"PATH": f"{ctl.program.parent}:{os.environ['PATH']}"}).must(0, out="valid")


def applied(*names):
    return json.dumps({"reply": "APPLY_CONFIG", "ok": True, "connections": names, "unchanged": [], "restarted": []}).encode() + b"\n"


def test_apply_of_a_directory(ctl):
    """All *.json in order, on one connection; one that is wrong does not keep the others out, and is the exit code."""
    place = ctl.folder / "extsock.d"
    place.mkdir()
    expect(ctl("apply", place).must(0).out == f"{place}: no *.json in it, nothing to do\n", "an empty directory needs no charon")
    for name, text in (("20-b.json", '{"name":"b"}'), ("10-a.json", '{"name":"a"}'), ("15-bad.json", '{"name":'),
                       ("30-c.json", '{"name":"a", "c": 1}'), (".hidden.json", "{}"), ("note.txt", "{}"), (".json", "{}")):
        (place / name).write_text(text)
    with ctl.plugin(applied("a"), applied("b"), applied("a")) as plugin:
        done = ctl("apply", place).must(5, err=f"{place}/15-bad.json:1:9: this is not JSON: it ends too soon")
    expect(plugin.heard == b'APPLY_CONFIG {"name":"a"}\nAPPLY_CONFIG {"name":"b"}\nAPPLY_CONFIG {"name":"a", "c": 1}\n', f"{plugin.heard}")
    expect(done.out == "a: applied\nb: applied\na: applied\n", f"{done}")
    expect(f"{place}/30-c.json: a is in a file before this one, too; this one counts" in done.err, f"a name twice: {done}")
    expect("15-bad" not in ctl("apply", place).must(3, err="cannot connect").err, "it goes on without charon")
    refusal = b'{"reply":"APPLY_CONFIG","ok":false,"error":"no","path":"name","offset":13}\n'
    ctl.path.unlink()
    (place / "15-bad.json").unlink()
    with ctl.plugin(refusal, applied("b"), applied("a")):
        ctl("apply", place).must(1, out="b: applied\n", err=f"{place}/10-a.json:1:1: name: no")


def test_apply_at_each_start_of_charon(ctl):
    place = ctl.folder / "extsock.d"
    place.mkdir()
    (place / "a.json").write_text('{"name":"a"}')
    child = ctl.start("apply", "--follow", place, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    for _ in range(2):
        with ctl.plugin(applied("a"), [b'{"reply":"SUBSCRIBE","ok":true}\n', Plugin.HANG_UP], clients=1) as plugin:
            expect(wait_for(lambda plugin=plugin: b"SUBSCRIBE" in plugin.heard), f"not applied: {plugin.heard}")
            expect(child.stdout.readline() == b"a: applied\n", "what it did")
            expect(b"charon has ended; waiting until it is back" in child.stderr.readline(), "that it waits")
        ctl.path.unlink()
    child.terminate()
    child.communicate(timeout=60)
