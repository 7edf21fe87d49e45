# SPDX-License-Identifier: Apache-2.0
"""What the tree does not do."""
import errno
import os
import socket
import stat
import sys

from lib import RENAME_EXCHANGE, TREE, call, draft, equal, link, opened, read, rename2, run, write


def cases():
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
        ("rename without replacing", lambda: rename2(TREE, "devices/workshop", 1), errno.EEXIST),
        ("rename that exchanges", lambda: rename2(TREE, "devices/workshop", RENAME_EXCHANGE), errno.EPERM),
        ("rename over what is there", lambda: os.rename(TREE, "devices/workshop"), errno.EEXIST),
        ("rename into drafts", lambda: os.rename(TREE + "/id", draft("id")), errno.EPERM),
        ("link", lambda: os.link("README", "README2"), errno.EPERM),
        ("link of nothing", lambda: os.link("none", "README2"), errno.ENOENT),
        ("mkfifo of what is there", lambda: os.mkfifo("README"), errno.EEXIST),
        ("a socket", lambda: socket.socket(socket.AF_UNIX).bind("socket"), errno.EPERM),
        ("utimes of nothing", lambda: os.utime("none"), errno.ENOENT),
        ("symlink", lambda: os.symlink("README", "README2"), errno.EPERM),
        ("symlink over what is there", lambda: os.symlink("README", "devices"), errno.EEXIST),
        ("mkfifo", lambda: os.mkfifo("fifo"), errno.EPERM),
        ("mknod", lambda: os.mknod("node", 0o644 | stat.S_IFREG), errno.EPERM),
        ("chmod and chown, with which tools end a copy, change nothing", unchanged, None),
        ("chmod of nothing", lambda: os.chmod("none", 0o777), errno.ENOENT),
        ("an extended attribute", lambda: os.setxattr("README", "user.x", b"x"), errno.EOPNOTSUPP),
        ("an extended attribute is read", lambda: os.getxattr("README", "user.x"), errno.EOPNOTSUPP),
        ("an extended attribute goes", lambda: os.removexattr("README", "user.x"), errno.EOPNOTSUPP),
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


if __name__ == "__main__":
    sys.exit(run(cases()))
