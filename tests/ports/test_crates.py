"""The crates of packages are those of Cargo.lock, and enough to build libsegw.a with no network at all."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "ports/libsegw"
CRATES = ROOT / "ports/crates"


def run(*argv, **more):
    """What it prints; what it says besides is pytest's to show."""
    done = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=False, **more)
    print(done.stdout)
    assert done.returncode == 0
    return done.stdout


def toml(path):
    """A file of cargo's."""
    return tomllib.loads(path.read_text())


def entries(path):
    """What a lock file says of each crate of a registry."""
    return {(each["name"], each["version"]): each["checksum"] for each in toml(path)["package"] if "source" in each}


def test_every_crate_of_a_package_is_that_of_the_lock_file():
    whole, ours = entries(ROOT / "Cargo.lock"), entries(PACKAGE / "Cargo.lock")
    assert ours and ours.items() <= whole.items(), "run ports/crates lock"


def test_no_crate_of_the_product_is_lacking():
    """Cargo itself says which, without dev-dependencies."""
    tree = run("cargo", "tree", "--locked", "--offline", "--edges", "normal,build", "--features", "staticlib", "--target", "all",
               "--prefix", "none", "--manifest-path", ROOT / "Cargo.toml")
    product = set(re.findall(r"^(\S+) v(\S+)(?: \(proc-macro\))?(?: \(\*\))?$", tree, re.M))
    assert product == set(entries(PACKAGE / "Cargo.lock"))


def test_the_profiles_are_those_of_the_crate():
    assert toml(PACKAGE / "Cargo.toml")["profile"] == toml(ROOT / "Cargo.toml")["profile"]


@pytest.mark.parametrize("key", ["version", "edition", "rust-version", "license"])
def test_the_manifest_says_what_that_of_the_crate_says(key):
    assert toml(PACKAGE / "Cargo.toml")["package"][key] == toml(ROOT / "Cargo.toml")["package"][key]


@pytest.mark.parametrize("port", ["openwrt", "yocto"])
def test_a_port_has_the_crates_of_the_lock_file(port):
    run(CRATES, port, "--check")


@pytest.fixture(scope="module")
def downloaded(tmp_path_factory):
    """The .crate files, as a build system has them in its folder of downloads: cargo's own cache."""
    run("cargo", "fetch", "--locked", "--manifest-path", PACKAGE / "Cargo.toml")
    home = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")
    folder = tmp_path_factory.mktemp("downloads")
    for name, version in entries(PACKAGE / "Cargo.lock"):
        shutil.copy(next(home.glob(f"registry/cache/*/{name}-{version}.crate")), folder)
    return folder


def functions(archive):
    """The C API's functions in it; the names of some end in the sizes."""
    names = subprocess.run(["nm", "--defined-only", archive], capture_output=True, text=True, check=False).stdout
    return {re.sub(r"_c\d+_s\d+_\w+$", "", name) for name in re.findall(r" T (segw_\w+)$", names, re.M)}


def test_builds_with_no_network_at_all(downloaded, tmp_path):
    """A namespace without an interface, an empty CARGO_HOME, and nothing but these .crate files."""
    run(CRATES, "vendor", tmp_path / "vendor", "--from", downloaded, "--config", tmp_path / "home/config.toml")
    cargo = shutil.which("cargo")
    if shutil.which("rustup"):                              # its proxy looks for toolchains in a home
        cargo = run("rustup", "which", "cargo").strip()
    environment = {**os.environ, "CARGO_HOME": str(tmp_path / "home"), "PATH": f"{Path(cargo).parent}:{os.environ['PATH']}"}
    run("unshare", "-rn", cargo, "build", "--quiet", "--release", "--locked", "--offline", "--manifest-path", PACKAGE / "Cargo.toml",
        "--target-dir", tmp_path / "target", env=environment)
    header = set(re.findall(r"\b(segw_\w+)\(", (ROOT / "include/segw.h").read_text()))
    assert functions(tmp_path / "target/release/libsegw.a") == header


@pytest.mark.parametrize("what", ["missing", "changed"])
def test_a_crate_that_is_not_the_one_is_refused(downloaded, tmp_path, what):
    """By name; and nothing half-made is left."""
    folder = shutil.copytree(downloaded, tmp_path / "downloads")
    victim = next(folder.glob("nb-*.crate"))
    if what == "missing":
        victim.unlink()
    else:
        victim.write_bytes(victim.read_bytes() + b"\0")
    done = subprocess.run([CRATES, "vendor", tmp_path / "vendor", "--from", folder], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and victim.name in done.stderr
    assert not (tmp_path / "vendor").exists() and sorted(tmp_path.iterdir()) == [folder]


def test_a_folder_that_is_not_of_crates_stays(downloaded, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/file").write_text("kept")
    done = subprocess.run([CRATES, "vendor", tmp_path / "mine", "--from", downloaded], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and (tmp_path / "mine/file").read_text() == "kept"
