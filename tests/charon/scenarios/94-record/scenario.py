"""A record is fetched and plays: see description.txt."""

import base64
import os
import subprocess
from pathlib import Path

from lab.cpe import PLUGIN, ROOT, replayed
from lab.extsock import Extsock
from lab.settings import merged
from lab.wait import Skipped, expect, slack

PROGRAM = os.environ.get("LAB_REPLAY") or PLUGIN.with_name("segw-replay")
CTL = Path(os.environ.get("EXTSOCKCTL", ROOT / "target/extsock/extsockctl"))
# Nobody on this machine has these numbers.
READER, OPERATOR = (4400, 65534, []), (4401, 65534, [])
SMALLEST = 16384
CPE = {"plugins": {"extsock": {"mode": "0666", "operate_users": "4401"}}}


def ctl(lab, *words, code=0):
    """extsockctl record."""
    done = subprocess.run([CTL, "--socket", lab.cpe.socket_path, "record", *words], stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=slack(20), check=False)
    expect(done.returncode == code, f"extsockctl record: exit {done.returncode}, {done.stderr}")
    return done


def fail_over(lab, dying):
    mark = lab.cpe.events.mark()
    lab.gateway(dying).die()
    lab.wait_up(3 - dying, mark=mark)
    lab.gateway(dying).come_back()


def switch(lab, target):
    mark = lab.cpe.events.mark()
    lab.cpe.events.ok(f"SWITCH vpn {target}")
    lab.cpe.events.wait("segw_switch", 10, mark, connection="vpn")


def restart(lab, size):
    lab.cpe.stop()
    lab.cpe.settings = merged(lab.cpe.settings, {"plugins": {"extsock": {"record_bytes": size}}})
    lab.cpe.start()


def rights(lab, whole):
    """Who may operate gets the same; who may only read is refused."""
    reply = Extsock(lab.cpe.socket_path, user=READER).request("RECORD")
    expect(not reply["ok"] and "operate_users" in reply["error"], f"a reader was told {str(reply)[:200]}")
    operator = Extsock(lab.cpe.socket_path, user=OPERATOR)
    reply = operator.request("RECORD")
    data = base64.b64decode(reply["data"])
    expect(reply["ok"] and data.startswith(whole), "an operator gets another record: more may have come, and no more")
    rest = operator.request(f"RECORD {reply['serial']} {len(whole) - 6}")
    expect(rest["ok"] and rest["offset"] == len(whole) - 6 and base64.b64decode(rest["data"]).startswith(whole[-6:]), f"its end is {rest}")
    for argument in (f"{reply['serial'] + 1} 0", f"{reply['serial']} 99999999", "1", "x y", "1 2 3"):
        expect(not operator.request(f"RECORD {argument}")["ok"], f"RECORD {argument} is not refused")


def hostile(path, whole):
    """What is no record, or was cut or changed, is refused or plays; it never harms who reads it."""
    for what, text in (("no record", b"libsegw state 1\n"), ("cut in the tables", whole[:300]), ("cut in an entry", whole[:-3])):
        path.write_bytes(text)
        done = subprocess.run([PROGRAM, path], capture_output=True, text=True, check=False)
        expect(done.returncode == 3 and path.name in done.stderr, f"{what}: exit {done.returncode}, {done.stderr}")
    # All of the end, where events and actions lie, and something of the tables.
    for place in [*range(40, len(whole), max(1, len(whole) // 60)), *range(len(whole) - 120, len(whole))]:
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xff]) + whole[place + 1:])
        done = subprocess.run([PROGRAM, path], capture_output=True, check=False, timeout=slack(20))
        expect(done.returncode in (0, 1, 3) if place >= 2000 else done.returncode == 3, f"byte {place} is another: exit {done.returncode}")


def play(lab):
    if lab.cpe.machine or not os.path.exists(PROGRAM):
        raise Skipped(f"no segw-replay for this machine beside the plugin: {PROGRAM}")
    path = lab.folder / "record"
    lab.up(lab.cpe.connection())
    fail_over(lab, 1)
    switch(lab, "primary")
    # A configuration comes between, and nothing before it is lost.
    lab.cpe.apply(lab.cpe.connection(failover={"backoff_initial_ms": 700}))
    fail_over(lab, 1)
    said = ctl(lab, path).stdout.decode()
    whole = path.read_bytes()
    expect(f"{path}: {len(whole)} bytes" in said and path.stat().st_mode & 0o777 == 0o600, f"it said {said}, mode {path.stat().st_mode:o}")
    for secret in (lab.cpe.secret, "APPLY_CONFIG", "local_auth"):
        expect(secret.encode() not in whole, f"{secret} is in the record")
    said = replayed(PROGRAM, path)
    for what in ("RETRANSMIT_TIMEOUT", "segw_failover", "request SWITCH vpn primary", "segw_switch", "does dial vpn 10.9.0.2",
                 "a configuration came here", "the record begins at 20"):
        expect(what in said, f"no {what} in what segw-replay prints:\n{said[-3000:]}")
    expect(said.count('"segw_failover"') == 2, f"not both losses are in it:\n{said}")
    piped = ctl(lab).stdout
    expect(piped.startswith(whole[:40]) and len(piped) >= len(whole), f"{len(piped)} bytes on standard output")
    for folder in (lab.folder, lab.cpe.folder):
        folder.chmod(0o711)
    rights(lab, whole)
    hostile(path, whole)

    # Its beginning does not fit any more.
    restart(lab, SMALLEST)
    lab.cpe.apply(lab.cpe.connection())
    lab.wait_up(1)
    for _ in range(600):
        lab.cpe.events.ok("START_DPD vpn")
    ctl(lab, path)
    expect(path.stat().st_size <= SMALLEST + 40, f"{path.stat().st_size} bytes of at most {SMALLEST}")
    said = replayed(PROGRAM, path)
    expect("inputs came before" in said, f"nothing is said of what is lost:\n{said[:1000]}")

    # Tables that do not fit at all.
    many = [lab.cpe.connection(net=0, children=[lab.cpe.child(0, start_action="none")]) | {"name": f"other{i}"} for i in range(15)]
    lab.cpe.apply(*many)
    lab.cpe.events.ok("SWITCH vpn secondary")
    lab.wait_up(2)
    expect(b"do not fit into a record" in ctl(lab, path, code=1).stderr, "nobody says that the tables do not fit")

    restart(lab, 0)
    expect(b"record_bytes is 0" in ctl(lab, path, code=1).stderr, "nobody says that it is switched off")
    lab.cpe.apply(lab.cpe.connection())
    lab.wait_up(1)
    return {"vpn": 1}
