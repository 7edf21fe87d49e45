#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Kills whoever waits for a cloud that says nothing, in each way in which one can wait, and tells how long it took.

    killed.py       in a mount of $API, of which everything is known; prints a line a way

A busy machine takes its time as well: of several tries the shortest counts. Whoever can't be killed takes as long
each time.
"""
import json
import os
import select
import signal
import sys
import time
import urllib.request

MS_MAX = 200
TRIES = 8
PATIENCE = 30  # seconds
FLASH = "devices/kitchen/firmware/flash"


def control(method, path, body=None):
    request = urllib.request.Request(os.environ["API"] + path, method=method,
                                     data=None if body is None else json.dumps(body).encode())
    urllib.request.urlopen(request).close()


def write(path, text, how=os.O_WRONLY | os.O_TRUNC):
    file = os.open(path, how)
    os.write(file, text)
    return file


def poll(path):
    file = os.open(path, os.O_RDONLY)
    select.select([file], [], [])


# What is done; each waits for an answer of the cloud.
WAYS = {
    "lookup": lambda: os.stat("devices/e00fce6810caffee0000ffff"),
    "list": lambda: os.listdir("webhooks"),
    "list pages": lambda: os.listdir("products/cold-chain-v100/devices"),
    "open": lambda: os.open("account/identity.json", os.O_RDONLY),
    "open past the cache": lambda: os.open("devices/greenhouse/variables/soil", os.O_RDONLY | os.O_DIRECT),
    "open a log": lambda: os.open("products/cold-chain-v100/events", os.O_RDONLY),
    "read": lambda: os.read(os.open("events.live", os.O_RDONLY), 100),
    "poll": lambda: poll("events.live"),
    "write": lambda: write("devices/kitchen/functions/brew", b"coffee\n"),
    "write a value": lambda: write("devices/kitchen/notes", b"new\n"),
    "close": lambda: os.close(write("devices/kitchen/info.json", b'{"notes":"new"}')),
    "close an upload": lambda: os.close(write(FLASH, b"x" * 4096)),
    "fsync": lambda: os.fsync(write(FLASH, b"x" * 4096)),
    "mkdir": lambda: os.mkdir("devices/e00fce6810caffee0000c1a0"),
    "rmdir": lambda: os.rmdir("devices/cellar"),
    "rename": lambda: os.rename("devices/workshop", "devices/shop"),
}


def count_waiting():
    with open(".particlefs/status.json", encoding="utf-8") as file:
        return json.load(file)["kernel"]["waiting"]


def wait_until(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def start(act):
    child = os.fork()
    if child == 0:
        try:
            act()
        finally:
            os._exit(0)
    return child


def kill(child):
    """How long it lives on."""
    begin = time.monotonic()
    os.kill(child, signal.SIGKILL)
    gone = wait_until(lambda: os.waitpid(child, os.WNOHANG)[0] == child)
    return (time.monotonic() - begin) * 1000 if gone else None


def attempt(name):
    waiting = count_waiting()
    child = start(WAYS[name])
    if name == "poll":
        time.sleep(0.3)  # the kernel waits, not the mount
    elif not wait_until(lambda: count_waiting() > waiting):
        kill(child)
        sys.exit(f"{name} does not wait")
    took = kill(child)
    if took is None or not wait_until(lambda: count_waiting() <= waiting):
        sys.exit(f"{name} is stuck")
    return took


def main():
    slow = []
    for name in WAYS:
        took = []
        while len(took) < TRIES and min(took, default=MS_MAX) >= MS_MAX:
            took.append(attempt(name))
        print(f"{name}: {min(took):.0f} ms", flush=True)
        if min(took) >= MS_MAX:
            slow.append(name)
    sys.exit(f"over {MS_MAX} ms: {', '.join(slow)}" if slow else 0)


control("POST", "/_sim/faults", {"spec": "stall"})
main()
