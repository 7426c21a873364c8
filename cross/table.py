"""The table of targets, targets.toml, as objects."""
import tomllib
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
OUT = ROOT / "target" / "cross"


@dataclass(frozen=True)
class Target:
    """One row. What a row leaves out has the value given here."""

    triple: str
    zig: tuple[str, ...] = ()
    rustflags: str = ""
    codegen: str = ""
    emulator: str = ""
    big_endian: bool = False
    soft_float: bool = False
    openwrt: str = ""
    yocto: str = ""
    quick: bool = False

    @property
    def folder(self) -> Path:
        """Where what is built for it goes."""
        return OUT / self.triple

    @property
    def archive(self) -> Path:
        """The whole library."""
        return self.folder / "lib" / "libsegw.a"

    @property
    def engine(self) -> Path:
        """The library without its feature `json`."""
        return self.folder / "engine" / "libsegw.a"


def targets() -> dict[str, Target]:
    """All rows, in the table's order."""
    rows = tomllib.loads((HERE / "targets.toml").read_text())
    return {triple: Target(triple, zig=tuple(row.pop("zig", ())), **row) for triple, row in rows.items()}


def chosen(words: list[str], runnable: bool = False) -> list[Target]:
    """The targets that the words name; `all`, or nothing for the quick ones. `runnable`: those with an emulator only."""
    table = targets()
    unknown = [word for word in words if word != "all" and word not in table]
    if unknown:
        raise SystemExit(f"no target {unknown[0]} in cross/targets.toml; there are: all {' '.join(table)}")
    if not words:
        found = [target for target in table.values() if target.quick]
    elif "all" in words:
        found = list(table.values())
    else:
        found = [table[word] for word in dict.fromkeys(words)]
    return [target for target in found if target.emulator or not runnable]
