# SPDX-License-Identifier: Apache-2.0
"""A folder for drafts is a file system of its own."""
import errno
import fcntl
import mmap
import os
import stat
import subprocess
import sys

from lib import DRAFT, HERE, RENAME_EXCHANGE, draft, equal, in_child, opened, read, rename2, run, write


def cases():
    os.mkdir(draft("d"))
    os.mkdir(draft("full"))
    write(draft("full/x"))
    write(draft("f"), b"hello")
    return [
        ("255 characters make a name", lambda: write(draft("n" * 255)), None),
        ("O_EXCL of what is there", lambda: write(draft("f"), flags=os.O_CREAT | os.O_EXCL), errno.EEXIST),
        ("O_EXCL of a directory", lambda: write(draft("d"), flags=os.O_CREAT | os.O_EXCL), errno.EEXIST),
        ("creating below a file", lambda: write(draft("f/x")), errno.ENOTDIR),
        ("creating below nothing", lambda: write(draft("none/x")), errno.ENOENT),
        ("rmdir of a full directory", lambda: os.rmdir(draft("full")), errno.ENOTEMPTY),
        ("rmdir of a file", lambda: os.rmdir(draft("f")), errno.ENOTDIR),
        ("unlink of a directory", lambda: os.unlink(draft("d")), errno.EISDIR),
        ("mkdir of what is there", lambda: os.mkdir(draft("d")), errno.EEXIST),
        ("mkdir of a file's name", lambda: os.mkdir(draft("f")), errno.EEXIST),
        ("rename of a file over a directory", lambda: os.rename(draft("f"), draft("d")), errno.EISDIR),
        ("rename of a directory over a file", lambda: os.rename(draft("d"), draft("f")), errno.ENOTDIR),
        ("rename over a full directory", lambda: os.rename(draft("d"), draft("full")), errno.ENOTEMPTY),
        ("rename into itself", lambda: os.rename(draft("full"), draft("full/in")), errno.EINVAL),
        ("rename of a file onto itself", lambda: os.rename(draft("f"), draft("f")), None),
        ("rename of a full directory over an empty one", over_empty, None),
        ("rename over a file that is open", over_open, None),
        ("RENAME_NOREPLACE", lambda: rename2(draft("f"), draft("full"), 1), errno.EEXIST),
        ("RENAME_EXCHANGE", lambda: rename2(draft("f"), draft("full"), RENAME_EXCHANGE), errno.EINVAL),
        ("rename of what holds the target", lambda: os.rename(draft("full"), DRAFT), errno.ENOTEMPTY),
        ("rename to `..`", lambda: os.rename(draft("f"), draft("d/..")), errno.EBUSY),
        ("rename of a file to a name and a slash", lambda: os.rename(draft("f"), draft("g/")), errno.ENOTDIR),
        ("a directory that is moved finds its new parent", moved, None),
        ("creating a name and a slash", lambda: write(draft("new/")), errno.EISDIR),
        ("unlink of a name and a slash", lambda: os.unlink(draft("f/")), errno.ENOTDIR),
        ("what is unlinked has no name", lambda: equal(links_left(), [0, 0, 0]), None),
        ("nothing is made in a directory that has gone", lambda: in_gone(lambda: write("x")), errno.ENOENT),
        ("no directory is made in one that has gone", lambda: in_gone(lambda: os.mkdir("x")), errno.ENOENT),
        ("a directory that has gone is empty", lambda: in_gone(lambda: equal(os.listdir("."), [])), None),
        ("umask", masked, None),
        ("truncate beyond what a file may have", lambda: os.truncate(draft("f"), 1 << 50), errno.EFBIG),
        ("write beyond what a file may have",
         lambda: opened(draft("f"), os.O_WRONLY, lambda fd: os.pwrite(fd, b"x", 1 << 50)), errno.EFBIG),
        ("a file that is only read by its mode is written by whoever has made it",
         lambda: opened(draft("mine"), os.O_WRONLY | os.O_CREAT, lambda fd: os.write(fd, b"x"), 0o444), None),
        ("rename out of the drafts", lambda: os.rename(draft("f"), "devices/f"), errno.EPERM),
        ("a file that is unlinked is there for whoever has it open", unlinked, None),
        ("truncate makes it longer, with zeros", longer, None),
        ("truncate makes it shorter", shorter, None),
        ("truncate to a negative size", lambda: os.truncate(draft("f"), -1), errno.EINVAL),
        ("truncate of a directory", lambda: os.truncate(draft("d"), 0), errno.EISDIR),
        ("a hole reads as zeros", hole, None),
        ("O_APPEND writes at the end", append, None),
        ("O_TRUNC empties", lambda: (write(draft("t"), b"long"), write(draft("t"), b"s"),
                                     equal(read(draft("t")), b"s")), None),
        ("what is written can be read by another", lambda: (write(draft("t"), b"new"), equal(read(draft("t")), b"new")), None),
        ("a shared map is written", shared_map, None),
        ("a map of a file that was cut off and grew", cut_map, None),
        ("a map of one's own", own_map, None),
        ("a map and O_DIRECT see the same", direct_map, None),
        ("O_APPEND of several processes", appended_by_all, None),
        ("copy_file_range", copy_range, None),
        ("splice", spliced, None),
        ("fsync and fdatasync", lambda: opened(draft("f"), os.O_WRONLY, lambda fd: (os.fsync(fd), os.fdatasync(fd))),
         None),
        ("a lock of another process", lambda: equal(in_child(record_lock), 0), None),
        ("SEEK_DATA behind the end",
         lambda: opened(draft("f"), os.O_RDONLY, lambda fd: os.lseek(fd, 1 << 20, os.SEEK_DATA)), errno.ENXIO),
        ("access for running", lambda: (os.chmod(draft("f"), 0o644), equal(os.access(draft("f"), os.X_OK), False),
                                        os.chmod(draft("f"), 0o755), equal(os.access(draft("f"), os.X_OK), True)), None),
        ("a program runs", lambda: equal(subprocess.run([program()], check=False).returncode, 7), None),
        ("a program that is open for writing does not", busy_program, errno.ETXTBSY),
        ("what is left is told", room, None),
        ("chown changes nothing", lambda: (os.chown(draft("f"), 1, 1), equal(os.stat(draft("f")).st_uid, os.getuid())),
         None),
        ("chmod leaves the kind", lambda: (os.chmod(draft("d"), 0o1700), equal(os.stat(draft("d")).st_mode, 0o41700)), None),
        ("chmod", lambda: (os.chmod(draft("f"), 0o600), equal(os.stat(draft("f")).st_mode & 0o777, 0o600)), None),
        ("utimensat", lambda: (os.utime(draft("f"), ns=(1000001000, 2000002000)),
                               equal(os.stat(draft("f")).st_mtime_ns, 2000002000)), None),
        ("a write changes the time", lambda: (write(draft("f"), b"hello"),
                                              equal(os.stat(draft("f")).st_mtime_ns != 2000002000, True)), None),
        ("link", lambda: os.link(draft("f"), draft("g")), errno.EPERM),
        ("symlink", lambda: os.symlink("f", draft("s")), errno.EPERM),
        ("mkfifo", lambda: os.mkfifo(draft("p")), errno.EPERM),
        ("mknod", lambda: os.mknod(draft("n"), 0o644 | stat.S_IFCHR, os.makedev(1, 3)), errno.EPERM),
        ("an extended attribute", lambda: os.setxattr(draft("f"), "user.x", b"x"), errno.EOPNOTSUPP),
    ]


def moved():
    os.makedirs(draft("up/down"))
    os.rename(draft("up/down"), draft("aside"))
    equal(os.path.samefile(draft("aside/.."), DRAFT), True)
    equal(os.listdir(draft("up")), [])


def links_left():
    """Of a file that is unlinked, of one that another takes the place of, of a directory."""
    for name in ("one", "two", "three"):
        write(draft(name))
    os.mkdir(draft("four"))
    fds = [os.open(draft(name), os.O_RDONLY) for name in ("one", "two", "four")]
    os.unlink(draft("one"))
    os.rename(draft("three"), draft("two"))
    os.rmdir(draft("four"))
    found = [os.fstat(fd).st_nlink for fd in fds]
    for fd in fds:
        os.close(fd)
    return found


def in_gone(function):
    os.mkdir(draft("gone"))
    os.chdir(draft("gone"))
    os.rmdir(os.path.join(HERE, draft("gone")))
    try:
        function()
    finally:
        os.chdir(HERE)


def masked():
    before = os.umask(0o027)
    opened(draft("masked"), os.O_WRONLY | os.O_CREAT, mode=0o666)
    os.mkdir(draft("masked.d"))
    os.umask(before)
    equal([os.stat(draft(name)).st_mode & 0o777 for name in ("masked", "masked.d")], [0o640, 0o750])


def cut_map():
    write(draft("cut"), b"x" * 4096)
    with open(draft("cut"), "r+b") as file, mmap.mmap(file.fileno(), 4096) as pages:
        os.truncate(draft("cut"), 10)
        os.truncate(draft("cut"), 4096)
        equal(pages[:12], b"x" * 10 + b"\0\0")


def own_map():
    write(draft("own"), b"theirs")
    with open(draft("own"), "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY) as pages:
        pages[0:4] = b"mine"
        equal(read(draft("own")), b"theirs")


def direct_map():
    write(draft("direct"), b"a" * 4096)
    with open(draft("direct"), "r+b") as file, mmap.mmap(file.fileno(), 4096) as pages:
        opened(draft("direct"), os.O_WRONLY | os.O_DIRECT, lambda fd: os.write(fd, b"b" * 4096))
        equal(pages[:4], b"bbbb")


def append_lines(character):
    with open(draft("lines"), "ab", buffering=0) as file:
        for _ in range(100):
            file.write(character * 20 + b"\n")


def appended_by_all():
    children = []
    for character in (b"a", b"b", b"c", b"d"):
        child = os.fork()
        if child == 0:
            append_lines(character)
            os._exit(0)
        children.append(child)
    equal([os.waitpid(child, 0)[1] for child in children], [0] * 4)
    equal(sorted(read(draft("lines")).splitlines()), sorted(c * 20 for c in (b"a", b"b", b"c", b"d") for _ in range(100)))


def spliced():
    out, into = os.pipe()
    os.write(into, b"through a pipe")
    opened(draft("spliced"), os.O_WRONLY | os.O_CREAT, lambda fd: os.splice(out, fd, 14))
    equal(read(draft("spliced")), b"through a pipe")
    os.close(out)
    os.close(into)


def take_lock():
    with open(draft("f"), "r+b") as file:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 2)


def record_lock():
    with open(draft("f"), "r+b") as file:
        fcntl.lockf(file, fcntl.LOCK_EX, 5, 0)
        equal(in_child(take_lock), errno.EAGAIN)
        fcntl.lockf(file, fcntl.LOCK_UN, 5, 0)
        equal(in_child(take_lock), 0)


def program():
    write(draft("program"), b"#!/bin/sh\nexit 7\n")
    os.chmod(draft("program"), 0o755)
    return os.path.join(HERE, draft("program"))


def busy_program():
    path = program()
    opened(path, os.O_WRONLY, lambda fd: subprocess.run([path], check=False))


def room():
    before = os.statvfs(DRAFT)
    write(draft("megabyte"), b"x" * (1 << 20))
    taken = (before.f_bavail - os.statvfs(DRAFT).f_bavail) * before.f_frsize
    os.unlink(draft("megabyte"))
    equal((1 << 20) <= taken < (1 << 20) + 16384, True)
    equal(before.f_blocks >= before.f_bavail > 0, True)


def over_empty():
    os.mkdir(draft("from"))
    write(draft("from/x"))
    os.rename(draft("from"), draft("d"))
    equal(os.listdir(draft("d")), ["x"])
    os.unlink(draft("d/x"))


def over_open():
    write(draft("old"), b"old")
    write(draft("new"), b"new")
    fd = os.open(draft("old"), os.O_RDONLY)
    os.rename(draft("new"), draft("old"))
    equal(read(draft("old")), b"new")
    equal(os.pread(fd, 9, 0), b"old")
    os.close(fd)


def unlinked():
    write(draft("gone"), b"still")
    fd = os.open(draft("gone"), os.O_RDWR)
    os.unlink(draft("gone"))
    equal(os.path.exists(draft("gone")), False)
    equal(os.pread(fd, 9, 0), b"still")
    os.pwrite(fd, b"more", 5)
    equal(os.pread(fd, 9, 0), b"stillmore")
    os.close(fd)


def longer():
    os.truncate(draft("f"), 8)
    equal(read(draft("f")), b"hello\0\0\0")


def shorter():
    os.truncate(draft("f"), 5)
    equal(read(draft("f")), b"hello")


def hole():
    opened(draft("hole"), os.O_WRONLY | os.O_CREAT, lambda fd: os.pwrite(fd, b"x", 10000))
    equal(read(draft("hole")), b"\0" * 10000 + b"x")


def append():
    first, second = (os.open(draft("log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND) for _ in range(2))
    os.write(first, b"one")
    os.write(second, b"two")
    os.write(first, b"three")
    equal(read(draft("log")), b"onetwothree")
    os.close(first)
    os.close(second)


def shared_map():
    write(draft("map"), b"." * 5000)
    with open(draft("map"), "r+b") as file:
        with mmap.mmap(file.fileno(), 0) as pages:
            pages[4990:4995] = b"MAPPE"
            pages.flush()
    equal(read(draft("map"))[4988:4997], b"..MAPPE..")


def copy_range():
    source, target = os.open(draft("map"), os.O_RDONLY), os.open(draft("copy"), os.O_WRONLY | os.O_CREAT)
    equal(os.copy_file_range(source, target, 5000), 5000)
    os.close(source)
    os.close(target)
    equal(read(draft("copy")), read(draft("map")))


if __name__ == "__main__":
    sys.exit(run(cases()))
