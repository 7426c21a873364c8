#!/usr/bin/env python3
"""One failover of a router: charon with what OpenWrt's scripts render of two SEGWs, and with what ours render of what is shipped.

usage: failover.py RELEASE start|trap EXTSOCK_CONF LIMIT_S. Prints how long the ping had no answer; exit status 1 if it was longer
than the limit, or the lab is not as it has to be afterwards."""

import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE), str(HERE.parent / "charon")]

import swanctl_init                             # noqa: E402
from lab import Lab                             # noqa: E402
from lab.gateway import address                 # noqa: E402
from lab.policies import Policies               # noqa: E402
from lab.wait import expect, slack, until       # noqa: E402

# A router's charon has its defaults.
DEFAULTS = {"retransmit_timeout": None, "retransmit_base": None, "retransmit_tries": None}


def as_on_a_router(cpe, extsock, swanctl):
    """The CPE's charon reads the two files."""
    write = cpe._write_settings

    def write_settings():
        conf = write()
        conf.write_text(f"{conf.read_text()}include {extsock}\n")
        return conf

    def load():
        file = cpe.folder / "swanctl.conf"
        file.write_text(swanctl)
        file.chmod(0o600)
        cpe.swanctl("--load-all", "--noprompt", "--file", file)

    cpe._write_settings, cpe.load = write_settings, load


def play(release, start, extsock, limit):
    """What is printed; raises if it is not as it has to be."""
    with Lab(cpe=DEFAULTS) as lab:
        as_on_a_router(lab.cpe, extsock, swanctl_init.swanctl(release, (address(1), address(2)), lab.secret, start))
        policies = Policies(lab.cpe) if start == "trap" else None
        lab.cpe.start()
        if policies:
            until(lambda: policies.traps() == 1, 5, "the trap")
            expect(policies.traffic() == 1, "there is no trap to hit")
        lab.wait_up(1)
        ping = lab.ping()
        ping.wait_answers(10)
        mark, died = lab.cpe.events.mark(), time.time()
        lab.gateway(1).die()
        lab.wait_up(2, mark=mark, seconds=limit + 5)
        ping.wait_answers(1)
        outage = ping.outage(died)
        event, = lab.cpe.events.since(mark, "segw_failover", connection="vpn")
        expect(event["from"] == address(1) and event["to"] == address(2), f"odd event {event}")
        expect(outage <= slack(limit), f"{outage:.2f} s without an answer, more than {slack(limit):g}")
        lab.check({"vpn": 2})
        return f"OpenWrt {release}, {start}: {outage:.2f} s without an answer, {event['cause']}"


if __name__ == "__main__":
    print(play(sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4])))
