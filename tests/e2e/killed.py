#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Ends whoever waits for a cloud that says nothing, or too little, in each way in which one can wait, by each of some
signals, and tells how long it took.

    killed.py       in a mount of $API, of which everything is known; prints a line a way

A busy machine takes its time as well: of several tries the shortest counts. Whoever can't be killed takes as long
each time.
"""
import json
import os
import resource
import select
import signal
import sys
import time
import urllib.request

MS_MAX = 200
TRIES = 8
PATIENCE = 30  # seconds
FLASH = "devices/kitchen/firmware/flash"
FLASHING = "devices/front porch/firmware"
LONG = 3600 * 1000  # ms

# What the cloud does when it is asked, and how they are ended meanwhile. Of what acts it takes no notice: what is
# answered late is done.
ROUNDS = [
    ("stall", signal.SIGKILL),
    ("stall", signal.SIGTERM),
    (f"latency={LONG}", signal.SIGINT),
    ("slow=1", signal.SIGABRT),
]


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
    "create": lambda: os.open("webhooks/0123456789abcdef01234567", os.O_WRONLY | os.O_CREAT),
    "open": lambda: os.open("account/identity.json", os.O_RDONLY),
    "open past the cache": lambda: os.open("devices/greenhouse/variables/soil", os.O_RDONLY | os.O_DIRECT),
    "open a log": lambda: os.open("products/cold-chain-v100/events", os.O_RDONLY),
    "read": lambda: os.read(os.open("events.live", os.O_RDONLY), 100),
    "read of a flash": lambda: os.read(os.open(FLASHING + "/wait", os.O_RDONLY), 100),
    "read of a fleet": lambda: os.open("devices/all/variables/temp.csv", os.O_RDONLY),
    "poll": lambda: poll("events.live"),
    "write": lambda: write("devices/kitchen/functions/brew", b"coffee\n"),
    "write to a fleet": lambda: write("devices/all/functions/led", b"1\n"),
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
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        try:
            act()
        finally:
            os._exit(0)
    return child


def kill(child, how=signal.SIGKILL):
    """How long it lives on."""
    begin = time.monotonic()
    os.kill(child, how)
    gone = wait_until(lambda: os.waitpid(child, os.WNOHANG)[0] == child)
    return (time.monotonic() - begin) * 1000 if gone else None


def attempt(name, how):
    waiting = count_waiting()
    child = start(WAYS[name])
    if name == "poll":
        time.sleep(0.3)  # the kernel waits, not the mount
    elif not wait_until(lambda: count_waiting() > waiting):
        kill(child)
        sys.exit(f"{name} does not wait")
    took = kill(child, how)
    if took is None or not wait_until(lambda: count_waiting() <= waiting):
        sys.exit(f"{name} is stuck")
    return took


def begin(fault):
    control("DELETE", "/_sim/faults")
    for spec in [fault + ",method=GET", *(f"stall,method={method}" for method in ("POST", "PUT", "DELETE"))]:
        control("POST", "/_sim/faults", {"spec": spec})


def shortest(name, how):
    took = []
    while len(took) < TRIES and min(took, default=MS_MAX) >= MS_MAX:
        took.append(attempt(name, how))
    return min(took)


def main():
    slow = []
    for fault, how in ROUNDS:
        begin(fault)
        for name in WAYS:
            took = shortest(name, how)
            words = f"{how.name}, {fault}: {name}"
            print(f"{words}: {took:.0f} ms", flush=True)
            if took >= MS_MAX:
                slow.append(words)
    sys.exit(f"over {MS_MAX} ms: {'; '.join(slow)}" if slow else 0)


def flash(milliseconds):
    control("POST", "/_sim/options", {"flash_time": milliseconds})
    os.close(write(FLASHING + "/flash", b"code"))


flash(LONG)
try:
    main()
finally:
    # The mount follows it until it ends.
    control("DELETE", "/_sim/faults")
    flash(300)
    try:
        WAYS["read of a flash"]()
    except OSError as error:
        print(error)
