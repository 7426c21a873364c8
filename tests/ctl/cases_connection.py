"""Bytes: pieces, garbage, silence, hanging up."""

import json
import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

from ctl import Done, expect
from plugin import Plugin, pieces, wait_for

NONE = b'{"reply":"STATUS","ok":true,"now_ms":5,"connections":[]}\n'
EVENT = (b'{"event":"ike_sa_up","time_ms":1,"seq":1,"ike_sa_name":"vpn","note":"\\"reply\\":{}","x":{"reply":1},'
         b'"unique_id":7,"remote":"10.9.0.1"}\n')
LINE_CAP = int(re.search(r"SEGW_REPLY_CAP (\d+)", (Path(__file__).resolve().parents[2] / "include/segw.h").read_text())[1])


def test_nobody_there(ctl):
    ctl("status").must(3, err=f"cannot connect to {ctl.path}: No such file or directory; is charon running with the "
                              "extsock plugin loaded? (charon.plugins.extsock.load = yes)")
    done = ctl("status").must(3, err="another path (charon.plugins.extsock.socket")
    expect("its log" in done.err, f"charon's log is not named: {done}")
    for path in (ctl.file("{}"), ctl.folder):
        done = ctl("-s", path, "status").must(3, err=f"cannot connect to {path}: ")
        expect("this is no socket" in done.err and "nobody listens" not in done.err, f"what it is: {done}")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stale:
        stale.bind(str(ctl.path))
    ctl("status").must(3, err="Connection refused; nobody listens there")
    ctl.path.unlink()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
        other.bind(str(ctl.path))
        ctl("status").must(3, err="cannot connect")


def test_not_allowed(ctl):
    if os.geteuid() != 0:
        return "needs root, to be another user"
    with ctl.plugin(NONE):
        ctl.path.chmod(0o660)
        done = ctl("status", user=65534, group=65534, extra_groups=[])
        done.must(3, err="Permission denied; the socket belongs to charon's user and group, mode 0660")
    return None


def test_a_reply_in_pieces(ctl):
    reply = b'{"reply":"STATUS","ok":true,"connections":[{"connection":"vpn","state":"IDLE"}]}\n'
    for size in (1, 2, 3, 7, len(reply)):
        with ctl.plugin(list(pieces(reply, size))):
            ctl("status").must(0, out="vpn")
        ctl.path.unlink()


def test_events_before_the_reply(ctl):
    for before in (EVENT, EVENT * 50, EVENT[:-1], b""):
        with ctl.plugin([before] + ([b"\n"] if before[-1:] != b"\n" and before else []) + [EVENT + NONE + EVENT]):
            expect(ctl("status").must(0).out.startswith("no connections are guarded: "), "an event was taken for a reply")
        ctl.path.unlink()


def test_no_reply(ctl):
    for script in ([], [EVENT], [EVENT[:-1]], [NONE[:-1]], [EVENT, 0.4] * 20):
        with ctl.plugin(script):
            began = time.monotonic()
            ctl("-t", "1", "status").must(4, err="no reply within 1 s; charon may be busy or stuck, and may still do what was asked")
            expect(0.9 < time.monotonic() - began < 15, f"took {time.monotonic() - began} s")
        ctl.path.unlink()


def test_not_accepted(ctl):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(str(ctl.path))
        server.listen(0)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as first:
            first.connect(str(ctl.path))
            done = ctl("-t", "1", "status").must(4, err="not accepted within 1 s")
            expect("may still" not in done.err, f"nothing was asked: {done}")


def test_hanging_up(ctl):
    for script in ([Plugin.HANG_UP], [NONE[:20], Plugin.HANG_UP], [EVENT, Plugin.HANG_UP]):
        with ctl.plugin(script):
            ctl("status").must(3, err="charon closed the connection")
        ctl.path.unlink()


def test_hung_up_before_the_second_request(ctl):
    """It is sent to nobody; that must not end in SIGPIPE. Often enough to be sure that it came too late once."""
    with ctl.plugin([NONE, Plugin.HANG_UP]):
        for _ in range(20):
            ctl("history").must(3, err="charon closed the connection")


def test_one_client_too_many(ctl):
    refusal = b'{"reply":"","ok":false,"error":"too many clients"}\n'
    with ctl.plugin(greeting=[refusal, Plugin.HANG_UP]):
        ctl("status").must(1, err="too many clients")
        ctl("apply", ctl.file('{"name":"' + "x" * 60000 + '"}')).must(1, err="too many clients")


def test_garbage(ctl):
    for garbage in (b"hello\n", b"\n", b"{}\n", b"[1]\n", b'{"reply":"STATUS","ok":true\n', NONE[:-1] + b"x\n",
                    b"\xff\x00\xff\n", b"{" * 5000 + b"\n"):
        with ctl.plugin(garbage):
            ctl("status").must(3, err="is this the extsock plugin?")
        ctl.path.unlink()


def test_a_long_line(ctl):
    name = b"n" * 40
    row = b'{"connection":"' + name + b'","state":"IDLE"},'
    head, tail = b'{"reply":"STATUS","ok":true,"connections":[', b'{"connection":"last"}]}'
    fits = head + row * ((LINE_CAP - len(head) - len(tail) - 1) // len(row)) + tail
    fits += b" " * (LINE_CAP - 1 - len(fits)) + b"\n"
    with ctl.plugin(EVENT * 3 + fits):
        ctl("status").must(0, out="last")
    ctl.path.unlink()
    with ctl.plugin(b"x" * (LINE_CAP + 1)):
        ctl("status").must(3, err=f"a line of more than {LINE_CAP} bytes")


def test_refusals(ctl):
    with ctl.plugin(b'{"reply":"REMOVE_CONFIG","ok":false,"error":"there is no connection of that name\\u001b[2J"}\n'):
        done = ctl("remove", "nobody").must(1, err="extsockctl: nobody: there is no connection of that name?[2J")
        expect(done.out == "", f"output: {done}")


def test_the_output_cannot_be_written(ctl):
    with ctl.plugin(NONE), open("/dev/full", "wb") as full:
        ctl("status", stdout=full).must(6, err="cannot write: No space left on device")
    for words in (("events",), ("events", "--json"), ("status", "--watch"), ("status", "--watch", "--json")):
        ctl.path.unlink()
        with ctl.plugin([NONE, EVENT], *[NONE] * 30), open("/dev/full", "wb") as full:
            done = ctl(*words, stdout=full).must(6, err="cannot write: No space left on device")
            expect(done.err.count("extsockctl") == 1, f"it complains once: {done}")
    good = ctl.file('{"name":"vpn","ike_cfg":{"remote_addrs":"10.0.0.1"},"local_auth":{"auth":"psk","secret":"x"},'
                    '"remote_auth":{"auth":"psk"},"children":[{"name":"net"}]}')
    with open("/dev/full", "wb") as full:
        ctl("check", good, stdout=full).must(6, err="cannot write: No space left on device")


def test_closed_descriptors(ctl):
    """The socket must not take their place: it would be sent what is printed, as requests."""
    for fd, code in ((0, 0), (1, 6), (2, 0)):
        with ctl.plugin(NONE, NONE) as plugin:
            done = ctl("status", preexec_fn=lambda fd=fd: os.close(fd))
            done.must(code, out="no connections" if fd != 1 else "", err="cannot write: Bad file descriptor" if fd == 1 else "")
            expect(plugin.heard == b"STATUS\n", f"{fd} closed: heard {plugin.heard}")
        ctl.path.unlink()
    with ctl.plugin(b'{"reply":"STATUS","ok":false,"error":"no"}\n') as plugin:
        ctl("status", preexec_fn=lambda: os.close(2)).must(1)
        expect(plugin.heard == b"STATUS\n", f"heard {plugin.heard}")
    ctl("apply", "-", preexec_fn=lambda: os.close(0)).must(5, err="cannot read <stdin>: Bad file descriptor")
    ctl("check", "-", preexec_fn=lambda: os.close(0)).must(5, err="cannot read <stdin>: Bad file descriptor")


def test_the_reader_leaves(ctl):
    with ctl.plugin([NONE, EVENT]):
        child = ctl.start("events", stdout=subprocess.PIPE)
        expect(b"ike_sa_up" in child.stdout.readline(), "an event")
        child.stdout.close()
        expect(wait_for(lambda: child.poll() is not None), "events goes on though nobody reads")
        child.kill()
    ctl.path.unlink()
    with ctl.plugin(NONE) as plugin:        # who asks for something gets it, whoever reads
        read, write = os.pipe()
        os.close(read)
        child = ctl.start("remove", "vpn", stdout=write)
        os.close(write)
        child.wait(5)
        expect(plugin.heard == b"REMOVE_CONFIG vpn\n", f"heard {plugin.heard}")


def follow(ctl, *words):
    """What it printed up to the end of charon, which it outlives."""
    child = ctl.start("events", *words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    err = b""
    while b"charon has ended" not in err and (line := child.stderr.readline()):
        err += line
    child.send_signal(signal.SIGINT)
    out, more = child.communicate(timeout=60)
    return Done(child.returncode, out.decode(), (err + more).decode())


def test_events(ctl):
    other = EVENT.replace(b'"vpn"', b'"other"')
    unknown = b'{"event":"tomorrow","time_ms":1,"seq":3,"connection":"vpn","number":5,"nothing":null,"list":[1],"flag":true}\n'
    missed = b'{"event":"missed","time_ms":1,"seq":4,"count":9}\n'
    lines = [EVENT, other, b"garbage\n", unknown, missed]

    def hear(*words, want):
        with ctl.plugin([NONE, *lines, 0.3, Plugin.HANG_UP], clients=1):
            done = follow(ctl, *words).must(-signal.SIGINT, err="charon has ended; waiting until it is back")
        ctl.path.unlink()
        expect(len(done.out.splitlines()) == want, f"{want} lines expected: {done}")
        return done
    done = hear(want=4).must(-signal.SIGINT, out="  vpn       ike_sa_up       IKE_SA 7 with 10.9.0.1\n")
    expect("number=5 flag=true" in done.out, f"an unknown event: {done}")
    expect("  -         missed          9 events were missed" in done.out, f"missed: {done}")
    expect("other" not in hear("vpn", want=3).out, "not filtered")
    expect("tomorrow" not in hear("other", "third", want=2).out, "not filtered")
    expect(hear("--json", want=4).out.encode() == EVENT + other + unknown + missed, "not as they came")


def test_events_of_nobody(ctl):
    known = b'{"reply":"STATUS","ok":true,"now_ms":5,"connections":[{"connection":"b"},{"connection":"vpn"}]}\n'
    for words, unknown in ((("vpn", "b"), []), (("vpm", "b"), ["vpm"]), (("vp", "vpn2"), ["vp", "vpn2"]), ((), [])):
        with ctl.plugin([known, EVENT, EVENT, 0.2, Plugin.HANG_UP], clients=1):
            done = follow(ctl, *words)
        ctl.path.unlink()
        told = [line for line in done.err.splitlines() if "there is no connection of that name" in line]
        expect(told == [f"extsockctl: {name}: there is no connection of that name now; waiting for one" for name in unknown],
               f"{unknown} expected: {done}")
        expect(("ike_sa_up" in done.out) == (not unknown), f"the events: {done}")


def test_what_events_say(ctl):
    """Also where a member is null, and nothing that is false in some case."""
    move = {"from": "10.9.0.1", "to": "10.9.0.2", "cause": "LIVENESS", "attempt": 3}
    rows = [
        ({"event": "segw_failover", **move}, "10.9.0.1 -> 10.9.0.2 after LIVENESS (attempt 3)"),
        ({"event": "segw_failover", **move, "from": None, "cause": None}, "-> 10.9.0.2 (attempt 3)"),
        ({"event": "segw_switch", **move, "cause": "OPERATOR"}, "10.9.0.1 -> 10.9.0.2"),
        ({"event": "segw_switch", **move, "from": None, "cause": "OPERATOR"}, "-> 10.9.0.2"),
        ({"event": "segw_failback", **move, "from": None, "cause": None}, "-> 10.9.0.2"),
        ({"event": "segw_move_failed", **move}, "10.9.0.2 did not come up after LIVENESS, stays on 10.9.0.1"),
        ({"event": "segw_move_failed", **move, "cause": "OPERATOR"},
         "10.9.0.2 called back by an operator, stays on 10.9.0.1"),
        ({"event": "segw_hold", **move, "to": None, "cause": "NO_ROUTE"},
         "no route or no local address, stays with 10.9.0.1"),
        ({"event": "segw_resumed", **move, "from": None, "cause": None}, "route and local address are there: 10.9.0.2"),
        ({"event": "segw_backoff", **move, "cause": "AUTH_FAILED", "delay_ms": 1500},
         "this round failed, at last 10.9.0.1 with AUTH_FAILED; next round in 1s"),
        ({"event": "segw_exhausted", **move, "to": None},
         "all rounds failed, at last 10.9.0.1 with LIVENESS; status shows if it tries again"),
    ]
    lines = [json.dumps({"time_ms": 1, "seq": 1, "connection": "vpn", **event}).encode() + b"\n" for event, _ in rows]
    with ctl.plugin([NONE, *lines, 0.3, Plugin.HANG_UP], clients=1):
        said = follow(ctl).out.splitlines()
    expect(len(said) == len(rows), f"{len(rows)} lines expected: {said}")
    for line, (event, text) in zip(said, rows):
        expect(re.fullmatch(rf"\S+ \S+  vpn       {event['event']} +{re.escape(text)}", line), f"{text!r} expected: {line!r}")


def test_interrupted(ctl):
    for words in (("events",), ("status", "--watch")):
        with ctl.plugin(NONE, NONE, NONE, NONE, NONE) as plugin:
            child = ctl.start(*words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            expect(wait_for(lambda: plugin.heard), "a request")
            time.sleep(0.2)
            child.send_signal(signal.SIGINT)
            out, err = child.communicate(timeout=60)
            Done(child.returncode, out.decode(), err.decode()).must(-signal.SIGINT)
            expect(err == b"" and b"\x1b" not in out, f"{words}: {out} {err}")
        ctl.path.unlink()
