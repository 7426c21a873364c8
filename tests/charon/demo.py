#!/usr/bin/env python3
"""The main job before your eyes: a SEGW dies and returns while a ping runs through the tunnel, and beside it the same on charon alone.

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
from lab.outage import PARTS, measure                   # noqa: E402
from lab.timeline import BOLD, DIM, GREEN, RED, YELLOW, Timeline    # noqa: E402
from lab.tunnel import NAME, Tunnel                     # noqa: E402
from lab.wait import until                              # noqa: E402

ANSWERS = 40                # answers to see through a SEGW before the next step: two seconds of ping
PING_S = 0.05
SHARE = 0.9                 # of those answers the expected SEGW must have counted at least this part
DEAD_S = 15                 # how long the primary is away
HOLD_DOWN_S = 10
FAILBACK_S = 60             # until the failback, at most
MINUTE_S = 60               # how long both sides are watched from the death on
TELL_S = 10                 # charon alone says where it is as often
DPD_S = 10
CHARON = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None}      # its own defaults, on both sides
POLICY = {"failback": "hold_down", "hold_down_ms": f"{HOLD_DOWN_S}s", "stable_ms": 0}


class Side:
    """One CPE with its SEGWs and a ping through its tunnel."""

    def __init__(self, lab, timeline, settings=None):
        self.lab = lab
        self.timeline = timeline
        self.lab.cpe.settings = {**lab.cpe.settings, **CHARON, **({"plugins": {"extsock": settings}} if settings else {})}
        self.ping = None

    def start(self):
        cpe = self.lab.cpe
        cpe.stock_connections = Tunnel(self.lab.secret, dpd_s=DPD_S).swanctl()
        cpe.launch()
        cpe.listening()
        if cpe.events:
            cpe.events.on_event = self.timeline.event
        cpe.load()
        wanted = [(NAME, "1", "ESTABLISHED", ["INSTALLED"])]
        until(lambda: self.lab.picture() == wanted, 15, lambda: f"the tunnel to segw1; there is {self.lab.picture()}")
        self.ping = self.lab.ping(interval=PING_S)

    def flows(self, number):
        """See answers come through the tunnel, and the SEGW count the questions; returns how many it counted."""
        others = {n: g.carried() for n, g in self.lab.gateways.items()}
        answers = self.ping.wait_answers(ANSWERS, seconds=15)
        counted = {n: g.carried() - others[n] for n, g in self.lab.gateways.items()}
        good = counted[number] >= SHARE * ANSWERS and not any(c for n, c in counted.items() if n != number)
        self.timeline.line("traffic flows", "", f"segw{number}",
                           f"{len(answers)} answers; segw1 saw {counted[1]}, segw2 {counted[2]}", colour=GREEN if good else RED)
        if not good:
            raise Failed(f"segw{number} should have carried the ping, the SEGWs counted {counted}")
        return counted[number]

    def silence(self, begin, end):
        """The longest time without an answer, and whether it was over by then."""
        moments = [begin, *(at for at, _ in list(self.ping.answers) if begin < at < end), end]
        longest, last = max((later - earlier, later) for earlier, later in zip(moments, moments[1:]))
        return longest, last != end


class Demo:
    """One death, one failback, on both sides, and what each cost."""

    def __init__(self, ours, alone, timeline):
        self.ours = ours
        self.alone = alone
        self.timeline = timeline
        self.died_at = None
        self._told = 0

    @property
    def sides(self):
        return self.ours, self.alone

    def wait(self, wanted, seconds, what):
        """Until it is so; meanwhile charon alone says where it is."""
        def look():
            self._tell()
            return wanted()
        return until(look, seconds, what)

    def _tell(self):
        if self.died_at is None or time.time() < self.died_at + self._told + TELL_S:
            return
        self._told += TELL_S
        last = self.alone.ping.answers[-1][0]
        silent = time.time() - last
        self.timeline.line("charon alone", "", "", "traffic flows" if silent < 1 else f"no answer for {silent:.0f} s", colour=YELLOW)

    def play(self):
        timeline = self.timeline
        timeline.header()
        for text in (f"swanctl.conf: remote_addrs = {address(1)}, {address(2)}", "strongswan.conf: extsock {", "  adopt = yes", "  failover {",
                     *(f"    {key} = {value}" for key, value in POLICY.items()), "  }", "}"):
            timeline.say(f"{'':10}{text}", DIM)
        for side in self.sides:
            side.start()
        self.ours.flows(1)
        outage = self.death()
        failback = self.failback()
        watched = self.died_at + MINUTE_S
        self.wait(lambda: time.time() >= watched, MINUTE_S + 1, "the end of the minute")
        self.ours.flows(1)
        self.ours.lab.check({NAME: 1})
        self.tell(outage, failback, watched)

    def death(self):
        """SEGW 1 of both sides loses its power; the plugin's next carries on."""
        cpe = self.ours.lab.cpe
        events, log = cpe.events.mark(), cpe.log.mark()
        self.died_at = time.time()
        self.timeline.line("segw1 dies", "segw1", cause="power cut; on both sides", colour=RED)
        for side in self.sides:
            side.lab.gateway(1).die()
        self.ours.lab.wait_up(2, NAME, mark=events, seconds=30)
        carried = self.ours.flows(2)
        return measure(cpe, self.ours.ping, self.died_at, log, 1, 2, carried)

    def failback(self):
        """SEGW 1 returns; how many packets it cost to go back to it."""
        events = self.ours.lab.cpe.events
        back = self.died_at + DEAD_S
        self.wait(lambda: time.time() >= back, DEAD_S, "the return of segw1")
        mark, returned = events.mark(), time.time()
        for side in self.sides:
            side.lab.gateway(1).come_back()
        self.timeline.line("segw1 returns", "segw1", cause="a fresh daemon without IKE_SAs", colour=GREEN)
        self.wait(lambda: any(e.get("event") == "segw_failback" for e in events.since(mark)), FAILBACK_S, "the failback")
        self.ours.flows(1)
        return len(self.ours.ping.lost(returned, self.ours.ping.answers[-1][0]))

    def tell(self, outage, failback, watched):
        say = self.timeline.say

        def silence(side):
            longest, over = side.silence(self.died_at, watched)
            return f"{'' if over else '> '}{longest:.1f} s"
        rows = (("", "with extsock", "charon alone"),
                ("longest time without an answer", *map(silence, self.sides)),
                ("packets lost, of all that were sent", *(f"{side.ping.stop()} of {side.ping.sent}" for side in self.sides)),
                ("packets lost by going back to segw1", str(failback), "it never left"))
        say()
        for number, row in enumerate(rows):
            say(f"  {row[0]:<40}{row[1]:>14}{row[2]:>15}", None if number else BOLD)
        parts = "; ".join(f"{name} {getattr(outage, name):.0f} ms" for name in PARTS)
        say(f"""
The outage with extsock: {parts}.
Both sides have charon's default retransmission, which gives a SEGW up after
165 s. Detection is the plugin's liveness check. Decision is the plugin's too;
reconnection is charon's handshake. Who carried is counted at the SEGWs.""")


def show_how(lab, say):
    """What to do with a lab that is kept, and how to end it."""
    teardown = lab.write_teardown()
    cpe, segw1 = lab.cpe, lab.gateway(1)
    ctl = Path(__file__).resolve().parents[2] / "target/extsock/extsockctl"
    say(f"""
The lab with the plugin stays. Talk to it:
  export EXTSOCK_SOCKET={cpe.socket_path}
  {ctl} status
  {ctl} history vpn
  {ctl} events
  {ctl} switch vpn secondary
Behind it:
  charon              {cpe.folder}/swanctl --list-sas --uri unix://{cpe.vici_path}
  its log             tail -f {cpe.log.path}
  traffic             {shlex.join(cpe.namespace.wrap('ping', '-I', '10.2.0.1', site(0)))}
  end segw1's IKE_SA  {segw1.folder}/swanctl --terminate --ike cpe0 --uri unix://{segw1.vici_path}
  kill segw1          kill -9 {segw1.pid}
Tear it down:         {teardown}""")


def main():
    parser = argparse.ArgumentParser(prog="demo", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave the lab up and say how to talk to it and how to end it")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="write what was printed as a picture that plays")
    options = parser.parse_args()
    timeline = Timeline({address(n): f"segw{n}" for n in (1, 2)} | {f"{NETWORK}.100": "cpe"})
    try:
        timeline.say(f"Laying two labs: segw1 {address(1)}, segw2 {address(2)}, a CPE, and {site(0)} behind\n"
                     f"both SEGWs. One CPE has the plugin, the other is charon alone. The SEGWs of both\n"
                     f"do the same. It takes a minute.\n")
        with Lab(gateways=2, stock=True) as alone, Lab(gateways=2) as ours:
            try:
                Demo(Side(ours, timeline, {"adopt": True, "failover": POLICY}), Side(alone, timeline), timeline).play()
            except (Failed, OSError):
                kept = Path(tempfile.mkdtemp(prefix="demo."))
                ours.save_logs(kept)
                timeline.say(f"logs: {kept}")
                raise
            if options.svg:
                options.svg.write_text(timeline.recording.svg())
            if options.keep:
                ours.keep = True
                show_how(ours, timeline.say)
    except (Failed, OSError) as error:
        timeline.say(f"FAILED: {error}", RED)
        return 1
    except Interrupted as signal:
        timeline.say("\ninterrupted; the labs are taken away")
        return 128 + signal.args[0]
    return 0


if __name__ == "__main__":
    sys.exit(main())
