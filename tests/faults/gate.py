# SPDX-License-Identifier: Apache-2.0
"""The way to a cloud, which can be shut."""
import contextlib
import os
import socket
import threading

SHUT_BACKLOG, BACKLOG = 0, 128


class Gate:
    """Passes connections on until it is shut: then nobody listens at its address (`refused`), or the kernel drops
    what wants a connection (`silent`). Those that are there break."""

    def __init__(self, port):
        self.port = port
        # One of its own: nobody takes the port while it is free.
        self.address = ("127." + ".".join(str(byte % 254 + 1) for byte in os.urandom(3)), 0)
        self.ends, self.waiting = [], []
        self.passes, self.holds = threading.Event(), threading.Event()
        self.passes.set()
        self.listen()

    def listen(self):
        self.listener = socket.create_server(self.address, backlog=BACKLOG)
        self.address = self.listener.getsockname()
        threading.Thread(target=self.take, args=(self.listener,), daemon=True).start()

    def take(self, listener):
        with contextlib.suppress(OSError):
            while True:
                here, _ = listener.accept()
                self.holds.set()
                self.passes.wait()
                there = socket.create_connection(("127.0.0.1", self.port))
                self.ends += [here, there]
                for pair in (here, there), (there, here):
                    threading.Thread(target=self.pump, args=pair, daemon=True).start()

    @staticmethod
    def pump(source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                target.sendall(data)
        Gate.drop((source, target))

    @staticmethod
    def drop(ends):
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def shut(self, way):
        if way == "refused":
            self.stop_listening()
        else:
            self.fill()
        self.drop(self.ends)

    def stop_listening(self):
        self.drop([self.listener])
        self.listener.close()

    def fill(self):
        """One connection is taken and held, and one more waits to be taken: there is no place for others."""
        self.passes.clear()
        self.holds.clear()
        self.waiting.append(socket.create_connection(self.address))
        self.holds.wait()
        self.listener.listen(SHUT_BACKLOG)
        self.waiting.append(socket.create_connection(self.address))

    def open(self):
        if self.listener.fileno() < 0:
            self.listen()
        self.listener.listen(BACKLOG)
        self.drop(self.waiting)
        self.passes.set()

    def close(self):
        self.stop_listening()
        self.passes.set()
        self.drop(self.ends + self.waiting)
