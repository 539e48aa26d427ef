"""Root keys that signed two charters of one version: who decides, who goes over, and what newsroom and readers see."""

import shutil
import unittest

from relays import fetch, run, verify, wait_for
from witness_test import CHARTER_SEEN, WitnessCase, public, statements

CHARTER_FORK = 3
STANDS_STILL = "two different charters of one version"


class CharterForksTest(WitnessCase):
    def hash_on(self, relay, desk):
        return self.charter_of(relay, desk)["charter_hash"]

    def signed_request(self, desk, name, *words):
        """An update of the charter that is in force, signed by two root keys, in a file of its own."""
        asked = self.ask(desk, *words)
        self.sign(desk, 1, None, "--sign-another")
        self.sign(desk, 2, None, "--sign-another")
        file = self.folder / name
        shutil.copy(self.request, file)
        return file, asked["charter_hash"]

    def submit_to(self, relay, request):
        """By somebody who has the signed file and no home."""
        done = self.tamizdat("project", "submit", request, "--relay", relay.address)
        self.assertEqual([True], [answer["taken"] for answer in done["relays"]])

    def proven_charter(self, name):
        return verify(self.folder / name)["projects"][0]["charter_hash"]

    def page(self, relay, desk):
        return relay.get(f"/p/{desk.id}", **{"Accept-Language": "en"}).text

    def forked(self):
        """Three relays of a project's charter, two a quorum: GE and AM took one version 3, RS another one. All are stopped."""
        self.relays = ge, am, rs = self.ring("GE", "AM", "RS")
        desk = self.desk([ge])
        desk.publish("# Снег\n\nТает.")
        self.wait_for_same(self.relays, desk.log, 1)
        self.listed(desk, self.relays, "--quorum", "2")
        true, true_hash = self.signed_request(desk, "true", "--title", "Вестник Исети")
        forced, forced_hash = self.signed_request(desk, "forced", "--title", "Захваченный вестник")
        for relay in self.relays:
            relay.stop()
        copy = self.copy_of(desk)
        # Each for itself, so that nobody has heard the others' words.
        for relay, request in ((ge, true), (am, true), (rs, forced)):
            relay.start()
            if relay is rs:  # from a home, which then knows the forced one
                self.assertTrue(copy.call("project", "submit", request, "--relay", rs.address)["kept_in_home"])
            else:
                self.submit_to(relay, request)
            wait_for(lambda: self.has_named(relay, desk), f"the word of {relay.label}")
            relay.stop()
        return desk, copy, true_hash, forced_hash

    def has_named(self, relay, desk):
        """Its word about version 3 is out."""
        return any(content[:2] == b"\x08\x03" and key == public(relay, "witness")
                   for _, content, key in statements(relay, desk, CHARTER_SEEN))

    def is_proven(self, relay, desk):
        return bool(statements(relay, desk, CHARTER_FORK))

    def test_the_majority_wins_and_the_relay_that_was_given_the_other_goes_over(self):
        desk, copy, true_hash, forced_hash = self.forked()
        ge, am, rs = self.relays
        # One against one: nobody has a quorum, so nothing more is taken, and everybody is told why.
        ge.start()
        rs.start()
        for relay in (ge, rs):
            wait_for(lambda: self.is_proven(relay, desk), f"the proof on {relay.label}")
            wait_for(lambda: STANDS_STILL in self.page(relay, desk), f"the page on {relay.label}")
            self.assertIn("Снег", self.page(relay, desk))
        self.assertEqual((true_hash, forced_hash), (self.hash_on(ge, desk), self.hash_on(rs, desk)))
        # The newsroom signs nothing, and hears who said what.
        desk.call("relay", "add", rs.address)
        refused = desk.publish("# Ветер\n\nДует.", expect=3)
        self.assertEqual("charter-forked", refused["error"])
        for words in (true_hash, forced_hash, "1 relay (GE)", "1 relay (RS)", "1 not heard yet", "2 needed"):
            self.assertIn(words, refused["text"])
        refused = self.ask(desk, "--title", "Третий", expect=3)
        self.assertEqual("charter-forked", refused["error"])
        self.assertIn("1 not heard yet", refused["text"])
        self.assertFalse(self.request.exists())
        # Every command of this home says so from now on, also where nobody is asked.
        for words in (("relay", "list"), ("project", "show"), ("status",)):
            said = run(*desk.command(*words)).stderr
            self.assertIn("Warning: Уральские заметки has two charters of version 3", said)
            self.assertIn(forced_hash, said)
        self.assertIn(true_hash, desk.call("project", "show")["dispute"])
        # So does one that heard of it on the way of letters, which asks for the charters of all projects.
        self.assertNotIn("dispute", copy.call("project", "show"))
        copy.call("sealing-key", "list")
        self.assertIn(true_hash, copy.call("project", "show")["dispute"])
        dispute, = desk.call("project", "show", "--ask", expect=3)["asked"]["disputes"]
        self.assertEqual((3, False), (dispute["version"], dispute["decided"]))
        self.assertIn("1 not heard yet", dispute["text"])
        # A reader of the forced one gets the articles, and is told; he keeps what he has.
        for out in ("news", "news"):
            told = fetch(rs, self.folder / out, expect=3)
            self.assertEqual((1, "charter-forked"), (told["logs"][0]["entries"], told["troubles"][0]["error"]))
        self.assertIn("1 relay (GE)", verify(self.folder / "news")["projects"][0]["dispute"])
        troubles = fetch(ge, self.folder / "news", expect=3)["troubles"]
        self.assertIn("charter-forked", str(troubles))
        self.assertEqual(forced_hash, self.proven_charter("news"))
        # The power goes while nothing is decided.
        rs.kill()
        rs.start()
        self.assertTrue(self.is_proven(rs, desk))
        # The third relay took the true one first.
        am.start()
        wait_for(lambda: self.hash_on(rs, desk) == true_hash, "the true charter on RS")
        for relay in self.relays:
            wait_for(lambda: STANDS_STILL not in self.page(relay, desk), f"the page on {relay.label}")
            self.assertEqual("Вестник Исети", self.charter_of(relay, desk)["title"])
        # What is decided stays decided, and the project goes on.
        rs.kill()
        rs.start()
        self.assertEqual(true_hash, self.hash_on(rs, desk))
        # The home that was made to submit the other one, and the reader, go over too.
        self.assertEqual(forced_hash, copy.call("project", "show")["charter_hash"])
        dispute, = desk.call("project", "show", "--ask")["asked"]["disputes"]
        self.assertEqual((3, True), (dispute["version"], dispute["decided"]))
        self.assertIn(true_hash, dispute["text"])
        copy.call("send")
        self.assertEqual(true_hash, copy.call("project", "show")["charter_hash"])
        self.fetched(self.relays, self.folder / "news")
        self.assertEqual(true_hash, self.proven_charter("news"))
        # What was fetched under the one that lost proves nothing beside it.
        lost, = (self.folder / "news").glob("*.other-branch")
        shutil.copy(lost, self.folder / "news/lost.tamizdat")
        self.assertIn("that lost", verify(self.folder / "news", expect=3)["text"])
        desk.publish("# Ветер\n\nДует.")
        self.assertNotIn("Warning", run(*desk.command("relay", "list")).stderr)
        self.wait_for_same(self.relays, desk.log, 2)
        self.update(desk, "--title", "Вестник Исети и Чусовой")
        for relay in self.relays:
            wait_for(lambda: self.charter_of(relay, desk)["charter_version"] == 4, f"version 4 on {relay.label}")


if __name__ == "__main__":
    unittest.main()
