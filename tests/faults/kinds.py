# SPDX-License-Identifier: Apache-2.0
"""The kinds of file that a fault can happen to, and what is done with each."""
import errno
import fnmatch
import json
import math
import os
import re
import select
import time

PRODUCT = "products/cold-chain-v100"
PRODUCT_DEVICE = "e00fce68a1e7e5c877fc2897"
# A stream that says nothing is given up after 15 s, and asked for anew after some more.
FOLLOW_SECONDS = 45
# How long what shall not come may be awaited in vain.
PUBLISH_SECONDS = 1.5
# The least that a stream which is lost waits; twice as much each time. curl may ask twice, if a connection has died.
BACKOFF_SECONDS, SENDS_MAX = 0.5, 2
# What is said of a connection that was never there.
NOT_CONNECTED = "certificate|connect"
TIMES = ("none", "once", "twice")


class Wrong(Exception):
    """No error, and yet not what should have come."""


class Kind:
    """prepare() comes before the fault is there, act() under it, act_again() and end() after it. Of its requests,
    so many are spared where a fault can choose."""

    skip, spared = 0, False

    def __init__(self, method, path, place):
        self.method, self.path, self.place = method, path, place

    def prepare(self):
        os.stat(self.place)

    def act_again(self):
        pass

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

    def read(self):
        with open(self.place, "rb") as file:
            return file.read()

    def act(self):
        content = self.read()
        if not re.fullmatch(self.pattern, content):
            raise Wrong(f"it reads {content[:80]}")

    def act_again(self):
        self.act()


class Record(Read):
    """Reads what is known, past what is known."""

    def read(self):
        file = os.open(self.place, os.O_RDONLY | os.O_DIRECT)
        try:
            return os.read(file, 4096)
        finally:
            os.close(file)


class Log(Kind):
    """Opens a log, which waits for its stream."""

    def act(self):
        os.close(os.open(self.place, os.O_RDONLY))


class Listing(Kind):
    """Lists a directory, which has so many entries."""

    def __init__(self, method, path, place, entries, skip=0):
        super().__init__(method, path, place)
        self.entries, self.skip = entries, skip

    def prepare(self):
        os.stat(os.path.dirname(self.place))

    def take_names(self, names):
        try:
            with os.scandir(self.place) as entries:
                names.extend(entry.name for entry in entries)
        except OSError as error:
            if self.spared and not names:
                raise Wrong(f"no name comes before {errno.errorcode[error.errno]}") from error
            raise

    def act(self):
        names = []
        self.take_names(names)
        if len(names) != self.entries or len(set(names)) != self.entries:
            raise Wrong(f"{len(names)} names, {len(set(names))} different ones")

    def act_again(self):
        self.act()


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


class Compile(Write):
    """Compiles a source of its own."""

    def prepare(self):
        job = os.path.dirname(self.place)
        os.mkdir(job)
        with open(os.path.join(job, "source/main.cpp"), "w", encoding="ascii") as file:
            file.write("void setup() {}\nvoid loop() {}\n")
        with open(os.path.join(job, "platform"), "w", encoding="ascii") as file:
            file.write("boron\n")
        super().prepare()


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

    def has_asked(self, cloud):
        """Whether the stream was asked for under the fault."""
        if cloud.is_reached():
            return self.count(cloud.requests()) > 0
        with open(os.path.join(cloud.mount, ".particlefs/status.json"), encoding="utf-8") as file:
            return any(re.search(NOT_CONNECTED, feed["error"] or "") for feed in json.load(file)["events"])

    def await_request(self, cloud):
        end = time.monotonic() + FOLLOW_SECONDS
        while not self.has_asked(cloud):
            self.take(0.1)
            if time.monotonic() > end:
                raise Wrong("the stream is not asked for again")

    def publish_under_fault(self, cloud, times):
        """Until two events have come; they come in order, so the first one has come as often as it ever will.
        Where none shall come, for a while. Returns how many were published."""
        number = 0
        end = time.monotonic() + (FOLLOW_SECONDS if times != "none" else PUBLISH_SECONDS)
        while time.monotonic() < end and (times == "none" or len(set(self.names("during/"))) < 2):
            self.publish(cloud, f"during/{number}")
            number += 1
        return number

    def check_patience(self, cloud, seconds):
        asked = self.count(cloud.requests())
        if asked > SENDS_MAX * (1 + math.log2(1 + seconds / BACKOFF_SECONDS)):
            raise Wrong(f"the stream is asked for {asked} times in {seconds:.1f} s")

    def follow(self, cloud, times):
        """Returns how often an event has come that was published under the fault, at most."""
        begun = time.monotonic()
        cloud.tell("/streams/drop")
        self.await_request(cloud)
        number = self.publish_under_fault(cloud, times)
        self.check_patience(cloud, time.monotonic() - begun)
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
        return TIMES[most] if most < len(TIMES) else "often"


def make_kinds():
    """By the table's columns: those that read, those that act, and who follows."""
    reads = {
        "attribute": Read("GET", "*/soil", "devices/greenhouse/variables/soil", rb"\d+\.\d+\n"),
        "record": Record("GET", "/v1/devices/e00fce6810caffee00000001", "devices/greenhouse/platform_id", rb"\d+\n"),
        "document": Read("GET", "/v1/user/identify", "account/identity.json", rb'\{"id":"\w+","email":.*\}\n'),
        "log": Log("GET", "/v1/products/12346/events", "products/asset-watch-v100/events"),
        "listing": Listing("GET", "/v1/webhooks", "webhooks", 2),
        "pages": Listing("GET", "/v1/products/12345/devices", PRODUCT + "/devices", 238),
        "later": Listing("GET", "/v1/products/12346/devices", "products/asset-watch-v100/devices", 238, skip=1),
    }
    acts = {
        "set": Write("PUT", "/v1/devices/0a10aced10caffee00000003", "devices/workshop/notes", b"new\n"),
        "edit": Send("PUT", "/v1/devices/0a10aced10caffee00000004", "devices/front porch/info.json",
                     b'{"notes":"new"}'),
        "verb": Write("POST", "*/brew", "devices/kitchen/functions/brew", b"coffee\n"),
        "upload": Send("PUT", "/v1/devices/e00fce6810caffee00000001", "devices/greenhouse/firmware/flash",
                       bytes(range(256)) * 8),
        "compile": Compile("POST", "/v1/binaries", "firmware/builds/job/compile", b"\n"),
        "apply": Send("PATCH", "/v1/env", "env/apply", b"COLOUR=red\n"),
        "rmdir": Rmdir("DELETE", "/v1/devices/2a00470010caffee00000005", "devices/2a00470010caffee00000005"),
    }
    follows = {"follow": Follow("GET", "/v1/products/12345/events", PRODUCT + "/events.live")}
    return reads, acts, follows
