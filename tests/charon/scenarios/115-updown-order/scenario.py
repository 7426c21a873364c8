"""What updown scripts have after a SWITCH: see description.txt."""

from lab.charon import PLUGINS
from lab.wait import expect, hold, until

CPE = {"load": f"{PLUGINS} updown"}
# The last IKE_SA that came up has the route: the end of another one is no news.
CAREFUL = """#!/bin/sh
case $PLUTO_VERB in
up-client) echo $PLUTO_UNIQUEID >{route} ;;
down-client) [ "$(cat {route} 2>/dev/null)" != $PLUTO_UNIQUEID ] || rm -f {route} ;;
esac
"""
# What charon calls: verb and IKE_SA.
RECORD = """#!/bin/sh
echo "$PLUTO_VERB $PLUTO_UNIQUEID" >>{route}
"""
STAY_S = 2          # the down of the old CHILD_SA comes a second later


def switched(lab, what, text):
    """SEGW 2 carries the connection; what the script writes to."""
    route, script = lab.cpe.folder / f"{what}.route", lab.cpe.folder / f"{what}.sh"
    script.write_text(text.format(route=route))
    script.chmod(0o755)
    mark = lab.cpe.events.mark()
    lab.cpe.apply(lab.cpe.connection(children=[lab.cpe.child(updown=str(script))]))
    lab.wait_up(1, mark=mark)
    until(route.exists, 2, "the script's route")
    mark = lab.cpe.events.mark()
    lab.cpe.events.ok("SWITCH vpn secondary")
    lab.cpe.events.wait("segw_switch", 5, mark)
    lab.expect_only({"vpn": 2})
    return route


def play(lab):
    lab.cpe.start()
    route = switched(lab, "careful", CAREFUL)
    hold(route.exists, STAY_S, "SEGW 2 carries, and the script has undone what it did for it")
    lab.cpe.events.ok("REMOVE_CONFIG vpn")
    until(lambda: not route.exists(), 5, "the script to hear of the end")

    calls = switched(lab, "record", RECORD)
    until(lambda: len(calls.read_text().splitlines()) == 3, STAY_S + 2, lambda: f"three calls: {calls.read_text()}")
    (up, first), (then, second), (last, ended) = (line.split() for line in calls.read_text().splitlines())
    expect([up, then, last] == ["up-client", "up-client", "down-client"], f"the order is {calls.read_text()}")
    expect(first == ended != second, f"IKE_SAs are not told apart: {calls.read_text()}")
    lab.cpe.events.ok("REMOVE_CONFIG vpn")
    return {}
