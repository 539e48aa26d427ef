"""The line between two ends, in the hands of a test: it takes connections, carries octets, and can do something when
enough have passed."""

import contextlib
import socket
import threading


class Listener:
    """A port on loopback; each connection that comes is given to `taken(connection)` in a thread of its own."""

    def __init__(self, taken):
        self.taken = taken
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.socket.accept()
                threading.Thread(target=self.taken, args=(connection,), daemon=True).start()

    def close(self):
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


class Wire:
    """Carries TCP connections to a port on loopback. As soon as `octets` have passed, both ways and over all connections,
    it calls `then()` once, with the line at rest; an end that is gone closes the other one too."""

    def __init__(self, port, octets=None, then=None):
        self.target = port
        self.octets, self.then = octets, then
        self.passed = 0
        self.lock = threading.Lock()
        self.ends = set()
        self.listener = Listener(self.carry)
        self.port = self.listener.port

    def carry(self, near):
        try:
            far = socket.create_connection(("127.0.0.1", self.target))
        except OSError:
            near.close()
            return
        self.ends |= {near, far}
        back = threading.Thread(target=self.copy, args=(far, near), daemon=True)
        back.start()
        self.copy(near, far)
        back.join()
        self.ends -= {near, far}
        near.close()
        far.close()

    def copy(self, source, sink):
        with contextlib.suppress(OSError):
            while octets := source.recv(16384):
                with self.lock:
                    self.count(len(octets))
                sink.sendall(octets)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def count(self, octets):
        self.passed += octets
        if self.octets is not None and self.passed >= self.octets:
            self.octets = None
            self.then()

    def cut(self):
        """All connections that it carries; it takes new ones."""
        for each in list(self.ends):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.listener.close()
        self.cut()
        for each in list(self.ends):
            each.close()
