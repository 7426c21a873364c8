"""extsockctl on a real charon: see description.txt."""

import json
import os
import re
import signal
import subprocess
from pathlib import Path

from lab.cpe import ROOT
from lab.wait import Failed, expect, slack, until

PROGRAM = Path(os.environ.get("EXTSOCKCTL", ROOT / "target/extsock/extsockctl"))


class Person:
    """Somebody at the router's shell."""

    def __init__(self, lab):
        self.lab = lab
        self.printed = ""
        self.socket = ["--socket", str(lab.cpe.socket_path)]

    def run(self, *words, code=0, err=True):
        done = subprocess.run([PROGRAM, *self.socket, *map(str, words)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=slack(30))
        self.printed += done.stdout + done.stderr
        if done.returncode != code:
            raise Failed(f"{' '.join(map(str, words))}: exit {code} expected, not {done.returncode}: {done.stdout}{done.stderr}")
        return done.stderr if code != 0 and err else done.stdout

    def follow(self, *words):
        """Something that runs until charon goes, and the file of what it prints."""
        path = self.lab.folder / f"{words[0]}.out"
        with open(path, "wb") as out:
            return subprocess.Popen([PROGRAM, *self.socket, *words], stdin=subprocess.DEVNULL, stdout=out, stderr=out), path


def wait_line(path, pattern, seconds=10):
    until(lambda: re.search(pattern, path.read_text(), re.M), seconds, lambda: f"{pattern} in\n{path.read_text()}")


def rows(person):
    """status: the connection's words, and of each SEGW its mark, address and words."""
    lines = person.run("status", "vpn").splitlines()[2:]
    return lines[0].split(), [(line[2], line[3:].split()) for line in lines[1:] if re.match(r"  [ *>]\d", line)]


def mistakes(lab, person, file):
    """Refused with its place by both, nothing applied."""
    before = lab.cpe.events.ok("STATUS")["connections"]
    bad = json.dumps(lab.cpe.connection(dpd={"delay": "soon"}), indent=2)
    line = bad[:bad.index('"soon"')].count("\n") + 1
    column = len(bad[:bad.index('"soon"')].rsplit("\n", 1)[1]) + 1
    file.write_text(bad)
    for command, code in (("check", 5), ("apply", 1)):
        said = person.run(command, file, code=code)
        expect(said.startswith(f"{file}:{line}:{column}: dpd.delay: expected a number"), f"{command} of a mistake: {said}")
    file.write_text(json.dumps(lab.cpe.connection(ike_cfg={"proposals": ["rot13-md0"]}), indent=2))
    person.run("check", file)
    said = person.run("apply", file, code=1)
    expect(re.match(rf"{file}:\d+:\d+: ike_cfg\.proposals\[0\]: ", said), f"a proposal that charon does not know: {said}")
    expect(lab.cpe.events.ok("STATUS")["connections"] == before, "a mistake changed something")


def come_up(lab, person, file):
    file.write_text("\n" + json.dumps(lab.cpe.connection(), indent=2) + "\n")
    expect(person.run("check", file) == f"{file}: valid: vpn\n", "check of a good file")
    expect(person.run("apply", file) == "vpn: applied\n", "apply")
    lab.wait_up(1)
    expect(person.run("apply", file) == "vpn: unchanged, runs on\n", "apply of the same")
    connection, segws = rows(person)
    expect(connection[:3] == ["vpn", "ACTIVE", "10.9.0.1"], f"status: {connection}")
    expect([(mark, words[0]) for mark, words in segws] == [("*", "10.9.0.1"), (" ", "10.9.0.2")], f"status: {segws}")


def move(lab, person):
    mark = lab.cpe.events.mark()
    person.run("switch", "vpn", "secondary")
    lab.wait_up(2, mark=mark)
    until(lambda: rows(person)[0][:3] == ["vpn", "ACTIVE", "10.9.0.2"], 5, "status after the switch")
    mark = lab.cpe.events.mark()
    lab.gateway(2).die()
    lab.wait_up(1, mark=mark)
    connection, segws = rows(person)
    expect(connection[1:3] == ["ACTIVE", "10.9.0.1"] and connection[4] == "1", f"status after the loss: {connection}")
    expect(segws[1][1][3] == "1" and segws[1][1][-2:] == ["RETRANSMIT_TIMEOUT", "1"], f"causes: {segws}")
    person.run("dpd", "vpn")
    said = person.run("switch", "vpn", "9", code=1)
    expect(said == "extsockctl: vpn: this connection has no such SEGW; its places go from 0 to 1, an address is one of its list\n", f"switch to nowhere: {said}")


def look_back(person, events):
    told = person.run("history", "vpn")
    for pattern in (r"START +- +10\.9\.0\.1$", r"SWITCH +10\.9\.0\.1 +10\.9\.0\.2 +OPERATOR$",
                    r"FAILOVER +10\.9\.0\.2 +10\.9\.0\.1 +RETRANSMIT_TIMEOUT$"):
        expect(re.search(pattern, told, re.M), f"{pattern} in history:\n{told}")
    when = r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}  vpn +"
    for pattern in (r"config_applied", r"tunnel_up +net: 10\.2\.0\.0/24 === 10\.1\.0\.0/24 via 10\.9\.0\.1, ",
                    r"segw_switch +10\.9\.0\.1 -> 10\.9\.0\.2$",
                    r"segw_failover +10\.9\.0\.2 -> 10\.9\.0\.1 after RETRANSMIT_TIMEOUT"):
        wait_line(events, when + pattern)
    first, *lines = events.read_text().splitlines()
    expect(first == "extsockctl: vpn: there is no connection of that name now; waiting for one", f"before it was applied: {first}")
    times = [line[:23] for line in lines]
    expect(times == sorted(times), f"events go back in time:\n{events.read_text()}")


def play(lab):
    expect(PROGRAM.exists(), f"{PROGRAM} is not built (EXTSOCKCTL names another)")
    lab.cpe.start()
    person, file = Person(lab), lab.folder / "vpn.json"
    following, events = person.follow("events", "vpn")
    watching, watched = person.follow("status", "--watch")
    until(lambda: "no connections" in watched.read_text(), 5, "a first picture")
    expect(re.fullmatch(r"extsockctl (\S+)\nplugin: libsegw \1, ABI 1\n", person.run("version")), "version")
    mistakes(lab, person, file)
    come_up(lab, person, file)
    move(lab, person)
    look_back(person, events)
    reply = json.loads(person.run("status", "--json"))
    expect(reply["connections"][0]["active"] == 0, f"status --json: {reply}")

    expect(person.run("status", "--check", "vpn").startswith("OK - vpn: ACTIVE on 10.9.0.1, for "), "a check of what is well")
    expect(person.run("initiate", "vpn") == "vpn: is up already on 10.9.0.1, nothing to do\n", "initiate of what is up")
    said = person.run("terminate", "vpn", "--wait=20")
    expect(said.endswith("vpn: is down, no IKE_SA is left\n"), f"terminate --wait: {said}")
    until(lambda: lab.picture() == [], 5, "the IKE_SA to end")
    expect(person.run("status", "--check", "vpn", code=2, err=False).startswith("CRITICAL - vpn: STOPPED"), "a check of what is stopped")
    expect(rows(person)[0][1] == "STOPPED", "status after terminate")
    expect(person.run("apply", file) == "vpn: unchanged, and stopped; it starts with: extsockctl initiate vpn\n", "apply of what is stopped")
    expect(person.run("dpd", "vpm", code=1) == 'extsockctl: vpm: there is no connection of that name; did you mean "vpn"?\n', "a name that is misspelled")
    wait_line(watched, r"^vpn +STOPPED .*nothing until somebody asks \(stopped\)$")
    mark = lab.cpe.events.mark()
    said = person.run("initiate", "vpn", "--wait=20")
    expect(said.endswith("vpn: up on 10.9.0.1\n"), f"initiate --wait: {said}")
    lab.wait_up(1, mark=mark)

    person.run("remove", "vpn")
    expect(person.run("remove", "vpn", code=1) == "extsockctl: vpn: there is no connection of that name\n", "removed twice")
    expect(person.run("status").startswith("no connections are guarded: "), "status after remove")
    wait_line(events, r"config_removed")
    expect("vpn" not in lab.cpe.connections(), "charon still lists it")

    lab.cpe.stop()
    for path in (events, watched):
        wait_line(path, "charon has ended; waiting until it is back")
    expect("is charon running" in (said := person.run("status", code=3)) or "charon has ended" in said, f"without charon: {said}")
    lab.cpe.start()
    expect(person.run("apply", file, "--wait=20").endswith("vpn: up on 10.9.0.1\n"), "apply --wait after the restart")
    wait_line(events, r"charon is back after [\d.]+s; what happened in it before this moment is not known")
    until(lambda: re.search(r"^vpn +ACTIVE ", watched.read_text().rsplit("charon has ended", 1)[1], re.M), 10, "the picture after the restart")
    for child, path in ((following, events), (watching, watched)):
        child.send_signal(signal.SIGINT)
        expect(child.wait(5) == -signal.SIGINT, f"exit {child.returncode} by an interrupt")
        person.printed += path.read_text()
    expect(lab.secret not in person.printed, "the key was printed")
    return {"vpn": 1}
