"""What `make install` leaves in a folder, and what a packager's own flags cannot take away; Debian's files say what the tree does."""

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLUGIN = ROOT / "ports/strongswan"
DEBIAN = ROOT / "ports/debian"

CONF, MAN, COMPLETION = "etc/strongswan.d/charon/extsock.conf", "usr/share/man/man8/extsockctl.8", "usr/share/bash-completion/completions/extsockctl"
DOCUMENTS = {"usr/share/man/man5/extsock.conf.5", "usr/share/doc/extsock/PROTOCOL.md"}
MONITORING = {"usr/share/doc/extsock/MONITORING.md", *(f"usr/share/doc/extsock/monitoring/{path.name}" for path in (PLUGIN / "monitoring").iterdir())}
UNITS = {f"usr/lib/systemd/system/{path.name}" for path in (PLUGIN / "units").iterdir()}
INSTALLED = {CONF, MAN, COMPLETION, *DOCUMENTS, *MONITORING, "usr/lib/ipsec/plugins/libstrongswan-extsock.so", "usr/sbin/extsockctl", "usr/sbin/extsockctl-check"}
LIBRARY = {"usr/lib/libsegw.a", "usr/lib/pkgconfig/segw.pc", "usr/include/segw.h"}


def run(*argv):
    """What it prints; what it says besides is pytest's to show."""
    done = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=False)
    print(done.stdout)
    assert done.returncode == 0
    return done.stdout


def files(folder):
    """Every file below it."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}


@pytest.fixture(scope="module")
def plugin():
    """make, for the plugin: with the headers and the archive that there are."""
    sources = os.environ.get("STRONGSWAN_SRC") or run(PLUGIN / "headers").split()[-1]
    archive = ROOT / "target/release/libsegw.a"
    if "LIBSEGW" in os.environ:
        archive = Path(os.environ["LIBSEGW"])
    else:
        run("cargo", "rustc", "--quiet", "--release", "--locked", "--lib", "--crate-type", "staticlib", "--features", "staticlib")
    return ["make", "-s", "-C", PLUGIN, f"STRONGSWAN_SRC={sources}", f"LIBSEGW={archive.resolve()}"]


@pytest.fixture(scope="module")
def built(plugin, tmp_path_factory):
    """The plugin, with flags as a package has them: on the command line, where they displace what a Makefile sets."""
    build = tmp_path_factory.mktemp("flags")
    run(*plugin, f"BUILD={build}", "CPPFLAGS=-DPACKAGED=1", "CFLAGS=-O1 -g", "LDFLAGS=-Wl,--as-needed", "all")
    return build


def test_flags_of_the_command_line_leave_two_symbols_at_most(built):
    exports = {line.split()[-1] for line in run("nm", "-D", "--defined-only", built / "libstrongswan-extsock.so").splitlines()}
    assert exports - {"extsock_plugin_version"} == {"extsock_plugin_create"}


def test_flags_of_the_command_line_leave_a_plugin(built):
    dynamic = run("readelf", "-Wd", built / "libstrongswan-extsock.so")
    assert "NOW" in dynamic and "TEXTREL" not in dynamic


def test_install_leaves_these_files(plugin, built, tmp_path):
    run(*plugin, f"BUILD={built}", "CPPFLAGS=-DPACKAGED=1", "CFLAGS=-O1 -g", "LDFLAGS=-Wl,--as-needed", "install", f"DESTDIR={tmp_path}")
    assert files(tmp_path) == INSTALLED | UNITS
    run(*plugin, f"BUILD={built}", "CPPFLAGS=-DPACKAGED=1", "CFLAGS=-O1 -g", "LDFLAGS=-Wl,--as-needed", "install", "UNITDIR=",
        f"DESTDIR={tmp_path}/without")
    assert files(tmp_path / "without") == INSTALLED


def test_install_plugin_leaves_the_plugin(plugin, built, tmp_path):
    run(*plugin, f"BUILD={built}", "CPPFLAGS=-DPACKAGED=1", "CFLAGS=-O1 -g", "LDFLAGS=-Wl,--as-needed", "install-plugin",
        f"DESTDIR={tmp_path}")
    assert files(tmp_path) == {CONF, *DOCUMENTS, "usr/lib/ipsec/plugins/libstrongswan-extsock.so"}


def test_headers_that_were_installed_are_enough(plugin, tmp_path):
    """As Yocto and OpenWrt stage them: charon's in a folder of libstrongswan's, config.h beside."""
    sources = next(Path(word.partition("=")[2]) for word in map(str, plugin) if word.startswith("STRONGSWAN_SRC="))
    staged = tmp_path / "include"
    for folder, into in (("src/libstrongswan", staged), ("src/libcharon", staged / "libcharon")):
        for header in (sources / folder).rglob("*.h"):
            target = into / header.relative_to(sources / folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(header.read_bytes())
    (staged / "config.h").write_bytes((sources / "config.h").read_bytes())
    run("make", "-s", "-C", PLUGIN, f"BUILD={tmp_path}/built", f"LIBSEGW={ROOT}/target/release/libsegw.a",
        f"STRONGSWAN_CPPFLAGS=-include {staged}/config.h -I{staged} -I{staged}/libcharon", f"{tmp_path}/built/extsock_plugin.o")


def test_the_library_leaves_these_files(plugin, tmp_path):
    """Of an archive that is built already, as a recipe has it."""
    archive = ROOT / "target/release/libsegw.a"
    run("make", "-s", "-C", ROOT, "install", f"ARCHIVE={archive}", f"BUILD={tmp_path}/built", "PREFIX=/usr", f"DESTDIR={tmp_path}/root")
    assert files(tmp_path / "root") == LIBRARY
    assert (tmp_path / "root/usr/lib/libsegw.a").read_bytes() == archive.read_bytes()


def test_debian_packages_have_every_file():
    """What make installs is in one of the packages: dh_missing says so at the build, and this without one."""
    lines = [line.split()[0] for path in DEBIAN.glob("*.install") for line in path.read_text().splitlines()]
    folders = [re.escape(line).replace(r"\*", "[^/]+") for line in lines]
    assert all(any(re.match(f"{folder}(/|$)", name) for folder in folders) for name in INSTALLED)


def test_debian_has_the_version_of_the_crate():
    version = tomllib.loads((ROOT / "Cargo.toml").read_text())["package"]["version"]
    assert re.match(rf"extsock \({re.escape(version)}-\d+\) ", (DEBIAN / "changelog").read_text())


def test_debian_asks_for_the_rust_of_the_crate():
    lowest = tomllib.loads((ROOT / "Cargo.toml").read_text())["package"]["rust-version"]
    asked = set(re.findall(r"\b(?:cargo|rustc)(?:-web)? \(>= ([\d.]+)\)", (DEBIAN / "control").read_text()))
    assert asked == {lowest} and f"lowest={lowest} " in (DEBIAN / "build").read_text()


def test_debian_names_the_licence_of_every_crate():
    """A crate whose licence is not MIT OR Apache-2.0 has a paragraph of its own."""
    text = (DEBIAN / "copyright").read_text()
    assert {"byteorder", "ryu", "unicode-ident"} == set(re.findall(r"^Files: vendor/(\S+)-\*$", text, re.M))
    metadata = run("cargo", "metadata", "--locked", "--offline", "--format-version", "1", "--manifest-path", ROOT / "ports/libsegw/Cargo.toml")
    licences = dict(re.findall(r'"name":"([\w-]+)","version":"[^"]+","id":"registry[^"]*","license":"([^"]+)"', metadata))
    assert len(licences) == len(re.findall(r"^checksum", (ROOT / "ports/libsegw/Cargo.lock").read_text(), re.M))
    others = {name for name, licence in licences.items() if licence.replace("/", " OR ") != "MIT OR Apache-2.0"}
    assert others == {"byteorder", "ryu", "unicode-ident"}


def test_debian_scripts_are_shell():
    scripts = [DEBIAN / "build", *DEBIAN.glob("*.postinst"), *DEBIAN.glob("*.postrm"), *(DEBIAN / "tests").glob("[!c]*"),
               Path(__file__).with_name("packages")]
    assert len(scripts) >= 7
    run("shellcheck", *scripts)
