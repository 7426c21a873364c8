"""What /etc/config/extsock becomes: rendered as on a router, under busybox ash."""

import json
import re
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader

import pytest

from router import FILES, ROOT

RENDER = "/usr/lib/extsock/render"
SHIPPED = (FILES / "etc/config/extsock").read_text()


def options():
    """ports/openwrt/options, which is a program."""
    loader = SourceFileLoader("options", str(ROOT / "ports/openwrt/options"))
    module = module_from_spec(spec_from_loader("options", loader))
    loader.exec_module(module)
    return module


TABLE = [line.split() for line in options().text().splitlines() if not line.startswith("#")]


def tree(text):
    """strongswan.conf, read as far as the renderer writes it."""
    top = {}
    stack = [top]
    for line in text.splitlines():
        words = line.split("#")[0].split()
        if not words:
            continue
        if words[-1] == "{":
            stack.append(stack[-1].setdefault(words[0], {}))
        elif words == ["}"]:
            stack.pop()
        else:
            key, equals, value = line.strip().partition(" = ")
            assert equals and value, line
            stack[-1][key] = value
    assert stack == [top]
    return top


def rendered(router, config):
    """What charon.plugins.extsock gets; nothing may be wrong."""
    router.write("etc/config/extsock", config)
    done = router.run(RENDER)
    assert (done.returncode, done.stderr) == (0, "")
    return tree(done.stdout)["charon"]["plugins"]["extsock"]


def refused(router, config):
    """The errors, and what is left."""
    router.write("etc/config/extsock", config)
    done = router.run(RENDER)
    assert done.returncode == 1
    assert done.stderr
    return done.stderr.splitlines(), tree(done.stdout)["charon"]["plugins"]["extsock"]


def policy(text, name="vpn"):
    return f"config globals 'globals'\n\noption liveness_misses '5'\n\nconfig policy '{name}'\n{text}\n"


# ---- the table ----

def test_the_table_is_what_the_schema_says():
    assert options().TABLE.read_text() == options().text(), "run ports/openwrt/options"


def test_the_table_has_every_option_of_the_plugin():
    manual = (ROOT / "ports/strongswan/extsock.opt").read_text()
    known = set(re.findall(r"^charon\.plugins\.extsock\.(\w+) =", manual, re.M))
    assert known == set(options().GLOBALS) - {"load"}
    assert {name for name, _ in options().plugin()} == set(options().GLOBALS)


def test_no_option_of_a_policy_is_called_like_one_of_the_plugin():
    names = [row[1] for row in TABLE]
    assert sorted(names) == sorted(set(names))


# ---- what is right ----

def test_what_is_shipped(router):
    assert rendered(router, SHIPPED) == {
        "load": "yes", "adopt": "yes", "failover": {}, "connections": {}}


def test_nothing_but_the_section(router):
    assert rendered(router, "config globals 'globals'\n") == {"load": "yes", "adopt": "yes", "failover": {}, "connections": {}}


def test_disabled(router):
    assert rendered(router, "config globals 'globals'\noption enabled '0'\n\nconfig policy 'vpn'\noption adopt '1'\n") == {
        "load": "no", "adopt": "no"}


@pytest.mark.parametrize("written, ms", [("500ms", 500), ("2s", 2000), ("5m", 300000), ("1h", 3600000), ("1d", 86400000), ("0", 0)])
def test_times(router, written, ms):
    assert rendered(router, policy(f"option stable '{written}'"))["connections"]["vpn"] == {"stable_ms": str(ms)}


def test_a_policy_of_a_connection(router):
    had = rendered(router, SHIPPED + """
config policy 'vpn'
	option failback 'hold_down'
	option hold_down '5m'

config policy
	option connection 'head-office.example'
	option adopt '0'
""")
    assert had["connections"] == {"vpn": {"failback": "hold_down", "hold_down_ms": "300000"}, "head-office.example": {"adopt": "no"}}


def test_options_of_the_plugin(router):
    had = rendered(router, """
config globals 'globals'
	option socket '/var/run/extsock'
	option mode '0600'
	option group 'network'
	list operate_groups 'network'
	list operate_groups '100'
	option users 'alice bob'
	option max_clients '8'
	option idle_timeout '1m'
	option state_file '/etc/extsock.state'
""")
    assert had == {
        "load": "yes", "adopt": "yes", "socket": "/var/run/extsock", "mode": "0600", "group": "network", "operate_groups": "network,100",
        "users": "alice,bob", "max_clients": "8", "idle_timeout_ms": "60000", "state_file": "/etc/extsock.state",
        "failover": {}, "connections": {}}


def test_what_is_asked_through_the_tunnel(router):
    had = rendered(router, SHIPPED + """
config policy 'vpn'
	list target '10.1.0.1'
	list target 'tcp://[2001:db8::1]:443'
	option target_interval '2s'
	option target_misses '3'
	option target_recover '4'
	option target_action 'move'
	option max_rounds '3'
config policy 'other'
	option target '10.1.0.1, tcp://10.1.0.2:22 2001:db8::1'
""")
    assert had["connections"] == {
        "vpn": {"max_rounds": "3", "probe": {"targets": "10.1.0.1,tcp://[2001:db8::1]:443", "interval_ms": "2000", "misses": "3", "recover": "4",
                                             "action": "move"}},
        "other": {"probe": {"targets": "10.1.0.1,tcp://10.1.0.2:22,2001:db8::1"}}}


# ---- what is wrong: named, and left out ----

@pytest.mark.parametrize("line, told", [
    ("option liveness_interval '2'", "liveness_interval '2' is not possible; expected 0, or a time from 100ms to 30d with its unit"),
    ("option liveness_interval '31d'", "from 100ms to 30d"),
    ("option liveness_interval '99ms'", "expected 0, or a time from 100ms"),
    ("option backoff_initial '99ms'", "from 100ms to 30d"),
    ("option liveness_interval '-1s'", "is not possible"),
    ("option liveness_interval '31d'", "liveness_interval '31d' is not possible"),
    ("option liveness_interval '1.5s'", "is not possible"),
    ("option liveness_interval '010s'", "is not possible"),
    ("option liveness_interval '99999999999s'", "is not possible"),
    ("option liveness_interval '2 s'", "is not possible"),
    ("option liveness_misses 'three'", "expected a whole number from 1 to 100"),
    ("option liveness_misses '0'", "expected a whole number from 1 to 100"),
    ("option liveness_misses '08'", "expected a whole number from 1 to 100"),
    ("option failback 'yes'", "failback 'yes' is not possible; expected off, hold_down"),
    ("option failback 'off|hold_down'", "is not possible"),
    ("option failback_window 'night'", "expected always, or up to 4 windows of days and hours with commas"),
    ("option failback_window '02:00-04:00 }'", "is not possible"),
    ("option adopt 'maybe'", "expected 0 or 1"),
    ("option livenes_interval '2s'", "there is no option livenes_interval"),
    ("option hold_down_ms '5m'", "there is no option hold_down_ms; did you mean hold_down? /usr/share/extsock/options"),
    ("option connect '5s'", "there is no option connect; did you mean connect_timeout? "),
    ("option misses '3'", "there is no option misses; did you mean liveness_misses? "),
    ("option colour 'red'", "there is no option colour; /usr/share/extsock/options has them"),
    ("option socket '/tmp/x'", "socket belongs in globals"),
    ("option jitter_pct '$(touch /broken)'", "is not possible"),
    ("option failback '*'", "is not possible"),
    ("option connection 'a{b'", "connection 'a{b' is not possible"),
    *((f"list target '{target}'", f"target '{target}' is not possible; expected addresses, or tcp://ADDRESS:PORT") for target in (
        "gw.example.org", "10.1.0.0/24", "10.1.0.1:443", "10.1.0", "10.1.0.1.", "10.1.0.256", "tcp://10.1.0.1", "tcp://10.1.0.1:0",
        "tcp://10.1.0.1:65536", "tcp://2001:db8::1:443", "tcp://[10.1.0.1]:443", "http://10.1.0.1:80", "0.0.0.0", "127.0.0.1", "224.0.0.1",
        "255.255.255.255", "::", "ff02::1", "$(touch /broken)")),
    ("option target '" + ",".join(f"10.0.0.{n}" for n in range(1, 10)) + "'", "at most 8"),
    ("option target '" + ",".join(f"tcp://[2001:db8::{n}]:443" for n in range(1, 7)) + "'", "127 characters"),
    ("option target_action 'restart'", "expected report, rekey, move"),
    ("option connection '" + 64 * "x" + "'", "longer than 63"),
])
def test_a_wrong_policy(router, line, told):
    errors, had = refused(router, policy(line))
    assert len(errors) == 1
    assert errors[0].startswith("/etc/config/extsock: vpn: ") and told in errors[0]
    assert had["failover"] == {"liveness_misses": "5"}
    assert had["connections"] in ({}, {"vpn": {}})
    assert router.read("broken") is None


@pytest.mark.parametrize("line, told", [
    ("option mode '888'", "expected octal"),
    ("option mode '01777'", "expected octal"),
    ("option socket 'tcp://10.0.0.1:4502'", "expected an absolute path"),
    ("option socket '/tmp/a b'", "expected an absolute path"),
    ("option state_file '/tmp/x\"y'", "expected an absolute path"),
    ("option owner 'a b'", "a name or number"),
    ("list users 'a;b'", "names or numbers"),
    ("list users '*'", "users '*' is not possible; expected names or numbers"),
    ("list users 'a b c*'", "names or numbers"),
    ("option connection 'vpn'", "there is no option connection"),
    ("list target '10.1.0.1'", "target belongs in the policy of a connection"),
])
def test_wrong_globals(router, line, told):
    errors, had = refused(router, f"config globals 'globals'\n{line}\n")
    assert len(errors) == 1 and "globals: " in errors[0] and told in errors[0]
    assert had == {"load": "yes", "adopt": "yes", "failover": {}, "connections": {}}


def test_a_section_of_another_type(router):
    errors, _ = refused(router, SHIPPED + "config polcy 'vpn'\n")
    assert errors == ["/etc/config/extsock: vpn: there is no section of type polcy; expected globals or policy"]


def test_a_policy_without_a_name(router):
    errors, had = refused(router, SHIPPED + "config policy\n\toption max_rounds '3'\n")
    assert len(errors) == 1 and "this policy has no name; write config policy 'NAME', with the name of its connection" in errors[0]
    assert had["connections"] == {}
    had = rendered(router, SHIPPED + "config policy\n\toption connection 'vpn'\n\toption max_rounds '3'\n")
    assert had["connections"] == {"vpn": {"max_rounds": "3"}}


def test_two_policies_of_one_connection(router):
    errors, had = refused(router, SHIPPED + """
config policy 'vpn'
	option max_rounds '3'
config policy 'again'
	option connection 'vpn'
	option max_rounds '4'
""")
    assert errors == ["/etc/config/extsock: again: there is a policy of connection vpn already"]
    assert had["connections"] == {"vpn": {"max_rounds": "3"}}


@pytest.mark.parametrize("globals_, own, limit", [
    ("", "option backoff_limit '500ms'", "backoff_limit, 500 ms, is less than backoff_initial, 1000 ms"),
    ("", "option backoff_initial '2m'", "backoff_limit, 60000 ms, is less than backoff_initial, 120000 ms"),
    ("option hold_down_limit '1h'", "option hold_down '2h'", "hold_down_limit, 3600000 ms, is less than hold_down, 7200000 ms"),
])
def test_limits_below_what_they_limit(router, globals_, own, limit):
    errors, had = refused(router, f"config globals 'globals'\n{globals_}\n\nconfig policy 'vpn'\n{own}\n")
    assert errors == [f"/etc/config/extsock: vpn: {limit}; neither is taken"]
    assert had["connections"] == {"vpn": {}}


def test_a_limit_of_globals_that_makes_room(router):
    had = rendered(router, "config globals 'globals'\noption hold_down_limit '3h'\n\nconfig policy 'vpn'\noption hold_down '2h'\n")
    assert had["connections"] == {"vpn": {"hold_down_ms": "7200000"}}


def test_no_file(router):
    (router.folder / "etc/config/extsock").unlink()
    done = router.run(RENDER)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("/etc/config/extsock: ")


# ---- the same bounds as the core ----

def values(kind, bounds):
    """Just possible ones, then just impossible ones: as in UCI, and in JSON."""
    if kind == "word":
        return [(word, word) for word in bounds.split("|")], [("nonsense", "nonsense")]
    if kind == "each":
        numbers, _, most = bounds.partition("*")
        least, largest = numbers.split("-")
        full = " ".join([largest] * int(most))
        return ([(text, text) for text in (least, f"{least} {largest} 99", f" {least}, {largest},{least} ", full)],
                [(text, text) for text in (str(int(least) - 1), str(int(largest) + 1), f"{least} x", f"{least};{least}", f"{full} {least}")])
    if kind == "windows":
        possible = ("always", "Mon-Fri 02:00-04:00", "22:00-02:00,sat  00:00-24:00", "01:00-02:00, 03:00-04:00,05:00-06:00,07:00-08:00")
        impossible = ("night", "2:00-04:00", "02:00-02:00", "mon 02:00-26:00", "moon 02:00-04:00", "24:00-02:00", "always,02:00-04:00",
                      possible[-1] + ",09:00-10:00", "02:00-04:00,", "mon-fri")
        return [(text, text) for text in possible], [(text, text) for text in impossible]
    zero, _, bounds = bounds.rpartition("|")
    least, most = map(int, bounds.split("-"))
    unit = "ms" if kind == "time" else ""
    within, beyond = (least, most, *map(int, zero)), (most + 1, *([least - 1] if least else []))
    return [(f"{n}{unit}", n) for n in within], [(f"{n}{unit}", n) for n in beyond]


@pytest.fixture(scope="module")
def checker(tmp_path_factory):
    """extsockctl-check."""
    build = tmp_path_factory.mktemp("check")
    archive = ROOT / "target/release/libsegw.a"
    subprocess.run(["make", "-s", "-C", ROOT / "ports/strongswan/extsockctl", f"BUILD={build}", f"LIBSEGW={archive}", build / "extsockctl-check"],
                   check=True, stdout=sys.stderr)
    return build / "extsockctl-check"


@pytest.fixture(scope="module")
def check(checker):
    """libsegw's opinion of a policy."""

    def accepts(policy):
        """Of the keys as the table has them."""
        blocks = {"failover": {}, "probe": {}}
        for key, value in policy.items():
            block, _, key = key.rpartition(".")
            blocks[block or "failover"][key] = value
        # One for each of preferences or weights, of which there have to be as many.
        numbers = str(policy.get("preferences") or policy.get("weights") or "1").replace(",", " ").split()
        segws = ",".join(f"10.0.0.{place}" for place, _ in enumerate(numbers[:8], 1))
        body = {"name": "vpn", "ike_cfg": {"remote_addrs": segws}, "local_auth": {"auth": "psk", "secret": "example only"},
                "remote_auth": {"auth": "psk"}, "children": [{"name": "net", "remote_ts": ["0.0.0.0/0", "::/0"]}], **blocks}
        done = subprocess.run([checker, "-"], input=json.dumps(body), capture_output=True, text=True, check=False)
        assert done.returncode in (0, 5), done.stderr
        return done.returncode == 0
    return accepts


@pytest.mark.parametrize("row", [row for row in TABLE if row[0] != "globals" and row[2] not in ("bool", "targets")], ids=lambda row: row[1])
def test_what_the_core_takes_is_what_uci_takes(router, check, row):
    _, option, kind, bounds, key, above = row
    # What is compared with another option is given that one's least value; what another one is compared with, that one's most.
    beside = [other for other in TABLE if other[5].split(":")[0] == option]
    # Of the core, weights are for one order only.
    uci, core = ({"order": "hash"}, {"order": "hash"}) if option == "weights" else ({}, {})
    if above != "-":
        limited = next(other for other in TABLE if other[1] == above.split(":")[0])
        uci[limited[1]], core[limited[4]] = limited[3].split("-")[0] + "ms", int(limited[3].split("-")[0])
    for other in beside:
        uci[other[1]], core[other[4]] = other[3].split("-")[1] + "ms", int(other[3].split("-")[1])
    for possible, group in zip((True, False), values(kind, bounds)):
        for written, value in group:
            lines = "".join(f"option {name} '{text}'\n" for name, text in (uci | {option: written}).items())
            router.write("etc/config/extsock", policy(lines))
            assert (router.run(RENDER).returncode == 0) is possible, f"UCI, {written}"
            assert check(core | {key: value}) is possible, f"the core, {value}"


def test_targets_that_the_core_takes_are_what_uci_takes(router, check):
    for target in ("10.1.0.1", "2001:db8::1", "::ffff:10.1.0.1", "tcp://10.1.0.1:443", "tcp://[2001:db8::1]:65535", "gw.example.org", "10.1.0.1:443",
                   "tcp://10.1.0.1:0", "tcp://10.1.0.1:65536", "tcp://2001:db8::1:443", "10.1.0.256", "10.1.0", "0.0.0.0", "127.0.0.1", "239.0.0.1",
                   "255.255.255.255", "::", "::1", "ff02::1", "tcp://[::1]:443", "10.1.0.01"):
        router.write("etc/config/extsock", policy(f"list target '{target}'\n"))
        assert (router.run(RENDER).returncode == 0) is check({"probe.targets": [target]}), target


@pytest.mark.parametrize("row", [row for row in TABLE if row[0] == "globals" and row[2] in ("number", "time", "octal")], ids=lambda row: row[1])
def test_what_the_plugin_takes_is_what_uci_takes(router, checker, tmp_path, row):
    """Of its own options: what is rendered it takes, and what is refused it would refuse."""
    _, option, kind, bounds, key, _ = row
    groups = ([("0", 0), ("777", 777)], [("888", 888)]) if kind == "octal" else values(kind, bounds)
    file = tmp_path / "strongswan.conf"
    for possible, group in zip((True, False), groups):
        for written, value in group:
            if kind == "octal" and len(written) < 3:
                continue
            router.write("etc/config/extsock", f"config globals 'globals'\noption {option} '{written}'\n")
            done = router.run(RENDER)
            assert (done.returncode == 0) is possible, f"UCI, {written}"
            if not possible and kind == "time" and value > 0x7FFFFFFF // 86_400_000 * 86_400_000:
                value = 0x80000000      # the plugin goes on to there, which is no time that people write
            file.write_text(done.stdout if possible else f"charon {{ plugins {{ extsock {{ {key} = {value} }} }} }}\n")
            said = subprocess.run([checker, file], capture_output=True, text=True, check=False)
            assert (said.returncode == 0) is possible, f"the plugin, {value}: {said.stdout}{said.stderr}"


def test_a_whole_file_is_one_that_the_plugin_takes(router, checker, tmp_path):
    """Every option at once, in globals and in two policies."""
    least = {"bool": "1", "octal": "0660", "path": "/run/x", "name": "root", "names": "root", "text": "cpe-7", "targets": "10.1.0.1", "each": "1",
             "windows": "mon-fri 02:00-04:00", "word": None, "number": None, "time": None}
    lines = {"globals": [], "policy": []}
    for where, option, kind, bounds, _, _ in TABLE:
        value = least[kind] or (bounds.split("|")[-1] if kind == "word" else values(kind, bounds)[0][0][0])
        for section in lines if where == "any" else [where]:
            lines[section].append(f"option {option} '{value}'")
    text = "\n".join(["config globals 'globals'", *lines["globals"], "config policy 'vpn'", *lines["policy"],
                      "config policy 'other'", *lines["policy"]]) + "\n"
    router.write("etc/config/extsock", text)
    done = router.run(RENDER)
    assert (done.returncode, done.stderr) == (0, "")
    file = tmp_path / "strongswan.conf"
    file.write_text(done.stdout)
    said = subprocess.run([checker, file], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr
    own = tree(done.stdout)["charon"]["plugins"]["extsock"]
    assert own["connections"]["vpn"] == own["connections"]["other"]
    assert len(own["failover"]) == sum(row[0] == "any" for row in TABLE) - 1       # adopt is the plugin's own there


def test_a_policy_that_is_gone_is_not_rendered(router):
    both = SHIPPED + "config policy 'vpn'\n\toption max_rounds '3'\nconfig policy 'other'\n\toption max_rounds '4'\n"
    assert set(rendered(router, both)["connections"]) == {"vpn", "other"}
    assert rendered(router, both.partition("config policy 'other'")[0])["connections"] == {"vpn": {"max_rounds": "3"}}


def test_numbers_for_each_gateway(router):
    had = rendered(router, policy("option order 'hash'\noption preferences '1, 1,2'\nlist weights '20'\nlist weights '10'\nlist weights '1'"))
    assert had["connections"]["vpn"] == {"order": "hash", "preferences": "1,1,2", "weights": "20,10,1"}
    errors, had = refused(router, policy("option weights '1 1 1 1 1 1 1 1 1'"))
    assert "at most 8" in errors[0] and had["connections"] == {"vpn": {}}
