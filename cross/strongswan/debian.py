"""Debian's packages as files, sources too, from the mirrors that this machine uses; apt's own state is not touched."""
import os
import shutil
import threading
from pathlib import Path

from table import OUT, ROOT
from tools import retry, run, say

STATE = OUT / "apt"
BINUTILS = OUT / "binutils"
ONCE = threading.Lock()
# The line of a mirror, for packages and for sources.
LINE = "deb $(REPO_URI) $(CODENAME) $(COMPONENT)\ndeb-src $(REPO_URI) $(CODENAME) $(COMPONENT)"


def apt(program: str, *words: str) -> list:
    """A command of apt that knows nothing of the system's state but what is installed."""
    options = [f"Dir::State::lists={STATE}/lists", f"Dir::Cache={STATE}/cache", "Acquire::Retries=3"]
    options += [f"Dir::Etc::sourcelist={STATE}/sources.list", f"Dir::Etc::sourceparts={STATE}/parts"]
    if os.geteuid() == 0:
        options.append("APT::Sandbox::User=root")
    return [program, "-q", *(f"-o{option}" for option in options), *words]


def update() -> None:
    """Reads the indices, once a run."""
    with ONCE:
        if not update.done:
            read()
            update.done = True


update.done = False


def read() -> None:
    """The indices of this machine's mirrors."""
    for folder in ("lists/partial", "cache/archives/partial", "parts"):
        (STATE / folder).mkdir(parents=True, exist_ok=True)
    lines = run(["apt-get", "indextargets", "--format", LINE, "Created-By: Packages"]).stdout.splitlines()
    mirrors = sorted({line for line in lines if line.endswith(" main")})
    if not mirrors:
        raise SystemExit("apt knows no mirror of Debian's section main: see /etc/apt/sources.list.d")
    (STATE / "sources.list").write_text("\n".join(mirrors) + "\n")
    say("reading the indices of this machine's Debian mirrors")
    retry(apt("apt-get", "update"))


def source(name: str, place: Path) -> Path:
    """Upstream's tarball of a source package, unpacked; the folder."""
    update()
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    retry(apt("apt-get", "source", "--download-only", name), cwd=place)
    tarball = next(file for file in place.glob(f"{name}_*.orig.tar.*") if file.suffix != ".asc")
    run(["tar", "-xf", tarball, "-C", place])
    return next(folder for folder in place.iterdir() if folder.is_dir())


def strongswan() -> Path:
    """strongSwan's sources, as the plugin for this machine is built with them."""
    say("strongSwan's sources: ports/strongswan/headers")
    return Path(run([ROOT / "ports" / "strongswan" / "headers"]).stdout.strip())


def binutils() -> Path:
    """The folder with strip and objcopy for every machine."""
    if not BINUTILS.exists():
        update()
        part = BINUTILS.with_suffix(".part")
        part.mkdir(exist_ok=True)
        retry(apt("apt-get", "download", "binutils-multiarch"), cwd=part)
        for deb in part.glob("*.deb"):
            run(["dpkg", "-x", deb, part])
        part.rename(BINUTILS)
    return BINUTILS
