# SPDX-License-Identifier: Apache-2.0
"""What the system's calls say of a mount: each file here is run in one, and docs/posix.md lists the cases.

DRAFT in the environment names another folder for drafts.
"""
import ctypes
import errno
import os

libc = ctypes.CDLL(None, use_errno=True)
TREE = "devices/kitchen"
DRAFT = os.environ.get("DRAFT", "devices/kitchen/firmware/source")
HERE = os.getcwd()
RENAME_EXCHANGE = 2
TCGETS = 0x5401
LONG = "n" * 256
PATH = "d/" * 2048 + "x"


def call(function, *arguments):
    """A C function, which fails as those of Python do."""
    result = getattr(libc, function)(*[a.encode() if isinstance(a, str) else a for a in arguments])
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


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


def in_child(function):
    """The errno with which a process of its own ends; 0 for none."""
    child = os.fork()
    if child == 0:
        code = 255
        try:
            function()
            code = 0
        except OSError as error:
            code = error.errno
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def rename2(old, new, flags):
    call("renameat2", -100, old, -100, new, flags)


def link():
    return "devices/by-status/online/kitchen"


def run(cases):
    """A case: what it is, what is called, the error or None."""
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
    return 1 if failed else 0
