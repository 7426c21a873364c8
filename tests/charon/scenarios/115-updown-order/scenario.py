"""What updown scripts have after a SWITCH: see description.txt."""

from lab.charon import PLUGINS
from lab.wait import hold, until

CPE = {"load": f"{PLUGINS} updown"}
# The last IKE_SA that came up has the route: the end of another one is no news.
CAREFUL = """#!/bin/sh
case $PLUTO_VERB in
up-client) echo $PLUTO_UNIQUEID >{route} ;;
down-client) [ "$(cat {route} 2>/dev/null)" != $PLUTO_UNIQUEID ] || rm -f {route} ;;
esac
"""
BY_NAME = """#!/bin/sh
case $PLUTO_VERB in up-client) touch {route} ;; down-client) rm -f {route} ;; esac
"""
STAY_S = 2          # the down of the old CHILD_SA comes a second later


def switched(lab, what, text, **extra):
    route, script = lab.cpe.folder / f"{what}.route", lab.cpe.folder / f"{what}.sh"
    script.write_text(text.format(route=route))
    script.chmod(0o755)
    mark = lab.cpe.events.mark()
    lab.cpe.apply(lab.cpe.connection(children=[lab.cpe.child(updown=str(script), **extra)]))
    lab.wait_up(1, mark=mark)
    until(route.exists, 2, "the script's route")
    mark = lab.cpe.events.mark()
    lab.cpe.events.ok("SWITCH vpn secondary")
    lab.cpe.events.wait("segw_switch", 5, mark)
    lab.expect_only({"vpn": 2})
    hold(route.exists, STAY_S, f"{what}: SEGW 2 carries, and the script has undone what it did for it")
    lab.cpe.events.ok("REMOVE_CONFIG vpn")
    until(lambda: not route.exists(), 5, f"{what}: the script to hear of the end")


def play(lab):
    lab.cpe.start()
    switched(lab, "careful", CAREFUL)
    switched(lab, "by-name", BY_NAME, updown_order="down_up")
    return {}
