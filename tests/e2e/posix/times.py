# SPDX-License-Identifier: Apache-2.0
"""Which call moves which time of a draft."""
import os
import struct
import sys
import time

from lib import call, draft, equal, opened, run, write

FILE = draft("timed")
FOLDER = draft("timed.d")
UTIME_NOW, UTIME_OMIT = (1 << 30) - 1, (1 << 30) - 2
LONG_AGO = 1000000000


def moved(path, function, wanted):
    """Which of modification and change `function` has brought to the present: a text of m and c."""
    os.utime(path, (LONG_AGO, LONG_AGO))
    before = os.stat(path)
    time.sleep(0.002)
    function()
    after = os.stat(path)
    found = ("m" if after.st_mtime > LONG_AGO + 1 else "") + ("c" if after.st_ctime_ns > before.st_ctime_ns else "")
    equal(found, wanted)
    equal(after.st_atime, LONG_AGO)


def set_times(access, modification):
    call("utimensat", -100, FILE, struct.pack("=qqqq", *access, *modification), 0)


def cases():
    os.mkdir(FOLDER)
    write(FILE, b"hello")

    def of_file(what, function, wanted):
        return (what, lambda: moved(FILE, function, wanted), None)

    def of_folder(what, function):
        return (what + " moves the folder's", lambda: moved(FOLDER, function, "mc"), None)

    inside = os.path.join(FOLDER, "x")
    return [
        of_file("a read moves none", lambda: opened(FILE, os.O_RDONLY, lambda fd: os.read(fd, 9)), ""),
        of_file("write", lambda: write(FILE, b"hello", 0), "mc"),
        of_file("truncate", lambda: os.truncate(FILE, 3), "mc"),
        of_file("truncate to the size it has", lambda: os.truncate(FILE, 3), "mc"),
        of_file("O_TRUNC", lambda: write(FILE, b"", os.O_TRUNC), "mc"),
        of_file("chmod", lambda: os.chmod(FILE, 0o600), "c"),
        of_file("rename", lambda: (os.rename(FILE, draft("t")), os.rename(draft("t"), FILE)), "c"),
        of_folder("creating", lambda: write(inside)),
        of_folder("unlink", lambda: os.unlink(inside)),
        of_folder("mkdir", lambda: os.mkdir(inside)),
        of_folder("rename", lambda: os.rename(inside, inside + "y")),
        of_folder("rmdir", lambda: os.rmdir(inside + "y")),
        ("each is set", lambda: (set_times((5, 6000), (7, 8000)), equal(found(), (5000006000, 7000008000))), None),
        ("one is left out", lambda: (set_times((9, 0), (0, UTIME_OMIT)), equal(found(), (9000000000, 7000008000))), None),
        ("the other is", lambda: (set_times((0, UTIME_OMIT), (9, 0)), equal(found(), (9000000000, 9000000000))), None),
        ("before 1970", lambda: (set_times((-5, 1000), (-5, 1000)), equal(found(), (-4999999000, -4999999000))), None),
        ("as late as can be", lambda: (set_times((1 << 60, 0), (1 << 60, 0)), equal(are_late(), True)), None),
        ("both are now", lambda: (set_times((0, UTIME_NOW), (0, UTIME_NOW)), equal(are_now(), True)), None),
        ("who is unlinked has changed", unlinked, None),
    ]


def found():
    known = os.stat(FILE)
    return known.st_atime_ns, known.st_mtime_ns


def are_late():
    return all(when > 9e12 * 1e9 for when in found())


def are_now():
    return all(abs(time.time() - when / 1e9) < 60 for when in found())


def unlinked():
    fd = os.open(FILE, os.O_RDONLY)
    before = os.fstat(fd).st_ctime_ns
    time.sleep(0.002)
    os.unlink(FILE)
    equal(os.fstat(fd).st_ctime_ns > before, True)
    os.close(fd)


if __name__ == "__main__":
    sys.exit(run(cases()))
