"""A TCP target, and a second one that is dead: see description.txt."""

import subprocess
import sys
import time

from lab.probes import PROBE, actions, probe_state, wait_probe
from lab.wait import expect, hold, slack

SLOW = True
CPE = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None}     # charon's defaults
LOST_S = 3.2
QUIET_S = 8             # four intervals
TARGETS = ["tcp://10.1.0.1:4443", "10.1.0.99"]
SERVER = """
import socket
end = socket.create_server(("10.1.0.1", 4443))
print("ready", flush=True)
while True:
    end.accept()[0].close()
"""


def play(lab):
    server = lab.gateway(1).namespace.popen(sys.executable, "-c", SERVER, stdout=subprocess.PIPE, text=True)
    try:
        expect(server.stdout.readline() == "ready\n", "the server did not start")
        lab.up(lab.cpe.connection(dpd={"delay": 0}, probe={**PROBE, "targets": TARGETS}))
        probe_state(lab, "ANSWERS")
        hold(lambda: not actions(lab, 0), QUIET_S, lambda: f"one target suffices: {actions(lab, 0)}")
        expect([target["answers"] for target in lab.cpe.status()["probe"]["targets"]] == [True, False],
               f"STATUS says {lab.cpe.status()['probe']}")
        mark, began = lab.cpe.events.mark(), time.time()
        lab.gateway(1).lose_esp()
        took = wait_probe(lab, "move", mark)["arrived"] - began
        print(f"noticed after {took:.1f} s, at most {LOST_S} s")
        expect(took <= slack(LOST_S), f"noticed only after {took:.1f} s")
        lab.wait_up(2, mark=mark)
        wait_probe(lab, "resume", mark)
        probe_state(lab, "ANSWERS")
        lab.gateway(1).heal()
    finally:
        server.kill()
        server.wait()
    return {"vpn": 2}
