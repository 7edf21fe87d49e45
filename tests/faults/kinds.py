# SPDX-License-Identifier: Apache-2.0
"""The kinds of file that a fault can happen to, and what is done with each."""
import fnmatch
import json
import os
import re
import select
import time

PRODUCT = "products/cold-chain-v100"
PRODUCT_DEVICE = "e00fce68a1e7e5c877fc2897"
# A stream that says nothing is given up after 15 s, and asked for anew after some more.
FOLLOW_SECONDS = 45
PUBLISH_SECONDS = 1.5


class Wrong(Exception):
    """No error, and yet not what should have come."""


class Kind:
    """prepare() comes before the fault is there, act() under it, end() after it."""

    def __init__(self, method, path, place):
        self.method, self.path, self.place = method, path, place

    def prepare(self):
        os.stat(self.place)

    def end(self):
        pass

    def count(self, requests):
        return sum(one["method"] == self.method and fnmatch.fnmatchcase(one["path"], self.path)
                   for one in requests)


class Read(Kind):
    """Reads a file, whose content has a pattern."""

    def __init__(self, method, path, place, pattern):
        super().__init__(method, path, place)
        self.pattern = pattern

    def act(self):
        with open(self.place, "rb") as file:
            content = file.read()
        if not re.fullmatch(self.pattern, content):
            raise Wrong(f"it reads {content[:80]}")


class Log(Kind):
    """Opens a log, which waits for its stream."""

    def act(self):
        os.close(os.open(self.place, os.O_RDONLY))


class Listing(Kind):
    """Lists a directory, which has so many entries."""

    def __init__(self, method, path, place, entries):
        super().__init__(method, path, place)
        self.entries = entries

    def prepare(self):
        os.stat(os.path.dirname(self.place))

    def act(self):
        names = os.listdir(self.place)
        if len(names) != self.entries or len(set(names)) != self.entries:
            raise Wrong(f"{len(names)} names, {len(set(names))} different ones")


class Rmdir(Kind):
    def act(self):
        os.rmdir(self.place)


class Write(Kind):
    """Acts in write(2)."""

    def __init__(self, method, path, place, text):
        super().__init__(method, path, place)
        self.text, self.file = text, -1

    def prepare(self):
        self.file = os.open(self.place, os.O_WRONLY | os.O_TRUNC)

    def act(self):
        os.write(self.file, self.text)

    def end(self):
        if self.file >= 0:
            os.close(self.file)


class Send(Write):
    """Acts at close."""

    def act(self):
        os.write(self.file, self.text)
        file, self.file = self.file, -1
        os.close(file)


class Follow(Kind):
    """Has a log open since before the fault: its stream is dropped, is asked for under the fault, and
    later again. What comes must be whole lines, and where events are missing stands the mark of a gap."""

    def __init__(self, method, path, place):
        super().__init__(method, path, place)
        self.file, self.rest, self.lines = -1, b"", []

    def prepare(self):
        self.file = os.open(self.place, os.O_RDONLY | os.O_NONBLOCK)

    def end(self):
        if self.file >= 0:
            os.close(self.file)

    def take(self, seconds):
        """What comes within that time."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if not select.select([self.file], [], [], left)[0]:
                return
            try:
                data = os.read(self.file, 1 << 20)
            except BlockingIOError:
                continue
            if not data:
                raise Wrong("the log has ended")
            *lines, self.rest = (self.rest + data).split(b"\n")
            self.lines += map(json.loads, lines)

    def publish(self, cloud, name):
        cloud.tell("/events", body={"name": name, "data": "x", "coreid": PRODUCT_DEVICE})
        self.take(0.1)

    def names(self, beginning):
        return [line["name"] for line in self.lines if line.get("name", "").startswith(beginning)]

    def follow(self, cloud):
        """Returns how often an event has come that was published under the fault, at most."""
        cloud.tell("/streams/drop")
        end = time.monotonic() + FOLLOW_SECONDS
        while self.count(cloud.requests()) == 0:
            self.take(0.1)
            if time.monotonic() > end:
                raise Wrong("the stream is not asked for again")
        begun = time.monotonic()
        number = 0
        while time.monotonic() < begun + PUBLISH_SECONDS:
            self.publish(cloud, f"during/{number}")
            number += 1
        cloud.end_fault()
        cloud.tell("/streams/drop")
        end = time.monotonic() + FOLLOW_SECONDS
        while not self.names("after/"):
            self.publish(cloud, f"after/{number}")
            number += 1
            if time.monotonic() > end:
                raise Wrong("the log does not go on when the fault is over")
        return self.judge()

    def judge(self):
        if not any("particlefs" in line for line in self.lines):
            raise Wrong("no gap is marked")
        last, gap = None, True
        for line in self.lines:
            if "particlefs" in line:
                gap = True
            if not line.get("name", "").startswith(("during/", "after/")):
                continue
            number = int(line["name"].partition("/")[2])
            if not gap and number not in (last, last + 1):
                raise Wrong(f"{number} comes after {last}, and no gap is marked")
            last, gap = number, False
        during = self.names("during/")
        most = max(map(during.count, during), default=0)
        return ("none", "once", "twice")[most] if most < 3 else "often"


def make_kinds():
    """By the table's columns: those that read, those that act, and who follows."""
    reads = {
        "attribute": Read("GET", "*/soil", "devices/greenhouse/variables/soil", rb"\d+\.\d+\n"),
        "document": Read("GET", "/v1/user/identify", "account/identity.json", rb'\{"id":"\w+","email":.*\}\n'),
        "log": Log("GET", "/v1/products/12346/events", "products/asset-watch-v100/events"),
        "listing": Listing("GET", "/v1/webhooks", "webhooks", 2),
        "pages": Listing("GET", "/v1/products/12345/devices", PRODUCT + "/devices", 238),
    }
    acts = {
        "set": Write("PUT", "/v1/devices/0a10aced10caffee00000003", "devices/workshop/notes", b"new\n"),
        "edit": Send("PUT", "/v1/devices/0a10aced10caffee00000004", "devices/front porch/info.json",
                     b'{"notes":"new"}'),
        "verb": Write("POST", "*/brew", "devices/kitchen/functions/brew", b"coffee\n"),
        "upload": Send("PUT", "/v1/devices/e00fce6810caffee00000001", "devices/greenhouse/firmware/flash",
                       bytes(range(256)) * 8),
        "rmdir": Rmdir("DELETE", "/v1/devices/2a00470010caffee00000005", "devices/2a00470010caffee00000005"),
    }
    follows = {"follow": Follow("GET", "/v1/products/12345/events", PRODUCT + "/events.live")}
    return reads, acts, follows
