#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes to a file while signals come, as soon as the cloud has the request.

    caller.py [--catch|--restart|--block] [--fsync|--close|--mkdir|--rmdir|--rename] FILE TEXT SIGNAL…

SIGNAL is a name as ALRM, or `seize` or `attach`: a debugger comes and goes. With --catch the signals have
handlers that return, with --restart (SA_RESTART) too; with --block the first of them is blocked. Python
repeats by itself what ended with EINTR; what else is done to FILE than to write is repeated as Go does. With --close it is
closed as often, as by all who have it open.
Prints `wrote`, the name of the error, or the signal that ended it.
"""
import argparse
import ctypes
import errno
import os
import signal
import sys
import time
import urllib.request

PTRACE_ATTACH, PTRACE_DETACH, PTRACE_SEIZE, PTRACE_INTERRUPT = 16, 17, 0x4206, 0x4207
ACTS = (b'"POST"', b'"PUT"', b'"PATCH"', b'"DELETE"')


def number(name):
    return getattr(signal, "SIG" + name)


def act(options):
    if options.mkdir:
        repeat(os.mkdir, options.file)
    elif options.rmdir:
        repeat(os.rmdir, options.file)
    elif options.rename:
        repeat(os.rename, options.file, options.text)
    else:
        file = os.open(options.file, os.O_WRONLY | os.O_TRUNC)
        os.write(file, options.text.encode())
        if options.fsync:
            os.fsync(file)
        if options.close:
            repeat(lambda: os.close(os.dup(file)))


def repeat(function, *arguments):
    while True:
        try:
            return function(*arguments)
        except InterruptedError:
            pass


def write(options):
    signals = [name for name in options.signals if name not in ("seize", "attach", "STOP", "KILL")]
    for name in signals if options.catch or options.restart or options.block else ():
        signal.signal(number(name), lambda *_: None)
        signal.siginterrupt(number(name), not options.restart)
    if options.block:
        signal.pthread_sigmask(signal.SIG_BLOCK, [number(signals[0])])
    try:
        act(options)
        print("wrote", flush=True)
    except OSError as error:
        print(errno.errorcode[error.errno], flush=True)
    os._exit(0)


def wait_for_request():
    while True:
        with urllib.request.urlopen(os.environ["API"] + "/_sim/requests") as answer:
            requests = answer.read()
        if any(act in requests for act in ACTS):
            return
        time.sleep(0.02)


def debug(child, how):
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long] * 4
    if libc.ptrace(PTRACE_ATTACH if how == "attach" else PTRACE_SEIZE, child, 0, 0) != 0:
        sys.exit(f"ptrace: {os.strerror(ctypes.get_errno())}")
    if how == "seize":
        libc.ptrace(PTRACE_INTERRUPT, child, 0, 0)
    os.waitpid(child, 0)
    libc.ptrace(PTRACE_DETACH, child, 0, 0)


def disturb(child, names):
    for name in names:
        if name in ("seize", "attach"):
            debug(child, name)
        else:
            os.kill(child, number(name))
        time.sleep(0.1)


def main():
    parser = argparse.ArgumentParser()
    for option in ("--catch", "--restart", "--block", "--fsync", "--close", "--mkdir", "--rmdir", "--rename"):
        parser.add_argument(option, action="store_true")
    parser.add_argument("file")
    parser.add_argument("text")
    parser.add_argument("signals", nargs="*")
    options = parser.parse_args()
    child = os.fork()
    if child == 0:
        write(options)
    wait_for_request()
    disturb(child, options.signals)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        print(signal.Signals(os.WTERMSIG(status)).name)


main()
