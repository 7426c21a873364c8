"""What libsegw costs on a router; cross/size starts it.

everything: code and constants (.text and .rodata) in a program that calls all functions; engine: in one that has the
decision engine alone, built without the features `json` and `log`; tables: constants with addresses in them (.data.rel.ro), of
everything. traps: instructions that end the program, of which each is a panic that the compiler did not see to be
impossible. context: segw_ctx_t, for 16 connections with 8 SEGWs each and for 1 with 2 (SEGW_CHILDREN=1 SEGW_CONFIG_TEXT=2048 SEGW_HISTORY=8 SEGW_PROBE_TEXT=32). Deepest stack, painted and replayed under qemu: of an event or a timer, of an
APPLY_CONFIG, of any other function. client: extsockctl, stripped, for a shared musl. plugin: stripped, on this machine. All in
bytes."""
import argparse
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import archive
import budget
import linked
import program
import table
import tools

PARSER = argparse.ArgumentParser(
    prog="cross/size", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
)
PARSER.add_argument("targets", metavar="TRIPLE", nargs="*", help="targets of cross/targets.toml, or all; else the quick ones")
PARSER.add_argument("--bless", action="store_true", help="make what is measured the budget, in cross/README.md too")
PARSER.add_argument("--plugin", type=Path, help="libstrongswan-extsock.so of this machine")
PARSER.add_argument("--client", type=Path, help="extsockctl of this machine")

# What a program calls that configures no connection itself and talks to nobody.
ENGINE = "init policy_init adopt release ike_event timeout next_action poll_at address".split()
# The smallest router.
SMALL = {"SEGW_CONNECTIONS": "1", "SEGW_SEGWS": "2", "SEGW_CHILDREN": "1", "SEGW_CONFIG_TEXT": "2048", "SEGW_HISTORY": "8", "SEGW_PROBE_TEXT": "32"}
EVENTS = {f"segw_{word}" for word in "ike_event timeout next_action next_event poll_at".split()}
CONFIGURATION = {"segw_command APPLY_CONFIG", "segw_config_parse", "segw_config_refuse"}


def stack(target: table.Target) -> dict[str, int]:
    """Deepest stacks, and the size of the context."""
    command = program.command(target, "replay", "--stack")
    done = subprocess.run(command, stdin=program.script(), capture_output=True, text=True, check=True)
    found = {"context": 0, "event_stack": 0, "config_stack": 0, "other_stack": 0}
    for line in done.stdout.splitlines():
        kind, number, name = (line.split(" ", 2) + [""])[:3] if line.startswith("stack ") else (*line.split(), "")
        if kind == "stack":
            kind = "event_stack" if name in EVENTS else "config_stack" if name in CONFIGURATION else "other_stack"
        found[kind] = max(found[kind], int(number))
    return found


def symbol(file: Path, name: str) -> str:
    """What a function is called in an archive: the sizes may be part of it."""
    return next(found for found in linked.functions(file) if found == name or found.startswith(f"{name}_c"))


def small_context(target: table.Target) -> int:
    """segw_ctx_t for one connection with two SEGWs. That the engine fits in there is asserted when it is compiled."""
    folder = target.folder / "small"
    archive.compile_for(target, json=True, chosen=SMALL, place=folder / "libsegw.a")
    archive.header(folder / "segw.h", SMALL)
    words = re.search(r"#define SEGW_CTX_WORDS (\d+)", (folder / "segw.h").read_text())
    return int(words[1]) * 8


def client(target: table.Target) -> int:
    """extsockctl as a router has it."""
    made = target.folder / "extsockctl"
    compiler = shlex.join(map(str, tools.zig("cc", "-target", *target.zig, "-dynamic")))
    folder = table.ROOT / "ports" / "strongswan" / "extsockctl"
    words = [f"CC={compiler}", f"BUILD={made}", "LDFLAGS=-s", f"LIBSEGW={target.archive}", made / "extsockctl"]
    tools.run(["make", "-s", "-C", folder, *words], env=tools.environment())
    return (made / "extsockctl").stat().st_size - for_debuggers(made / "extsockctl")


def for_debuggers(file: Path) -> int:
    """Bytes of .pdr, which a linker's -s leaves in a program of MIPS; OpenWrt's sstrip takes it."""
    from elftools.elf.elffile import ELFFile

    with file.open("rb") as opened:
        section = ELFFile(opened).get_section_by_name(".pdr")
        return section["sh_size"] if section else 0


def measure(target: table.Target) -> dict[str, int]:
    """One row."""
    archive.build(target)
    archive.compile_for(target, json=False)
    everything = linked.link(target.archive, linked.functions(target.archive))
    engine = linked.link(target.engine, [symbol(target.engine, f"segw_{word}") for word in ENGINE])
    row = {"everything": everything.size, "tables": everything.tables, "engine": engine.size}
    row |= {"traps": sum(everything.traps.values()), "context_1x2": small_context(target)}
    return row | (stack(target) | {"client": client(target)} if target.emulator else {})


def stripped(file: Path) -> int:
    """A file's size without its symbols."""
    copy = table.OUT / "stripped"
    table.OUT.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, copy)
    tools.run(["strip", copy])
    size = copy.stat().st_size
    copy.unlink()
    return size


def main() -> int:
    """All of it."""
    options = PARSER.parse_args()
    found = table.chosen(options.targets)
    tools.prepare()
    rows = {}
    for target in found:
        rows[target.triple] = measure(target)
        tools.say(f"{target.triple}: {' '.join(f'{name} {size}' for name, size in rows[target.triple].items())}")
    host = {name: stripped(file) for name in ("plugin", "client") if (file := getattr(options, name))}
    if host:
        rows["host"] = host
    if options.bless:
        budget.bless(rows)
    return 0 if budget.compare(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
