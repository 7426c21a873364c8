"""What of an archive is linked into a program, and how large it is there: linked for real, without a C library."""
import re
from dataclasses import dataclass, field
from pathlib import Path

from table import OUT
from tools import environment, run, zig

# Ways in which names of core tell what was linked: the panics, the printing and reading of floating-point numbers.
PANIC = re.compile(r"9panicking")
FLOAT_TEXT = re.compile(r"3fmt5float|7flt2dec|7dec2flt")
# The instruction that a panic is, by its machine: nothing else has any.
TRAPS = {"break", "udf", "trap", "brk", "ud2", "unimp", "udf.w"}
# What a compiler calls to compute with floating-point numbers where the machine cannot.
SOFT_FLOAT = re.compile(r"^(__(add|sub|mul|div|eq|ne|l[te]|g[te]|unord|neg)[sdt]f[23]|__(fix|float|extend|trunc)\w*[sdt]f\w*|__aeabi_[fd]\w+)$")
# What it calls for atomic accesses wider than the machine's own.
WIDE_ATOMIC = re.compile(r"^__(atomic|sync)_\w+_(8|16)$")


@dataclass
class Linked:
    """A program that calls some functions of the library and does nothing else."""

    sections: dict[str, int] = field(default_factory=dict)
    symbols: set[str] = field(default_factory=set)
    undefined: set[str] = field(default_factory=set)
    traps: dict[str, int] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Code and constants, in bytes."""
        return sum(self.sections.get(name, 0) for name in (".text", ".rodata"))

    @property
    def tables(self) -> int:
        """Constants that hold addresses, which a loader fills in; in bytes."""
        return self.sections.get(".data.rel.ro", 0)

    def matching(self, pattern: re.Pattern) -> list[str]:
        """Linked or missing symbols of that kind."""
        return sorted(name for name in self.symbols | self.undefined if pattern.search(name))


def functions(archive: Path) -> list[str]:
    """The C functions in an archive."""
    from elftools.elf.elffile import ELFFile

    names = set()
    for member in members(archive):
        table = ELFFile(member).get_section_by_name(".symtab")
        for symbol in table.iter_symbols() if table else ():
            if symbol["st_shndx"] != "SHN_UNDEF" and symbol["st_info"]["bind"] == "STB_GLOBAL":
                names.add(symbol.name)
    return sorted(name for name in names if name.startswith("segw_"))


def members(archive: Path):
    """The objects in an `ar` archive, each as a file in memory."""
    import io

    data = archive.read_bytes()
    at = 8
    while at + 60 <= len(data):
        name, size = data[at : at + 16], int(data[at + 48 : at + 58])
        body = data[at + 60 : at + 60 + size]
        if body[:4] == b"\x7fELF" and not name.startswith(b"/ "):
            yield io.BytesIO(body)
        at += 60 + size + size % 2


def link(archive: Path, roots: list[str]) -> Linked:
    """Links what the roots need of the archive; what is unreachable is dropped."""
    from elftools.elf.elffile import ELFFile

    out = OUT / "linked.elf"
    command = zig("ld.lld", "--gc-sections", "-static", "--warn-unresolved-symbols", "-e", "0", "-o", out)
    done = run([*command, *(f"--undefined={name}" for name in roots), archive], env=environment())
    linked = Linked()
    linked.undefined = set(re.findall(r"undefined symbol: (\S+)", done.stderr))
    with out.open("rb") as file:
        elf = ELFFile(file)
        for section in elf.iter_sections():
            if section["sh_flags"] & 2:
                linked.sections[section.name] = section["sh_size"]
        linked.traps = traps(elf)
        linked.symbols = {symbol.name for symbol in elf.get_section_by_name(".symtab").iter_symbols()} - linked.undefined
    out.unlink()
    return linked


def machine(elf):
    """A disassembler for a program; None for a machine that has none here."""
    import capstone

    small = capstone.CS_MODE_BIG_ENDIAN if not elf.little_endian else capstone.CS_MODE_LITTLE_ENDIAN
    modes = {
        "EM_MIPS": (capstone.CS_ARCH_MIPS, capstone.CS_MODE_MIPS32R2 if hasattr(capstone, "CS_MODE_MIPS32R2") else capstone.CS_MODE_MIPS32),
        "EM_ARM": (capstone.CS_ARCH_ARM, capstone.CS_MODE_ARM),
        "EM_AARCH64": (capstone.CS_ARCH_ARM64, capstone.CS_MODE_ARM),
        "EM_PPC": (capstone.CS_ARCH_PPC, capstone.CS_MODE_32),
        "EM_X86_64": (capstone.CS_ARCH_X86, capstone.CS_MODE_64),
        "EM_386": (capstone.CS_ARCH_X86, capstone.CS_MODE_32),
        "EM_RISCV": (capstone.CS_ARCH_RISCV, (capstone.CS_MODE_RISCV64 if elf.elfclass == 64 else capstone.CS_MODE_RISCV32) | capstone.CS_MODE_RISCVC),
    }
    if elf["e_machine"] not in modes:
        return None
    kind, mode = modes[elf["e_machine"]]
    found = capstone.Cs(kind, mode | small)
    found.skipdata = True
    return found


def traps(elf) -> dict[str, int]:
    """How many traps there are in each function that has any."""
    import capstone

    disassembler = machine(elf)
    text = elf.get_section_by_name(".text")
    counts: dict[str, int] = {}
    if disassembler is None or text is None:
        return counts
    for symbol in elf.get_section_by_name(".symtab").iter_symbols():
        start, size = symbol["st_value"], symbol["st_size"]
        if symbol["st_info"]["type"] != "STT_FUNC" or not size:
            continue
        if elf["e_machine"] == "EM_ARM":
            disassembler.mode = capstone.CS_MODE_THUMB if start & 1 else capstone.CS_MODE_ARM
            start &= ~1
        offset = start - text["sh_addr"]
        body = text.data()[offset : offset + size]
        count = sum(word in TRAPS or word == "teq" and rest.startswith("$zero, $zero") for _, _, word, rest in disassembler.disasm_lite(body, start))
        if count:
            counts[symbol.name] = counts.get(symbol.name, 0) + count
    return counts
