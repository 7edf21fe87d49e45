# SPDX-License-Identifier: Apache-2.0
"""A simulated cloud with a mount, and how faults are made there."""
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import urllib.request

from gate import Gate

HERE = os.path.dirname(os.path.abspath(__file__))
TOKEN = "0123456789abcdef0123456789abcdef01234567"
# Everything that is known before the fault stays known; what is asked for under it was not asked before.
OPTIONS = "retries=1,stale=0,linger=0,ttl=device:600,ttl=list:600"
# Where time is what ends a request; elsewhere a busy machine would run into that.
SHORT_SECONDS, LONG_SECONDS = 5, 60
START_SECONDS = 60


def wait_for(condition):
    end = time.monotonic() + START_SECONDS
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("a program does not start")
        time.sleep(0.02)


class Certificates:
    """An authority, and what it has signed: well, for another host, too long ago; and what it has not."""

    def __enter__(self):
        self.work = tempfile.mkdtemp()
        self.authority, self.key = self.path("ca.pem"), self.path("key.pem")
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.key, "-out",
                     self.authority, "-subj", "/CN=authority", "-days", "2")
        for name, host, days in (("good", "IP:127.0.0.1", 2), ("host", "DNS:cloud.invalid", 2),
                                 ("expired", "IP:127.0.0.1", -1)):
            self.sign(name, host, days)
        self.openssl("req", "-x509", "-key", self.key, "-out", self.path("self.pem"), "-subj", "/CN=127.0.0.1",
                     "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2")
        return self

    def __exit__(self, *args):
        shutil.rmtree(self.work)

    def path(self, name):
        return os.path.join(self.work, name)

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], check=True, stderr=subprocess.DEVNULL)

    def sign(self, name, host, days):
        with open(self.path("extensions"), "w", encoding="ascii") as file:
            file.write("subjectAltName=" + host)
        self.openssl("req", "-new", "-key", self.key, "-subj", "/CN=" + name, "-out", self.path("request"))
        self.openssl("x509", "-req", "-in", self.path("request"), "-CA", self.authority, "-CAkey", self.key,
                     "-CAcreateserial", "-days", str(days), "-extfile", self.path("extensions"),
                     "-out", self.path(name + ".pem"))


class Cloud:
    """A simulated cloud of its own, mounted. A row's place says how its fault is made: `sim`, a fault of
    particle-sim; `h2`, of an HTTP/2 server before that (front.js); `tls`, of that server's certificate; `gate`,
    of the way there (gate.py); `api`, of an address, which is the mount's from the beginning."""

    def __init__(self, row, certificates):
        self.row, self.certificates = row, certificates
        self.front = self.daemon = self.sim = self.gate = None

    def __enter__(self):
        self.work = tempfile.mkdtemp()
        self.mount = os.path.join(self.work, "mnt")
        os.mkdir(self.mount)
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def start(self):
        port = os.path.join(self.work, "port")
        self.sim = subprocess.Popen([os.environ["PARTICLE_SIM"], "--port-file", port, "--product-devices", "250"],
                                    stdout=subprocess.DEVNULL)
        wait_for(lambda: os.path.exists(port) and os.path.getsize(port))
        with open(port, encoding="ascii") as file:
            self.port = file.read().strip()
        with open(os.path.join(self.work, "log"), "w", encoding="utf-8") as log:
            self.daemon = subprocess.Popen(
                [os.environ["PARTICLEFS"], "-f", "-o", f"api={self.address()},{OPTIONS},timeout={self.timeout()}",
                 self.mount],
                env=dict(os.environ, PARTICLE_TOKEN=TOKEN, HOME=self.work), stderr=log)
        wait_for(lambda: os.path.exists(os.path.join(self.mount, "README")))

    def timeout(self):
        ends = self.row["fault"] == "gate silent" or re.search("retry_after=[1-9]", self.row["value"]) \
            or any("ETIMEDOUT" in cell for cell in self.row["cells"].values())
        return SHORT_SECONDS if ends else LONG_SECONDS

    def address(self):
        place, value = self.row["place"], self.row["value"]
        if place == "api":
            return value
        if place == "sim":
            return "http://127.0.0.1:" + self.port
        if place == "gate":
            self.gate = Gate(int(self.port))
            return "http://{}:{}".format(*self.gate.address)
        self.front = subprocess.Popen(
            ["node", os.path.join(HERE, "front.js"), self.port, self.certificates.path("good.pem"),
             self.certificates.key], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return f"https://127.0.0.1:{self.front.stdout.readline().strip()},cafile={self.certificates.authority}"

    def __exit__(self, *args):
        if self.gate:
            self.gate.close()
        subprocess.run(["fusermount3", "-u", "-z", self.mount], check=False, stderr=subprocess.DEVNULL)
        for process in filter(None, (self.daemon, self.sim, self.front)):
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        subprocess.run(["rm", "-rf", "--one-file-system", self.work], check=False)

    def kill(self):
        """Who waits for the mount is answered then."""
        self.daemon.kill()

    def tell(self, path, method="POST", body=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/_sim{path}", method=method,
                                         data=None if body is None else json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=START_SECONDS) as answer:
            return json.load(answer)

    def tell_front(self, *words):
        print(*words, file=self.front.stdin, flush=True)
        self.front.stdout.readline()

    def begin_fault(self, kinds):
        """A fault that is counted, or spares requests, does so for each kind."""
        value = self.row["value"]
        if self.row["place"] == "h2":
            self.tell_front(value)
        elif self.row["place"] == "tls":
            self.tell_front("certificate", self.certificates.path(value + ".pem"))
        elif self.row["place"] == "gate":
            self.gate.shut(value)
        elif self.row["place"] == "sim":
            for kind in kinds:
                kind.spared = kind.skip > 0
                self.tell("/faults", body={"spec": f"{value},path={kind.path},method={kind.method},skip={kind.skip}"})
        self.tell("/requests", "DELETE")

    def end_fault(self):
        if self.row["place"] == "h2":
            self.tell_front("pass")
        elif self.row["place"] == "tls":
            self.tell_front("certificate", self.certificates.path("good.pem"))
        elif self.row["place"] == "gate":
            self.gate.open()
        else:
            self.tell("/faults", "DELETE")

    def is_reached(self):
        """Whether a request gets as far as the cloud under the fault."""
        return self.row["place"] in ("sim", "h2")

    def requests(self):
        return self.tell("/requests", "GET")

    def memory_kib(self):
        """The most that the daemon has needed; 0 where it is no more."""
        with open(f"/proc/{self.daemon.pid}/status", encoding="ascii") as file:
            most = re.search(r"VmHWM:\s*(\d+)", file.read())
        return int(most[1]) if most else 0
