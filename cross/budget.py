"""The budget of sizes, budget.toml: what may be used at most. And its table in cross/README.md."""
import tomllib

from table import HERE, ROOT, targets
from tools import say

FILE = HERE / "budget.toml"
README = ROOT / "cross/README.md"
BEGIN, END = "<!-- cross/size --bless: begin -->\n", "<!-- end -->\n"
# A figure rounds up to these many bytes, so that not every change of a compiler is a new budget.
STEP = {"traps": 1, "context_1x2": 8, "everything": 512, "tables": 256, "engine": 512, "plugin": 4096, "client": 512, "context": 8}
STACK_STEP = 128
COLUMNS = ["everything", "tables", "engine", "context", "context_1x2", "event_stack", "config_stack", "other_stack", "client"]
KIB = 1024
# What we want, of these targets, or of all.
MIPS, ARMV7, X86_64 = "mips-unknown-linux-musl", "armv7-unknown-linux-musleabihf", "x86_64-unknown-linux-musl"
AIMS: dict[str, dict[str, int] | int] = {
    "everything": {MIPS: 142_000, ARMV7: 70_500, X86_64: 99_500},
    "client": {"aarch64-unknown-linux-musl": 40 * KIB},
    "event_stack": 4 * KIB,
    "config_stack": {MIPS: 10 * KIB},
    "context_1x2": 8 * KIB,
}


def read() -> dict[str, dict[str, int]]:
    """The committed budget."""
    return tomllib.loads(FILE.read_text()) if FILE.exists() else {}


def aim(triple: str, name: str) -> int | None:
    """What a figure should be at most."""
    most = AIMS.get(name)
    return most.get(triple) if isinstance(most, dict) else most


def bless(rows: dict[str, dict[str, int]]) -> None:
    """Makes figures the budget, rounded up."""
    known = read() | {
        triple: {name: -(-size // (step := STEP.get(name, STACK_STEP))) * step for name, size in row.items()}
        for triple, row in rows.items()
    }
    order = [*targets(), "host"]
    text = "# Bytes at most; what each figure is says `cross/size --help`. Made by `cross/size all --bless`.\n"
    for triple in sorted(known, key=order.index):
        text += f"\n[{triple}]\n" + "".join(f"{name} = {size}\n" for name, size in known[triple].items())
    FILE.write_text(text)
    before, _, after = README.read_text().partition(BEGIN)
    if after:
        README.write_text(before + BEGIN + document() + END + after.partition(END)[2])


def document() -> str:
    """The budget as cross/README.md has it."""
    lines = [f"| KiB at most | {' | '.join(name.replace('_', ' ') for name in COLUMNS)} | traps |"]
    lines.append("|---" * (len(COLUMNS) + 2) + "|")
    for triple, row in read().items():
        if triple != "host":
            cells = [f"{row[name] / KIB:.1f}" if name in row else "" for name in COLUMNS]
            cells.append(str(row.get("traps", "")))
            lines.append(f"| {triple} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def compare(rows: dict[str, dict[str, int]]) -> bool:
    """Prints every figure beside its budget and its aim; whether all hold."""
    known = read()
    passed = failed = 0
    for triple, row in rows.items():
        for name, size in row.items():
            most, wanted = known.get(triple, {}).get(name), aim(triple, name)
            holds = most is not None and size <= most
            passed, failed = passed + holds, failed + (not holds)
            words = f"{size}, budget {most if most is not None else 'none: run cross/size --bless'}"
            if wanted is not None:
                words += f", aim {wanted}: {'met' if size <= wanted else 'NOT met'}"
            say(f"{'ok  ' if holds else 'FAIL'} {triple} {name}: {words}")
    same = document() in README.read_text()
    say(f"{'ok  ' if same else 'FAIL'} cross/README.md has the table of cross/budget.toml")
    say(f"{passed + same} passed, {failed + (not same)} failed, 0 skipped")
    return failed == 0 and same
