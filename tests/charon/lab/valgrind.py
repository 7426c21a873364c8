"""A charon under one of valgrind's tools, and what the tool has to say once it has ended."""

import xml.etree.ElementTree

# Where a fault shows, but not whose it is: valgrind's own wrappers, libc, and what the plugin calls there.
SHARED = ("vgpreload", "/libc.so", "/ld-linux", "/libpthread", "libstrongswan.so")


class Fault:
    """One record: its kind, and its stacks as lists of (function, object), the innermost first."""

    def __init__(self, record):
        self.kind = record.findtext("kind") or "?"
        self.stacks = [[(frame.findtext("fn") or "?", frame.findtext("obj") or "?") for frame in stack.iter("frame")]
                       for stack in record.iter("stack")]

    def __str__(self):
        return f"{self.kind}: " + " || ".join(" < ".join(fn for fn, _ in stack[:12]) for stack in self.stacks)

    def has(self, *words):
        """Whether a name with one of these words is anywhere in it."""
        return any(word in name for stack in self.stacks for frame in stack for name in frame for word in words)

    def calls(self, functions):
        return any(fn in functions for stack in self.stacks for fn, _ in stack)

    def of(self, *words):
        """Whether code with one of these words in its name did it: itself, or by what it called in a shared library. A race has
        two sides; in other records every stack counts."""
        for stack in self.stacks[:2] if self.kind == "Race" else self.stacks:
            doer = next((frame for frame in stack if not any(shared in frame[1] for shared in SHARED)), ("", ""))
            if any(word in name for name in doer for word in words):
                return True
        return False


class Valgrind:
    """Before a lab's CPE starts: its charon is to run under this tool."""

    def __init__(self, lab, tool, *words):
        self.report = lab.folder / f"{tool}.xml"
        lab.cpe.wrapper = ["valgrind", "--quiet", f"--tool={tool}", *words, "--xml=yes", f"--xml-file={self.report}"]

    def errors(self):
        """Once it has ended."""
        return [Fault(record) for record in xml.etree.ElementTree.parse(self.report).getroot().findall("error")]
