"""Somebody who asks a relay that was cut off: it shows him an old charter in good faith, and root keys must not fork it."""

import unittest

from relays import wait_for
from witness_test import CHARTER_SEEN, WitnessCase, public, statements


class StaleCharterTest(WitnessCase):
    def names(self, relay, desk, version):
        """Relays whose word for this version lies there."""
        return {key for _, content, key in statements(relay, desk, CHARTER_SEEN) if content[:2] == bytes([8, version])}

    def cut_off(self, relay):
        for each in self.relays:
            each.stop()
            config = each.folder / "relay.toml"
            head, *peers = config.read_text(encoding="utf-8").split("\n[[peer]]")
            peers = [peer for peer in peers if each is not relay and f":{relay.port} " not in peer]
            config.write_text("\n[[peer]]".join([head, *peers]), encoding="utf-8")
            each.start()

    def test_a_stranger_at_a_relay_that_was_cut_off_is_not_led_to_fork(self):
        ge, rs, de = self.ring("GE", "RS", "DE")
        desk = self.desk([ge])
        desk.publish("# Снег\n\nТает.")
        self.listed(desk, [ge, rs, de], "--copies", "2", "--countries", "2")
        everybody = {public(relay, "witness") for relay in (ge, rs, de)}
        wait_for(lambda: self.names(de, desk, 2) == everybody, "all words on DE")
        self.cut_off(de)
        self.update(desk, "--title", "Вестник Исети")
        wait_for(lambda: len(self.names(ge, desk, 3)) == 2, "two words for version 3")

        def asked(*relays, expect=0):
            self.request.unlink(missing_ok=True)
            lines = [word for relay in relays for word in ("--relay", relay.address)]
            return self.tamizdat("project", "update", "--title", "Другой", "--project", desk.id, *lines, "--out", self.request, expect=expect)

        # What it replays is not a day old; but a key that signed version 3 does not sign another one.
        self.assertEqual(3, asked(de)["version"])
        self.assertEqual("charter-signed-another", self.sign(desk, 1, expect=1)["error"])
        # Who asks one relay more sees the newest, and how the other stands to it.
        done = asked(de, ge)
        self.assertEqual((4, 2), (done["version"], done["quorum"]))
        standing = {relay["relay"]: (relay["standing"], relay["vouches"]) for relay in done["relays"]}
        self.assertEqual(("older", False), standing[f"127.0.0.1:{de.port}"])
        self.assertEqual(("agrees", True), standing[f"127.0.0.1:{ge.port}"])
        self.assertEqual(1, list(standing.values()).count(("agrees", True)) - 1)  # RS, by its word that GE passed on
        # The home that holds version 3 is not talked back, nor does one relay alone vouch for it.
        ge.stop()
        rs.stop()
        refused = desk.call("project", "update", "--title", "Другой", "--relay", de.address, "--out", self.request, expect=3)
        self.assertEqual("charter-not-witnessed", refused["error"])
        self.assertIn("rolled back", refused["text"])
        self.assertEqual(3, desk.call("project", "update", "--title", "Другой", "--relay", de.address, "--unwitnessed", "--out",
                                      self.folder / "own word")["version"] - 1)


if __name__ == "__main__":
    unittest.main()
