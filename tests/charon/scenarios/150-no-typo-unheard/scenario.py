"""No typo goes unheard: see description.txt."""

import os
import re
import signal
import subprocess
from pathlib import Path

from lab.settings import merged, render
from lab.command import run
from lab.wait import expect, slack, until

SLOW = True
PROGRAM = Path(os.environ.get("EXTSOCKCTL", Path(__file__).resolve().parents[4] / "target/extsock/extsockctl"))
TWO = "10.9.0.1,10.9.0.2"
GOOD = {"adopt": True, "failover": {"hold_down_ms": "7s", "failback": "hold_down"}}
CPE = {"plugins": {"extsock": GOOD}}
HOLD = "hold_down_ms"

# what stands in the section instead of, or beside, what is right; what is said of it, its path first
MISTAKES = {
    "section misspelled": ({"failover": None, "fail_over": GOOD["failover"]}, "fail_over: unknown section; did you mean .failover.?"),
    "option misspelled": ({"state_fiel": "/tmp/x"}, "state_fiel: unknown option; did you mean .state_file.?"),
    "adopt misspelled": ({"adopt": None, "adpot": True}, "adpot: unknown option; did you mean .adopt.?"),
    "of no known word": ({"colour": "red"}, "colour: unknown option"),
    "one level up": ({"failback": "hold_down"}, "failback: it belongs in .failover { }."),
    "misspelled one level up": ({"hold_down": "5s"}, "hold_down: unknown option; did you mean .hold_down_ms.. It belongs in .failover { }."),
    "adopt one level down": ({"adopt": None, "failover": {"adopt": True}}, "failover.adopt: it does not belong here"),
    "a connection one level up": ({"vpn": {HOLD: "5s"}}, "vpn: unknown section; what is for one connection belongs in"),
    "a section as an option": ({"failover": None, "failover ": "yes"}, "failover: this is a section: write .failover { }."),
    "adopt = ye": ({"adopt": "ye"}, "adopt = ye: expected yes or no; it stays as it was"),
    "adopt = maybe": ({"adopt": "maybe"}, "adopt = maybe: expected yes or no"),
    "adopt = maybe of one": ({"connections": {"vpn": {"adopt": "maybe"}}}, "connections.vpn.adopt = maybe: expected yes or no"),
    "an option of no connection": ({"connections": {HOLD: "5s"}}, "connections.hold_down_ms: only sections belong here, one for each connection"),
    "failover in a connection": ({"connections": {"vpn": {"failover": {HOLD: "5s"}}}},
                                 "connections.vpn.failover: only options belong here: write those of failover without"),
    "an unknown key of a connection": ({"connections": {"vpn": {"hold_dwn_ms": "5s"}}}, "connections.vpn.hold_dwn_ms: unknown key; did you mean hold_down_ms?"),
    "a connection that is not there": ({"connections": {"vpm": {HOLD: "5s"}}},
                                       "connections.vpm: charon has loaded no connection of this name; did you mean .vpn.?"),
    "no unit": ({"failover": {"connect_timeout_ms": "5"}},
                "failover.connect_timeout_ms = 5: expected a number of milliseconds from 100 to 2592000000, or 0; seconds are written .5s."),
    "another key": ({"failover": {"connect_timeout": "5000"}}, "failover.connect_timeout: unknown key; did you mean connect_timeout_ms?"),
    "another word": ({"failover": {"failback": "hold-down"}}, "failover.failback = hold-down: expected one of off, hold_down; did you mean .hold_down.?"),
    "yes": ({"failover": {"failback": True}}, "failover.failback = yes: expected one of off, hold_down"),
    "a number of none": ({"failover": {"liveness_misses": 0}}, "failover.liveness_misses = 0: expected a number from 1 to 100"),
    "a pause above its default limit": ({"failover": {"backoff_initial_ms": 90000}},
                                        "failover.*: backoff_initial_ms is higher than its limit, backoff_limit_ms, which is 60000 unless it is set"),
    "clients": ({"max_clients": "many"}, "max_clients = many: expected a number from 1 to"),
    "mode": ({"mode": "999"}, "mode = 999: expected an octal number from 0 to 0777"),
    "users": ({"users": "nosuch"}, "users = nosuch: there is no user .nosuch. here"),
    "a key of swanctl.conf": ({"failover": {"dpd_delay": "5s"}}, "failover.dpd_delay: unknown key; it belongs in the connection, in swanctl.conf"),
    "an option as a section": ({"failback": {HOLD: "5s"}}, "failback: this is an option, no section: write .failback = .... in .failover { }."),
    "an option without its unit": ({"idle_timeout": "5s"}, "idle_timeout: unknown option; did you mean .idle_timeout_ms.?"),
    "a time": ({"idle_timeout_ms": "5 s"}, "idle_timeout_ms = 5 s: expected a number of milliseconds from 100 to .*, or 0, or a time like 500ms, 5s"),
    "a relative path": ({"state_file": "extsock.state"}, "state_file = extsock.state: expected the absolute path of a file"),
}
# These say nothing about how connections fail over: a new policy is taken over beside them.
HARMLESS = {"adopt = ye", "adopt = maybe", "clients", "mode", "users", "a time", "a relative path"}

# These depend on the router: which users it has, what charon has loaded.
ONLY_HERE = {"users", "a connection that is not there"}

# swanctl.conf: keys, what is said behind the connection's name
CONNECTIONS = {
    "alone": ({"remote_addrs": "10.9.0.1"}, "is not adopted: fewer than two SEGWs that can be dialled; list another one in remote_addrs"),
    "range": ({"remote_addrs": "10.9.0.1-10.9.0.3"}, "is not adopted: .*10.9.0.1-10.9.0.3: a range cannot be dialled; name the SEGW's address"),
    "blank": ({"remote_addrs": "10.9.0.1 10.9.0.2"}, "is not adopted: .*10.9.0.1 10.9.0.2: addresses are separated by commas"),
    "semicolon": ({"remote_addrs": "10.9.0.1;10.9.0.2"}, "is not adopted: .*10.9.0.1;10.9.0.2: addresses are separated by commas"),
    "twice": ({"remote_addrs": "10.9.0.1,10.9.0.1"}, "is not adopted: .*10.9.0.1: this SEGW is in the list already"),
    "mistyped": ({"remote_addrs": "10.9.0.1,10.9.0.256"}, "is not adopted: .*10.9.0.256: neither an IPv4 or IPv6 address nor a domain name"),
    "port": ({"remote_addrs": "10.9.0.1:4500,10.9.0.2"}, "is not adopted: .*10.9.0.1:4500: a port is not part of the address; write it as .remote_port."),
    "nine": ({"remote_addrs": ",".join(f"10.9.0.{number}" for number in range(11, 20))},
             "is guarded in part: 10.9.0.19: too many SEGWs; a connection has at most 8"),
    "old": ({"version": 1, "remote_addrs": TWO}, "is not adopted: IKEv1 is only guarded if a client applies it; set version = 2"),
    "long-" + 59 * "x": ({"remote_addrs": TWO}, "is not adopted: its name is not one that requests can say: at most 63"),
}
# swanctl.conf: keys that swanctl or charon refuse themselves, what swanctl says
REFUSED = {
    "unknown": ({"remote_adrs": TWO}, "remote_adrs", "unknown.remote_adrs: unknown key; did you mean .remote_addrs.?"),
    "my vpn": ({"remote_addrs": TWO}, "syntax error, unexpected NAME", "a name has no blanks"),
    "delay": ({"remote_addrs": TWO, "dpd_delay": "30x"}, "dpd_delay", "delay.dpd_delay = 30x: expected a time"),
}


def load(lab, section):
    """Charon reads a section, as after SIGHUP: swanctl would read the file itself first."""
    lab.cpe.settings["plugins"]["extsock"] = section
    lab.cpe._write_settings()
    os.kill(lab.cpe.pid, signal.SIGHUP)


def everywhere(lab, line, member, pattern, screen=True):
    """Waits until a text is in the log, in STATUS and on the screen; that of STATUS."""
    where = {
        "the log": lambda: lab.cpe.log.find(pattern, line),
        "STATUS": lambda: [text for text in texts(lab, member) if re.search(pattern, text)],
        "extsockctl status": lambda: re.search(pattern, " ".join(run(PROGRAM, "--socket", lab.cpe.socket_path, "status").split())),
    }
    for place, find in list(where.items())[:3 if screen else 2]:
        until(find, 6, lambda: f"'{pattern}' in {place}; STATUS has {texts(lab, member)}")


def offline(lab, name, pattern, code=5):
    """What `extsockctl check` says of a file, which needs no charon."""
    done = subprocess.run([PROGRAM, "check", lab.cpe.folder / name], capture_output=True, text=True, timeout=slack(30), check=False,
                          env={**os.environ, "STRONGSWAN_CONF": str(lab.cpe.folder / "strongswan.conf")})
    said = done.stdout + done.stderr
    expect(done.returncode == code and re.search(pattern, said), f"'{pattern}' offline, with {code}; check says {done.returncode}: {said}")


def texts(lab, member):
    found = lab.cpe.events.ok("STATUS")[member]
    return [text if isinstance(text, str) else f"connection '{text['connection']}' {text['reason']}" for text in found]


def guarded(lab):
    return [each["connection"] for each in lab.cpe.events.ok("STATUS")["connections"]]


def strongswan_conf(lab):
    for what, (section, said) in MISTAKES.items():
        line = lab.cpe.log.mark()
        load(lab, {key.strip(): value for key, value in merged(GOOD, section).items() if value is not None or key == "failover "})
        everywhere(lab, line, "policy_error", r"charon\.plugins\.extsock\." + said)
        if what not in ONLY_HERE:
            offline(lab, "strongswan.conf", r"strongswan.conf:\d+:\d+: charon\.plugins\.extsock\." + said.split("; it stays")[0])
        expect(guarded(lab) == ["vpn"] and not lab.cpe.log.find("^released", line), f"{what}: the connection is guarded no longer")
        kept = bool(lab.cpe.log.find("^connection 'vpn' keeps its former policy", line))
        expect(kept != (what in HARMLESS or "not there" in what), f"{what}: the former policy {'is' if kept else 'is not'} kept")
        load(lab, GOOD)
        until(lambda: texts(lab, "policy_error") == [], 6, lambda: f"{what}: what is mended to be forgotten: {texts(lab, 'policy_error')}")


def braces(lab):
    """A brace too few: charon keeps what it has and tells no plugin. One in a wrong place: the section is gone."""
    conf = lab.cpe.folder / "strongswan.conf"
    line = lab.cpe.log.mark()
    conf.write_text(render(lab.cpe.strongswan_conf()).rstrip()[:-1])
    os.kill(lab.cpe.pid, signal.SIGHUP)
    everywhere(lab, line, "policy_error", "syntax error, unexpected end of file")
    offline(lab, "strongswan.conf", r"strongswan.conf:1:1: charon: a } is missing: this section has no end")
    expect(guarded(lab) == ["vpn"], "a brace too few releases the connection")
    load(lab, GOOD)
    until(lambda: texts(lab, "policy_error") == [], 6, "the brace to be forgotten")
    line = lab.cpe.log.mark()
    text = render(lab.cpe.strongswan_conf())
    conf.write_text(text.replace("extsock {", "other { extsock {").rstrip() + "\n}\n")
    os.kill(lab.cpe.pid, signal.SIGHUP)
    everywhere(lab, line, "policy_error", "extsock: empty or gone, its connections stay guarded; adopt = no lets them go",
               screen=False)        # the socket is where it is by default, which is another place
    expect(guarded(lab) == ["vpn"] and not lab.cpe.log.find("^released", line), "a brace in a wrong place releases the connection")
    load(lab, GOOD)
    until(lambda: texts(lab, "policy_error") == [], 6, "the braces to be forgotten")


def intent(lab):
    """What is meant is done, and told."""
    line = lab.cpe.log.mark()
    load(lab, {"adopt": False})
    until(lambda: guarded(lab) == [], 6, "adopt = no to release the connection")
    lab.cpe.log.wait("^released connection 'vpn': adopt is not yes for it", 5, line)
    line = lab.cpe.log.mark()
    load(lab, {"failover": {HOLD: "5s"}})
    everywhere(lab, line, "policy_error", "adopt: missing, so failover and connections have no effect; set adopt = yes, or no")
    load(lab, GOOD)
    until(lambda: guarded(lab) == ["vpn"], 6, "adopt = yes to have it guarded again")


def swanctl_conf(lab):
    line = lab.cpe.log.mark()
    lab.cpe.stock_connections["connections"].update(
        {name: keys for one in (lab.cpe.stock_connection(1, name=name, **keys) for name, (keys, _) in CONNECTIONS.items())
         for name, keys in one.items()})
    lab.cpe.load()
    for name, (_, said) in CONNECTIONS.items():
        everywhere(lab, line, "not_guarded", f"{name[:63]}x?'? {said}")
        offline(lab, "swanctl.conf", f"{name}: {said}")
    status = next(each for each in lab.cpe.events.ok("STATUS")["connections"] if each["connection"] == "nine")
    adopted = lab.cpe.log.find("^adopted connection 'nine' with SEGWs (.*)")[0][1][1].split(", ")
    expect(len(status["segws"]) == 8 and len(adopted) == 8, f"the log says {adopted}, STATUS {status['segws']}")
    before = dict(lab.cpe.stock_connections["connections"])
    for name, (keys, said, offline_said) in REFUSED.items():
        connection = lab.cpe.stock_connection(1, name=name, **keys)
        if "remote_adrs" in keys:
            del connection[name]["remote_addrs"]
        lab.cpe.stock_connections["connections"] = before | connection
        (lab.cpe.folder / "swanctl.conf").write_text(render(lab.cpe.stock_connections))
        offline(lab, "swanctl.conf", offline_said)
        done = lab.cpe.swanctl("--load-conns", "--file", lab.cpe.folder / "swanctl.conf", check=False)
        expect(said in str(done), f"{name}: swanctl says {done}")
    lab.cpe.stock_connections["connections"] = before


def play(lab):
    lab.cpe.stock_connections = lab.cpe.stock_conf(lab.cpe.stock_connection(1, name="vpn", remote_addrs=TWO))
    lab.cpe.start()
    until(lambda: guarded(lab) == ["vpn"], 5, "the connection to be adopted")
    offline(lab, "strongswan.conf", "valid: adopt = yes: .*hold_down_ms = 7s, failback = hold_down", 0)
    offline(lab, "swanctl.conf", "vpn: is adopted with SEGWs 10.9.0.1, 10.9.0.2; hold_down_ms = 7s, failback = hold_down", 0)
    expect(texts(lab, "policy_error") == [], f"something is said of what is right: {texts(lab, 'policy_error')}")
    strongswan_conf(lab)
    braces(lab)
    intent(lab)
    swanctl_conf(lab)
    return {}
