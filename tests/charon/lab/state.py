"""The plugin's state file: libsegw's lines, and a checksum that only the plugin makes."""

import re

from .wait import until

WHOLE = re.compile(r"libsegw state 1\n((?:.+\n)*)end\nsum [0-9a-f]{8}\n")


def said(path):
    """The lines about connections, or what else is there."""
    if not path.is_file():
        return "no file"
    text = path.read_text(errors="replace")
    whole = WHOLE.fullmatch(text)
    return whole[1].splitlines() if whole else text


def says(path, *lines, seconds=5):
    """Wait until the file has these lines about connections and no others."""
    until(lambda: said(path) == list(lines), seconds, lambda: f"{path.name} to say {lines}; it says {said(path)!r}")
