"""Rubbish from outside: altered, cut, oversized and random submissions, broken requests, slow clients. Each gets a clear
refusal that the operator sees counted; the relay goes on serving and loses nothing."""

import contextlib
import os
import random
import re
import socket
import subprocess
import tempfile
import unittest

from relays import BUILD, Case, feed, wait_for

BUNDLE_BYTES_MAX = 1024 * 1024
CHARTER_ARCHIVE_BYTES_MAX = 8 * 1024 * 1024 + 64 * 1024
CONTENT = 2  # BlobPart
# Three signatures make up the rest; a charter is as good with two.
SPOILED_PART_OF_CHARTERS = 0.4


class HostileCase(Case):
    """A relay that holds five articles of a desk."""

    def setUp(self):
        super().setUp()
        self.relay, = self.chain("GE")
        self.writer = self.desk([self.relay])
        source = self.folder / "feed.rss"
        source.write_text(feed([(f"urn:{n}", f"Статья {n}", f"Текст {n}.") for n in range(5)]), encoding="utf-8")
        self.writer.import_feed(source)
        self.bundle = self.relay.get(f"/v1/logs/{self.writer.log}/bundles?from=0").body
        self.charters = self.relay.get(f"/v1/projects/{self.writer.id}/charters").body
        self.before = self.served()

    def served(self):
        return (self.relay.logs(), self.relay.get(f"/v1/logs/{self.writer.log}/bundles?from=0").body,
                self.relay.get(f"/v1/projects/{self.writer.id}/charters").body, self.relay.get("/feed.atom").body)

    def check_unharmed(self):
        """It serves what it served, and takes the next article."""
        self.assertEqual(self.before, self.served())
        report = self.writer.publish("# Дальше\n\nКак ни в чём не бывало.")
        self.assertEqual(6, report["relays"][0]["held"])


class HostileTest(HostileCase):
    def put(self, path, body):
        return self.relay.ask("PUT", path, body)

    def check_refused(self, path, bodies):
        counted = self.relay.metric("tamizdat_submit_refused_total")
        for name, body in bodies:
            with self.subTest(name):
                answer = self.put(path, body)
                self.assertIn(answer.status, (400, 404, 409, 413), answer.body)
                self.assertRegex(answer.json["error"], r"^[a-z]+(-[a-z]+)*$")
                self.assertGreater(len(answer.json["text"]), 10)
        self.assertEqual(counted + len(bodies), self.relay.metric("tamizdat_submit_refused_total"))

    # ---- submissions ----

    def test_the_unaltered_ones_are_taken(self):
        """The test of the tests below: what they spoil was good."""
        self.assertEqual((200, 5), (self.put("/v1/bundles", self.bundle).status,
                                    self.put("/v1/bundles", self.bundle).json["held"]))
        self.assertEqual((200, 1), (self.put("/v1/charters", self.charters).status,
                                    self.put("/v1/charters", self.charters).json["version"]))
        self.check_unharmed()

    def test_altered_ones_are_refused(self):
        self.check_refused("/v1/bundles", spoiled(self.bundle, 60))
        self.check_refused("/v1/charters", spoiled(self.charters, 40, SPOILED_PART_OF_CHARTERS))
        self.check_unharmed()

    def test_cut_ones_are_refused(self):
        for path, whole in (("/v1/bundles", self.bundle), ("/v1/charters", self.charters)):
            cuts = sorted({0, 1, 2, 3, len(whole) // 3, len(whole) // 2, len(whole) - 40, len(whole) - 1})
            self.check_refused(path, [(f"{cut} octets", whole[:cut]) for cut in cuts])
        self.check_unharmed()

    def test_random_ones_are_refused(self):
        noise = random.Random(2)
        bodies = [(f"{size} octets", noise.randbytes(size)) for size in (1, 16, 100, 4096, BUNDLE_BYTES_MAX)]
        self.check_refused("/v1/bundles", bodies)
        self.check_refused("/v1/charters", bodies)
        self.check_unharmed()

    def test_swapped_ones_are_refused(self):
        self.check_refused("/v1/bundles", [("charters", self.charters)])
        self.check_refused("/v1/charters", [("a bundle", self.bundle)])
        self.check_unharmed()

    def test_oversized_ones_are_refused_before_they_are_read(self):
        for path, size in (("/v1/bundles", BUNDLE_BYTES_MAX), ("/v1/charters", CHARTER_ARCHIVE_BYTES_MAX),
                           ("/", 1_000_000)):
            with self.subTest(path), self.relay.connect() as stream:
                stream.sendall(f"PUT {path} HTTP/1.1\r\nHost: relay\r\nContent-Length: {size + 1}\r\n\r\n".encode())
                self.assertTrue(stream.recv(16384).startswith(b"HTTP/1.1 413 "))
        self.assertGreaterEqual(self.relay.metric("tamizdat_http_refusals_total"), 3)
        self.check_unharmed()

    # ---- requests ----

    def test_broken_requests_are_refused(self):
        noise = random.Random(3)
        requests = {
            "noise": noise.randbytes(500) + b"\r\n\r\n",
            "another protocol": b"EHLO mail.example\r\n\r\n",
            "no version": b"GET /\r\n\r\n",
            "a version of the future": b"GET / HTTP/7.3\r\nHost: relay\r\n\r\n",
            "no host": b"GET / HTTP/1.1\r\n\r\n",
            "two lengths": b"PUT /v1/bundles HTTP/1.1\r\nHost: relay\r\nContent-Length: 3\r\nContent-Length: 4\r\n"
                           b"\r\nabcd",
            "length and chunks": b"PUT /v1/bundles HTTP/1.1\r\nHost: relay\r\nContent-Length: 3\r\n"
                                 b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "a negative length": b"PUT /v1/bundles HTTP/1.1\r\nHost: relay\r\nContent-Length: -1\r\n\r\n",
            "a bad chunk": b"PUT /v1/bundles HTTP/1.1\r\nHost: relay\r\nTransfer-Encoding: chunked\r\n\r\n"
                           b"zz\r\nabc\r\n",
            "a header without end": b"GET / HTTP/1.1\r\nHost: relay\r\nX: " + b"x" * 100_000,
            "a space in a name": b"GET / HTTP/1.1\r\nHost: relay\r\nBad Name: x\r\n\r\n",
            "a folded line": b"GET / HTTP/1.1\r\nHost: relay\r\nX: a\r\n b\r\n\r\n",
            "a bare carriage return": b"GET / HTTP/1.1\r\nHost: relay\r\nX: a\rb\r\n\r\n",
            "a zero octet": b"GET /\0 HTTP/1.1\r\nHost: relay\r\n\r\n",
            "a path that climbs": b"GET /../../etc/passwd HTTP/1.1\r\nHost: relay\r\n\r\n",
            "a bad escape": b"GET /%zz HTTP/1.1\r\nHost: relay\r\n\r\n",
        }
        for name, request in requests.items():
            with self.subTest(name):
                first = self.first_line(request)
                self.assertRegex(first, r"^(|HTTP/1\.1 4\d\d .*|HTTP/1\.1 50[15] .*)$")
        self.assertGreater(self.relay.metric("tamizdat_http_refusals_total"), 8)
        self.check_unharmed()

    def first_line(self, request):
        """Of the answer; empty if the connection was closed instead."""
        answer = b""
        with contextlib.suppress(ConnectionError), self.relay.connect() as stream:
            stream.sendall(request)
            while b"\r\n" not in answer and (octets := stream.recv(16384)):
                answer += octets
        return answer.split(b"\r\n")[0].decode()

    def test_slow_clients_hold_up_nobody(self):
        with contextlib.ExitStack() as stack:
            half = [b"GET / HT", b"PUT /v1/bundles HTTP/1.1\r\nHost: relay\r\nContent-Length: 100000\r\n\r\nabc", b""]
            for number in range(60):
                stack.enter_context(self.relay.connect()).sendall(half[number % len(half)])
            for _ in range(20):  # not even TLS
                stack.enter_context(socket.create_connection(("127.0.0.1", self.relay.port)))
            wait_for(lambda: self.relay.metric("tamizdat_connections_accepted_total") >= 80, "80 connections")
            self.check_unharmed()

    def test_silent_connections_do_not_keep_out_others(self):
        """Many times the handshakes that are taken at once (256), each of which may take ten seconds."""
        count = 2500
        with contextlib.ExitStack() as stack:
            for _ in range(count):
                stack.enter_context(socket.create_connection(("127.0.0.1", self.relay.port)))
            wait_for(lambda: self.relay.metric("tamizdat_connections_accepted_total") >= count, f"{count} connections")
            self.check_unharmed()


class LinkTest(HostileCase):
    """The same from a peer: frames on a link, which only a relay that is named in the configuration can open."""

    def setUp(self):
        super().setUp()
        self.rogue, = self.make_relays("RS")  # its keys; it never runs
        self.relay.stop()
        self.relay.add_peer(self.rogue.address)
        self.relay.start()

    def refused(self):
        return self.relay.metric("tamizdat_link_refused_total")

    @contextlib.contextmanager
    def link(self, octets, *words):
        """Sends these octets; gives a function that returns what the relay has said to that so far."""
        with tempfile.TemporaryFile() as answer:
            peer = subprocess.Popen([BUILD / "tests/integration/rogue_peer", self.rogue.folder, self.relay.address, *words],
                                    stdin=subprocess.PIPE, stdout=answer)
            peer.stdin.write(octets)
            peer.stdin.close()
            try:
                yield lambda: os.pread(answer.fileno(), 1 << 20, 0)
            finally:
                peer.kill()
                peer.wait()

    def check_refused(self, octets, code=rb"[a-z]{2,}(-[a-z]{3,})+"):
        """The peer is told why, and the operator sees it counted."""
        counted = self.refused()
        with self.link(octets) as answer:
            wait_for(lambda: re.search(code, answer()), f"the code {code} in the answer")
        self.assertEqual(counted + 1, self.refused())

    def test_the_unaltered_ones_are_taken(self):
        received = self.relay.metric("tamizdat_link_received_octets_total")
        with self.link(frame(bundle_message(self.bundle))):
            wait_for(lambda: self.relay.metric("tamizdat_link_received_octets_total") > received, "the bundle")
        self.assertEqual(0, self.refused())
        self.check_unharmed()

    def test_altered_ones_are_refused(self):
        for name, bundle in spoiled(self.bundle, 40):
            with self.subTest(name):
                self.check_refused(frame(bundle_message(bundle)))
        self.check_unharmed()

    def test_oversized_ones_are_refused_before_they_are_read(self):
        self.check_refused((2**32 - 1).to_bytes(4, "big") + b"abc", b"frame-too-large")
        self.check_unharmed()

    def test_random_ones_are_refused(self):
        noise = random.Random(4)
        for size in (1, 16, 100, 4096, 500_000):
            with self.subTest(size):
                self.check_refused(frame(noise.randbytes(size)), b"link-message-malformed")
        self.check_unharmed()

    def test_blocks_of_attachments_that_nobody_asked_for_are_refused(self):
        block = fields((1, b"r" * 32), (2, 5), (3, CONTENT), (4, 0), (5, b"snow!"))
        self.check_refused(frame(fields((13, block))), b"blob-unasked")
        self.check_unharmed()

    def test_who_asks_for_more_blocks_than_may_be_under_way_is_cut_off(self):
        request = fields((1, b"r" * 32), (2, 2**32), (3, CONTENT), (4, 0), (5, 513))
        self.check_refused(frame(fields((12, request))), b"peer-floods")
        self.check_unharmed()

    def test_cut_ones_are_refused(self):
        whole = frame(bundle_message(self.bundle))
        for cut in (1, 4, 5, len(whole) // 2, len(whole) - 1):
            with self.subTest(cut):
                counted = self.relay.metric("tamizdat_link_refused_total", reason="frame-truncated")
                with self.link(whole[:cut], "cut"):
                    wait_for(lambda: self.relay.metric("tamizdat_link_refused_total", reason="frame-truncated") > counted,
                             "the cut frame to be counted")
        self.check_unharmed()


def frame(message):
    return len(message).to_bytes(4, "big") + message


def fields(*numbered):
    """A protobuf message of numbers and octets."""
    out = b""
    for number, value in numbered:
        if isinstance(value, int):
            out += varint(number << 3) + varint(value)
        else:
            out += varint(number << 3 | 2) + varint(len(value)) + value
    return out


def varint(value):
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def bundle_message(bundle):
    return fields((7, bundle))


class StopTest(Case):
    def test_a_client_that_will_not_let_go_does_not_hold_up_a_stop(self):
        relay, = self.make_relays("GE", settings=["limits.stop_time=1s"])
        relay.start()
        with relay.connect() as half:
            half.sendall(b"PUT /v1/bundles HTTP/1.1\r\nHost: relay\r\nContent-Length: 100000\r\n\r\nabc")
            wait_for(lambda: relay.metric("tamizdat_http_connections") >= 1, "the connection")
            process, relay.process = relay.process, None
            process.terminate()
            self.assertEqual(1, process.wait(10))
        self.assertIn("limits.stop_time", relay.log())
        relay.start()


def spoiled(whole, count, part=1.0):
    """Copies of which each has one bit turned over, evenly over this part of the whole."""
    bits = random.Random(1)
    out = []
    for number in range(count):
        at = int(number * len(whole) * part / count)
        copy = bytearray(whole)
        copy[at] ^= 1 << bits.randrange(8)
        out.append((f"octet {at} of {len(whole)}", bytes(copy)))
    return out


if __name__ == "__main__":
    unittest.main()
