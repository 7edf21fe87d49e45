# SPDX-License-Identifier: Apache-2.0
"""Who may not. `others.py user` in a mount that lets others in, by root; `others.py reader` in one that is read only.
"""
import errno
import os
import sys

from lib import DRAFT, TREE, draft, equal, in_child, opened, read, run, write

NOBODY = 65534


def user():
    """As somebody else than who has mounted."""
    write(draft("open"), b"for all")
    write(draft("closed"))
    os.chmod(draft("closed"), 0o600)
    os.mkdir(draft("folder"))
    write(draft("folder/x"))
    os.chmod(draft("folder"), 0o700)
    os.mkdir(draft("shared"))
    os.chmod(draft("shared"), 0o1777)
    write(draft("shared/theirs"))
    equal(in_child(lambda: become_nobody(user_cases())), 0)
    equal(sorted(os.listdir(DRAFT)), ["closed", "folder", "open", "shared"])
    return []


def become_nobody(cases):
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    os._exit(run(cases))


def user_cases():
    return [
        ("a value is read", lambda: equal(read(TREE + "/name"), b"kitchen\n"), None),
        ("a file of drafts is read", lambda: equal(read(draft("open")), b"for all"), None),
        ("a verb is not read", lambda: read(TREE + "/ping"), errno.EACCES),
        ("a verb is not called", lambda: write(TREE + "/ping", flags=0), errno.EACCES),
        ("a value is not written", lambda: write(TREE + "/notes", flags=0), errno.EACCES),
        ("O_TRUNC", lambda: write(TREE + "/notes", flags=os.O_TRUNC), errno.EACCES),
        ("truncate", lambda: os.truncate(draft("open"), 0), errno.EACCES),
        ("a file that is closed to others", lambda: read(draft("closed")), errno.EACCES),
        ("a folder that is closed to others", lambda: os.listdir(draft("folder")), errno.EACCES),
        ("a file in it", lambda: os.stat(draft("folder/x")), errno.EACCES),
        ("creating", lambda: write(draft("new")), errno.EACCES),
        ("mkdir", lambda: os.mkdir("devices/0123456789abcdef01234567"), errno.EACCES),
        ("mkdir of a job", lambda: os.mkdir("firmware/builds/new"), errno.EACCES),
        ("rmdir", lambda: os.rmdir(TREE), errno.EACCES),
        ("unlink", lambda: os.unlink(draft("open")), errno.EACCES),
        ("rename", lambda: os.rename(TREE, "devices/cuisine"), errno.EACCES),
        ("rename of a draft", lambda: os.rename(draft("open"), draft("new")), errno.EACCES),
        ("unlink where all may write but each their own", lambda: os.unlink(draft("shared/theirs")), errno.EPERM),
        ("rename there", lambda: os.rename(draft("shared/theirs"), draft("shared/mine")), errno.EPERM),
        ("chmod", lambda: os.chmod(draft("open"), 0o777), errno.EPERM),
        ("chown", lambda: os.chown(draft("open"), NOBODY, NOBODY), errno.EPERM),
        ("times", lambda: os.utime(draft("open"), (1, 1)), errno.EPERM),
        ("times to now", lambda: os.utime(draft("open")), errno.EACCES),
        ("symlink", lambda: os.symlink("x", draft("link")), errno.EACCES),
        ("access tells", lambda: equal([os.access(draft("open"), mode) for mode in (os.R_OK, os.W_OK, os.X_OK)],
                                       [True, False, False]), None),
    ]


def reader():
    """In a mount with -o ro."""
    return [
        ("a value is read", lambda: equal(read(TREE + "/name"), b"kitchen\n"), None),
        ("the mount says what it is", lambda: equal(os.statvfs(".").f_flag & os.ST_RDONLY, os.ST_RDONLY), None),
        ("open to write", lambda: write(TREE + "/notes", flags=0), errno.EROFS),
        ("O_TRUNC", lambda: opened("README", os.O_RDONLY | os.O_TRUNC), errno.EROFS),
        ("creating", lambda: write(draft("new")), errno.EROFS),
        ("O_CREAT of what is there", lambda: opened("README", os.O_RDONLY | os.O_CREAT), None),
        ("mkdir", lambda: os.mkdir("firmware/builds/new"), errno.EROFS),
        ("rmdir", lambda: os.rmdir(TREE), errno.EROFS),
        ("unlink", lambda: os.unlink("README"), errno.EROFS),
        ("rename", lambda: os.rename(TREE, "devices/cuisine"), errno.EROFS),
        ("truncate", lambda: os.truncate(TREE + "/notes", 0), errno.EROFS),
        ("chmod", lambda: os.chmod("README", 0o777), errno.EROFS),
        ("chown", lambda: os.chown("README", 1, 1), errno.EROFS),
        ("times", lambda: os.utime("README"), errno.EROFS),
        ("link", lambda: os.link("README", "README2"), errno.EROFS),
        ("symlink", lambda: os.symlink("README", "README2"), errno.EROFS),
        ("mkfifo", lambda: os.mkfifo("fifo"), errno.EROFS),
        ("access", lambda: equal(os.access(TREE + "/notes", os.W_OK), False), None),
    ]


if __name__ == "__main__":
    sys.exit(run({"user": user, "reader": reader}[sys.argv[1]]()))
