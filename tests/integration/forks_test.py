"""A desk whose home was copied: where it goes on, and what relays do when two copies of it wrote two histories."""

import unittest

from charter_life_test import CharterCase
from desk_life_test import OtherDesk
from relays import BUILD, fetch, run, verify, wait_for

FORKED = "has signed two different histories"
FORK_PROOF = b"\x08\x02\x12\x20"  # a Statement begins so: kind 2, a project of 32 octets


class ForksTest(CharterCase):
    def bundle_of(self, writer, name):
        run(BUILD / "tests/integration/rogue_desk", "head", writer.home, self.folder / name)
        return (self.folder / name).read_bytes()

    def statements(self, relay, writer):
        return relay.get(f"/v1/projects/{writer.id}/statements").body

    def test_a_restored_backup_goes_on_where_the_desk_stood(self):
        one, other = self.chain("GE", "AM")
        writer = self.desk([one, other])
        writer.publish("# Первая\n\nСнег.\n")
        backup = self.copy_of(writer)
        writer.publish("# Вторая\n\nДождь.\n")
        self.wait_for_same([one, other], writer.log, 2)
        report = backup.publish("# Третья\n\nТуман.\n")
        self.assertEqual(3, report["log_size"])
        self.wait_for_same([one, other], writer.log, 3)
        self.assertNotIn(FORK_PROOF, self.statements(one, writer))

    def two_histories(self):
        """One relay has what the desk wrote, the other what a copy of it wrote, and both have the proof."""
        one, other = self.chain("GE", "AM")
        writer = self.desk([one, other])
        writer.publish("# Первая\n\nСнег.\n")
        self.wait_for_same([one, other], writer.log, 1)
        copy = self.copy_of(writer)
        other.stop()
        writer.publish("# Вторая\n\nДождь.\n")
        one.stop()
        other.start()
        copy.publish("# Иная вторая\n\nГрад.\n")
        held = other.logs()[writer.log]
        one.start()
        for relay in (one, other):
            wait_for(lambda: FORK_PROOF in self.statements(relay, writer), f"the proof on {relay.label}")
        return one, other, writer, held

    def test_two_histories_are_proven_and_told_and_what_was_held_is_served(self):
        one, other, writer, held = self.two_histories()
        for relay in (one, other):
            page = relay.get(f"/p/{writer.id}", **{"Accept-Language": "en"}).text
            self.assertIn(FORKED, page)
        self.assertEqual(held, other.logs()[writer.log])
        self.assertEqual(2, one.logs()[writer.log][0])
        self.assertNotEqual(held, one.logs()[writer.log])
        self.assertIn("Вторая", one.get(f"/p/{writer.id}").text)
        self.assertIn("Иная вторая", other.get(f"/p/{writer.id}").text)

        # The proof outlives the power, and growth stays stopped.
        one.kill()
        one.start()
        self.assertIn(FORK_PROOF, self.statements(one, writer))
        self.assertEqual("history-forked", writer.publish("# Третья\n\nТуман.\n", expect=6)["error"])
        other.stop()
        refused = writer.publish("# Третья\n\nТуман.\n", expect=5)
        self.assertIn("two histories", str(refused["relays"]))
        self.assertEqual(2, one.logs()[writer.log][0])

    def test_the_good_one_of_two_histories_is_named_and_a_desk_in_its_place_goes_on(self):
        one, other, writer, _ = self.two_histories()
        closing = ("desk", "close", writer.project["desks"][0]["desk"], "--project", writer.id, "--relay", one.address, "--relay",
                   other.address, "--out", self.request)
        refused = self.tamizdat(*closing, expect=2)
        self.assertEqual("histories-differ", refused["error"])
        for relay in (one, other):
            self.assertIn(f"127.0.0.1:{relay.port} holds 2 entries", refused["text"])
        successor = OtherDesk(self.folder / "next", writer, "newsroom")
        self.tamizdat(*closing, "--as-held-by", f"127.0.0.1:{one.port}", "--successor", successor.desk)
        self.sign(writer, 1)
        self.sign(writer, 2)
        self.tamizdat("project", "submit", self.request, "--relay", one.address)
        good = one.logs()[writer.log]
        self.assertEqual(2, good[0])
        wait_for(lambda: other.logs().get(writer.log) == good, "the good history on AM")
        page = wait_for(lambda: "Вторая" in (text := other.get(f"/p/{writer.id}").text) and text, "its page on AM")
        self.assertNotIn("Иная вторая", page)
        successor.join(one)
        successor.publish("# Иная вторая, ещё раз\n\nГрад.\n")
        wait_for(lambda: other.holds(successor.log, 1), "what the new desk publishes on AM")

    def test_a_thiefs_tiny_fork_and_his_smaller_head_below_a_closing_hide_nothing(self):
        ge, am = self.chain("GE", "AM")
        rs, = self.make_relays("RS")
        writer = self.desk([ge])
        writer.publish("# Первая\n\nСнег.\n")
        stolen = self.copy_of(writer)
        for title in ("Вторая", "Третья"):
            writer.publish(f"# {title}\n\nДождь.\n")
        self.wait_for_same([ge, am], writer.log, 3)
        held = ge.logs()[writer.log]
        smaller = self.bundle_of(stolen, "smaller")  # of the first entry, which is good
        for relay in stolen.call("relay", "list")["relays"]:
            stolen.call("relay", "remove", relay["relay"])
        stolen.publish("# Ложь\n\nГрад.\n", "--offline", expect=None)
        tiny = self.bundle_of(stolen, "tiny")
        self.assertNotEqual(smaller, tiny)
        # Two entries under a head of two: it contradicts what is here, which is proven, and hides nothing of it.
        self.assertEqual("log-forked", ge.ask("PUT", "/v1/bundles", tiny).json["error"])
        for relay in (ge, am):
            wait_for(lambda: FORK_PROOF in self.statements(relay, writer), f"the proof on {relay.label}")
            self.assertEqual(held, relay.logs()[writer.log])
            page = relay.get(f"/p/{writer.id}", **{"Accept-Language": "en"}).text
            for words in ("Первая", "Вторая", "Третья", FORKED):
                self.assertIn(words, page)
        # A relay that knows nobody else has the thief's smaller head, which is good as far as it goes.
        rs.start()
        self.assertEqual(200, rs.ask("PUT", "/v1/charters", ge.get(f"/v1/projects/{writer.id}/charters").body).status)
        self.assertEqual(200, rs.ask("PUT", "/v1/bundles", smaller).status)
        # The project closes the log at the head that survives.
        self.tamizdat("desk", "close", writer.project["desks"][0]["desk"], "--project", writer.id, "--relay", ge.address, "--size", "3",
                      "--out", self.request)
        self.sign(writer, 1)
        self.sign(writer, 2)
        self.tamizdat("project", "submit", self.request, "--relay", ge.address)
        wait_for(lambda: self.charter_of(am, writer)["charter_version"] == 2, "the closing on AM")
        # Below it the thief can add nothing, and what peers have fills the rest, for which nobody has to sign again.
        self.assertEqual(200, rs.ask("PUT", "/v1/charters", ge.get(f"/v1/projects/{writer.id}/charters").body).status)
        for bundle in (smaller, tiny):
            self.assertEqual(409, rs.ask("PUT", "/v1/bundles", bundle).status)
        self.assertIn("Первая", rs.get(f"/p/{writer.id}").text)
        for relay, peer in ((rs, ge), (ge, rs)):
            relay.stop()
            relay.add_peer(peer.address)
            relay.start()
        wait_for(lambda: rs.logs().get(writer.log) == held, "the whole log on RS")
        fetch(rs, self.folder / "news")
        self.assertEqual(["Первая", "Вторая", "Третья"], [each["title"] for each in verify(self.folder / "news")["entries"]])


if __name__ == "__main__":
    unittest.main()
