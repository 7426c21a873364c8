"""Builds libsegw.a for targets; cross/build starts it. See there."""
import argparse
import time

import archive
import table
import tools

PARSER = argparse.ArgumentParser(
    prog="cross/build",
    description="Makes target/cross/TRIPLE/{lib/libsegw.a,include/segw.h,lib/pkgconfig/segw.pc} for each target. "
    "Fetches the compilers into target/cross/tools first; says so. SEGW_CONNECTIONS=1 and so on in the environment choose its "
    "sizes (cross/README.md, Capacities), in archive and header.",
)
PARSER.add_argument("targets", metavar="TRIPLE", nargs="*", help="a target of cross/targets.toml, or all")
PARSER.add_argument("--list", action="store_true", help="print the table and end")
PARSER.add_argument("--engine", action="store_true", help="without JSON as well, TRIPLE/engine/libsegw.a")


def show() -> None:
    """The table, for a person."""
    for target in table.targets().values():
        print(f"{target.triple}\n    C: {' '.join(target.zig) or '-'}; emulator: {target.emulator or '-'}")
        print(f"    OpenWrt: {target.openwrt or '-'}\n    Yocto: {target.yocto or '-'}")


def main() -> None:
    """All of it."""
    options = PARSER.parse_args()
    if options.list:
        show()
        return
    if not options.targets:
        PARSER.error("name a TRIPLE, or all")
    found = table.chosen(options.targets)
    tools.prepare()
    for target in found:
        began = time.monotonic()
        archive.build(target)
        if options.engine:
            archive.compile_for(target, json=False)
        tools.say(f"{target.archive.relative_to(table.ROOT)}  {time.monotonic() - began:.0f} s")


main()
