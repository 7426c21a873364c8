"""A whole arm64 machine under qemu, in which the network lab runs with the kernel's own ESP; tests/qemu/machine/run
starts it. Builds the plugin for it, lays it and boots it; its console is shown, and kept in target/machine/console.log."""
import argparse
import re
import shutil
import signal
import sys
import time

from place import HERE, OUT, ROOT

import tools

import console
import image
import packages
import plugin

NAMED = ["01-first-dead-at-start", "02-killed-while-up", "07-operator-terminates", "26-failback"]
LIMIT_S, LONG_S = 600, 7200
PARSER = argparse.ArgumentParser(prog="tests/qemu/machine/run", description=__doc__)
PARSER.add_argument("scenarios", metavar="SCENARIO", nargs="*",
                    help=f"of tests/charon, by name or number, or all but those of the file cannot; else {' '.join(NAMED)}")
PARSER.add_argument("--limit", type=int, metavar="SECONDS",
                    help=f"for the machine's life; {LIMIT_S} by default, for more than {len(NAMED)} scenarios {LONG_S}")
# A nanosecond for each instruction, and no waiting for a time when there is nothing to do: the lab's deadlines are those of a
# router's processor, however slow or busy the one below it is.
TIME = ["-icount", "shift=0,sleep=off"]


def every() -> list[str]:
    """All scenarios that can be played there."""
    names = {file.parent.name for file in (ROOT / "tests/charon/scenarios").glob("*/scenario.py")}
    left_out = {line.partition("#")[0].strip() for line in (HERE / "cannot").read_text().splitlines()}
    return sorted(names - left_out)


def play(limit: int) -> int:
    """Boots the machine; the exit status."""
    kept = OUT / "kept"
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    command = [
        packages.program("qemu-system-aarch64"), "-M", "virt", "-cpu", "cortex-a53", "-m", "1536", *TIME,
        "-nodefaults", "-display", "none", "-no-reboot", "-serial", "stdio", "-device", "virtio-rng-pci",
        "-virtfs", f"local,path={kept},mount_tag=kept,security_model=none",
        "-kernel", packages.VMLINUZ, "-initrd", image.IMAGE,
        "-append", "console=ttyAMA0 quiet loglevel=3 panic=-1 cryptomgr.notests",
    ]
    return console.follow(command, packages.environment(), OUT / "console.log", limit)


def main() -> int:
    """All of it."""
    options = PARSER.parse_args()
    scenarios = every() if "all" in options.scenarios else options.scenarios or NAMED
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(143))
    for word in scenarios:
        if not re.fullmatch(r"[\w-]+", word):
            PARSER.error(f"{word} is no scenario")
    packages.prepare()
    tools.prepare()
    began = time.monotonic()
    tools.say("building libsegw and the plugin for it; some minutes the first time")
    image.build(plugin.build(), scenarios)
    tools.say(f"built in {time.monotonic() - began:.0f} s; booting (console: {(OUT / 'console.log').relative_to(ROOT)})")
    return play(options.limit or (LIMIT_S if len(scenarios) <= len(NAMED) else LONG_S))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
