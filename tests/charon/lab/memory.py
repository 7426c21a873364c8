"""Looks for bytes in the memory of a process."""

import mmap
import re
import struct
from itertools import groupby

PAGE = mmap.PAGESIZE
KEPT = 3 << 62      # of an entry of pagemap: the page is in memory or swapped, so it was used


def places(pid, *needles):
    """For each needle every place, as (address, name of the mapping), at which the process has it in writable memory."""
    found = [[] for _ in needles]
    process = f"/proc/{pid}"
    with open(f"{process}/maps", encoding="utf-8", errors="replace") as maps, \
            open(f"{process}/mem", "rb", 0) as memory, open(f"{process}/pagemap", "rb", 0) as pagemap:
        for line in maps:
            match = re.match(r"([0-9a-f]+)-([0-9a-f]+) rw.. \S+ \S+ \S+\s*(.*)", line)
            if not match:
                continue
            for begin, data in used(memory, pagemap, int(match[1], 16), int(match[2], 16)):
                for index, needle in enumerate(needles):
                    start = data.find(needle)
                    while start >= 0:
                        found[index].append((hex(begin + start), match[3] or "anonymous"))
                        start = data.find(needle, start + 1)
    return found


def used(memory, pagemap, begin, end):
    """Each run of pages that were ever used: most of a thread's stack never was."""
    pagemap.seek(begin // PAGE * 8)
    entries = pagemap.read((end - begin) // PAGE * 8)
    number = begin // PAGE
    for kept, run in groupby(struct.unpack(f"={len(entries) // 8}Q", entries), lambda entry: entry & KEPT != 0):
        count = len(list(run))
        if kept:
            memory.seek(number * PAGE)
            try:
                yield number * PAGE, memory.read(count * PAGE)
            except OSError:
                pass            # gone since
        number += count
