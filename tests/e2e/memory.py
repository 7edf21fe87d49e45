#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""memory.py PID TEXT…: a line for each place of a process's memory where one of the texts lies: whether that is
locked, the mapping, and what is around it. What no process can write, as the program's own constants, is left out."""
import re
import sys


def mappings(pid):
    first = None
    with open(f"/proc/{pid}/smaps") as lines:
        for line in lines:
            found = re.match(r"([0-9a-f]+)-([0-9a-f]+) (.w)?\S+ \S+ \S+ \S+ *(.*)", line)
            if found:
                first = found
            elif line.startswith("VmFlags:") and first[3]:
                yield int(first[1], 16), int(first[2], 16), "lo" in line.split(), first[4]


def main(pid, *texts):
    pattern = re.compile(b"|".join(re.escape(text.encode()) for text in texts))
    seen = 0
    with open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for start, end, locked, name in mappings(pid):
            memory.seek(start)
            data = memory.read(end - start)
            seen += len(data)
            for hit in pattern.finditer(data):
                around = data[max(0, hit.start() - 32):hit.end() + 32]
                print("locked" if locked else "open", name or "anonymous", around)
    assert seen > 100_000, "there is nothing to look at"


main(*sys.argv[1:])
