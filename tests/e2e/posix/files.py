# SPDX-License-Identifier: Apache-2.0
"""Files that are opened, read, mapped, locked and sought in."""
import errno
import fcntl
import mmap
import os
import sys

from lib import TCGETS, TREE, call, equal, in_child, opened, read, run, write


def cases():
    return [
        ("a directory is not written", lambda: opened("devices", os.O_WRONLY), errno.EISDIR),
        ("a directory is not read as a file", lambda: read("devices"), errno.EISDIR),
        ("O_DIRECTORY of a file", lambda: opened("README", os.O_DIRECTORY), errno.ENOTDIR),
        ("O_CREAT of a directory", lambda: opened("devices", os.O_RDWR | os.O_CREAT), errno.EISDIR),
        ("O_EXCL of what is there", lambda: write("README", flags=os.O_CREAT | os.O_EXCL), errno.EEXIST),
        ("open below a file", lambda: write("README/none"), errno.ENOTDIR),
        ("open of nothing", lambda: read(TREE + "/none"), errno.ENOENT),
        ("read of what is open to write",
         lambda: opened(TREE + "/notes", os.O_WRONLY, lambda fd: os.read(fd, 1)), errno.EBADF),
        ("write of what is open to read", lambda: opened("README", os.O_RDONLY, lambda fd: os.write(fd, b"x")),
         errno.EBADF),
        ("write of what is only read", lambda: write(TREE + "/id", flags=0), errno.EPERM),
        ("a seek before the beginning", lambda: opened("README", os.O_RDONLY, lambda fd: os.lseek(fd, -1, os.SEEK_SET)),
         errno.EINVAL),
        ("a read before the beginning", lambda: opened("README", os.O_RDONLY, lambda fd: os.pread(fd, 9, -1)),
         errno.EINVAL),
        ("O_TRUNC of what is only read", lambda: opened(TREE + "/id", os.O_RDONLY | os.O_TRUNC), errno.EPERM),
        ("O_RDWR of what is only read", lambda: opened(TREE + "/id", os.O_RDWR), errno.EPERM),
        ("O_CREAT of what is there is no writing", lambda: opened(TREE + "/id", os.O_RDONLY | os.O_CREAT), None),
        ("read of what is open as a place", lambda: opened("README", os.O_PATH, lambda fd: os.read(fd, 1)),
         errno.EBADF),
        ("a file is no terminal", lambda: opened("README", os.O_RDONLY, lambda fd: fcntl.ioctl(fd, TCGETS, b" " * 64)),
         errno.ENOTTY),
        ("a read behind the end", lambda: equal(opened("README", os.O_RDONLY, lambda fd: os.pread(fd, 9, 1 << 40)), b""),
         None),
        ("a seek to the end tells the size",
         lambda: equal(opened("README", os.O_RDONLY, lambda fd: os.lseek(fd, 0, os.SEEK_END)), os.stat("README").st_size),
         None),
        ("a part of a file", lambda: equal(opened("README", os.O_RDONLY, lambda fd: os.pread(fd, 5, 3)),
                                           read("README")[3:8]), None),
        ("two descriptors have their own place", two_places, None),
        ("dup shares its place", dup_place, None),
        ("a map of a file", lambda: equal(mapped("README"), read("README")), None),
        ("a shared map of what can be written", lambda: mapped(TREE + "/name"), errno.ENODEV),
        ("a map of one's own is changed for oneself", private_map, None),
        ("sendfile", sendfile, None),
        ("splice", splice, None),
        ("copy_file_range", lambda: copied(TREE + "/info.json"), None),
        ("a shared lock and an exclusive one", locks, None),
        ("a lock keeps another process out", lambda: equal(in_child(second_lock), errno.EAGAIN), None),
        ("fsync of what was read", lambda: opened("README", os.O_RDONLY, os.fsync), None),
        ("fsync and fdatasync of a directory", lambda: opened("devices", os.O_RDONLY, lambda fd: (
            os.fsync(fd), os.fdatasync(fd))), None),
        ("truncate of what is only read", lambda: os.truncate(TREE + "/id", 0), errno.EPERM),
        ("a directory has two links", lambda: equal(os.stat("devices").st_nlink, 2), None),
        ("a file has one link", lambda: equal(os.stat("README").st_nlink, 1), None),
        ("access for reading", lambda: equal(os.access("README", os.R_OK), True), None),
        ("access for writing what is only read", lambda: equal(os.access(TREE + "/id", os.W_OK), False), None),
        ("access for writing", lambda: equal(os.access(TREE + "/notes", os.W_OK, effective_ids=True), True), None),
        ("access for running is refused", lambda: equal(os.access(TREE + "/notes", os.X_OK), False), None),
        ("access of nothing", lambda: call("access", "none", os.F_OK), errno.ENOENT),
        ("access for running", lambda: equal(opened_mode("README") & 0o111, 0), None),
        ("fstat is stat", lambda: equal(opened("README", os.O_RDONLY, lambda fd: os.fstat(fd).st_ino),
                                        os.stat("README").st_ino), None),
    ]


def opened_mode(path):
    return os.stat(path).st_mode


def two_places():
    first, second = os.open("README", os.O_RDONLY), os.open("README", os.O_RDONLY)
    equal(os.read(first, 4), os.read(second, 4))
    os.close(first)
    os.close(second)


def dup_place():
    first = os.open("README", os.O_RDONLY)
    second = os.dup(first)
    equal(os.read(first, 4) + os.read(second, 4), read("README")[:8])
    os.close(first)
    os.close(second)


def mapped(path):
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as pages:
        return pages[:]


def sendfile():
    source, target = os.open("README", os.O_RDONLY), os.memfd_create("copy")
    size = os.fstat(source).st_size
    equal(os.sendfile(target, source, 0, size), size)
    equal(os.pread(target, size, 0), read("README"))
    os.close(source)
    os.close(target)


def private_map():
    with open("README", "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY) as pages:
        pages[0:4] = b"mine"
        equal(read("README")[:4] != b"mine", True)


def splice():
    source = os.open("README", os.O_RDONLY)
    out, into = os.pipe()
    equal(os.splice(source, into, 100), 100)
    equal(os.read(out, 200), read("README")[:100])
    for fd in (source, out, into):
        os.close(fd)


def copied(path):
    """Once copied by the kernel, to a file elsewhere."""
    with open(path, "rb") as source, open("/tmp/posix-" + str(os.getpid()), "w+b") as target:
        os.unlink(target.name)
        size = os.fstat(source.fileno()).st_size
        try:
            equal(os.copy_file_range(source.fileno(), target.fileno(), size), size)
        except OSError as error:
            # Between file systems not every kernel copies: then cp reads and writes.
            equal(error.errno, errno.EXDEV)
            return
        equal(os.pread(target.fileno(), size, 0), read(path))


def second_lock():
    with open("README", "rb") as first, open("README", "rb") as second:
        fcntl.flock(first, fcntl.LOCK_EX)
        fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)


def locks():
    with open("README", "rb") as first, open("README", "rb") as second:
        fcntl.flock(first, fcntl.LOCK_SH)
        fcntl.flock(second, fcntl.LOCK_SH | fcntl.LOCK_NB)
        fcntl.lockf(first, fcntl.LOCK_SH)


if __name__ == "__main__":
    sys.exit(run(cases()))
