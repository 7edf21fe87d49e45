# SPDX-License-Identifier: Apache-2.0
"""What the system's calls say of a mount: posix.py GROUP, in the mount. docs/posix.md lists the cases."""
import ctypes
import errno
import fcntl
import mmap
import os
import stat
import sys

libc = ctypes.CDLL(None, use_errno=True)
TREE = "devices/kitchen"
DRAFT = "devices/kitchen/firmware/source"
LONG = "n" * 256
PATH = "d/" * 2048 + "x"


def call(function, *arguments):
    """A C function by its errno."""
    if getattr(libc, function)(*[a.encode() if isinstance(a, str) else a for a in arguments]) < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def opened(path, flags, then=lambda fd: None, mode=0o644):
    fd = os.open(path, flags, mode)
    try:
        return then(fd)
    finally:
        os.close(fd)


def write(path, data=b"x", flags=os.O_CREAT | os.O_TRUNC):
    return opened(path, os.O_WRONLY | flags, lambda fd: os.write(fd, data))


def read(path, size=65536):
    return opened(path, os.O_RDONLY, lambda fd: os.read(fd, size))


def equal(found, wanted):
    assert found == wanted, f"{found!r}, should be {wanted!r}"


def draft(name):
    return os.path.join(DRAFT, name)


# A case: what it is, what is called, the error or None.

def names():
    return [
        ("stat of nothing", lambda: os.stat(TREE + "/none"), errno.ENOENT),
        ("stat below nothing", lambda: os.stat("none/none"), errno.ENOENT),
        ("stat below a file", lambda: os.stat("README/none"), errno.ENOTDIR),
        ("stat of an empty path", lambda: os.stat(""), errno.ENOENT),
        ("a component that is too long", lambda: os.stat(LONG), errno.ENAMETOOLONG),
        ("a component that is too long, in a list", lambda: os.stat("devices/" + LONG), errno.ENAMETOOLONG),
        ("a path that is too long", lambda: os.stat(PATH), errno.ENAMETOOLONG),
        ("mkdir of a name that is too long", lambda: os.mkdir("devices/" + LONG), errno.ENAMETOOLONG),
        ("open to create a name that is too long", lambda: write(draft(LONG)), errno.ENAMETOOLONG),
        ("rename to a name that is too long", lambda: os.rename(TREE, "devices/" + LONG), errno.ENAMETOOLONG),
        ("unlink of a name that is too long", lambda: os.unlink(TREE + "/" + LONG), errno.ENAMETOOLONG),
        ("a link that is not followed", lambda: opened(link(), os.O_RDONLY | os.O_NOFOLLOW), errno.ELOOP),
        ("readlink of a file", lambda: os.readlink("README"), errno.EINVAL),
        ("readlink of a directory", lambda: os.readlink("devices"), errno.EINVAL),
        ("a link leads to its directory", lambda: equal(stat.S_ISDIR(os.stat(link()).st_mode), True), None),
        ("the limit of names is told", lambda: equal(os.statvfs(".").f_namemax, 255), None),
    ]


def link():
    return "devices/by-status/online/kitchen"


def files():
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
        ("sendfile", sendfile, None),
        ("a shared lock and an exclusive one", locks, None),
        ("fsync of what was read", lambda: opened("README", os.O_RDONLY, os.fsync), None),
        ("truncate of what is only read", lambda: os.truncate(TREE + "/id", 0), errno.EPERM),
        ("a file has one link", lambda: equal(os.stat("README").st_nlink, 1), None),
        ("access for reading", lambda: equal(os.access("README", os.R_OK), True), None),
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


def locks():
    with open("README", "rb") as first, open("README", "rb") as second:
        fcntl.flock(first, fcntl.LOCK_SH)
        fcntl.flock(second, fcntl.LOCK_SH | fcntl.LOCK_NB)
        fcntl.lockf(first, fcntl.LOCK_SH)


def refusals():
    return [
        ("unlink of a value", lambda: os.unlink(TREE + "/name"), errno.EPERM),
        ("unlink of a directory", lambda: os.unlink(TREE), errno.EISDIR),
        ("unlink of nothing", lambda: os.unlink(TREE + "/none"), errno.ENOENT),
        ("unlink below a file", lambda: os.unlink("README/none"), errno.ENOTDIR),
        ("rmdir of a file", lambda: os.rmdir("README"), errno.ENOTDIR),
        ("rmdir of nothing", lambda: os.rmdir("devices/none"), errno.ENOENT),
        ("rmdir of .", lambda: os.rmdir("devices/."), errno.EINVAL),
        ("rmdir of ..", lambda: os.rmdir("devices/.."), errno.ENOTEMPTY),
        ("rmdir of what stays", lambda: os.rmdir(TREE + "/variables"), errno.EPERM),
        ("rmdir of the mount's place", lambda: os.rmdir(os.getcwd()), errno.EBUSY),
        ("mkdir of what is there", lambda: os.mkdir("devices"), errno.EEXIST),
        ("mkdir of a file's name", lambda: os.mkdir("README"), errno.EEXIST),
        ("mkdir below a file", lambda: os.mkdir("README/none"), errno.ENOTDIR),
        ("mkdir where nothing is made", lambda: os.mkdir(TREE + "/none"), errno.EPERM),
        ("creating where nothing is made", lambda: write(TREE + "/none"), errno.EPERM),
        ("rename of nothing", lambda: os.rename("devices/none", "devices/other"), errno.ENOENT),
        ("rename of a value", lambda: os.rename(TREE + "/name", TREE + "/other"), errno.EPERM),
        ("rename into itself", lambda: os.rename(TREE, TREE + "/variables/x"), errno.EINVAL),
        ("rename of what holds the target", lambda: os.rename(TREE + "/variables", TREE), errno.ENOTEMPTY),
        ("rename over a value", lambda: os.rename(TREE + "/name", TREE + "/id"), errno.EEXIST),
        ("rename from the mount", lambda: os.rename("README", "/tmp/posix-none"), errno.EXDEV),
        ("rename of the mount's place", lambda: os.rename(os.getcwd(), os.getcwd() + "-none"), errno.EBUSY),
        ("link", lambda: os.link("README", "README2"), errno.EPERM),
        ("symlink", lambda: os.symlink("README", "README2"), errno.EPERM),
        ("symlink over what is there", lambda: os.symlink("README", "devices"), errno.EEXIST),
        ("mkfifo", lambda: os.mkfifo("fifo"), errno.EPERM),
        ("mknod", lambda: os.mknod("node", 0o644 | stat.S_IFREG), errno.EPERM),
        ("chmod and chown, with which tools end a copy, change nothing", unchanged, None),
        ("chmod of nothing", lambda: os.chmod("none", 0o777), errno.ENOENT),
        ("an extended attribute", lambda: os.setxattr("README", "user.x", b"x"), errno.EOPNOTSUPP),
        ("no extended attributes are listed", lambda: equal(no_attributes("README"), True), None),
        ("fallocate", lambda: opened(TREE + "/notes", os.O_WRONLY, lambda fd: call("fallocate", fd, 0, 0, 4)),
         errno.EOPNOTSUPP),
        ("a file without a name", lambda: opened("devices", os.O_RDWR | os.O_TMPFILE), errno.EOPNOTSUPP),
    ]


def unchanged():
    before = os.stat("README")
    os.chmod("README", 0o777)
    os.chown("README", 1, 1)
    after = os.stat("README")
    equal((after.st_mode, after.st_uid), (before.st_mode, before.st_uid))


def no_attributes(path):
    try:
        return os.listxattr(path) == []
    except OSError as error:
        return error.errno == errno.EOPNOTSUPP


def drafts():
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
        ("RENAME_NOREPLACE", lambda: call("renameat2", -100, draft("f"), -100, draft("full"), 1), errno.EEXIST),
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
        ("copy_file_range", copy_range, None),
        ("chmod", lambda: (os.chmod(draft("f"), 0o600), equal(os.stat(draft("f")).st_mode & 0o777, 0o600)), None),
        ("utimensat", lambda: (os.utime(draft("f"), ns=(1000001000, 2000002000)),
                               equal(os.stat(draft("f")).st_mtime_ns, 2000002000)), None),
        ("a write changes the time", lambda: (write(draft("f"), b"hello"),
                                              equal(os.stat(draft("f")).st_mtime_ns != 2000002000, True)), None),
        ("link", lambda: os.link(draft("f"), draft("g")), errno.EPERM),
        ("symlink", lambda: os.symlink("f", draft("s")), errno.EPERM),
        ("a list while it is emptied names each once", emptied, None),
        ("a list that is sought in goes on there", sought, None),
        ("kinds are told in the list", kinds, None),
    ]


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


def emptied():
    os.mkdir(draft("many"))
    for i in range(2000):
        write(draft(f"many/{i}"))
    seen = []
    with os.scandir(draft("many")) as entries:
        for entry in entries:
            seen.append(entry.name)
            os.unlink(entry.path)
    equal(sorted(seen, key=int), [str(i) for i in range(2000)])
    os.rmdir(draft("many"))


def sought():
    libc.opendir.restype = ctypes.c_void_p
    libc.readdir.restype = ctypes.c_void_p
    libc.telldir.restype = ctypes.c_long

    def name(directory):
        entry = libc.readdir(ctypes.c_void_p(directory))
        return entry and ctypes.string_at(entry + 19)

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


def kinds():
    with os.scandir(DRAFT) as entries:
        for entry in entries:
            equal(entry.is_dir(follow_symlinks=False), stat.S_ISDIR(os.lstat(entry.path).st_mode))


def run(cases):
    failed = 0
    for name, function, code in cases:
        try:
            function()
            found = None
        except OSError as error:
            found = error.errno
        except (AssertionError, ValueError) as error:
            print(f"{name}: {error}")
            failed += 1
            continue
        if found != code:
            said = [one and errno.errorcode[one] or "no error" for one in (found, code)]
            print(f"{name}: {said[0]}, should be {said[1]}")
            failed += 1
    print(f"{len(cases)} cases, {failed} failed")
    return failed


sys.exit(1 if run({"names": names, "files": files, "refusals": refusals, "drafts": drafts}[sys.argv[1]]()) else 0)
