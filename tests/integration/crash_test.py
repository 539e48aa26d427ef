"""The power goes: kill -9 of each relay in the middle of an import, and a relay that was away."""

import threading
import unittest

from relays import DATA, Case, feed, wait_for
from wires import Wire

ARTICLES = 400  # of 8 KB: four bundles, so that a relay dies with some of them taken and some not
SENTENCES = 200
KILL_AFTER_OCTETS = 2_000_000


def long_feed(articles, sentences):
    def text(number):
        return " ".join(f"Предложение {each} статьи {number}." for each in range(sentences))
    return feed((f"urn:article:{number}", f"Статья {number}", text(number)) for number in range(articles))


class CrashTest(Case):
    """Every line, from the desk to A and between the relays, goes through a wire that the test holds."""

    def setUp(self):
        super().setUp()
        self.a, self.b, self.c = self.make_relays("GE", "RS", "DE")
        self.wires = {}
        for left, right in ((self.a, self.b), (self.b, self.c)):
            left.add_peer(right.address_through(self.wire(left, right)))
            right.add_peer(left.address_through(self.wire(right, left)))
        for relay in self.relays:
            relay.start()
        self.writer = self.desk([])
        self.writer.call("relay", "add", self.a.address_through(self.wire(self.writer, self.a)))
        self.source = self.folder / "feed.rss"

    def wire(self, near, far):
        wire = self.wires[near, far] = Wire(far.port)
        self.addCleanup(wire.close)
        return wire

    def kill_on(self, victim, *lines):
        """Kills the victim, once, when so much has passed over one of its lines. Returns what it served at that moment,
        which is what it had acknowledged, and the event that it is dead."""
        served, is_dead, first = {}, threading.Event(), threading.Lock()

        def kill():
            if not first.acquire(blocking=False):
                return
            served.update(victim.logs())
            victim.kill()
            is_dead.set()

        for line in lines:
            wire = self.wires[line]
            wire.octets, wire.then = wire.passed + KILL_AFTER_OCTETS, kill
        return served, is_dead

    def size_in(self, logs):
        return logs.get(self.writer.log, (0, ""))[0]

    def check_recovered(self, victim, acknowledged):
        victim.start()
        self.assertGreaterEqual(self.size_in(victim.logs()), acknowledged)

    def test_the_relay_that_takes_the_import_is_killed(self):
        self.source.write_text(long_feed(ARTICLES, SENTENCES), encoding="utf-8")
        served, is_dead = self.kill_on(self.a, (self.writer, self.a))
        report = self.writer.import_feed(self.source, expect=4)["published"]
        wait_for(is_dead.is_set, "the death of the relay")
        acknowledged = report["relays"][0]["held"]
        self.assertIn(acknowledged, range(1, ARTICLES))
        self.check_recovered(self.a, max(acknowledged, self.size_in(served)))
        self.writer.call("send")
        self.wait_for_same(self.relays, self.writer.log, ARTICLES)

    def test_the_relay_in_between_is_killed(self):
        self.kill_while_linked(self.b, (self.a, self.b), (self.b, self.a))

    def test_the_farthest_relay_is_killed(self):
        self.kill_while_linked(self.c, (self.b, self.c), (self.c, self.b))

    def kill_while_linked(self, victim, *lines):
        self.source.write_text(long_feed(ARTICLES, SENTENCES), encoding="utf-8")
        served, is_dead = self.kill_on(victim, *lines)
        report = self.writer.import_feed(self.source)["published"]
        self.assertEqual(ARTICLES, report["relays"][0]["held"])
        wait_for(is_dead.is_set, "the death of the relay")
        self.assertLess(self.size_in(served), ARTICLES)
        self.check_recovered(victim, self.size_in(served))
        self.wait_for_same(self.relays, self.writer.log, ARTICLES)


class AwayTest(Case):
    def test_a_relay_that_was_down_for_1000_entries_catches_up(self):
        a, b, c = self.chain("GE", "RS", "DE")
        writer = self.desk([a])
        writer.publish("# Первая\n\nДо остановки.", "--language", "ru")
        self.wait_for_same(self.relays, writer.log, 1)
        c.stop()
        source = self.folder / "feed.rss"
        source.write_text(long_feed(1000, 10), encoding="utf-8")
        self.assertEqual(1000, writer.import_feed(source)["articles"])
        self.wait_for_same([a, b], writer.log, 1001)
        c.start()
        self.wait_for_same(self.relays, writer.log, 1001)

    def test_a_restarted_relay_serves_the_same(self):
        a, = self.chain("GE")
        writer = self.desk([a])
        entries = writer.import_feed(DATA / "feeds/atom.xml")["published"]["entries"]
        paths = ["/v1/projects", f"/v1/projects/{writer.id}/charters", f"/v1/logs/{writer.log}/head",
                 f"/v1/logs/{writer.log}/bundles?from=0", "/", "/feed.atom", "/feed.rss",
                 *(f"/v1/entries/{each['entry']}" for each in entries), *(f"/a/{each['entry']}" for each in entries)]

        def everything():
            return {path: (answer.status, answer.body) for path in paths for answer in [a.get(path)]}

        before = everything()
        self.assertEqual({200}, {status for status, _ in before.values()})
        a.stop()
        a.start()
        self.assertEqual(before, everything())
        a.kill()
        a.start()
        self.assertEqual(before, everything())


if __name__ == "__main__":
    unittest.main()
