"""Nobody keeps a list of readers: no address of a visitor reaches the log or the figures, at any log level and whatever
the visitor does."""

import contextlib
import socket
import unittest

from relays import Case, wait_for

VISITOR = "127.0.0.77"  # all of 127.0.0.0/8 is this machine, so a visitor can have an address of its own


class PrivacyTest(Case):
    def setUp(self):
        super().setUp()
        self.relay, = self.make_relays("GE", settings=["log.level=debug"])
        self.relay.start()

    def visit(self, octets):
        """Sends something over TLS and gives back the answer."""
        answer = b""
        with contextlib.suppress(ConnectionError), self.relay.connect(source=VISITOR) as stream:
            stream.sendall(octets)
            while got := stream.recv(16384):
                answer += got
        return answer

    def refused(self, name):
        return self.relay.metric(f"tamizdat_{name}_total")

    def test_no_address_of_a_visitor_is_written_anywhere(self):
        close = b"Host: relay\r\nConnection: close\r\n"
        self.assertIn(b" 200 ", self.visit(b"GET / HTTP/1.1\r\n" + close + b"\r\n"))
        self.assertIn(b" 404 ", self.visit(b"GET /no-such-page HTTP/1.1\r\n" + close + b"\r\n"))
        self.assertIn(b" 400 ", self.visit(b"rubbish\r\n\r\n"))
        with socket.create_connection(("127.0.0.1", self.relay.port), source_address=(VISITOR, 0)) as plain:
            plain.sendall(b"GET / HTTP/1.1\r\n\r\n")  # no TLS
            wait_for(lambda: self.refused("tls_handshakes_failed") >= 1, "the failed handshake")
        self.assertEqual(400, self.relay.ask("PUT", "/v1/bundles", b"rubbish", source=VISITOR).status)
        hello = b"Upgrade: tamizdat-link/1\r\nTamizdat-Link: " + b"AAAA" * 40 + b"\r\n"
        link = f"GET {self.relay.link_path} HTTP/1.1\r\n".encode()
        self.assertIn(b" 404 ", self.visit(link + close + hello + b"\r\n"))
        with contextlib.suppress(OSError), self.relay.connect(source=VISITOR) as cut:
            cut.sendall(b"PUT /v1/bundles HTTP/1.1\r\nHost: relay\r\nContent-Length: 1000\r\n\r\nabc")

        # Each of them was noticed, so it could have been written down.
        for name in ("http_refusals", "tls_handshakes_failed", "submit_refused", "link_upgrades_refused"):
            self.assertGreaterEqual(self.refused(name), 1, name)
        metrics = self.relay.admin("/metrics").text
        self.relay.stop()
        log = self.relay.log()
        self.assertIn("TLS handshake failed", log)
        self.assertIn("submission refused", log)
        for text in (log, metrics):
            self.assertNotIn(VISITOR, text)


if __name__ == "__main__":
    unittest.main()
