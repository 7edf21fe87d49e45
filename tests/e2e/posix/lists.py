# SPDX-License-Identifier: Apache-2.0
"""What directories list."""
import ctypes
import errno
import os
import stat
import struct
import sys

from lib import DRAFT, TREE, call, draft, equal, libc, opened, run, write

LISTS = (".", "devices", TREE, "devices/by-status/online", "firmware/builds", DRAFT)
HEADER = struct.Struct("=QqHB")  # of linux_dirent64: inode, next position, length, kind


def read_entries(fd, size):
    """One getdents64(2) by hand: [(name, kind, next position)]."""
    buffer = ctypes.create_string_buffer(size)
    length = call("getdents64", fd, buffer, size)
    entries, at = [], 0
    while at < length:
        _, position, bytes_in_all, kind = HEADER.unpack_from(buffer.raw, at)
        name = buffer.raw[at + HEADER.size:at + bytes_in_all].split(b"\0")[0]
        entries.append((name.decode(), kind, position))
        at += bytes_in_all
    return entries


def read_all(fd, size):
    found = []
    while entries := read_entries(fd, size):
        found += entries
    return found


def list_by(path, size):
    return opened(path, os.O_RDONLY | os.O_DIRECTORY, lambda fd: read_all(fd, size))


def cases():
    libc.getdents64.restype = ctypes.c_ssize_t
    return [
        ("a buffer for less than an entry", lambda: opened(TREE, os.O_RDONLY, lambda fd: read_entries(fd, 20)),
         errno.EINVAL),
        ("getdents of a file", lambda: opened("README", os.O_RDONLY, lambda fd: read_entries(fd, 512)), errno.ENOTDIR),
        ("tiny buffers have it all, each once", tiny, None),
        ("kinds are told in the list", kinds, None),
        ("each inode is told in the list", inodes, None),
        ("`.` and `..` are there once", dots, None),
        ("a list while it is emptied names each once", emptied, None),
        ("a list while it is filled names each once", filled, None),
        ("a list of jobs while they come and go", jobs, None),
        ("a list goes on behind each of its positions", positions, None),
        ("a list that is sought in goes on there", sought, None),
        ("rewinddir shows what is new", rewound, None),
    ]


def tiny():
    for path in LISTS:
        names = sorted([".", ".."] + os.listdir(path))
        for size in (280, 300, 1000):
            equal((path, size, sorted(name for name, _, _ in list_by(path, size))), (path, size, names))


def kinds():
    for path in LISTS:
        for name, kind, _ in list_by(path, 4096):
            equal((name, kind), (name, stat.S_IFMT(os.lstat(os.path.join(path, name)).st_mode) >> 12))


def inodes():
    for path in LISTS:
        with os.scandir(path) as entries:
            for entry in entries:
                equal((entry.path, entry.inode()), (entry.path, os.lstat(entry.path).st_ino))


def dots():
    for path in LISTS:
        names = [name for name, _, _ in list_by(path, 4096)]
        equal((names[:2], len(names)), ([".", ".."], len(set(names))))


def numbered(count):
    os.mkdir(draft("many"))
    for i in range(count):
        write(draft(f"many/{i}"))
    return [str(i) for i in range(count)]


def drop_many():
    for name in os.listdir(draft("many")):
        os.unlink(draft("many/" + name))
    os.rmdir(draft("many"))


def emptied():
    wanted = numbered(2000)
    seen = []
    with os.scandir(draft("many")) as entries:
        for entry in entries:
            seen.append(entry.name)
            os.unlink(entry.path)
    equal(sorted(seen, key=int), wanted)
    equal(os.listdir(draft("many")), [])
    drop_many()


def filled():
    wanted = numbered(500)
    seen = []
    with os.scandir(draft("many")) as entries:
        for i, entry in enumerate(entries):
            seen.append(entry.name)
            if i < 500:
                write(draft(f"many/new{i}"))
    equal(len(seen), len(set(seen)))
    equal(sorted((name for name in seen if not name.startswith("new")), key=int), wanted)
    equal(len(os.listdir(draft("many"))), 1000)
    drop_many()


def jobs():
    before = set(os.listdir("firmware/builds"))
    for name in ("stays", "goes"):
        os.mkdir("firmware/builds/" + name)
    with os.scandir("firmware/builds") as entries:
        first = next(entries).name
        os.rmdir("firmware/builds/goes")
        os.mkdir("firmware/builds/comes")
        rest = [entry.name for entry in entries]
    equal((first in rest, "stays" in [first, *rest]), (False, True))
    equal(set(os.listdir("firmware/builds")) - before, {"stays", "comes"})
    os.rmdir("firmware/builds/stays")
    os.rmdir("firmware/builds/comes")


def positions():
    for path in LISTS:
        fd = os.open(path, os.O_RDONLY)
        whole = read_all(fd, 4096)
        for i, (_, _, position) in enumerate(whole):
            os.lseek(fd, position, os.SEEK_SET)
            equal((path, i, read_all(fd, 4096)), (path, i, whole[i + 1:]))
        os.close(fd)


def sought():
    libc.opendir.restype = ctypes.c_void_p
    libc.readdir.restype = ctypes.c_void_p
    libc.telldir.restype = ctypes.c_long

    def name(directory):
        entry = libc.readdir(ctypes.c_void_p(directory))
        return entry and ctypes.string_at(entry + HEADER.size)

    directory = libc.opendir(TREE.encode())
    names = [name(directory) for _ in range(5)]
    place = libc.telldir(ctypes.c_void_p(directory))
    rest = []
    while (one := name(directory)) is not None:
        rest.append(one)
    libc.seekdir(ctypes.c_void_p(directory), ctypes.c_long(place))
    equal(name(directory), rest[0])
    libc.rewinddir(ctypes.c_void_p(directory))
    equal(name(directory), names[0])
    libc.closedir(ctypes.c_void_p(directory))


def rewound():
    numbered(1)
    fd = os.open(draft("many"), os.O_RDONLY)
    equal(len(read_all(fd, 4096)), 3)
    write(draft("many/new"))
    os.lseek(fd, 0, os.SEEK_SET)
    equal(len(read_all(fd, 4096)), 4)
    os.close(fd)
    drop_many()


if __name__ == "__main__":
    sys.exit(run(cases()))
