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
    "a name in quotes": ('extsock {\n  "adopt" = yes\n}\n', ":2:3: expected a name, or }; names stand without quotes"),
    "a name with a comma": ("connections {\n  a,b { }\n}\n", ":2:3: expected = or { behind this name, and a name has no dots, commas or quotes"),
    "a comma at the end of a line": ("a {\n  b = 10.9.0.1,\n    10.9.0.2\n}\n", ":3:5: a value ends with its line: write all of a list in one"),
    "a backslash at the end of a line": ("a {\n  b = 10.9.0.1, \\\n    10.9.0.2\n}\n", ":3:5: a value ends with its line: write all of a list in one"),
    "a section with =": ("charon {\n  plugins = {\n  }\n}\n", ":2:13: a section has no =, write NAME { }; a value with braces in it stands in quotes"),
    "a section with = in a line": ("extsock = { adopt = yes\n}\n", ":1:11: a section has no =, write NAME { }"),
    "a list in braces": ("a {\n  b = {10.9.0.1, 10.9.0.2}\n}\n", ":2:7: a section has no =, write NAME { }; a value with braces in it stands in quotes"),
    "comments of another language": ("extsock {\n  // all\n  adopt = yes\n}\n", ":2:3: a comment begins with #"),
    "comments of C": ("extsock {\n  /* all */\n  adopt = yes\n}\n", ":2:3: a comment begins with #"),
    "comments of INI": ("extsock {\n  ; all\n  adopt = yes\n}\n", ":2:3: a comment begins with #"),
    "an option commented out with //": ("extsock {\n  //adopt = yes\n}\n", ":2:3: a comment begins with #"),
    "sections of INI": ("[charon]\nload = yes\n", ":1:1: a section is NAME { }, without brackets"),
    "ipsec.conf": ('config setup\n\tcharondebug="ike 2"\nconn vpn\n\tright=10.9.0.1\n', ":1:1: this is the format of ipsec.conf"),
    "a conn of ipsec.conf": ("conn vpn\n\tright=10.9.0.1\n", ":1:1: this is the format of ipsec.conf"),
    "a colon for =": ("extsock {\n  adopt: yes\n}\n", ":2:3: expected = or { behind this name, and : only before the name of another section"),
    "UTF-16": ("extsock {\n}\n".encode("utf-16"), ":1:1: this is UTF-16; save the file as UTF-8"),
    "a byte order mark": ("\ufeffconnections {\n}\n", ":1:1: a byte order mark, which charon takes for a part of the first name"),
    "too deep": ("a {" * 20 + "}" * 20, "sections in too many sections"),
}


def test_settings_that_are_taken(ctl):
    for what, (text, said) in TAKEN.items():
        done = ctl("check", conf(ctl, text)).must(0)
        expect(said in done.out and not re.search(r"^(?!.*: note: )", done.err.rstrip("\n") or ": note: ", re.M), f"{what}: {done}")
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


def test_the_probe_of_a_connection(ctl):
    text = "extsock { adopt = yes\n connections { vpn { stable_ms = 1s\n probe { targets = 10.1.0.1, tcp://10.1.0.2:443\n action = move } } } }"
    said = "connection vpn: is adopted; stable_ms = 1s, probe.targets = 10.1.0.1, tcp://10.1.0.2:443, probe.action = move\n"
    ctl("check", conf(ctl, text)).must(0, out=said)
    for old, new, said in (
            ("probe {", "prob {", "connections.vpn.prob: unknown section; did you mean \"probe\"?"),
            ("action =", "acton =", "connections.vpn.probe.acton: unknown key; did you mean action?"),
            ("= move", "= mov", "connections.vpn.probe.action = mov: expected one of report, rekey, move; did you mean \"move\"?"),
            ("10.1.0.1,", "gw.example.org,", "connections.vpn.probe.targets = "),
            ("probe { targets", "targets", "connections.vpn.targets: it belongs in \"probe { }\" of a connection"),
            ("probe { targets", "probe { adopt", "connections.vpn.probe.adopt: "),
            ("connections { vpn { stable_ms = 1s\n probe", "probe", "extsock.probe: unknown section; what is for one connection belongs in")):
        broken = text.replace(old, new)
        if new in ("targets", "probe"):
            broken = broken.replace(" } } } }", " } } }" if new == "targets" else " } }")
        ctl("check", conf(ctl, broken)).must(5, err=said)


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


# In a connection, in a CHILD_SA of it, in its `local`, and in the whole file: what charon or swanctl would refuse, or pass over.
SWANCTL = "connections {{\n  vpn {{\n    remote_addrs = 10.9.0.1,10.9.0.2\n    {0}\n    local {{ auth = psk\n      {2}\n }}\n    children {{ net {{\n      {1}\n    }} }}\n  }}\n}}\n{3}\n"
REFUSED = {
    "fragmentation = maybe": (0, "connections.vpn.fragmentation = maybe: expected one of yes, accept, force, no"),
    "unique = maybe": (0, "connections.vpn.unique = maybe: expected one of no, never, keep, replace"),
    "send_cert = maybe": (0, "connections.vpn.send_cert = maybe: expected one of ifasked, always, never"),
    "childless = maybe": (0, "connections.vpn.childless = maybe: expected one of allow"),
    "keyingtries = %forever": (0, "connections.vpn.keyingtries = %forever: expected a number"),
    "dscp = EF": (0, "connections.vpn.dscp = EF: expected six binary digits, like 101110"),
    "failback = hold_down": (0, 'connections.vpn.failback: unknown key; it belongs in strongswan.conf, "charon.plugins.extsock"'),
    "failover { }": (0, "connections.vpn.failover: unknown key; it belongs in strongswan.conf"),
    "start_action = start": (0, 'connections.vpn.start_action: unknown key; it belongs in the section of a CHILD_SA, "children { NAME { } }"'),
    "net2 { }": (0, 'connections.vpn.net2: unknown key: charon refuses it; those of CHILD_SAs stand in "children { }"'),
    "secrets { }": (0, 'connections.vpn.secrets: unknown key; it belongs beside "connections { }"'),
    "certs = x": (0, 'connections.vpn.certs: unknown key; it belongs in "local { }" or "remote { }"'),
    "right = 10.9.0.2": (0, 'connections.vpn.right: unknown key; it is "remote_addrs" here'),
    "leftid = a": (0, 'connections.vpn.leftid: unknown key; it is "id" here in "local { }"'),
    "auto = start": (0, 'connections.vpn.auto: unknown key; it is "start_action" here of a CHILD_SA, "children { NAME { } }"'),
    "keyexchange = ikev2": (0, 'connections.vpn.keyexchange: unknown key; it is "version" here'),
    "secondary = 10.9.0.2": (0, 'connections.vpn.secondary: unknown key; it is "remote_addrs" here, the most preferred first'),
    "psk = x": (0, 'connections.vpn.psk: unknown key; it is "secret" here in "secrets { ike-1 { } }"'),
    "extsock { }": (0, "connections.vpn.extsock: unknown key; it belongs in strongswan.conf"),
    "probe { }": (0, "connections.vpn.probe: unknown key; it belongs in strongswan.conf"),
    "child { }": (0, 'connections.vpn.child: unknown key; it is "children" here'),
    "remote_port = 70000": (0, "connections.vpn.remote_port = 70000: expected a number from 0 to 65535"),
    "remote_port = ike": (0, "connections.vpn.remote_port = ike: expected a number from 0 to 65535"),
    "proposals = aes256-sha256-modp2048!": (0, "connections.vpn.proposals = aes256-sha256-modp2048!: no ! is needed here"),
    "proposals = aes256;aes128": (0, "connections.vpn.proposals = aes256;aes128: proposals are separated by commas"),
    "rightsubnet = 10.1.0.0/16": (1, 'connections.vpn.children.net.rightsubnet: unknown key; it is "remote_ts" here of a CHILD_SA'),
    "remote_ts = 10.1.0.0/33": (1, "connections.vpn.children.net.remote_ts = 10.1.0.0/33: expected subnets or addresses like 10.1.0.0/16"),
    "remote_ts = any": (1, "connections.vpn.children.net.remote_ts = any: expected subnets or addresses like 10.1.0.0/16"),
    "remote_ts = 10.1.0.0/16;10.2.0.0/16": (1, "connections.vpn.children.net.remote_ts = 10.1.0.0/16;10.2.0.0/16: expected subnets"),
    "auth = pks": (2, "connections.vpn.local.auth = pks: expected one of psk, pubkey, eap-..., xauth-..."),
    "auth = secret": (2, "connections.vpn.local.auth = secret: expected one of psk, pubkey, eap-..., xauth-..."),
    "remote_addrs = 10.9.0.8,10.9.0.9": (2, "connections.vpn.local.remote_addrs: unknown key; it belongs in the section of the connection"),
    "start_action = onboot": (1, "connections.vpn.children.net.start_action = onboot: expected one of none, start, trap, trap|start"),
    "mode = esp": (1, "connections.vpn.children.net.mode = esp: expected one of tunnel, transport"),
    "hw_offload = maybe": (1, "connections.vpn.children.net.hw_offload = maybe: expected one of no, yes, crypto"),
    "mobike = no": (1, "connections.vpn.children.net.mobike: unknown key; it belongs in the section of the connection"),
    "secret = x": (2, 'connections.vpn.local.secret: unknown key; it is "secret" here in "secrets { ike-1 { } }"'),
    "colour = red": (2, "connections.vpn.local.colour: unknown key: charon refuses it"),
    "revocation = never": (2, "connections.vpn.local.revocation = never: expected one of strict, ifuri, relaxed"),
    "secrets { ik { } }": (3, 'secrets.ik: unknown section; did you mean "ike"?'),
    "secrets { ike-1 { secrte = x } }": (3, 'secrets.ike-1.secrte: unknown key; did you mean "secret"?'),
    "secrets { ike-1 { id-1 = x\n secret = x\n }\n vpn { } }": (3, "secrets.vpn: expected a section whose name begins with what it is for"),
}


def test_what_charon_would_refuse(ctl):
    for text, (place, said) in REFUSED.items():
        whole = SWANCTL.format(*(text if place == each else "" for each in range(4)))
        line = whole[:whole.index(text)].count("\n") + 1 + text.count("\n")
        done = ctl("check", conf(ctl, whole)).must(5, err=said)
        expect(f"x.conf:{line}:" in done.err, f"{text}: {done}")
    right = ("unique = Keep", "start_action = start|trap", "round = 1", "secrets { ike-1 { id-a = x\n secret = x\n } }")
    ctl("check", conf(ctl, SWANCTL.format(*right))).must(0, out="vpn: is adopted with SEGWs 10.9.0.1, 10.9.0.2")
    for selectors in ("10.1.0.0/16, 10.2.0.1", "dynamic[tcp/80]", "2001:db8::/64,Dynamic", "10.1.0.1-10.1.0.9[udp]", "0.0.0.0/0", "dynamic, 10.1.0.0/16[6/443-444]"):
        ctl("check", conf(ctl, SWANCTL.format("", f"remote_ts = {selectors}", "auth = ECDSA-256", ""))).must(0)
    inside = "connections {\n vpn {\n remote_addrs = 10.9.0.1,10.9.0.2\n children {\n start_action = start\n }\n }\n secrets { ike-1 { secret = x\n } }\n}\n"
    done = ctl("check", conf(ctl, inside)).must(5, err=':5:2: connections.vpn.children.start_action: charon passes over it: only sections belong here, one for each CHILD_SA')
    expect(':8:2: connections.secrets: it belongs beside "connections { }"' in done.err, f"{done}")
    ctl("check", conf(ctl, "connections { vpn : base { remote_addrs = 10.9.0.1 } }")).must(5, err='vpn: it takes what is missing from "base", which is not there')
    ctl("check", conf(ctl, "connections { }")).must(0, err="there is no connection in it")
    path = ctl.folder / "swanctl.conf"
    path.write_text("vpn { remote_addrs = 10.9.0.1,10.9.0.2 }\n")
    ctl("check", path).must(5, err="there is no section connections { }, so charon loads nothing from it")


# Right by its form, and probably not meant: what is noted of it, and its line. The exit code is 0.
NOTED = {
    "a key twice": (PLUGIN % "load = yes\n adopt = no\n adopt = yes", 6, "adopt: it stands in this section twice, and the later one counts"),
    "a section twice": ("extsock { load = yes\n failover { stable_ms = 1s\n }\n failover { stable_ms = 2s\n } }", 4, "stable_ms: it stands in this section twice"),
    "a file that is not there": (PLUGIN % "load = yes\n include /nonexistent/extsock.conf", 5, "/nonexistent/extsock.conf: there is no such file, so nothing is included"),
    "# in a value": ("secrets {\n  ike-1 {\n    secret = ab#cd\n  }\n}\n", 3, "here a comment begins; a value with # in it stands in quotes"),
    "load is no": (PLUGIN % "load = no\n adopt = yes", 3, "charon.plugins.extsock: load is not yes, so charon does not load the plugin"),
    "load is missing": ("extsock {\n adopt = yes\n }", 1, "extsock: load is not yes, so charon does not load the plugin"),
    "a window without failback": (PLUGIN % "load = yes\n failover { failback_window = 02:00-04:00\n }", 5,
                                  "charon.plugins.extsock.failover.failback_window: without failback = hold_down nothing goes back by itself"),
    "a hold-down without failback": (PLUGIN % "load = yes\n connections { vpn { hold_down_ms = 1m\n } }", 5,
                                     "charon.plugins.extsock.connections.vpn.hold_down_ms: without failback = hold_down nothing goes back by itself"),
    "weights without hash": (PLUGIN % "load = yes\n connections { vpn { weights = 1 2\n } }", 5,
                             "charon.plugins.extsock.connections.vpn.weights: without order = hash this has no effect"),
    "a probe without targets": (PLUGIN % "load = yes\n connections { vpn { probe { action = move\n } } }", 5,
                                "charon.plugins.extsock.connections.vpn.probe: without targets nothing is asked"),
}
# Where nothing is to be noted.
PLAIN = (PLUGIN % "load = 5\n failover { hold_down_ms = 1m\n }\n connections { vpn { failback = hold_down\n } }",
         "charon { load = random extsock\n plugins { extsock { adopt = yes\n } } }",
         "charon { plugins { extsock { load = yes\n } } }\n charon-systemd { plugins { extsock { adopt = yes\n } } }",
         PLUGIN % "load = yes\n failover { failback = hold_down\n }\n connections { vpn { hold_down_ms = 1m\n failback_window = 02:00-04:00\n } }")
# A section of ours where nobody reads it; the file is strongswan.conf.
PLACES = {
    "extsock {\n load = yes\n}\n": "1:1: extsock: nobody reads it here: it belongs in \"charon { plugins { } }\"",
    "plugins {\n extsock {\n load = yes\n }\n}\n": "2:2: plugins.extsock: nobody reads it here",
    "charon {\n extsock {\n load = yes\n }\n}\n": "2:2: charon.extsock: nobody reads it here",
    "libstrongswan {\n plugins {\n extsock {\n load = yes\n }\n }\n}\n": "3:2: libstrongswan.plugins.extsock: nobody reads it here",
    "swanctl {\n plugins {\n extsock {\n load = yes\n }\n }\n}\n": "3:2: swanctl.plugins.extsock: nobody reads it here",
}


def test_what_was_probably_not_meant(ctl):
    for what, (text, line, said) in NOTED.items():
        done = ctl("check", conf(ctl, text)).must(0)
        expect(f"x.conf:{line}:" in done.err and f": note: {said}" in done.err and done.err.count("note: ") == 1, f"{what}: {done}")
        expect(not ctl("check", "-q", conf(ctl, text)).must(0).err.count("note: "), f"{what}: not quiet")
    for text in PLAIN:
        expect("note: " not in ctl("check", conf(ctl, text)).must(0).err, f"noted: {text}")


def test_sections_where_nobody_reads_them(ctl):
    for text, said in PLACES.items():
        path = ctl.folder / "strongswan.conf"
        path.write_text(text)
        ctl("check", path).must(5, err=f"{path}:{said}")
    options = ctl.folder / "strongswan.conf"
    options.write_text(PLUGIN % "adopt = yes")
    text = SWANCTL.format("", "", "", "")
    ctl("check", conf(ctl, text), env={"STRONGSWAN_CONF": str(options)}).must(0, err="load is not yes, so charon does not load the plugin, and nothing is adopted")
    ctl("check", conf(ctl, text + PLUGIN % "adopt = yes")).must(5, err="extsock: swanctl passes over it: it belongs in strongswan.conf, a file of its own")


# Options of the plugin, and what is said of them, behind `charon.plugins.extsock.`.
OPTIONS = {
    "idle_timeout = 5s": 'idle_timeout: unknown option; did you mean "idle_timeout_ms"?',
    "failback { }": 'failback: this is an option, no section: write "failback = ..." in "failover { }"',
    "dpd_delay = 30s": "dpd_delay: unknown option; it belongs in the connection, in swanctl.conf",
    "connections { vpn { probe = 10.1.0.1\n } }": 'connections.vpn.probe: this is a section of a connection: write "connections { NAME { probe { targets = ... } } }"',
    "failover { probe = 10.1.0.1\n }": "failover.probe: this is a section of a connection",
    "probe = 10.1.0.1": "probe: this is a section of a connection",
    "connections { vpn { primary = 10.9.0.1\n } }": "connections.vpn.primary: unknown key; the SEGWs are listed in remote_addrs of the connection, in swanctl.conf",
    "failover { segws = 10.9.0.1\n }": "failover.segws: unknown key; the SEGWs are listed in remote_addrs",
    "failover { holdDown = 5s\n }": "failover.holdDown: unknown key; did you mean hold_down_ms?",
    "failover { connect-timeout = 5s\n }": "failover.connect-timeout: unknown key; did you mean connect_timeout_ms?",
    "failover { stable_ms = 5s; hold_down_ms = 5s\n }": "failover.stable_ms = 5s; hold_down_ms = 5s: expected a number of milliseconds from 0 to 2592000000, or a time like 500ms, 5s, 2m, 4h; each option has a line of its own",
    "failover { stable_ms = 5s stable_ms = 5s\n }": "or a time like 500ms, 5s, 2m, 4h; each option has a line of its own",
    "adopt = yes;": "adopt = yes;: expected yes or no; a value ends with its line, without a semicolon",
    "adopt = yes // all": "adopt = yes // all: expected yes or no; a comment begins with #",
    "failover { remote_addrs = x }": "failover.remote_addrs: unknown key; it belongs in the connection, in swanctl.conf",
}


def test_options_of_another_place(ctl):
    for text, said in OPTIONS.items():
        ctl("check", conf(ctl, PLUGIN % text)).must(5, err=said if said.startswith("or ") else f"charon.plugins.extsock.{said}")


def test_the_file_that_is_installed(ctl):
    """As it is, and with every default in it written out."""
    text = (Path(__file__).resolve().parents[2] / "ports/strongswan/extsock.conf").read_text()
    ctl("check", conf(ctl, text)).must(0, out="adopt = no: they are not; the defaults")
    written, count = re.subn(r"^( +)# (\w+ = \S+)$", r"\1\2", text, flags=re.M)
    done = ctl("check", conf(ctl, written)).must(0, out="connect_timeout_ms = 15000, ")
    expect(count > 25 and "hold_down_limit_ms = 3600000" in done.out, f"{count} options: {done}")


def conf(ctl, text):
    path = ctl.folder / "x.conf"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path
