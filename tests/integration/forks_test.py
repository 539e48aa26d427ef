"""A desk whose home was copied: where it goes on, and what relays do when two copies of it wrote two histories."""

import shutil
import unittest

from relays import Case, wait_for

FORKED = "has signed two different histories"
FORK_PROOF = b"\x08\x02\x12\x20"  # a Statement begins so: kind 2, a project of 32 octets


class ForksTest(Case):
    def copy_of(self, writer):
        """Another home of the same desk, as it stands now."""
        copy = type(writer).__new__(type(writer))
        vars(copy).update(vars(writer))
        copy.folder = self.folder / "copy"
        shutil.copytree(writer.folder, copy.folder)
        copy.home = copy.folder / "home"
        return copy

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

    def test_two_histories_are_proven_and_told_and_what_was_held_is_served(self):
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


if __name__ == "__main__":
    unittest.main()
