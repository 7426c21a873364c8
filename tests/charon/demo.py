#!/usr/bin/env python3
"""The main job before your eyes: gateways die and return while a ping runs through the tunnel.

ports/strongswan/demo installs and builds what this needs, then runs it."""

import argparse
import shlex
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.dont_write_bytecode = True

from lab import Failed, Lab                             # noqa: E402
from lab.gateway import address, site                   # noqa: E402
from lab.lab import Interrupted                         # noqa: E402
from lab.netns import NETWORK                           # noqa: E402
from lab.outage import measure, table                   # noqa: E402
from lab.timeline import BOLD, DIM, GREEN, RED, Timeline    # noqa: E402

DEATHS = (1, 2, 1, 2)       # segw1 dies, then segw2; twice
ANSWERS = 40                # answers to see through each SEGW before the next blow: two seconds of ping
PING_S = 0.05
SHARE = 0.9                 # of those answers the expected SEGW must have counted at least this part


class Demo:
    """Plays the deaths on a laid lab and keeps what each outage cost."""

    def __init__(self, lab, timeline):
        self.lab = lab
        self.timeline = timeline
        self.outages = []
        self.ping = None

    def bring_up(self):
        self.lab.cpe.start()
        self.lab.cpe.events.on_event = self.timeline.event
        connection = self.lab.cpe.connection((1, 2))
        self.timeline.say(self.timeline.paint(
            f"         APPLY_CONFIG {{\"name\": \"vpn\", \"ike_cfg\": {{\"remote_addrs\": "
            f"\"{connection['ike_cfg']['remote_addrs']}\", …}}, …}}", DIM))
        self.lab.cpe.apply(connection)
        self.lab.wait_up(1)
        self.ping = self.lab.ping(interval=PING_S)
        self.flows(1)

    def flows(self, number):
        """See answers come through the tunnel, and the SEGW count the questions; returns how many it counted."""
        others = {n: g.carried() for n, g in self.lab.gateways.items()}
        answers = self.ping.wait_answers(ANSWERS, seconds=15)
        counted = {n: g.carried() - others[n] for n, g in self.lab.gateways.items()}
        good = counted[number] >= SHARE * ANSWERS and not any(c for n, c in counted.items() if n != number)
        self.timeline.line("traffic flows", "", f"segw{number}",
                           f"{len(answers)} answers; segw1 counted {counted[1]}, segw2 {counted[2]}", colour=GREEN if good else RED)
        if not good:
            raise Failed(f"segw{number} should have carried the ping, the SEGWs counted {counted}")
        return counted[number]

    def outage(self, number):
        """One SEGW dies, the other carries on, the dead one returns."""
        other = 3 - number
        events, log = self.lab.cpe.events.mark(), self.lab.cpe.log.mark()
        died_at = time.time()
        self.timeline.line(f"segw{number} dies", f"segw{number}", cause="power cut: nothing answers there any more", colour=RED)
        self.lab.gateway(number).die()
        self.lab.wait_up(other, mark=events)
        carried = self.flows(other)
        self.outages.append(measure(self.lab.cpe, self.ping, died_at, log, number, other, carried))
        self.lab.gateway(number).come_back()
        self.timeline.line(f"segw{number} returns", f"segw{number}", cause="a fresh daemon that knows no IKE_SA", colour=GREEN)

    def play(self):
        self.timeline.header()
        self.bring_up()
        for number in DEATHS:
            self.outage(number)
        lost = self.ping.stop()
        self.lab.check({"vpn": 1})
        self.timeline.say()
        first, *rest = table(self.outages)
        self.timeline.say(self.timeline.paint(first, BOLD))
        for row in rest:
            self.timeline.say(row)
        self.timeline.say(
            f"\n{self.ping.sent} pings sent through the tunnel, {lost} lost. Detection is charon's liveness check: DPD every "
            f"second, then 1.1 s of retransmissions, as set for this lab. Decision is this project's share.\n"
            f"Times are from charon's own log; 'carried' is counted at the SEGW, behind its tunnel.")


def show_how(lab, say):
    """What to do with a lab that is kept, and how to end it."""
    teardown = lab.write_teardown()
    cpe = lab.cpe
    segw1 = lab.gateway(1)
    say(f"""
The lab stays. Talk to it:
  the plugin          socat - UNIX-CONNECT:{cpe.socket_path}      then: STATUS, HISTORY vpn, SWITCH vpn secondary
  charon              {cpe.folder}/swanctl --list-sas --uri unix://{cpe.vici_path}
  its log             tail -f {cpe.log.path}
  traffic             {shlex.join(cpe.namespace.wrap('ping', '-I', '10.2.0.1', site(0)))}
  end segw1's IKE_SA  {segw1.folder}/swanctl --terminate --ike cpe0 --uri unix://{segw1.vici_path}
  kill segw1          kill -9 {segw1.pid}
Tear it down:         {teardown}""")


def main():
    parser = argparse.ArgumentParser(prog="demo", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave the lab up and say how to talk to it and how to end it")
    options = parser.parse_args()
    timeline = Timeline({address(n): f"segw{n}" for n in (1, 2)} | {f"{NETWORK}.100": "cpe"})
    try:
        timeline.say(f"Laying the lab: segw1 {address(1)}, segw2 {address(2)}, a CPE, and {site(0)} behind both SEGWs.\n")
        with Lab(gateways=2) as lab:
            try:
                Demo(lab, timeline).play()
            except (Failed, OSError):
                kept = Path(tempfile.mkdtemp(prefix="demo."))
                lab.save_logs(kept)
                timeline.say(f"logs: {kept}")
                raise
            if options.keep:
                lab.keep = True
                show_how(lab, timeline.say)
    except (Failed, OSError) as error:
        timeline.say(timeline.paint(f"FAILED: {error}", RED))
        return 1
    except Interrupted as signal:
        timeline.say("\ninterrupted; the lab is taken away")
        return 128 + signal.args[0]
    return 0


if __name__ == "__main__":
    sys.exit(main())
