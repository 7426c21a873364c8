"""A trace plays again: see description.txt."""

import os
import subprocess

from lab.cpe import PLUGIN, replayed
from lab.settings import merged
from lab.wait import Skipped, expect

PROGRAM = os.environ.get("LAB_REPLAY") or PLUGIN.with_name("segw-replay")


def play(lab):
    if lab.cpe.machine or not os.path.exists(PROGRAM):
        raise Skipped(f"no segw-replay for this machine beside the plugin: {PROGRAM}")
    path = lab.cpe.trace_path
    lab.cpe.settings = merged(lab.cpe.settings, {"plugins": {"extsock": {"trace_file": str(path)}}})
    lab.up(lab.cpe.connection())
    mark = lab.cpe.events.mark()
    lab.gateway(1).die()
    lab.wait_up(2, mark=mark)
    lab.gateway(1).come_back()
    mark = lab.cpe.events.mark()
    lab.cpe.events.ok("SWITCH vpn primary")
    lab.cpe.events.wait("segw_switch", 10, mark, connection="vpn")
    lab.cpe.stop()

    trace = path.read_bytes()
    expect(path.stat().st_mode & 0o777 == 0o600, f"mode {path.stat().st_mode:o}")
    for secret in (lab.cpe.secret, "APPLY_CONFIG", "local_auth"):
        expect(secret.encode() not in trace, f"{secret} is in the trace")
    said = replayed(PROGRAM, path)
    for what in ("RETRANSMIT_TIMEOUT", "segw_failover", "request SWITCH vpn primary", "segw_switch", "does dial vpn 10.9.0.2"):
        expect(what in said, f"no {what} in what segw-replay prints:\n{said[-3000:]}")
    for what, text in (("no trace", b"libsegw state 1\n"), ("cut in the context", trace[:1000]), ("cut in a record", trace[:-7])):
        path.write_bytes(text)
        done = subprocess.run([PROGRAM, path], capture_output=True, text=True, check=False)
        expect(done.returncode == 3 and path.name in done.stderr, f"{what}: exit {done.returncode}, {done.stderr}")
    path.unlink()

    lab.cpe.start()
    lab.cpe.apply(lab.cpe.connection())
    lab.wait_up(1)
    return {"vpn": 1}
