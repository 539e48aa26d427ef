"""Somebody in the middle with a valid certificate of another key, and strangers at the door: nobody of them gets past."""

import contextlib
import re
import socket
import unittest

from middleman import Middleman
from relays import Case, tls_context, wait_for


class MiddlemanTest(Case):
    def middleman(self, relay):
        made = Middleman(self.folder / f"middleman before {relay.label}", relay.port)
        self.addCleanup(made.close)
        return made

    def test_it_really_could_read_along(self):
        """The test of the test: whoever does not compare the key talks to the middleman."""
        relay, = self.chain("GE")
        middleman = self.middleman(relay)
        with socket.create_connection(("127.0.0.1", middleman.port)) as plain, tls_context().wrap_socket(plain) as stream:
            stream.sendall(b"GET /v1/relay HTTP/1.1\r\nHost: relay\r\nConnection: close\r\n\r\n")
            self.assertIn(b"200", stream.recv(16384))
        wait_for(lambda: b"GET /v1/relay" in middleman.overheard, "the middleman to read along")

    def test_a_link_through_it_is_refused_and_carries_nothing(self):
        a, b = self.make_relays("GE", "RS")
        before_a, before_b = self.middleman(a), self.middleman(b)
        a.add_peer(b.address_through(before_b))
        b.add_peer(a.address_through(before_a))
        a.start()
        b.start()
        writer = self.desk([a])
        writer.publish("# Снег\n\nТает.")
        for relay, before in ((a, before_b), (b, before_a)):
            seen = before.visits
            wait_for(lambda: before.visits > seen, f"{relay.label} to dial again")
            wait_for(lambda: "key-pin-mismatch" in relay.log(), f"{relay.label} to say why it refuses")
            self.assertEqual(b"", before.overheard)
            self.assertEqual(0, relay.metric("tamizdat_links"))
        self.assertEqual({}, b.logs())

    def test_the_desk_refuses_it(self):
        relay, = self.chain("GE")
        middleman = self.middleman(relay)
        writer = self.desk([])
        writer.call("relay", "add", relay.address_through(middleman))
        self.assertEqual("key-pin-mismatch", writer.publish("# Снег\n\nТает.", expect=3)["error"])
        writer.publish("# Снег\n\nТает.", "--offline", expect=3)
        sent = writer.call("send", expect=3)["relays"][0]
        self.assertEqual(("wrong-key", 1), (sent["state"], sent["waiting"]))
        self.assertIn("does not have the key", sent["text"])
        self.assertGreater(middleman.visits, 0)
        self.assertEqual(b"", middleman.overheard)
        self.assertEqual({}, relay.logs())


class StrangerTest(Case):
    def raw_answer(self, relay, head):
        with relay.connect() as stream:
            stream.sendall(head.encode() + b"Host: relay.example\r\nConnection: close\r\n\r\n")
            answer = b""
            while octets := stream.recv(16384):
                answer += octets
        dates = re.findall(rb"\r\nDate: [^\r]*", answer)
        self.assertEqual(1, len(dates), answer)
        return answer.replace(dates[0], b"")

    def test_the_link_path_looks_like_any_path_that_does_not_exist(self):
        relay, = self.chain("GE")
        elsewhere = self.raw_answer(relay, "GET /no-such-page HTTP/1.1\r\n")
        self.assertTrue(elsewhere.startswith(b"HTTP/1.1 404 "), elsewhere)
        hello = "Upgrade: tamizdat-link/1\r\nTamizdat-Link: " + "AAAA" * 40 + "\r\n"
        self.assertEqual(elsewhere, self.raw_answer(relay, f"GET {relay.link_path} HTTP/1.1\r\n"))
        self.assertEqual(elsewhere, self.raw_answer(relay, f"GET {relay.link_path} HTTP/1.1\r\n{hello}"))
        self.assertEqual(elsewhere, self.raw_answer(relay, f"GET {relay.link_path}x HTTP/1.1\r\n{hello}"))
        self.assertEqual(1, relay.metric("tamizdat_link_upgrades_refused_total"))
        self.assertEqual(self.raw_answer(relay, "POST /no-such-page HTTP/1.1\r\nContent-Length: 0\r\n"),
                         self.raw_answer(relay, f"POST {relay.link_path} HTTP/1.1\r\nContent-Length: 0\r\n"))

    def test_a_relay_that_is_no_configured_peer_gets_a_404_and_nothing_else(self):
        relay, stranger = self.make_relays("GE", "FR")
        stranger.add_peer(relay.address)
        relay.start()
        writer = self.desk([relay])
        writer.publish("# Снег\n\nТает.")
        stranger.start()
        wait_for(lambda: "upgrade-refused" in stranger.log(), "the refusal")
        self.assertIn("404", stranger.log())
        self.assertGreaterEqual(relay.metric("tamizdat_link_upgrades_refused_total", reason="peer-unknown"), 1)
        self.assertEqual({}, stranger.logs())

    def test_a_client_without_tls_hurts_nobody(self):
        relay, = self.chain("GE")
        for words in (b"GET / HTTP/1.1\r\nHost: relay\r\n\r\n", b"\x16\x03\x01\xff\xff", b"\0" * 100_000, b""):
            with socket.create_connection(("127.0.0.1", relay.port)) as plain, contextlib.suppress(OSError):
                plain.sendall(words)
                plain.shutdown(socket.SHUT_WR)
                while plain.recv(16384):
                    pass
        wait_for(lambda: relay.metric("tamizdat_tls_handshakes_failed_total") >= 4, "the failed handshakes")
        self.assertEqual(200, relay.get("/").status)


if __name__ == "__main__":
    unittest.main()
