"""Attachments between relays: pulled over links, resumed after a cut, brought anew where a file is damaged or lost."""

import contextlib
import http.client
import random
import shutil
import threading
import types
import unittest

from relays import BUILD, Case, run, wait_for
from wires import Wire

BLOCK = 16 * 1024
# Nobody answers there: the relay that is asked must not open a second link.
NOBODY = types.SimpleNamespace(port=9)
PUT_BYTES = 64 * BLOCK
HASH_BYTES = 32


def blocks(octets):
    return -(-octets // BLOCK)


def link_blocks(octets):
    """What crosses a link for an attachment: its blocks, and those of its leaf hashes."""
    count = blocks(octets)
    return count + (blocks(count * HASH_BYTES) if count > 1 else 0)


class Attachment:
    def __init__(self, name, octets, leaves):
        self.name, self.octets, self.leaves = name, octets, leaves


class LinkAttachmentsCase(Case):
    def attachments(self, *sizes):
        """Random files that articles name; the desk's log is in self.log."""
        self.sent = self.folder / "sent"
        self.sent.mkdir()
        files = []
        for number, size in enumerate(sizes):
            files.append(self.sent / f"file {number}")
            files[-1].write_bytes(random.Random(number).randbytes(size))
        self.log, *names = run(BUILD / "tests/integration/attachment_desk", self.sent, *files).stdout.split()
        return [Attachment(name, file.read_bytes(), (self.sent / f"leaves.{number}").read_bytes())
                for number, (name, file) in enumerate(zip(names, files))]

    def put(self, relay, path, octets):
        answer = relay.ask("PUT", path, octets)
        self.assertEqual(200, answer.status, answer.body)
        return answer.json

    def put_articles(self, relay):
        self.put(relay, "/v1/charters", (self.sent / "charters").read_bytes())
        self.put(relay, "/v1/bundles", (self.sent / "bundle").read_bytes())

    def put_attachment(self, relay, attachment):
        path = f"/v1/attachments/{attachment.name}"
        self.put(relay, f"{path}/leaves", attachment.leaves)
        for at in range(0, len(attachment.octets), PUT_BYTES):
            state = self.put(relay, f"{path}/blocks?from={at // BLOCK}", attachment.octets[at:at + PUT_BYTES])
        self.assertEqual("whole", state["state"])

    def wait_for_attachment(self, relay, attachment, seconds_max=60):
        """Until the relay gives it out, octet for octet."""
        path = f"/b/{attachment.name}"
        wait_for(lambda: relay.ask("HEAD", path).status == 200, f"{attachment.name} on {relay.label}; its log says:\n"
                 f"{relay.log()}", seconds_max)
        self.assertTrue(relay.get(path).body == attachment.octets)

    def file(self, relay, attachment):
        return relay.folder / "data/attachments" / attachment.name


class LinkAttachmentsTest(LinkAttachmentsCase):
    def test_attachments_go_from_relay_to_relay(self):
        a, b, c = self.chain("GE", "RS", "DE")
        sent = self.attachments(1, BLOCK, BLOCK + 1, 3_000_000)
        self.put_articles(a)
        self.wait_for_same([a, b, c], self.log, 4)
        for each in sent:
            self.put_attachment(a, each)
        for relay in (b, c):
            for each in sent:
                self.wait_for_attachment(relay, each)
            wait_for(lambda: relay.metric("tamizdat_attachments_missing") == 0, "nothing to be missing")
            self.assertEqual(0, relay.metric("tamizdat_link_unneeded_blocks_total"))
            self.assertEqual(sum(link_blocks(len(each.octets)) for each in sent),
                             relay.metric("tamizdat_link_received_blocks_total"))

    def test_what_is_there_before_the_link_comes_too(self):
        a, b = self.make_relays("GE", "RS")
        a.add_peer(b.address)
        b.add_peer(a.address)
        a.start()
        picture, = self.attachments(500_000)
        self.put_articles(a)
        self.put_attachment(a, picture)
        b.start()
        self.wait_for_attachment(b, picture)

    def test_two_peers_share_an_attachment(self):
        a, b, c = self.make_relays("GE", "RS", "DE")
        a.add_peer(b.address)
        b.add_peer(a.address)
        for peer in (a, b):
            # Whoever comes first waits on the way until the other one is there, so that they have something to share.
            wire = Wire(peer.port, 5_000_000, lambda: wait_for(lambda: c.metric("tamizdat_links") == 2, "both links"))
            self.addCleanup(wire.close)
            c.add_peer(peer.address_through(wire))
            peer.add_peer(c.address_through(NOBODY))
        a.start()
        b.start()
        video, = self.attachments(30_000_000)
        self.put_articles(a)
        self.put_attachment(a, video)
        self.wait_for_attachment(b, video)
        before = {relay: relay.metric("tamizdat_link_sent_blocks_total") for relay in (a, b)}
        c.start()
        self.wait_for_attachment(c, video)
        self.assertEqual(link_blocks(len(video.octets)), c.metric("tamizdat_link_received_blocks_total"))
        for relay, sent in before.items():
            self.assertGreater(relay.metric("tamizdat_link_sent_blocks_total"), sent)

    def test_a_damaged_file_heals(self):
        a, b = self.chain("GE", "RS")
        picture, = self.attachments(500_000)
        self.put_articles(a)
        self.put_attachment(a, picture)
        self.wait_for_attachment(b, picture)
        received = b.metric("tamizdat_link_received_blocks_total")
        with open(self.file(b, picture), "r+b") as file:
            file.seek(7 * BLOCK + 5)
            file.write(b"not as it was")
        with contextlib.suppress(http.client.IncompleteRead, OSError):
            self.assertFalse(b.get(f"/b/{picture.name}").body == picture.octets)
        self.wait_for_attachment(b, picture)
        self.assertEqual(received + 1, b.metric("tamizdat_link_received_blocks_total"))

    def test_a_relay_that_lost_its_attachments_gets_them_again(self):
        a, b = self.chain("GE", "RS")
        sent = self.attachments(10, 40_000, 500_000)
        self.put_articles(a)
        for each in sent:
            self.put_attachment(a, each)
        for each in sent:
            self.wait_for_attachment(b, each)
        b.stop()
        shutil.rmtree(b.folder / "data/attachments")
        b.start()
        for each in sent:
            self.wait_for_attachment(b, each)


class CutTest(LinkAttachmentsCase):
    CUTS = 10
    OCTETS = 100 * 1000 * 1000
    BETWEEN = 9_000_000
    UNDER_WAY_MAX = 512

    def test_100_MB_over_a_link_that_is_cut_ten_times(self):
        """Both relays dial, so that one of them dials at once."""
        a, b = self.make_relays("GE", "RS")
        self.cuts = 0
        wires = [Wire(a.port, self.BETWEEN), Wire(b.port, self.BETWEEN)]
        for wire in wires:
            wire.then = lambda wire=wire: self.cut(wire)
            self.addCleanup(wire.close)
        b.add_peer(a.address_through(wires[0]))
        a.add_peer(b.address_through(wires[1]))
        a.start()
        video, = self.attachments(self.OCTETS)
        self.put_articles(a)
        self.put_attachment(a, video)
        b.start()
        self.wait_for_attachment(b, video, seconds_max=180)
        self.assertEqual(self.CUTS, self.cuts)
        needed = link_blocks(self.OCTETS)
        self.assertEqual(0, b.metric("tamizdat_link_unneeded_blocks_total"))
        # What arrived before a cut is kept: whole blocks come once, and of each cut at most one was half a block.
        self.assertEqual(needed, b.metric("tamizdat_link_received_blocks_total"))
        # Asked again is only what was under way.
        asked = b.metric("tamizdat_link_asked_blocks_total")
        self.assertLessEqual(asked, needed + self.CUTS * self.UNDER_WAY_MAX)
        self.assertGreaterEqual(a.metric("tamizdat_link_sent_blocks_total"), needed)
        self.assertLessEqual(a.metric("tamizdat_link_sent_blocks_total"), asked)

    def test_a_relay_that_is_killed_goes_on_where_it_was(self):
        a, b = self.make_relays("GE", "RS")
        video, = self.attachments(30_000_000)
        half = threading.Event()
        wire = Wire(a.port, len(video.octets) // 2, half.set)
        self.addCleanup(wire.close)
        b.add_peer(a.address_through(wire))
        a.add_peer(b.address_through(NOBODY))
        a.start()
        self.put_articles(a)
        self.put_attachment(a, video)
        b.start()
        self.assertTrue(half.wait(60))
        b.kill()
        blocks_there = self.blocks_in(b, video)
        self.assertGreater(blocks_there, 0)
        b.start()
        self.wait_for_attachment(b, video)
        self.assertEqual(blocks(len(video.octets)) - blocks_there, b.metric("tamizdat_link_received_blocks_total"))

    def blocks_in(self, relay, attachment):
        """Of a file that may be half there."""
        part = self.file(relay, attachment)
        if not part.exists():
            part = part.with_name(part.name + ".part")
        octets = part.read_bytes()
        return sum(octets[at:at + BLOCK] == attachment.octets[at:at + BLOCK]
                   for at in range(0, len(attachment.octets), BLOCK))

    def cut(self, wire):
        if self.cuts < self.CUTS:
            self.cuts += 1
            wire.octets = wire.passed + self.BETWEEN
            wire.cut()


if __name__ == "__main__":
    unittest.main()
