"""The scripts of ports/openwrt/ under busybox ash; OpenWrt's own functions are stubs.sh."""

import json
import re
import socket
import stat
import subprocess

import pytest

from router import FILES, ROOT

CONF = "var/ipsec/extsock.conf"
SCRIPTS = sorted([*(path for path in FILES.rglob("*") if path.is_file() and re.search(r"\A#!/bin/sh|^# shellcheck shell=", path.read_text(), re.M)),
                  FILES / "etc/extsock.user"])
WRONG = "config globals 'globals'\noption adopt 'maybe'\n"


@pytest.fixture
def vici(router):
    """A charon that runs, as far as the init script can see."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(router.folder / "var/run/charon.vici"))
        yield


def of(calls, *programs):
    """The calls of these programs only."""
    return [call for call in calls if call.split()[0] in programs]


# ---- shell ----

@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(FILES)))
def test_shellcheck_as_busybox_sh(script):
    """From 0.10 on shellcheck knows busybox's shell; before, dash is the nearest."""
    version = subprocess.run(["shellcheck", "--version"], capture_output=True, text=True, check=True).stdout
    old = int(re.search(r"version: 0\.(\d+)", version)[1]) < 10
    subprocess.run(["shellcheck", "--shell", "dash" if old else "busybox", script], check=True)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(FILES)))
def test_ash_reads_it(router, script):
    assert router.run("/bin/sh", "-n", "/" + str(script.relative_to(FILES))).stderr == ""


def test_what_can_be_run_is_executable():
    runs = {path for path in FILES.rglob("*") if path.is_file() and path.read_text().startswith("#!")}
    assert runs == {path for path in FILES.rglob("*") if path.is_file() and path.stat().st_mode & 0o111}


# ---- the init script ----

def test_start_at_boot(router):
    done = router.service("start")
    assert (done.returncode, done.stderr) == (0, "")
    assert stat.S_IMODE((router.folder / CONF).stat().st_mode) == 0o600
    assert "adopt = yes" in router.read(CONF)
    assert router.calls() == [
        "open extsock", "instance hotplug", "param command /usr/sbin/extsockctl events --exec /usr/lib/extsock/hotplug",
        "param respawn 3600 5 0", "param stderr 1", "end of instance", "reload trigger extsock", "close"]


def test_charon_reads_what_is_written():
    assert f"include /{CONF}" in (FILES / "etc/strongswan.d/extsock.conf").read_text().splitlines()


def test_start_beside_a_charon_that_runs(router, vici):
    router.service("start")
    assert of(router.calls(), "swanctl") == ["swanctl --reload-settings"]


def test_reload_takes_over_what_has_changed(router, vici):
    router.service("start")
    router.calls()
    router.write("etc/config/extsock", "config globals 'globals'\noption liveness_misses '7'\n")
    assert router.service("reload").returncode == 0
    assert "liveness_misses = 7" in router.read(CONF)
    assert of(router.calls(), "swanctl") == ["swanctl --reload-settings"]


def test_reload_of_what_is_wrong_changes_nothing(router, vici):
    router.service("start")
    before = router.read(CONF)
    router.calls()
    router.write("etc/config/extsock", WRONG)
    done = router.service("reload")
    assert done.returncode != 0
    assert "adopt 'maybe' is not possible" in done.stderr and "nothing is changed" in done.stderr
    assert router.read(CONF) == before
    assert all(call.startswith("logger -t extsock -p daemon.") for call in router.calls())


def test_boot_with_what_is_wrong_fails_over_all_the_same(router):
    router.write("etc/config/extsock", WRONG)
    done = router.service("start")
    assert "its default counts" in done.stderr
    assert "adopt = yes" in router.read(CONF)
    assert "instance hotplug" in router.calls()


def test_start_with_what_is_wrong_later_keeps_what_there_was(router):
    router.service("start")
    before = router.read(CONF)
    router.write("etc/config/extsock", WRONG)
    assert "nothing is changed" in router.service("start").stderr
    assert router.read(CONF) == before


def test_stop_releases(router, vici):
    router.service("start")
    router.calls()
    assert router.service("stop").returncode == 0
    assert router.read(CONF) is None
    assert router.calls() == ["kill extsock", "swanctl --reload-settings"]


def test_restart_lets_nothing_go(router, vici):
    """charon reads its settings once, and then with the file there: connections, their pins and their history stay."""
    router.service("start")
    router.calls()
    router.write("answers/swanctl", "cat /var/ipsec/extsock.conf >>/read")
    assert router.service("restart").returncode == 0
    calls = router.calls()
    assert calls[0] == "kill extsock" and "instance hotplug" in calls
    assert of(calls, "swanctl") == ["swanctl --reload-settings"]
    assert router.read("read") == router.read(CONF)


def test_disabled(router):
    router.write("etc/config/extsock", "config globals 'globals'\noption enabled '0'\n")
    router.service("start")
    assert "load = no" in router.read(CONF)
    assert not [call for call in router.calls() if call.startswith("instance")]
    done = router.service("status")
    assert (done.returncode, done.stdout) == (3, "disabled in /etc/config/extsock\n")


def test_no_file_at_all(router):
    (router.folder / "etc/config/extsock").unlink()
    done = router.service("start")
    assert "uci cannot read it" in done.stderr
    assert router.read(CONF) is None


def test_status_is_the_plugins(router):
    router.service("start")
    router.calls()
    router.write("answers/extsockctl", "echo \"CONNECTION  STATE\"; exit 0")
    done = router.service("status")
    assert (done.returncode, done.stdout) == (0, "CONNECTION  STATE\n")
    assert router.calls() == ["extsockctl status"]


def test_a_socket_in_another_place(router):
    router.write("etc/config/extsock", "config globals 'globals'\noption socket 'unix:///var/run/moved'\n")
    router.service("start")
    assert "param env EXTSOCK_SOCKET=/var/run/moved" in router.calls()
    router.write("answers/extsockctl", 'echo "$EXTSOCK_SOCKET"')
    assert router.service("status").stdout == "/var/run/moved\n"


def test_charon_that_does_not_reload_is_told(router, vici):
    router.write("answers/swanctl", 'echo "connecting failed" >&2; exit 1')
    done = router.service("start")
    assert done.returncode != 0
    assert "charon does not reload its settings: connecting failed" in done.stderr


def test_charon_is_never_restarted(router, vici):
    for action in ("start", "reload", "restart", "stop"):
        router.service(action)
    calls = router.calls()
    assert calls and set(of(calls, "swanctl")) == {"swanctl --reload-settings"}
    assert not [call for call in calls if "charon" in call or "init.d" in call]


# ---- hotplug ----

TOLD = {"event": "segw_failover", "time_ms": 123456, "seq": 7, "connection": "vpn", "from": "10.0.0.1", "to": "segw2.example.net",
        "cause": "LIVENESS"}
# As `extsockctl events --exec` sets it.
EVENT = {"ACTION": "segw_failover", "CONNECTION": "vpn", "FROM": "10.0.0.1", "TO": "segw2.example.net", "CAUSE": "LIVENESS", "TIME": "123456",
         "DATE": "2026-11-27T18:00:00Z", "EVENT": json.dumps(TOLD)}
BY_ITSELF = {"ACTION": "charon_down", "CONNECTION": "", "FROM": "", "TO": "", "CAUSE": "", "TIME": "5", "DATE": "2026-11-27T18:00:00Z", "EVENT": ""}
HOTPLUG = "/usr/lib/extsock/hotplug"


def sent(call):
    """What was told on ubus."""
    assert call.startswith("ubus send extsock ")
    return json.loads(call.split(maxsplit=3)[3])


def test_hotplug_tells_ubus_and_scripts(router):
    router.write("answers/hotplug-call", 'echo "$ACTION $CONNECTION $FROM $TO $CAUSE $DATE" >>/heard')
    assert router.run(HOTPLUG, **EVENT).returncode == 0
    to_ubus, to_scripts = router.calls()
    assert sent(to_ubus) == TOLD
    assert to_scripts == "hotplug-call extsock"
    assert router.read("heard") == "failover vpn 10.0.0.1 segw2.example.net LIVENESS 2026-11-27T18:00:00Z\n"


def test_hotplug_runs_the_users_script(router):
    assert router.run(HOTPLUG, **EVENT).returncode == 0         # as shipped: comments only
    router.write("etc/extsock.user", 'echo "$ACTION: $CONNECTION goes to $TO" >/user\n')
    router.run(HOTPLUG, **EVENT)
    assert router.read("user") == "failover: vpn goes to segw2.example.net\n"


def test_hotplug_of_what_extsockctl_tells_by_itself(router):
    assert router.run(HOTPLUG, **BY_ITSELF).returncode == 0
    assert sent(router.calls()[0]) == {"event": "charon_down", "time_ms": 5}


def test_hotplug_keeps_the_last_ones_in_memory(router):
    for time in range(70):
        router.run(HOTPLUG, **{**EVENT, "EVENT": json.dumps(TOLD | {"time_ms": time})})
    kept = [json.loads(line)["time_ms"] for line in router.read("var/run/extsock/events").splitlines()]
    assert kept == list(range(6, 70))


@pytest.mark.parametrize("action", ["alert", "ike_rekey", "child_rekey", "ike_sa_up", ""])
def test_hotplug_leaves_out_what_nobody_acts_upon(router, action):
    assert router.run(HOTPLUG, **{**EVENT, "ACTION": action}).returncode == 0
    assert not router.calls() and router.read("var/run/extsock/events") is None


# ---- ubus ----

def test_the_acl_names_the_methods_there_are():
    """ucode is in no registry: what the object answers is tried by hand, see ports/openwrt/README.md."""
    source = (FILES / "usr/share/rpcd/ucode/extsock").read_text()
    methods = set(re.findall(r"^\t\t(\w+): (?:method\(|\{)", source, re.M))
    acl = json.loads((FILES / "usr/share/rpcd/acl.d/extsock.json").read_text())["extsock"]
    assert set(acl["read"]["ubus"]["extsock"]) | set(acl["write"]["ubus"]["extsock"]) == methods
    assert set(acl["write"]["ubus"]["extsock"]) == {"switch", "pin", "unpin", "drain", "undrain", "drill"}


# ---- what belongs to others is left alone ----

def test_no_file_where_procd_would_restart_charon():
    assert not [path for path in FILES.rglob("*") if "swanctl" in path.relative_to(FILES).parts]


def test_nothing_writes_ipsec_or_swanctl():
    for path in FILES.rglob("*"):
        if path.is_file():
            assert not re.search(r"uci.*(ipsec|swanctl)\.", path.read_text()), path


# ---- the first boot ----

def test_first_boot_with_a_file_of_its_own(router):
    router.write("answers/uci", "exit 0")
    router.run("/bin/sh", "/etc/uci-defaults/80-extsock")
    assert router.calls() == ["uci -q get extsock.globals"]


def test_first_boot_with_a_section_that_has_no_name(router):
    """It gets the one that ubus and LuCI look for; a second section would be refused by the renderer."""
    router.write("answers/uci", 'case "$*" in *get*) exit 1 ;; esac')
    assert router.run("/bin/sh", "/etc/uci-defaults/80-extsock").returncode == 0
    assert router.calls() == ["uci -q get extsock.globals", "uci -q rename extsock.@globals[0]=globals", "uci commit extsock"]


def test_first_boot_without_the_section(router):
    router.write("answers/uci", 'case "$*" in *batch*) cat >>/batch ;; *) exit 1 ;; esac')
    assert router.run("/bin/sh", "/etc/uci-defaults/80-extsock").returncode == 0
    batch = [line.split() for line in router.read("batch").splitlines()]
    shipped = dict(re.findall(r"^\toption (\w+) '(\w+)'", (FILES / "etc/config/extsock").read_text(), re.M))
    assert batch == [["set", "extsock.globals=globals"], *(["set", f"extsock.globals.{option}={value}"] for option, value in shipped.items()),
                     ["commit", "extsock"]]


# ---- the tree ----

def test_a_kept_file_is_one_of_ours():
    for line in (FILES / "lib/upgrade/keep.d/extsock").read_text().split():
        assert "extsock" in line and line.startswith("/etc/")


def test_the_stubs_say_that_they_are_stubs():
    assert "stub" in (ROOT / "tests/ports/stubs.sh").read_text().splitlines()[1]
