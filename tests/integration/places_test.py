"""Where a project and its entries lie, as anybody can ask: with two desks that take back what the other one published, over
real relays."""

import json
import unittest

from desk_life_test import DeskCase
from relays import CLI, run, wait_for
from witness_test import WitnessCase


class PlacesTest(WitnessCase, DeskCase):
    def setUp(self):
        super().setUp()
        self.ge, self.rs = self.ring("GE", "RS")
        self.desk_ = self.desk([self.ge])
        self.snow, self.wind = (self.desk_.publish(f"# {title}\n\nТекст.")["entries"][0]["entry"] for title in ("Снег", "Ветер"))
        self.listed(self.desk_, [self.ge, self.rs], "--copies", "2", "--countries", "2", "--erase-delay-hours", "72")
        self.other = self.second_desk(self.desk_, self.ge)
        self.rain = self.other.publish("# Дождь\n\nТекст.")["entries"][0]["entry"]

    def asked(self, what, *words, expect=0):
        """By somebody without a home."""
        done = run(CLI, "status", what, "--relay", self.ge.address, "--home", self.folder / "nobody", "--json", *words, expect=expect)
        return json.loads(done.stdout)

    def copies_of(self, what):
        return [(log["size"], log["copies"]["copies"]) for log in self.asked(what)["logs"]]

    def test_anybody_sees_where_a_project_and_an_entry_lie(self):
        wait_for(lambda: sorted(self.copies_of(self.desk_.id)) == [(1, 2), (2, 2)], "both desks' copies, by receipts")
        report = self.asked(self.desk_.id)
        self.assertEqual(sorted(["Пермь", self.desk_.project["desks"][0]["label"]]), sorted(log["label"] for log in report["logs"]))
        self.assertTrue(all(log["copies"]["enough"] for log in report["logs"]))
        entry = self.asked(self.rain)
        self.assertEqual(("Дождь", 2, False), (entry["entry"]["title"], entry["copies"]["copies"], entry["retracted"]))
        # From a desk's home the entry of another desk, without naming a relay.
        self.assertEqual("Дождь", self.desk_.call("status", self.rain)["entry"]["title"])
        self.assertEqual("id-invalid", self.asked("tzproject1nobody", expect=2)["error"])
        text = run(CLI, "status", self.desk_.id, "--relay", self.rs.address, "--home", self.folder / "nobody").stdout
        self.assertIn("On 2 relays in 2 countries; the project wants 2 in 2.", text)

    def test_what_another_desk_took_back_is_no_broken_receipt(self):
        self.other.call("retract", self.snow, "--reason", "source-at-risk", *self.other.passphrase())
        for relay in (self.ge, self.rs):
            wait_for(lambda: relay.get(f"/a/{self.snow}").status == 410, f"{relay.label} to hide it")
        # Hidden and not yet erased: relays do not give the text, and keep their word.
        self.assertTrue(self.desk_.call("status", self.desk_.id)["logs"])
        self.assertEqual("entry-unknown", self.asked(self.snow, expect=2)["error"])  # a stranger names the project instead
        for _ in range(4):  # the entries are drawn
            audited = self.desk_.call("status", "--audit")["relays"]
            self.assertEqual([[]] * len(audited), [relay["broken"] for relay in audited])
        # A root key stands behind it too: relays erase at once, and prove why.
        self.other.call("retract", self.wind, "--reason", "source-at-risk", *self.other.passphrase(), "--cosign",
                        self.root_key(self.desk_, 1), "--cosign-passphrase-file", self.desk_.folder / "passphrase")
        wait_for(lambda: self.desk_.call("status", self.wind)["retracted"], "the proof that it was retracted")
        wait_for(lambda: self.desk_.call("status")["copies"]["enough"], "receipts that name what was erased")
        for _ in range(4):
            audited = self.desk_.call("status", "--audit")["relays"]
            self.assertEqual([[]] * len(audited), [relay["broken"] for relay in audited])


if __name__ == "__main__":
    unittest.main()
