# SPDX-License-Identifier: Apache-2.0
"""Names, and paths that do not lead anywhere."""
import ctypes
import errno
import os
import stat
import sys

from lib import LONG, PATH, TREE, call, draft, equal, link, opened, read, run, write


def cases():
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
        ("a file is no directory, whatever the slash says", lambda: read("README/"), errno.ENOTDIR),
        ("O_EXCL of a link", lambda: write(link(), flags=os.O_CREAT | os.O_EXCL), errno.EEXIST),
        ("O_DIRECTORY of a link that is not followed",
         lambda: opened(link(), os.O_DIRECTORY | os.O_NOFOLLOW), errno.ENOTDIR),
        ("readlink into nothing", lambda: call("readlink", link(), ctypes.create_string_buffer(1), 0), errno.EINVAL),
        ("a link is as long as what it says", lambda: equal(os.lstat(link()).st_size, len(os.readlink(link()))), None),
        ("a link and a slash are a directory", lambda: equal(stat.S_ISDIR(os.lstat(link() + "/").st_mode), True), None),
        ("unlink of a link", lambda: os.unlink(link()), errno.EPERM),
        ("rmdir of a link", lambda: os.rmdir(link()), errno.ENOTDIR),
        ("rename of a link", lambda: os.rename(link(), link() + "2"), errno.EPERM),
        ("the limit of names is told", lambda: equal(os.statvfs(".").f_namemax, 255), None),
    ]


if __name__ == "__main__":
    sys.exit(run(cases()))
