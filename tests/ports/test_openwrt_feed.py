"""ports/openwrt/extsock/Makefile, evaluated and built natively by stubs of OpenWrt's makefiles (buildroot/)."""

import os
import re
import shutil
import stat
import subprocess
import tomllib
from pathlib import Path

import pytest

from router import FILES, ROOT

HERE = Path(__file__).resolve().parent
PACKAGE = ROOT / "ports/openwrt/extsock"
# In each package, besides the files of files/.
PROGRAMS = {
    "strongswan-mod-extsock": {"usr/lib/ipsec/plugins/libstrongswan-extsock.so", "etc/strongswan.d/charon/extsock.conf"},
    "extsockctl": {"usr/sbin/extsockctl"},
    "extsockctl-check": {"usr/sbin/extsockctl-check", "usr/share/doc/extsock/PROTOCOL.md.gz"},
    "libsegw": set(),
}


def headers():
    """A strongSwan that is configured."""
    return os.environ.get("STRONGSWAN_SRC") or subprocess.run([ROOT / "ports/strongswan/headers"], stdout=subprocess.PIPE, text=True,
                                                              check=True).stdout.split()[-1]


def make(top, *goals, **variables):
    """make in the package's folder, as OpenWrt calls it."""
    done = subprocess.run(["make", "-r", "-s", "-C", PACKAGE, f"TOPDIR={top}", *goals, *(f"{name}={value}" for name, value in variables.items())],
                          capture_output=True, text=True, check=False)
    print(done.stdout, done.stderr)
    assert done.returncode == 0
    return done.stdout


@pytest.fixture(scope="module")
def dump():
    """What OpenWrt is told."""
    told = {}
    for line in make(HERE / "buildroot", "dump", DUMP=1).splitlines():
        word, _, rest = line.partition(" ")
        told.setdefault(word, []).append(rest.split(";"))
    return told


@pytest.fixture(scope="module")
def crates(tmp_path_factory):
    """A folder of downloads, as OpenWrt has it: the .crate files, from cargo's own cache."""
    folder = tmp_path_factory.mktemp("dl")
    home = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")
    subprocess.run(["cargo", "fetch", "--quiet", "--locked", "--manifest-path", ROOT / "ports/libsegw/Cargo.toml"], check=True)
    for name in re.findall(r"^\t(\S+\.crate)", (PACKAGE / "crates.mk").read_text(), re.M):
        shutil.copy(next(home.glob(f"registry/cache/*/{name}")), folder)
    return folder


@pytest.fixture
def top(tmp_path, crates):
    """A build tree of its own."""
    return laid(tmp_path / "top", crates)


def laid(folder, crates):
    shutil.copytree(HERE / "buildroot", folder)
    (folder / "dl").symlink_to(crates)
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory, crates):
    """All packages."""
    tree = laid(tmp_path_factory.mktemp("buildroot") / "top", crates)
    make(tree, "package", STRONGSWAN_CONFIGURED=headers())
    return tree


def files(folder):
    """All of a folder, relative to it."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_the_version_is_that_of_the_crate(dump):
    assert dump["version"] == [[tomllib.loads((ROOT / "Cargo.toml").read_text())["package"]["version"]]]


def test_the_licences_are_there(dump):
    assert all((ROOT / name).is_file() for name in dump["licences"][0][0].split())


def test_every_crate_is_downloaded(dump):
    crates = tomllib.loads((ROOT / "ports/libsegw/Cargo.lock").read_text())["package"]
    assert {(file, sha256) for file, _, sha256 in dump["download"]} == {
        (f"{each['name']}-{each['version']}.crate", each["checksum"]) for each in crates if "checksum" in each}


def test_the_packages(dump):
    assert {row[0] for row in dump["package"]} == set(PROGRAMS)
    assert {row[0] for row in dump["package"] if row[4]} == {"libsegw"}


def test_the_plugin_asks_for_the_very_strongswan(dump):
    plugin, = (row for row in dump["package"] if row[0] == "strongswan-mod-extsock")
    assert plugin[3] == "strongswan (=5.9.14-r8)"


def test_rust_code_is_not_for_mips32_r1(dump):
    for row in dump["package"]:
        assert '@CPU_TYPE!="mips32"' in row[2].split(), row[0]


def test_code_for_mips_is_made_as_cross_build_makes_it():
    """What saves bytes there and has run under qemu, a router gets, too."""
    target = tomllib.loads((ROOT / "cross/targets.toml").read_text())["mipsel-unknown-linux-musl"]
    made = re.search(r"^  EXTSOCK_CODEGEN:=((?:.*\\\n)*.*)", (PACKAGE / "Makefile").read_text(), re.M)[1]
    assert made.replace("\\", " ").split() == target["codegen"].split()


def test_what_people_change_is_a_conffile(dump):
    plugin, = (row for row in dump["package"] if row[0] == "strongswan-mod-extsock")
    kept = (FILES / "lib/upgrade/keep.d/extsock").read_text().split()
    assert set(plugin[5].split()) == {"/etc/config/extsock", "/etc/extsock.user", "/etc/strongswan.d/charon/extsock.conf"} <= set(kept)


def test_strongswan_is_configured_by_its_own_makefile_and_keeps_its_place_in_staging(built):
    """Its stamp and its list of staged files are others here: else it would be taken out of staging."""
    told = dict(word.split("=") for word in (built / "configured").read_text().split())
    assert Path(told["STAMP_INSTALLED"]).is_relative_to(built / "build_dir")
    assert told["STAGING_FILES_LIST"] != "strongswan.list"


def test_headers_in_staging_are_used(top):
    """Where strongSwan's package stages them, see strongswan-headers.patch."""
    sources, staged = Path(headers()), top / "staging_dir/usr/include/strongswan"
    code = shutil.ignore_patterns("*.c", "*.o", "*.lo", "*.la", ".libs", ".deps")
    shutil.copytree(sources / "src/libstrongswan", staged, ignore=code)
    shutil.copytree(sources / "src/libcharon", staged / "libcharon", ignore=code)
    shutil.copy(sources / "config.h", staged)
    make(top, "configured")
    assert not (top / "configured").exists()
    tree = next((top / "build_dir").iterdir())
    subprocess.run(["make", "-s", "-C", tree / "ports/strongswan", f"STRONGSWAN_SRC={tree}/strongswan-5.9.14", f"BUILD={tree}/built",
                    f"SEGW_INCLUDE={tree}/include", tree / "built/charon/ike_sa.o"], check=True)


def test_each_package_has_its_files(built):
    for name, programs in PROGRAMS.items():
        own = files(FILES) if name == "strongswan-mod-extsock" else set()
        assert files(built / "root" / name) == programs | own, name


def test_modes_are_a_routers(built):
    root = built / "root/strongswan-mod-extsock"
    assert stat.S_IMODE((root / "etc/config/extsock").stat().st_mode) == 0o600
    assert os.access(root / "etc/init.d/extsock", os.X_OK)


def test_the_plugin_is_one(built):
    plugin = built / "root/strongswan-mod-extsock/usr/lib/ipsec/plugins/libstrongswan-extsock.so"
    names = subprocess.run(["nm", "-D", "--defined-only", plugin], capture_output=True, text=True, check=True).stdout
    assert {line.split()[-1] for line in names.splitlines()} - {"extsock_plugin_version"} == {"extsock_plugin_create"}


def test_no_folder_of_the_builder_is_in_a_program(built):
    """The feed's own checks look for this, too; and what is built in two places has to be the same."""
    for name, programs in PROGRAMS.items():
        for program in programs:
            assert b"build_dir" not in (built / "root" / name / program).read_bytes(), program


def test_others_can_build_with_the_library(built, tmp_path):
    environment = dict(os.environ, PKG_CONFIG_PATH=str(built / "staging_dir/usr/lib/pkgconfig"))
    flags = subprocess.run(["pkg-config", f"--define-variable=prefix={built}/staging_dir/usr", "--cflags", "--libs", "segw"], capture_output=True,
                           text=True, check=True, env=environment).stdout.split()
    (tmp_path / "main.c").write_text("#include <segw.h>\nint main(void) { return segw_abi() == SEGW_ABI ? 0 : 1; }\n")
    subprocess.run(["cc", tmp_path / "main.c", "-o", tmp_path / "main", *flags], check=True)
    subprocess.run([tmp_path / "main"], check=True)
