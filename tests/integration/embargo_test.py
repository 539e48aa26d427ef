"""Embargoes, from the newsroom to readers of the farthest relay: sealed ones over a restart of everything, and plain ones,
which relays keep from readers and pass on. A knows B, B knows A and C."""

import datetime
import shutil
import time
import unittest

from relays import BUILD, CLI, Case, feed, fetch, run, verify, wait_for

ARTICLE = """---
title: Счёт за мост
language: ru
regions: RU-SVE
---

Мост обошёлся вдвое дороже.
"""
SECRET = "вдвое дороже"
# The plain embargo has to last until the article is on all relays, also on a busy machine.
PLAIN_SECONDS = 60


def in_seconds(seconds):
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    return now + datetime.timedelta(seconds=seconds)


def text_of(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def wait_until(moment):
    while datetime.datetime.now(datetime.timezone.utc) < moment:
        time.sleep(0.1)


class EmbargoTest(Case):
    def setUp(self):
        super().setUp()
        self.a, self.b, self.c = self.chain("GE", "RS", "DE")
        self.writer = self.desk([self.a])

    def page(self, relay, entry):
        answer = relay.get(f"/a/{entry}", **{"Accept-Language": "en"})
        self.assertEqual(200, answer.status, answer.text)
        return answer.text

    def proven(self, folder):
        return {each["entry"]: each for each in verify(folder, "--project", self.writer.id)["entries"]}

    def assert_secret(self, relay, entry):
        """No reader of this relay has the text, however he asks."""
        page = self.page(relay, entry)
        self.assertIn("Under embargo until", page)
        for path in (f"/a/{entry}", f"/v/{entry}", "/", "/feed.atom", f"/v1/entries/{entry}",
                     f"/v1/logs/{self.writer.log}/bundles?from=0"):
            self.assertNotIn(SECRET.encode(), relay.get(path).body, f"{relay.label} {path}")
        self.assertNotIn(entry, relay.get("/").text)

    def release(self, *entries, expect=0):
        return self.writer.call("embargo", "release", *entries, *self.writer.passphrase(), expect=expect)

    def test_a_sealed_article_over_a_restart_of_everything(self):
        until = in_seconds(86400)
        report = self.writer.publish(ARTICLE, "--embargo", text_of(until))
        sealed = report["entries"][0]["entry"]
        self.wait_for_same(self.relays, self.writer.log, 1)
        self.assert_secret(self.c, sealed)
        fetch(self.c, self.folder / "news")
        before = self.proven(self.folder / "news")[sealed]
        self.assertEqual(("embargoed", text_of(until)), (before["absent"], before["embargo_until"]))
        self.assertEqual([], list((self.folder / "news").glob("*.html")))

        # Nothing of the text, and no key, lies readable in the newsroom either.
        for file in self.writer.home.rglob("*"):
            if file.is_file():
                self.assertNotIn(SECRET.encode(), file.read_bytes(), file)
        for relay in self.relays:
            relay.kill()
        for relay in self.relays:
            relay.start()
        self.assert_secret(self.c, sealed)

        self.assertEqual([("waits", sealed)],
                         [(each["state"], each["entry"]) for each in self.writer.call("embargo", "list")["embargoes"]])
        self.assertEqual([], self.release()["entries"])  # its time has not come
        released = self.release(sealed)["entries"]
        self.assertEqual([("embargo key", "Счёт за мост")], [(each["kind"], each["title"]) for each in released])
        self.release(sealed, expect=1)  # once is enough
        self.wait_for_same(self.relays, self.writer.log, 2)
        wait_for(lambda: SECRET in self.page(self.c, sealed), "the opened article")
        self.assertIn(SECRET.encode(), self.c.get("/feed.atom").body)

        fetch(self.c, self.folder / "news")
        after = self.proven(self.folder / "news")
        self.assertEqual("Счёт за мост", after[sealed]["title"])
        key = after[released[0]["entry"]]
        self.assertEqual((sealed, False), (key["opens"], key["key_is_wrong"]))
        pages = list((self.folder / "news").glob("*.html"))
        self.assertIn(SECRET, pages[0].read_text(encoding="utf-8"))

        self.c.kill()
        self.c.start()
        wait_for(lambda: SECRET in self.page(self.c, sealed), "the opened article after a restart")

    def test_ciphertext_that_a_rival_copied_opens_nowhere_but_in_its_own_log(self):
        sealed = self.writer.publish(ARTICLE, "--embargo", text_of(in_seconds(86400)))["entries"][0]["entry"]
        self.release(sealed)
        self.wait_for_same(self.relays, self.writer.log, 2)
        (self.folder / "their charters").write_bytes(self.c.get(f"/v1/projects/{self.writer.id}/charters").body)
        (self.folder / "their bundle").write_bytes(self.c.get(f"/v1/logs/{self.writer.log}/bundles?from=0").body)
        rival = self.folder / "rival"
        rival.mkdir()
        copied = run(BUILD / "tests/integration/rogue_desk", "copy", self.folder / "their charters", self.folder / "their bundle",
                     rival).stdout.strip()
        # Both entries are well formed and signed: relays take them, and never show the text under the rival's name.
        self.assertEqual(200, self.c.ask("PUT", "/v1/charters", (rival / "charters").read_bytes()).status)
        self.assertEqual(200, self.c.ask("PUT", "/v1/bundles", (rival / "bundle").read_bytes()).status)
        self.assertNotIn(SECRET, self.page(self.c, copied))
        self.assertIn(SECRET, self.page(self.c, sealed))
        fetch(self.c, self.folder / "news")
        entries = {each["entry"]: each for each in verify(self.folder / "news")["entries"]}
        self.assertIn("copied or altered", entries[copied]["absent"])
        self.assertEqual("Счёт за мост", entries[sealed]["title"])

    def test_the_next_run_with_the_passphrase_releases_what_has_ended(self):
        until = in_seconds(25)
        sealed = self.writer.publish(ARTICLE, "--embargo", text_of(until))["entries"][0]["entry"]
        wait_until(until)
        sent = run(CLI, "send", "--home", self.writer.home)
        self.assertIn("tamizdat embargo release", sent.stderr)
        source = self.folder / "feed.rss"
        source.write_text(feed([("1", "Река", "Лёд сошёл.")]), encoding="utf-8")
        report = self.writer.import_feed(source)
        self.assertEqual((1, 0), (report["articles"], report["corrections"]), report)
        self.assertEqual(["article", "embargo key"], sorted(each["kind"] for each in report["published"]["entries"]))
        self.wait_for_same(self.relays, self.writer.log, 3)
        wait_for(lambda: SECRET in self.page(self.c, sealed), "the opened article")

    def test_an_import_of_nothing_new_releases_what_has_ended(self):
        source = self.folder / "feed.rss"
        source.write_text(feed([("1", "Река", "Лёд сошёл.")]), encoding="utf-8")
        self.writer.import_feed(source)
        until = in_seconds(25)
        self.writer.publish(ARTICLE, "--embargo", text_of(until))
        wait_until(until)
        report = self.writer.import_feed(source)
        self.assertEqual((0, ["embargo key"]), (report["articles"], [each["kind"] for each in report["published"]["entries"]]))
        self.assertEqual("released", self.writer.call("embargo", "list")["embargoes"][0]["state"])

    def test_a_plain_embargo_is_kept_by_relays_and_passed_on(self):
        until = in_seconds(PLAIN_SECONDS)
        article = self.folder / "article.md"
        article.write_text(ARTICLE, encoding="utf-8")
        told = run(CLI, "publish", article, "--plain-embargo", text_of(until), "--home", self.writer.home,
                   *self.writer.passphrase(), "--json")
        self.assertIn("trusts every relay and every peer", told.stderr)
        self.wait_for_same(self.relays, self.writer.log, 1)
        entry = next(iter(self.proven_of_relay(self.c)))
        for relay in self.relays:
            self.assert_secret(relay, entry)
        self.assertLess(datetime.datetime.now(datetime.timezone.utc), until, "the machine is too slow for this test")

        wait_until(until)
        # C got the text by the link, before its time.
        self.a.kill()
        self.b.kill()
        wait_for(lambda: SECRET in self.page(self.c, entry), "the article after its time")
        self.assertEqual("Счёт за мост", self.proven_of_relay(self.c)[entry]["title"])
        self.a.start()
        self.b.start()

    def proven_of_relay(self, relay):
        fetch(relay, self.folder / "plain")
        return self.proven(self.folder / "plain")

    def test_who_keeps_a_plain_embargo_keeps_his_word_and_an_older_copy_of_the_home_is_told(self):
        older = self.copy_of(self.writer)
        until = in_seconds(86400)
        self.writer.publish(ARTICLE, "--plain-embargo", text_of(until))
        # The relay's receipt is for a text that it gives to nobody yet.
        receipt = wait_for(lambda: self.writer.call("status", "--audit")["relays"][0].get("receipt"), "a receipt")
        self.assertTrue(receipt)
        for _ in range(4):  # the entries are drawn
            self.assertEqual([[]], [relay["broken"] for relay in self.writer.call("status", "--audit")["relays"]])
        refused = older.publish("# Ветер\n\nДует.", expect=6)
        self.assertEqual("history-behind", refused["error"])
        self.assertIn(text_of(until), refused["text"])
        self.assertEqual("audit-of-all", self.writer.call("status", self.writer.log, "--audit", expect=2)["error"])

    def test_a_correction_of_a_sealed_article_is_sealed_as_long(self):
        until = in_seconds(86400)
        for word in ("--embargo", "--plain-embargo"):
            with self.subTest(word):
                article = self.writer.publish("# О снеге\n\nПозже.", word, text_of(until))["entries"][0]["entry"]
                report = self.writer.publish(ARTICLE, "--corrects", article)
                self.assertIn(f"under embargo until {text_of(until)}", " ".join(report["notes"]))
                correction = report["entries"][0]["entry"]
                self.assert_secret(self.a, article)
                self.assertNotIn(SECRET.encode(), self.a.get(f"/v1/entries/{correction}").body)
        # Once it is open, so is what corrects it.
        self.release(*[each["entry"] for each in self.writer.call("embargo", "list")["embargoes"]])
        open_article = self.writer.call("embargo", "list")["embargoes"][0]["entry"]
        self.assertEqual([], self.writer.publish(ARTICLE, "--corrects", open_article)["notes"])
        wait_for(lambda: SECRET.encode() in self.a.get("/feed.atom").body, "the correction")

    def test_a_restored_backup_does_not_release_what_was_retracted_since_and_tells_what_it_cannot_open(self):
        until = in_seconds(20)
        sealed = self.writer.publish(ARTICLE, "--embargo", text_of(until))["entries"][0]["entry"]
        backup = self.folder / "backup"
        shutil.copytree(self.writer.home, backup)
        self.writer.call("retract", sealed, "--reason", "source-at-risk", *self.writer.passphrase())
        later = self.writer.publish(ARTICLE, "--embargo", text_of(in_seconds(86400)))["entries"][0]["entry"]
        shutil.rmtree(self.writer.home)
        backup.rename(self.writer.home)
        wait_until(until)
        report = self.writer.publish("# Снег\n\nТает.")
        self.assertEqual(["article"], [each["kind"] for each in report["entries"]])
        self.assertEqual([], self.writer.call("embargo", "list")["embargoes"])
        self.assertIn(later, " ".join(report["notes"]))
        self.assertNotIn(sealed, " ".join(report["notes"]))

    def test_times_that_cannot_be_meant_are_refused_before_anything_is_signed(self):
        for words, code in ((("--embargo", "tomorrow"), 2), (("--embargo", "2026-12-01T06:30"), 2),
                            (("--embargo", "2020-01-01T00:00:00Z"), 2),
                            (("--embargo", "3h", "--plain-embargo", "3h"), 2)):
            article = self.folder / "article.md"
            article.write_text(ARTICLE, encoding="utf-8")
            run(CLI, "publish", article, *words, "--home", self.writer.home, *self.writer.passphrase(), expect=code)
        self.assertEqual(0, self.writer.call("status")["log_size"])


if __name__ == "__main__":
    unittest.main()
