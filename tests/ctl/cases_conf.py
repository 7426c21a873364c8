"""strongswan.conf and swanctl.conf, checked without charon. What charon and the plugin say of the same files: scenario 150 of the lab."""

import re
from pathlib import Path

from ctl import expect

PLUGIN = "charon {\n  plugins {\n    extsock {\n      %s\n    }\n  }\n}\n"

# What the parser takes, and what it makes of it.
TAKEN = {
    "a comment": ("extsock {\n  # all\n  adopt = yes # of them\n}\n", "adopt = yes"),
    "one line": ("extsock { adopt = yes\n}", "adopt = yes"),
    "a value in quotes": ('extsock { adopt = "yes"\n failover { failback = "hold_down"\n } }', "failback = hold_down"),
    "what stands there twice": ("extsock { adopt = no\n adopt = yes\n } extsock { failover { stable_ms = 1s } }", "adopt = yes: "),
    "carriage returns": ("extsock {\r\n  adopt = yes\r\n}\r\n", "adopt = yes"),
    "another daemon": ("charon-systemd { plugins { extsock { adopt = yes } } }", "adopt = yes"),
    "the own options of a connection": ("extsock { failover { stable_ms = 1s }\n connections { b { adopt = yes\n stable_ms = 2s } } }",
                                        "connection b: is adopted; stable_ms = 2s\n"),
    "an empty section": ("extsock { }", "adopt = no: they are not; the defaults"),
    "what includes nothing": ("extsock { include nowhere/*.conf\n adopt = yes }", "adopt = yes"),
}

# What it does not, and where.
BROKEN = {
    "a brace too few": (PLUGIN.rstrip()[:-1] % "adopt = yes", ":1:1: charon: a } is missing"),
    "a brace too few inside": (PLUGIN % "failover {\n        jitter_pct = 3\n      adopt = yes", ":4:7: failover: a } is missing"),
    "a brace too many": (PLUGIN % "}", ":7:1: one } too many"),
    "a quote too few": ('extsock {\n  socket = "/run/x\n}\n', ":2:12: a quote is missing"),
    "a name alone": ("extsock {\n  adopt\n}\n", ":2:3: expected = or { behind this name"),
    "two names": ("connections {\n  my vpn {\n  }\n}\n", ":2:3: expected = or { behind this name, and a name has no blanks"),
    "no name": ("extsock {\n  = yes\n}\n", ":2:3: expected a name, or }"),
    "too deep": ("a {" * 20 + "}" * 20, "sections in too many sections"),
}


def test_settings_that_are_taken(ctl):
    for what, (text, said) in TAKEN.items():
        done = ctl("check", conf(ctl, text)).must(0)
        expect(said in done.out and not done.err, f"{what}: {done}")
    expect(ctl("check", "-q", conf(ctl, "extsock { }")).must(0).out == "", "not quiet")


def test_settings_that_are_broken(ctl):
    for what, (text, said) in BROKEN.items():
        done = ctl("check", conf(ctl, text)).must(5)
        expect(f"{ctl.folder}/x.conf{said}" in done.err or said in done.err, f"{what}: {done}")


def test_files_that_are_included(ctl):
    (ctl.folder / "d").mkdir()
    (ctl.folder / "d/b.conf").write_text("extsock {\n  adopt = ye\n}\n")
    ctl("check", conf(ctl, "charon { plugins { include d/*.conf\n } }")).must(5, err="d/b.conf:2:3: charon.plugins.extsock.adopt = ye: expected yes")
    ctl("check", conf(ctl, f'charon {{ plugins {{ include "{ctl.folder}/d/b.conf"\n }} }}')).must(5, err="d/b.conf:2:3: ")
    ctl("check", conf(ctl, "include x.conf\n")).must(5, err="files include one another too often")
    (ctl.folder / "d/b.conf").write_text("extsock {\n  adopt = yes\n")
    ctl("check", conf(ctl, "charon { plugins { include d/*.conf\n } }")).must(5, err="a } is missing")


def test_sections_that_are_misspelled(ctl):
    for text, said in (("charon { plugin { extsock { } } }", "charon.plugin: unknown section; did you mean \"plugins\"?"),
                       ("charon { plugins { extsok { } } }", "charon.plugins.extsok: unknown section; did you mean \"extsock\"?"),
                       ("conections { vpn { } }", "conections: unknown section; did you mean \"connections\"?")):
        ctl("check", conf(ctl, text)).must(5, err=said)
    ctl("check", conf(ctl, "charon { plugins { } }")).must(0, err="there is no section charon { plugins { extsock { } } }")


def test_connections_of_swanctl_conf(ctl):
    options = ctl.folder / "strongswan.conf"
    text = ("all { remote_addrs = 10.9.0.1, 10.9.0.2\n dpd_delay = 30s\n }\nconnections {\n  a : all {\n    children { net { rekey_time = 4h } }\n  }\n"
            "  b {\n    remote_addrs = 10.9.0.1\n    local-1 { auth = psk }\n  }\n}\n")
    environment = {"STRONGSWAN_CONF": str(options)}
    options.write_text(PLUGIN % "adopt = yes\n failover { stable_ms = 5s }")
    done = ctl("check", conf(ctl, text), env=environment).must(0, out="a: is adopted with SEGWs 10.9.0.1, 10.9.0.2; stable_ms = 5s\n")
    expect("b: is not adopted: fewer than two SEGWs that can be dialled; list another one in remote_addrs\n" in done.out, f"{done}")
    options.write_text(PLUGIN % "adopt = no")
    ctl("check", conf(ctl, text), env=environment).must(0, out="a: is not adopted: adopt is not yes for it\n")
    options.unlink()
    ctl("check", conf(ctl, text), env=environment).must(0, out="as if it said adopt = yes\na: is adopted with SEGWs")
    for old, new, said in (("dpd_delay = 30s", "dpd_delay = 30x", "all.dpd_delay = 30x: expected a time"), ("4h", "4 h", "children.net.rekey_time = 4 h: expected a time"),
                           ("local-1", "locl", "connections.b.locl: unknown key; did you mean \"local\"?"),
                           ("10.9.0.1\n", "10.9.0.1 10.9.0.2\n", "connections.b: is not adopted: ")):
        ctl("check", conf(ctl, text.replace(old, new)), env=environment).must(5, err=said)


def test_the_file_that_is_installed(ctl):
    """As it is, and with every default in it written out."""
    text = (Path(__file__).resolve().parents[2] / "ports/strongswan/extsock.conf").read_text()
    ctl("check", conf(ctl, text)).must(0, out="adopt = no: they are not; the defaults")
    written, count = re.subn(r"^( +)# (\w+ = \S+)$", r"\1\2", text, flags=re.M)
    done = ctl("check", conf(ctl, written)).must(0, out="connect_timeout_ms = 15000, ")
    expect(count > 25 and "hold_down_limit_ms = 3600000\n" in done.out, f"{count} options: {done}")


def conf(ctl, text):
    path = ctl.folder / "x.conf"
    path.write_text(text)
    return path
