"""A project's charter through its life, by the command line over real relays: updates that are signed elsewhere."""

import datetime
import json
import re
import shutil
import unittest

from relays import CLI, Case, fetch, run, verify, wait_for


class CharterCase(Case):
    """A project with its root keys, and the people who hold them: on machines without a home."""

    def setUp(self):
        super().setUp()
        self.request = self.folder / "request"

    def root_key(self, desk, number):
        return desk.home / f"root-keys/root-{number}.key"

    def tamizdat(self, *words, expect=0):
        """On a machine that has no home: nothing of the desk's is at hand."""
        elsewhere = self.folder / "elsewhere"
        done = run(CLI, *words, "--json", expect=expect, env={"HOME": str(elsewhere), "PATH": "/usr/bin:/bin"})
        self.assertFalse(elsewhere.exists())
        return json.loads(done.stdout)

    def ask(self, desk, *words, expect=0):
        return self.request_for(desk, "project", "update", *words, expect=expect)

    def request_for(self, desk, *words, expect=0):
        """A charter that has just come into force has its quorum within seconds."""
        def asked():
            self.request.unlink(missing_ok=True)
            done = run(*desk.command(*words, "--out", self.request), expect=None)
            answer = json.loads(done.stdout)
            if answer.get("error") == "charter-not-witnessed" and expect == 0:
                return None
            self.assertEqual(expect, done.returncode, done.stderr)
            return answer

        return wait_for(asked, "a quorum to vouch for the charter in force")

    def sign(self, desk, number, request=None, *words, expect=0):
        return self.tamizdat("project", "sign", request or self.request, "--root-key", self.root_key(desk, number),
                             *desk.passphrase(), *words, expect=expect)

    def update(self, desk, *words):
        self.ask(desk, *words)
        self.sign(desk, 1)
        self.sign(desk, 3)
        return desk.call("project", "submit", self.request)

    def charter_of(self, relay, desk):
        return relay.get(f"/v1/projects/{desk.id}").json


class CharterLifeTest(CharterCase):
    def test_an_update_is_asked_for_signed_elsewhere_and_submitted(self):
        near, far = self.chain("GE", "RS")
        desk = self.desk([near])
        desk.publish("# Снег\n\nТает.")
        wait_for(lambda: far.holds(desk.log, 1), "the article on RS")

        asked = self.ask(desk, "--title", "Вестник Исети", "--language", "ru", "--language", "tt", "--erase-delay-hours", "24")
        self.assertEqual(2, asked["version"])
        self.assertEqual(["title: Уральские заметки -> Вестник Исети", "languages: ru -> ru tt",
                          "erase delay: 72 hours -> 24 hours"], asked["changes"])
        self.assertEqual((2, []), (asked["signatures_missing"], asked["signed_by"]))
        # One signature is not enough, and a second one by the same key is none.
        for _ in range(2):
            self.assertEqual(1, self.sign(desk, 2)["signatures_missing"])
        refused = desk.call("project", "submit", self.request, expect=1)
        self.assertEqual("charter-below-threshold", refused["error"])
        self.assertEqual(1, self.charter_of(near, desk)["charter_version"])

        self.assertEqual(0, self.sign(desk, 3)["signatures_missing"])
        submitted = desk.call("project", "submit", self.request)
        self.assertEqual([True], [relay["taken"] for relay in submitted["relays"]])
        self.assertEqual(asked["charter_hash"], submitted["charter_hash"])
        for relay in (near, far):
            wait_for(lambda: self.charter_of(relay, desk)["charter_version"] == 2, f"the charter on {relay.label}")
            self.assertEqual("Вестник Исети", self.charter_of(relay, desk)["title"])
            self.assertEqual(asked["charter_hash"], self.charter_of(relay, desk)["charter_hash"])
        self.assertEqual("Вестник Исети", desk.call("project", "show")["title"])
        # Submitting again is harmless, and what was signed in one version goes on in the next.
        desk.call("project", "submit", self.request)
        desk.publish("# Ветер\n\nДует.")
        wait_for(lambda: far.holds(desk.log, 2), "the second article on RS")

    def test_copies_that_were_signed_apart_are_submitted_together_by_somebody_without_a_home(self):
        relay, = self.chain("GE")
        desk = self.desk([relay])
        desk.publish("# Снег\n\nТает.")
        self.ask(desk, "--contact", "a@example.org")
        copy = self.folder / "copy"
        shutil.copy(self.request, copy)
        self.sign(desk, 1)
        self.sign(desk, 2, copy)
        done = self.tamizdat("project", "submit", self.request, copy, "--relay", relay.address)
        self.assertEqual((2, False), (done["version"], done["kept_in_home"]))
        self.assertEqual(2, self.charter_of(relay, desk)["charter_version"])

    def test_what_the_project_could_not_live_with_is_refused_at_the_keyboard(self):
        relay, = self.chain("GE")
        desk = self.desk([relay])
        desk.publish("# Снег\n\nТает.")
        first, second, third = desk.project["root_keys"]
        for words in (["--remove-root-key", first, "--remove-root-key", second], ["--threshold", "4"], ["--threshold", "0"],
                      ["--expires", "2020-01-01"], ["--expires", "soon"], ["--copies", "2"], ["--quorum", "1"], [],
                      ["--add-root-key", third], ["--remove-root-key", desk.project["desks"][0]["desk"]]):
            with self.subTest(words):
                self.ask(desk, *words, expect=2)
                self.assertFalse(self.request.exists())

    def test_an_update_on_top_of_an_old_charter_is_not_sent(self):
        relay, = self.chain("GE")
        desk = self.desk([relay])
        desk.publish("# Снег\n\nТает.")
        self.ask(desk, "--title", "Первое")
        late = self.folder / "late"
        shutil.copy(self.request, late)
        self.update(desk, "--title", "Второе")
        self.sign(desk, 2, late)
        # The key that signed the second one does not sign the first, unless it is told to.
        self.assertEqual("charter-signed-another", self.sign(desk, 1, late, expect=1)["error"])
        self.sign(desk, 1, late, "--sign-another")
        refused = desk.call("project", "submit", late, expect=3)
        self.assertEqual("charter-forked", refused["error"])
        self.assertIn("Make the request anew", refused["text"])
        # Nor by somebody who knows no other charter than that of the request.
        self.assertEqual("charter-forked", self.tamizdat("project", "submit", late, "--relay", relay.address, expect=3)["error"])
        self.assertEqual("Второе", self.charter_of(relay, desk)["title"])

    def test_files_that_are_no_request_and_requests_that_do_not_belong_together_are_told(self):
        relay, = self.chain("GE")
        desk = self.desk([relay])
        desk.publish("# Снег\n\nТает.")
        self.ask(desk, "--title", "Первое")
        other = self.folder / "other"
        shutil.copy(self.request, other)
        self.ask(desk, "--title", "Второе")
        self.sign(desk, 1)
        self.assertEqual("request-of-another-charter",
                         self.tamizdat("project", "submit", self.request, other, "--relay", relay.address, expect=3)["error"])

        octets = self.request.read_bytes()
        chain = relay.get(f"/v1/projects/{desk.id}/charters").body
        altered = octets[:-1] + bytes([octets[-1] ^ 1])  # within the last signature
        for content, code in ((b"", "not-a-charter-request"), (octets[:-1], "not-a-charter-request"), (chain, "not-a-charter-request"),
                              (chain + chain, "charter-known"), (octets + chain, "charter-below-threshold"),
                              (altered, "charter-signature-invalid")):
            with self.subTest(code, octets=len(content)):
                other.write_bytes(content)
                self.assertEqual(code, self.sign(desk, 2, other, expect=3)["error"])
                self.assertEqual(content, other.read_bytes())

    def test_root_keys_are_replaced_and_the_old_ones_rule_no_more(self):
        relay, = self.chain("GE")
        desk = self.desk([relay])
        desk.publish("# Снег\n\nТает.")
        lost = desk.project["root_keys"][2]
        self.ask(desk, "--remove-root-key", lost)
        self.sign(desk, 1)
        self.sign(desk, 2)
        desk.call("project", "submit", self.request)
        self.ask(desk, "--title", "Без третьего")
        self.assertEqual("not-a-root-key", self.sign(desk, 3, expect=1)["error"])

    def test_one_root_key_freezes_and_an_update_without_it_thaws(self):
        near, far = self.chain("GE", "RS")
        desk = self.desk([near])
        desk.publish("# Снег\n\nТает.")
        wait_for(lambda: far.holds(desk.log, 1), "the article on RS")
        freeze = ("project", "freeze", "--root-key", self.root_key(desk, 3), *desk.passphrase(), "--project", desk.id, "--relay",
                  near.address)
        self.assertEqual([True], [relay["taken"] for relay in self.tamizdat(*freeze)["relays"]])
        for relay in (near, far):
            wait_for(lambda: relay.get(f"/v1/projects/{desk.id}/statements").body, f"the freeze on {relay.label}")
        # The desk signs, no relay takes it, and it waits; desk and readers learn why.
        refused = desk.publish("# Дождь\n\nИдёт.", expect=5)
        self.assertEqual(("refuses", 1), (refused["relays"][0]["state"], refused["relays"][0]["waiting"]))
        self.assertIn("frozen", refused["relays"][0]["text"])
        self.assertEqual(desk.project["root_keys"][2], desk.call("project", "show")["frozen"]["root_key"])
        self.assertIn("frozen", desk.call("status")["project"])
        out = self.folder / "news"
        self.assertIn("frozen", fetch(far, out)["logs"][0])
        self.assertIn("frozen", verify(out)["projects"][0])
        for words in (["project", "show"], ["status"]):
            self.assertIn("frozen since", run(*desk.command(*words)[:-1]).stdout)
        self.assertIn("frozen since", run(CLI, "verify", out).stdout)
        self.ask(desk, "--remove-root-key", desk.project["root_keys"][2])
        self.sign(desk, 1)
        self.sign(desk, 2)
        desk.call("project", "submit", self.request)
        wait_for(lambda: self.charter_of(far, desk)["charter_version"] == 2, "the charter on RS")
        desk.call("send")
        wait_for(lambda: far.holds(desk.log, 2), "the article that waited on RS")
        self.assertNotIn("frozen", desk.call("project", "show"))
        fetch(far, out)
        self.assertNotIn("frozen", verify(out)["projects"][0])
        self.assertEqual("not-a-root-key", self.tamizdat(*freeze, expect=1)["error"])

    def test_relays_that_count_are_listed_by_the_keys_that_they_tell(self):
        near, far = self.chain("GE", "RS")
        desk = self.desk([near])
        desk.publish("# Снег\n\nТает.")
        asked = self.ask(desk, "--add-relay", near.address, "--add-relay", far.address + " DE", "--copies", "2", "--countries", "2")
        self.assertIn("cannot be met without GE", " ".join(asked["warnings"]))
        self.assertNotIn("alone are a quorum", " ".join(asked["warnings"]))
        self.sign(desk, 1)
        self.sign(desk, 2)
        desk.call("project", "submit", self.request)
        policy = desk.call("project", "show")["policy"]
        ids = [re.search(r"tzrelay1\w+", relay.address)[0] for relay in (near, far)]
        self.assertEqual([(ids[0], "GE"), (ids[1], "DE")], [(relay["relay"], relay["country"]) for relay in policy["relays"]])
        self.assertEqual((2, 2, 2), (policy["quorum"], policy["copies"], policy["countries"]))
        # Without one of them the rest is still more than half of itself; the same relay is listed once.
        asked = self.ask(desk, "--remove-policy-relay", ids[1], "--add-relay", near.address, "--copies", "1", "--countries", "1")
        self.assertIn("witness quorum: 2 -> 1", asked["changes"])
        self.assertIn("alone are a quorum", " ".join(asked["warnings"]))

    def test_from_sixty_days_before_a_charter_expires_every_command_says_so(self):
        relay, = self.chain("GE")
        desk = self.desk([relay])
        desk.publish("# Снег\n\nТает.")
        today = datetime.date.today()
        out = self.folder / "out"
        commands = [desk.command("project", "show"), desk.command("status"), desk.command("send"), desk.command("relay", "list"),
                    [CLI, "fetch", "--relay", relay.address, "--out", out, "--home", self.folder / "none"], [CLI, "verify", out]]
        for days, is_told in ((90, False), (59, True)):
            expires = str(today + datetime.timedelta(days))
            self.update(desk, "--expires", expires)
            for command in commands:
                said = run(*command).stderr
                self.assertEqual(is_told, f"expires on {expires}" in said, (command, said))
            # Who signs without a home sees it too.
            self.ask(desk, "--contact", f"desk-{days}@example.org")
            said = run(CLI, "project", "sign", self.request, "--root-key", self.root_key(desk, 2), *desk.passphrase()).stderr
            self.assertEqual(is_told, f"expires on {expires}" in said, said)

    def test_a_request_that_was_touched_is_not_signed(self):
        relay, = self.chain("GE")
        desk = self.desk([relay])
        desk.publish("# Снег\n\nТает.")
        self.ask(desk, "--title", "Первое")
        whole = self.request.read_bytes()
        self.request.write_bytes(whole[:-3])
        self.sign(desk, 1, expect=3)
        self.request.write_bytes(whole[:-3] + b"abc")
        self.sign(desk, 1, expect=3)


if __name__ == "__main__":
    unittest.main()
