"""Makes target/cross/TRIPLE/router, the root file system of a router: musl, strongSwan, the plugin, and qemu's user mode
to run them here. cross/strongswan/build starts it. What did not change since the last time stays."""
import argparse
import concurrent.futures
import hashlib
import os
import shutil
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import archive  # noqa: E402
import charon  # noqa: E402
import debian  # noqa: E402
import gmp  # noqa: E402
import machine as machines  # noqa: E402
import musl  # noqa: E402
import plugin  # noqa: E402
import table  # noqa: E402
import tools  # noqa: E402

PARSER = argparse.ArgumentParser(prog="cross/strongswan/build", description=__doc__)
PARSER.add_argument("target", metavar="TRIPLE", nargs="?", default="mipsel-unknown-linux-musl", help="default: %(default)s")
EMPTY = ["dev", "etc", "proc", "run", "tmp", "var"]


def wanted(*words: str) -> str:
    """What a step was made by: files here, the compilers, and the version of its source if another than Debian's own."""
    texts = [(HERE / word).read_text() if word.endswith(".py") else word for word in ("machine.py", "debian.py", *words)]
    return hashlib.sha256(f"{texts}{tools.WHEELS}{tools.PACKAGES}".encode()).hexdigest()


def step(machine: machines.Machine, module, folder: str, *made_from: str) -> None:
    """Builds one of them, unless it is there."""
    name = module.__name__
    stamp = machine.build / f"{name}.stamp"
    made_by = wanted(*made_from)
    if stamp.exists() and stamp.read_text() == made_by:
        tools.say(f"{name}: there")
        return
    began = time.monotonic()
    tools.say(f"{name}: building for {machine.autoconf}; it takes minutes")
    stamp.unlink(missing_ok=True)
    shutil.rmtree(machine.build / folder, ignore_errors=True)
    module.build(machine)
    stamp.write_text(made_by)
    tools.say(f"{name}: {time.monotonic() - began:.0f} s")


def base(machine: machines.Machine) -> None:
    """What lies below charon and below the plugin."""
    step(machine, musl, "musl", "musl.py")
    tools.say("libsegw: cross/build")
    archive.build(machine.target)


def daemon(machine: machines.Machine) -> None:
    """charon, and the library that it needs."""
    step(machine, gmp, "gmp", "gmp.py")
    step(machine, charon, "strongswan", "gmp.py", "charon.py", debian.strongswan().name)


def sizes(machine: machines.Machine) -> None:
    """What lies in the router's flash."""
    for file in sorted(machine.root.rglob("*")):
        if file.is_file() and not file.is_symlink() and not file.name.startswith("qemu-"):
            tools.say(f"{file.stat().st_size:9}  /{file.relative_to(machine.root)}")


def main() -> None:
    """All of it."""
    triple = PARSER.parse_args().target
    target = table.chosen([triple])[0]
    if not target.emulator or "musl" not in triple:
        raise SystemExit(f"{triple}: only machines with musl and an emulator can be a router here; see cross/targets.toml")
    tools.prepare()
    machine = machines.Machine(target)
    debian.binutils()
    machine.write_programs()
    for name in EMPTY:
        (machine.root / name).mkdir(parents=True, exist_ok=True)
    # Side by side: a configure script keeps one core busy.
    with concurrent.futures.ThreadPoolExecutor() as pool:
        for each in [pool.submit(lane, machine) for lane in (base, daemon)]:
            each.result()
    began = time.monotonic()
    plugin.build(machine)
    tools.say(f"plugin: {time.monotonic() - began:.0f} s")
    emulator = machine.root / "usr/bin" / target.emulator
    emulator.parent.mkdir(parents=True, exist_ok=True)
    if not emulator.exists():
        shutil.copy2(tools.emulator(target.emulator), emulator)
    sizes(machine)


if __name__ == "__main__":
    os.umask(0o022)
    main()
