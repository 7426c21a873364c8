"""What the units run: see description.txt."""

import json
import os
import signal
import subprocess
from contextlib import ExitStack
from pathlib import Path

from lab.cpe import ROOT
from lab.wait import expect, until

PROGRAM = Path(os.environ.get("EXTSOCKCTL", ROOT / "target/extsock/extsockctl"))


class Units:
    """The two programs, and what the script has heard: a list of words for each event."""

    def __init__(self, lab, stack):
        self.place, self.heard = lab.folder / "extsock.d", lab.folder / "heard"
        self.place.mkdir()
        self.heard.write_text("")
        script = lab.folder / "hook"
        script.write_text(f"""#!/bin/sh
mkdir {lab.folder}/lock || echo "two at once" >>{self.heard}
while [ -e {lab.folder}/slow ]; do sleep 0.1; done
echo "$ACTION|$CONNECTION|$FROM|$TO|$CAUSE" >>{self.heard}
rmdir {lab.folder}/lock
""")
        script.chmod(0o755)
        self.said = {}
        for name, words in (("apply", ["apply", "--follow", self.place]), ("events", ["events", "--exec", script])):
            self.said[name] = lab.folder / f"{name}.out"
            out = stack.enter_context(open(self.said[name], "wb"))
            child = subprocess.Popen([PROGRAM, "--socket", str(lab.cpe.socket_path), *words], stdin=subprocess.DEVNULL, stdout=out, stderr=out)
            stack.callback(child.wait)
            stack.callback(child.send_signal, signal.SIGTERM)

    def words(self):
        return [line.split("|") for line in self.heard.read_text().splitlines()]

    def wait(self, *words, times=1, seconds=15):
        until(lambda: self.words().count(list(words)) >= times, seconds, lambda: f"{words} {times} times in\n{self.heard.read_text()}")


def wait_up(lab, name, segw):
    """Seen in charon: the plugin's events may have come before the lab's own client was there."""
    row = (name, str(segw), "ESTABLISHED", ["INSTALLED"])
    until(lambda: [each for each in lab.picture() if each[0] == name] == [row], 20, lambda: f"{row} in {lab.picture()}")


def play(lab):
    with ExitStack() as stack:
        units = Units(lab, stack)
        (units.place / "10-vpn.json").write_text(json.dumps(lab.cpe.connection()))
        (units.place / "20-wrong.json").write_text('{"name": "wrong"}')
        (units.place / "30-vpn1.json").write_text(json.dumps(lab.cpe.connection(net=1)))
        lab.cpe.start()
        for name in ("vpn", "vpn1"):
            wait_up(lab, name, 1)
        units.wait("charon_up", "", "", "", "")         # what came before that it cannot have heard
        until(lambda: f"{units.place}/20-wrong.json:1:1: " in units.said["apply"].read_text(), 5, "the mistake to be named")

        (lab.folder / "slow").write_text("")
        lab.gateway(1).die()
        for name in ("vpn", "vpn1"):
            wait_up(lab, name, 2)
        expect(["segw_failover", "vpn", "10.9.0.1", "10.9.0.2", "RETRANSMIT_TIMEOUT"] not in units.words(), "the script was to be slow")
        (lab.folder / "slow").unlink()
        for name in ("vpn", "vpn1"):
            units.wait("segw_failover", name, "10.9.0.1", "10.9.0.2", "RETRANSMIT_TIMEOUT")

        lab.cpe.kill()
        units.wait("charon_down", "", "", "", "")
        lab.gateway(1).come_back()
        lab.cpe.start()
        for name in ("vpn", "vpn1"):
            wait_up(lab, name, 1)
        units.wait("charon_up", "", "", "", "", times=2)
        expect("two at once" not in units.heard.read_text(), "two scripts at once")
        until(lambda: units.said["apply"].read_text().count("vpn1: applied\n") == 2, 5, lambda: f"applied twice: {units.said['apply'].read_text()}")
    return {"vpn": 1, "vpn1": 1}
