"""What an operator does with a relay's store: verify, reindex, back up beside a running relay, and restore."""

import shutil
import threading
import unittest

from relays import RELAY, Case, run


class StoreTest(Case):
    def setUp(self):
        super().setUp()
        (self.relay,) = self.make_relays("GE")
        self.relay.start()
        self.writer = self.desk([self.relay])

    def publish(self, count):
        for number in range(count):
            self.writer.publish(f"# Снег {number}\n\nТает на обоих берегах.")

    def held(self):
        return self.relay.logs().get(self.writer.log, (0, ""))[0]

    def data(self):
        return self.relay.folder / "data"

    def test_a_backup_beside_a_running_relay_restores_all_that_was_acknowledged(self):
        self.publish(3)
        backup = self.folder / "backup"
        stop = threading.Event()

        def go_on():
            while not stop.is_set():
                self.publish(1)

        publishing = threading.Thread(target=go_on)
        publishing.start()
        try:
            for _ in range(3):  # the first copies everything, the others what is new
                acknowledged = self.held()
                done = run(RELAY, "backup", self.relay.folder, backup)
        finally:
            stop.set()
            publishing.join()
        self.assertRegex(done.stdout, r"1 segments with \d+ groups")
        roots = self.relay.logs()[self.writer.log]
        self.relay.kill()

        verified = run(RELAY, "verify-store", backup)
        self.assertIn("all in order", verified.stdout)
        self.assertIn("no index", verified.stdout)
        shutil.rmtree(self.data())
        shutil.copytree(backup, self.data())
        self.relay.start()
        self.assertIn("made again from the segments", self.relay.log())
        self.assertGreaterEqual(self.held(), acknowledged)
        self.writer.call("send")  # what the relay lost
        self.writer.call("publish", self.writer.folder / "article.md", *self.writer.passphrase())
        self.assertGreater(self.held(), roots[0])
        self.relay.stop()
        self.assertIn("all in order", run(RELAY, "verify-store", self.relay.folder).stdout)

    def test_what_is_in_motion_is_not_verified(self):
        for command in ("verify-store", "reindex"):
            refused = run(RELAY, command, self.relay.folder, expect=1)
            self.assertIn("stop", refused.stderr)

    def test_a_damaged_entry_is_named_and_a_reindex_does_not_hide_it(self):
        self.publish(3)
        self.relay.stop()
        self.assertIn("made again", run(RELAY, "reindex", self.relay.folder).stdout)
        segment = next(self.data().glob("*.segment"))
        octets = bytearray(segment.read_bytes())
        octets[-60] ^= 1  # in the text of the last entry, before the mark of its group
        segment.write_bytes(octets)
        found = run(RELAY, "verify-store", self.relay.folder, expect=1)
        self.assertRegex(found.stderr, r"entry 2 of log tzlog1\S+ is damaged")
        self.assertIn("faults", found.stdout)
        self.assertIn("verify-store", run(RELAY, "reindex", self.relay.folder, expect=1).stderr)

    def test_wrong_places_are_refused_with_advice(self):
        for words, advice in (
                (("verify-store", self.folder / "nowhere"), "tamizdat-relay init"),
                (("backup", self.relay.folder, self.data()), "is the store itself"),
                (("backup", self.relay.folder, self.relay.folder), "is the folder of a relay"),
                (("backup", self.relay.folder, self.folder / "no" / "parent"), "no/parent"),
                (("reindex", self.folder), "tamizdat-relay init")):
            with self.subTest(words=words):
                self.assertIn(advice, run(RELAY, *words, expect=1).stderr)


if __name__ == "__main__":
    unittest.main()
