"""The toolchain: Debian's compiler with its library source, qemu's user mode, a C compiler from PyPI. All in folders of
its own under target/cross/tools; nothing of it is installed in the system."""
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from table import OUT, ROOT

TOOLS = OUT / "tools"
ROOTFS = TOOLS / "root"
PYTHON = TOOLS / "python"
PACKAGES = ["rustc-web", "cargo-web", "rust-web-src", "qemu-user-static"]
WHEELS = ["ziglang==0.17.1", "pyelftools==0.32", "capstone==5.0.6"]
PIP = "python3-pip-whl"
ATTEMPTS = 3


def say(text: str) -> None:
    """To the person, at once; in one piece, as two threads may talk."""
    print(f"{text}\n", end="", flush=True)


def run(command: list, **more) -> subprocess.CompletedProcess:
    """Runs a command; ends everything with its last words if it fails."""
    more.setdefault("stdin", subprocess.DEVNULL)
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **more)
    if done.returncode != 0:
        words = (done.stdout + done.stderr).strip().splitlines()[-30:]
        name = " ".join(str(word) for word in command[:3])
        raise SystemExit("\n".join(words) + f"\n{name} … failed with {done.returncode}")
    return done


def retry(command: list, **more) -> subprocess.CompletedProcess:
    """The same, a few times: a mirror may be in mid-sync."""
    for attempt in range(1, ATTEMPTS):
        try:
            return run(command, **more)
        except SystemExit as error:
            say(f"attempt {attempt} of {ATTEMPTS} failed: {error}")
            time.sleep(5 * attempt)
    return run(command, **more)


def apt(state: Path, foreign: str, word: str, *more: str) -> list:
    """apt-get with lists and cache of our own; what is installed it knows from the system, of a foreign architecture nothing."""
    for folder in ("lists/partial", "cache/archives/partial"):
        (state / folder).mkdir(parents=True, exist_ok=True)
    options = [f"Dir::State::lists={state}/lists", f"Dir::Cache={state}/cache", "Acquire::Retries=3"]
    if foreign:
        (state / "status").touch()
        options += [f"APT::Architecture={foreign}", f"APT::Architectures={foreign}", f"Dir::State::status={state}/status"]
    if os.geteuid() == 0:
        options.append("APT::Sandbox::User=root")
    return ["apt-get", "-q", *(f"-o{option}" for option in options), word, *more]


def unpack(names: list[str], root: Path = ROOTFS, foreign: str = "", only: str = "") -> None:
    """Debian packages, and those they need that this machine lacks, into a folder; of another architecture if `foreign`
    names one, and not all of them if there is a pattern, `only`."""
    if not shutil.which("apt-get"):
        raise SystemExit(f"what goes into {root.relative_to(ROOT)} is taken from Debian's packages; there is no apt-get here")
    state = root.parent / "apt"
    retry(apt(state, foreign, "update"))
    wanted = retry(apt(state, foreign, "install", "--print-uris", "-qq", "--no-install-recommends", *names)).stdout
    missing = set(re.findall(r"^'[^']*' ([^_ ]+)_", wanted, re.MULTILINE)) | set(names)
    debs = root.parent / "debs"
    debs.mkdir(exist_ok=True)
    retry(apt(state, foreign, "download", *sorted(name for name in missing if re.match(only, name))), cwd=debs)
    for deb in sorted(debs.glob("*.deb")):
        run(["dpkg", "-x", deb, root])
    shutil.rmtree(debs)


def pip() -> list:
    """The pip of this machine, or the one that Debian wraps up as a wheel."""
    if subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0:
        return [sys.executable, "-m", "pip"]
    unpack([PIP])
    wheel = next((ROOTFS / "usr/share/python-wheels").glob("pip-*.whl"))
    return [sys.executable, wheel / "pip"]


def prepare() -> None:
    """Fetches the toolchain unless it is there; says so first."""
    stamp = TOOLS / "stamp"
    wanted = " ".join(PACKAGES + WHEELS)
    if not (stamp.exists() and stamp.read_text() == wanted):
        began = time.monotonic()
        say(f"fetching into {TOOLS.relative_to(ROOT)}, 1.5 GB, nothing is installed in the system: {wanted}")
        shutil.rmtree(TOOLS, ignore_errors=True)
        TOOLS.mkdir(parents=True)
        unpack(PACKAGES)
        retry([*pip(), "install", "--quiet", "--no-warn-script-location", "--target", PYTHON, *WHEELS])
        stamp.write_text(wanted)
        say(f"fetched in {time.monotonic() - began:.0f} s")
    sys.path.insert(0, str(PYTHON))


def environment() -> dict[str, str]:
    """For the compilers in ROOTFS, and the caches of zig. The wishes of a shell for other builds stay outside."""
    mine = {word: text for word, text in os.environ.items() if not re.match(r"CARGO_(BUILD|PROFILE|TARGET|ENCODED)|RUST", word)}
    libraries = [str(folder) for folder in (ROOTFS / "usr/lib").glob("*-linux-gnu")]
    mine["LD_LIBRARY_PATH"] = ":".join(libraries)
    mine["PATH"] = f"{ROOTFS}/usr/bin:{mine['PATH']}"
    mine["ZIG_GLOBAL_CACHE_DIR"] = mine["ZIG_LOCAL_CACHE_DIR"] = str(OUT / "zig")
    return mine


def zig(*words) -> list:
    """A call of zig."""
    return [PYTHON / "ziglang" / "zig", *words]


def emulator(name: str) -> Path:
    """One of qemu's programs."""
    return ROOTFS / "usr/bin" / name
