"""The plugin builds without a warning, keeps its folders apart, exports its entry points only, and is hardened."""

import os
import platform
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PORT = ROOT / "ports/strongswan"
NOT_TO_BE_HAD = 75
# The last upstream version that compat.h knows.
NEWEST = (6, 1)


def run(*argv):
    """What it prints; what it says besides is pytest's to show."""
    done = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=False)
    print(done.stdout)
    assert done.returncode == 0
    return done.stdout


@pytest.fixture(scope="module")
def sources():
    """strongSwan's, as the Makefile has them."""
    return os.environ.get("STRONGSWAN_SRC") or run(PORT / "headers").split()[-1]


@pytest.fixture(scope="module")
def built(sources, tmp_path_factory):
    """The plugin, from nothing."""
    build = tmp_path_factory.mktemp("plugin")
    run("make", "-C", PORT, f"STRONGSWAN_SRC={sources}", f"BUILD={build}", "WERROR=1")
    return build / "libstrongswan-extsock.so"


def test_builds_without_a_warning(built):
    assert built.exists()


def test_compiles_for_the_newest_version(sources, tmp_path):
    """With the headers of Debian sid's strongSwan: what differs is in base/compat.h. Which parts are built, says the one configured."""
    got = subprocess.run([PORT / "headers", "--suite", "sid"], stdout=subprocess.PIPE, text=True, check=False)
    if got.returncode == NOT_TO_BE_HAD:
        pytest.skip("no mirror has strongSwan's sources of Debian sid")
    assert got.returncode == 0
    other = Path(got.stdout.split()[-1])
    version = re.search(r"^PACKAGE_VERSION='(\d+)\.(\d+)", (other / "configure").read_text(), re.M)
    if (int(version[1]), int(version[2])) > NEWEST:
        pytest.skip(f"Debian sid has {version[1]}.{version[2]} by now, which the plugin does not know")
    flags = f"-include {sources}/config.h -I{other}/src/libstrongswan -I{other}/src/libcharon"
    run("make", "-j2", "-C", PORT, f"STRONGSWAN_CPPFLAGS={flags}", f"BUILD={tmp_path}", "CFLAGS=-O0", "WERROR=1", "plugin")


def test_no_folder_includes_what_is_above_it(sources):
    run(ROOT / "tests/plugin/includes", sources)


def test_exports_its_entry_points_only(built):
    exports = {line.split()[-1] for line in run("nm", "-D", "--defined-only", built).splitlines()}
    assert exports - {"extsock_plugin_version"} == {"extsock_plugin_create"}


def test_has_no_module_looked_for(built):
    """For an interface that is asked for by its name, and is not there, Linux runs modprobe: by what a client writes."""
    assert "if_nametoindex" not in run("nm", "-D", "--undefined-only", built)


def test_knows_the_options_it_documents():
    """What is not in the table of options is told to be a typo."""
    documented = re.findall(r"^charon\.plugins\.extsock\.(\w+) =", (PORT / "extsock.opt").read_text(), re.M)
    known = re.findall(r'^\t\{ "(\w+)", [A-Z]+', (PORT / "base/options.c").read_text(), re.M)
    assert known == sorted({*documented, "load"})


HARDENING = {
    "stack protector": ("nm -D --undefined-only", r" __stack_chk_fail"),
    "_FORTIFY_SOURCE": ("nm -D --undefined-only", r" __[a-z]+_chk(@|$)"),
    "no lazy binding": ("readelf -Wd", r"\bNOW\b"),
    "read-only after relocation": ("readelf -Wl", r"GNU_RELRO"),
    "no stack that can be executed": ("readelf -Wl", r"GNU_STACK.* RW "),
}


@pytest.mark.parametrize("what", HARDENING)
def test_is_hardened(built, what):
    command, fact = HARDENING[what]
    assert re.search(fact, run(*command.split(), built), re.M)


def test_branches_are_protected(built):
    """By the mark of each C object: the linker leaves it out of the plugin if one lacks it, and rustc's do."""
    mark = {"x86_64": "IBT, SHSTK", "aarch64": "BTI, PAC"}.get(platform.machine())
    if not mark:
        pytest.skip(f"not known for {platform.machine()}")
    objects = [each for each in built.parent.rglob("*.o") if not each.name.startswith("ctl-")]
    assert objects and not [each for each in objects if mark not in run("readelf", "-Wn", each)]


@pytest.mark.parametrize("way", ["HARDENING=", "CFLAGS=-Os"])
def test_hardening_can_be_left_out(sources, tmp_path, way):
    timer = tmp_path / "base/timer.o"
    run("make", "-C", PORT, f"STRONGSWAN_SRC={sources}", f"BUILD={tmp_path}", way, timer)
    assert not re.search(r"__stack_chk_fail|_chk$", run("nm", timer), re.M)
