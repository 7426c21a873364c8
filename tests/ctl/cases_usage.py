"""The command line, and what is written in more than one place."""

import os
import re
import subprocess
from pathlib import Path

from ctl import expect

SOURCES = Path(__file__).resolve().parents[2] / "ports/strongswan/extsockctl"
DONE = b'{"reply":"X","ok":true}\n'


def test_wrong_usage(ctl):
    for words, why in ((("fly",), "no command fly"), ((), "command is missing"), (("--fly",), "no option --fly"),
                       (("-x",), "no option -x"), (("--timeou=5", "status"), "did you mean --timeout?"), (("stauts",), "did you mean status?"),
                       (("help", "swich"), "did you mean switch?"), (("STATUS",), "did you mean status?"), (("sw", "vpn"), "did you mean switch?"),
                       (("up", "vpn"), "did you mean initiate?"), (("stop", "vpn"), "did you mean terminate?"), (("START_DPD", "vpn"), "did you mean dpd?"),
                       (("apply_config", "x"), "did you mean apply?"), (("failback", "vpn"), "did you mean switch?"), (("",), "there is no command ;"),
                       (("vpn", "status"), "the command stands before the name: extsockctl status vpn"), (("switch", "vpn"), "extsockctl help switch tells more"), (("status", "--lines=3"), "status takes no --lines"), (("status", "a", "b"), "status takes"), (("apply",), "apply takes FILE"),
                       (("switch", "vpn"), "NAME TARGET"), (("status", "-t"), "needs a value"),
                       (("-t", "0", "status"), "1 to 3600"), (("-t", "1s", "status"), "1 to 3600"),
                       (("-t", "-1", "status"), "1 to 3600"), (("-t", "", "status"), "1 to 3600"),
                       (("--timeout=9999", "status"), "1 to 3600"), (("--quiet=yes", "status"), "takes no value"),
                       (("remove", "--json", "vpn"), "remove takes no --json"), (("history", "--watch"), "takes no --watch"),
                       (("help", "fly"), "no command fly"), (("history", "--since", "soon"), "--since takes an age"),
                       (("history", "-n", "0"), "--lines takes a whole number from 1 to 9999"), (("history", "-n2", "--json"), "neither --lines"),
                       (("switch", "--wait=0", "a", "b"), "1 to 3600"), (("apply", "-f", "-"), "read again"), (("-s", "/" + "x" * 200, "status"), "at most 107")):
        ctl(*words).must(2, err=why)


def test_a_word_cannot_become_a_second_request(ctl):
    with ctl.plugin(DONE) as plugin:
        for words in (("remove", "a\nREMOVE_CONFIG b"), ("switch", "a", "b\nSTATUS"), ("status", ""), ("remove", "{"),
                      ("remove", " a"), ("history", "a\r"), ("events", "a\x1b")):
            ctl(*words).must(2, err="printable")
        ctl("remove", "x" * 600).must(2, err="too long")
        expect(plugin.heard == b"", f"sent: {plugin.heard!r}")


def test_requests_as_the_plugin_reads_them(ctl):
    for words, request in ((("remove", "vpn"), b"REMOVE_CONFIG vpn\n"), (("initiate", "vpn"), b"STATUS vpn\nINITIATE vpn\n"),
                           (("terminate", "my vpn"), b"STATUS my vpn\nTERMINATE my vpn\n"), (("dpd", "vpn"), b"STATUS vpn\nSTART_DPD vpn\n"),
                           (("switch", "vpn", "10.9.0.2"), b"STATUS vpn\nSWITCH vpn 10.9.0.2\n"),
                           (("pin", "vpn", "secondary", "for", "2h"), b"PIN vpn secondary for 2h\n"), (("unpin", "vpn"), b"UNPIN vpn\n"),
                           (("drain", "10.9.0.1"), b"DRAIN 10.9.0.1\n"), (("drain", "10.9.0.1", "for", "15m"), b"DRAIN 10.9.0.1 for 15m\n"),
                           (("undrain", "10.9.0.1"), b"UNDRAIN 10.9.0.1\n"), (("drill", "vpn"), b"DRILL vpn\n"), (("drill", "vpn", "next"), b"DRILL vpn next\n"),
                           (("--", "remove", "-v"), b"REMOVE_CONFIG -v\n"),
                           (("remove", "-q", "--", "-v"), b"REMOVE_CONFIG -v\n"),
                           (("status", "vpn", "--json"), b"STATUS vpn\n"),
                           (("counters",), b"STATUS\n"), (("counters", "--reset", "vpn"), b"RESET_COUNTERS vpn\n"),
                           (("version",), b"VERSION\n")):
        with ctl.plugin(DONE, DONE) as plugin:
            done = ctl(*words).must(0)
            expect(plugin.heard == request, f"{words}: {plugin.heard!r}")
            expect("-q" not in words or done.out == "", f"not quiet: {done}")
        ctl.path.unlink()
    with ctl.plugin(DONE):
        ctl("-q", "status").must(0, out="no connections")
    expect("print errors only" not in (ctl("help").out + section("DESCRIPTION")).lower(), "-q does not silence an answer")


def test_what_is_asked_for_is_not_called_done(ctl):
    rows = ((("initiate", "vpn"), "vpn: asked to dial; status and events show what comes of it"),
            (("switch", "vpn", "next"), "vpn: asked to move to next; status and events show what comes of it"),
            (("dpd", "vpn"), "vpn: asked its SEGW for a sign of life; status and events show what comes of it"),
            (("terminate", "vpn"), "vpn: stopped"), (("remove", "100%d"), "100%d: removed"))
    for words, text in rows:
        with ctl.plugin(DONE, DONE):
            expect(ctl(*words).must(0).out == text + "\n", f"{text} expected: {words}")
        ctl.path.unlink()
    for command in ("initiate", "switch", "dpd"):
        ctl("help", command).must(0, out="status and events show what comes of it")


def test_options_stand_anywhere(ctl):
    for words in (("-qt5", "-s", ctl.path, "remove", "vpn"), ("remove", f"-s{ctl.path}", "vpn", "-q"),
                  ("remove", "vpn", f"--socket=unix://{ctl.path}", "--timeout", "5", "--quiet")):
        with ctl.plugin(DONE):
            ctl(*words, env={"EXTSOCK_SOCKET": "/nowhere"}).must(0)
        ctl.path.unlink()


def test_help_and_version(ctl):
    everything = ctl("help").must(0, out="apply FILE|DIR|-")
    expect(max(map(len, everything.out.splitlines())) <= 80, "help is wider than a terminal")
    for words in (("-h",), ("--help",), ("-qh",)):
        expect(ctl(*words).must(0).out == everything.out, f"{words} differs")
    ctl("help", "switch").must(0, out="usage: extsockctl [OPTION...] switch NAME TARGET")
    ctl("status", "--help").must(0, out="usage: extsockctl [OPTION...] status [NAME]\nstatus: connections and their SEGWs\n  -v, --verbose ")
    ctl("help", "terminate").must(0, out="with start_action trap until the next\npacket")
    for command in names_in(ctl)[0]:
        expect(max(map(len, ctl("help", command).must(0).out.splitlines())) <= 80, f"help {command} is wider than a terminal")
    ctl("-V").must(0, out="extsockctl 0.")
    ctl("version").must(3, out="extsockctl 0.", err="cannot connect")


def test_spread(ctl):
    out = ctl("spread", "1000000", "2000").must(0).out
    expect(out == "the SEGW needs at least           8 min 20 s\nthe last router dials after       9 min 35 s\n"
                  'in the failover block             "spread_ms": 574713\n', out)
    ctl("spread", "1", "1000000000").must(0, out='"spread_ms": 1\n')
    ctl("spread", "90000", "1").must(0, out="25 h 0 min 0 s")
    ctl("spread", "1000000000", "1").must(1, err="spread the routers over more SEGWs")
    for words in (("0", "1"), ("1", "0"), ("1k", "1"), ("1", ""), ("1000000001", "1"), ("1", "9" * 30)):
        ctl("spread", *words).must(2, err="a whole number from 1 to 1000000000")
    ctl("spread", "1").must(2, err="spread takes ROUTERS RATE")


def names_in(ctl):
    """Commands, options and exit codes as help has them."""
    parts = dict(part.split(":\n", 1) for part in ctl("help").out.split("\n\n")[2:])
    options = [line[:24] for name, part in parts.items() for line in part.splitlines() if name.startswith("options")]
    return (re.findall(r"^  (\S+)", parts["commands"], re.M), re.findall(r"--?[a-zA-Z]+(?=[\s,\[])", "\n".join(options) + "\n"),
            re.findall(r"^  (\d)  (.*)", parts["exit status"], re.M))


def test_the_manual_page_has_all_of_help(ctl):
    page = (SOURCES / "extsockctl.8").read_text()
    commands, options, codes = names_in(ctl)
    expect((len(commands), len(options), len(codes)) == (23, 24, 8), f"not understood: {commands} {options} {codes}")
    there = re.findall(r"^\.It Cm (\S+)", page, re.M)
    expect(there == commands, f"commands {commands}, in the page {there}")
    items = "\n".join(re.findall(r"^\.It (Fl .*)", page, re.M))
    there = {"-" * len(dashes.split()) + word for dashes, word in re.findall(r"((?:Fl )+)(\w+)", items)}
    expect(there == set(options), f"options {options}, in the page {there}")
    there = re.findall(r"^\.It (\d)\n(.*)", page, re.M)
    expect(there == codes, f"exit codes {codes}, in the page {there}")


def section(name):
    """Of the manual page, as text."""
    page = (SOURCES / "extsockctl.8").read_text()
    return " ".join(re.sub(r"^\.\w+ ", "", page.split(f".Sh {name}\n")[1].split("\n.Sh ")[0], flags=re.M).split())


def test_states_and_causes_are_explained(ctl):
    """Each that libsegw has."""
    root = SOURCES.parents[2]
    page = (SOURCES / "extsockctl.8").read_text()
    legend = re.findall(r"^  ([A-Z]+) ", ctl("help", "status").must(0, out="\n  *  ").must(0, out="\n  >  ").out, re.M)
    for name, path in (("STATES", root / "src/failover.rs"), ("CAUSES", root / "src/cause.rs")):
        known = sorted(re.findall(r'(?:Self::\w+(?: \{ \.\. \})? =>|^ +\w+ =) "([A-Z_]+)"', path.read_text(), re.M))
        expect(len(known) > 7, f"not understood: {path}: {known}")
        there = re.findall(r"^\.It Li (\w+)", page.split(f".Sh {name}\n")[1].split("\n.Sh ")[0], re.M)
        expect(sorted(there) == known, f"{name} {known}, in the page {there}")
        expect(name != "STATES" or sorted(legend) == known, f"{name} {known}, in help status {legend}")
    expect("PROTOCOL.md" in section("SEE ALSO"), "where the keys are")


def test_the_manual_page_warns(_ctl):
    expect("goes back by itself when the hold-down is over" in section("EXAMPLES"), "failback during work at the primary")
    expect("trap until the next packet" in section("COMMANDS"), "a connection with a trap does not stay down")


def test_the_manual_page_is_well_formed(_ctl):
    try:
        done = subprocess.run(["groff", "-mandoc", "-Tutf8", "-ww", SOURCES / "extsockctl.8"], capture_output=True, text=True)
    except FileNotFoundError:
        return "groff is not installed"
    expect(done.returncode == 0 and not done.stderr, f"groff: {done.stderr}")
    return None


def test_shellcheck_of_the_completion(_ctl):
    try:
        done = subprocess.run(["shellcheck", "-s", "bash", SOURCES / "extsockctl.bash"], capture_output=True, text=True)
    except FileNotFoundError:
        return "shellcheck is not installed"
    expect(done.returncode == 0, done.stdout)
    return None


def test_help_has_the_keys_of_a_policy(ctl):
    done = ctl("help", "failover").must(0, out="  hold_down_ms          milliseconds, 100 to 2592000000; default 300000\n")
    expect(max(map(len, done.out.splitlines())) <= 80 and "  failback              off, hold_down; default off\n" in done.out, f"{done}")


def test_it_is_small(ctl):
    """At most 68 KiB on the routers (cross/size); here a stand-in that needs no cross-compiler: what it loads, on this machine."""
    try:
        done = subprocess.run(["size", ctl.plain], capture_output=True, text=True, check=True)
    except FileNotFoundError:
        return "size (binutils) is not installed"
    text, data = map(int, done.stdout.splitlines()[1].split()[:2])
    print(f"     extsockctl: {text + data} bytes of code and data")
    expect(text + data <= 86 * 1024, f"{text + data} bytes")
    return None


def complete(ctl, *words):
    """What bash offers for the last word."""
    line = " ".join(f"'{word}'" for word in words)
    script = f'. "$1"; COMP_WORDS=(extsockctl {line}); COMP_CWORD={len(words)}; _extsockctl; echo "${{COMPREPLY[@]}}"'
    path = f"{ctl.program.parent}:{os.environ['PATH']}"
    done = subprocess.run(["bash", "-c", script, "bash", SOURCES / "extsockctl.bash"], capture_output=True, text=True,
                          env={**ctl.environment, "PATH": path})
    expect(not done.stderr, f"completion: {done.stderr}")
    return done.stdout.split()


def test_the_completion_has_all_of_help(ctl):
    commands, options, _ = names_in(ctl)
    expect(complete(ctl, "") == commands, f"commands {commands}, completion {complete(ctl, '')}")
    there = {*complete(ctl, "-")}.union(*(complete(ctl, command, "-") for command in commands))
    expect(there == set(options), f"options {options}, completion {there}")
    for command in commands:
        helped = re.findall(r"^  (?:(-\w), |    )(--\w+)", ctl("help", command).out, re.M)
        taken = {word for words in helped for word in words if word}
        there = set(complete(ctl, command, "-")) - set(complete(ctl, "-"))
        expect(there == taken, f"{command} takes {taken}, completion {there}")


def test_the_completion_knows_words_and_names(ctl):
    expect(complete(ctl, "sw") == ["switch"], "sw is switch")
    expect(complete(ctl, "-s", "/x", "sta") == ["status"], "after -s")
    expect(complete(ctl, "switch", "vpn", "s") == ["secondary"], "a target")
    expect(complete(ctl, "help", "ap") == ["apply"], "help of")
    reply = (b'{"reply":"STATUS","ok":true,"connections":[{"connection":"vpn","state":"IDLE"},{"connection":"vpn2"},'
             b'{"connection":"$(touch x)"}]}\n')
    with ctl.plugin(reply):
        expect(complete(ctl, "status", "v") == ["vpn", "vpn2"], "names")
    ctl.path.unlink()
    with ctl.plugin(reply):
        expect(complete(ctl, "-s", ctl.path, "switch", "") == ["vpn", "vpn2"], "names that bash would run are left out")
