#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a command in a terminal of its own, and types.

usage: type.py COMMAND [ARGUMENT]...

Each line of standard input is `QUESTION|ANSWER`: once the command has asked, the answer is typed, and
return; ^C alone is Ctrl-C, ^Z Ctrl-Z. So no answer is ever an argument. Prints what the terminal showed, and ends as
the command did: 128 and the signal's number where a signal ended it, 99 where it left the terminal
without echo, 98 where a question did not come or the command did not end.
"""
import os
import pty
import select
import signal
import sys
import termios
import time

SECONDS = 30
KEYS = {"^C": b"\x03", "^Z": b"\x1a"}


def show(master, until, deadline):
    """Prints what comes, to the text that is waited for; None: to the end. Whether it came."""
    shown = b""
    while until is None or until not in shown:
        if not select.select([master], [], [], max(0, deadline - time.monotonic()))[0]:
            return False
        try:
            part = os.read(master, 4096)
        except OSError:  # how a terminal says that nobody has it open any more
            part = b""
        sys.stdout.buffer.write(part)
        sys.stdout.flush()
        if not part:
            return until is None
        shown += part
    return True


def main():
    answers = [line.split("|", 1) for line in sys.stdin.read().splitlines()]
    child, master = pty.fork()
    if child == 0:
        # As in a terminal, though whatever runs the tests may ignore it.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.execvp(sys.argv[1], sys.argv[1:])
    deadline = time.monotonic() + SECONDS
    done = True
    for question, answer in answers:
        done = done and show(master, question.encode(), deadline)
        if done:
            os.write(master, KEYS.get(answer, answer.encode() + b"\n"))
    done = done and show(master, None, deadline)
    echo = termios.tcgetattr(master)[3] & termios.ECHO
    os.close(master)  # hangs up on a command that has not ended
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if not done:
        return 98
    return (128 - status if status < 0 else status) if echo else 99


sys.exit(main())
