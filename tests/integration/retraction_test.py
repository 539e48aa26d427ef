"""What a newsroom takes back: hidden at once on every relay, with a page that says since when and why."""

import unittest
import xml.etree.ElementTree as xml

from relays import Case, fetch, run, wait_for

ATOM = "{http://www.w3.org/2005/Atom}"


class RetractionTest(Case):
    def setUp(self):
        super().setUp()
        self.a, self.b = self.chain("GE", "RS")
        self.writer = self.desk([self.a])

    def publish(self, title, text="Снег тает с краёв."):
        return self.writer.publish(f"# {title}\n\n{text}")["entries"][0]["entry"]

    def retract(self, entry, reason="error", *words, expect=0):
        return self.writer.call("retract", entry, "--reason", reason, *self.writer.passphrase(), *words, expect=expect)

    def page(self, relay, entry, kind="a"):
        return relay.get(f"/{kind}/{entry}", **{"Accept-Language": "en"})

    def titles(self, relay, feed="/feed.atom"):
        return [each.findtext(f"{ATOM}title") for each in xml.fromstring(relay.get(feed).body).findall(f"{ATOM}entry")]

    def wait_until_hidden(self, entry):
        for relay in self.relays:
            wait_for(lambda: self.page(relay, entry).status == 410, f"{relay.label} to hide {entry}")

    def test_a_retracted_article_is_gone_from_pages_feeds_and_downloads_of_both_relays(self):
        stays, goes = self.publish("Остаётся"), self.publish("Уходит", "Имя источника.")
        self.wait_for_same(self.relays, self.writer.log, 2)
        for relay in self.relays:
            wait_for(lambda: len(self.titles(relay)) == 2, f"both articles on {relay.label}")
        report = self.retract(goes, "source-at-risk")
        self.assertEqual(["retraction"], [each["kind"] for each in report["entries"]])
        self.wait_until_hidden(goes)
        for relay in self.relays:
            page = self.page(relay, goes)
            self.assertIn("a source is at risk", page.text)
            self.assertIn("retracted", page.text)
            self.assertNotIn("Имя источника", page.text)
            self.assertNotIn("Уходит", page.text)
            self.assertEqual(410, self.page(relay, goes, "v").status)
            self.assertEqual((410, "entry-retracted"), ((got := relay.get(f"/v1/entries/{goes}")).status, got.json["error"]))
            self.assertEqual(200, self.page(relay, stays).status)
            self.assertEqual(["Остаётся"], self.titles(relay))
            for place in ("/", f"/p/{self.writer.id}", "/feed.rss", "/feed.json", f"/p/{self.writer.id}/feed.atom"):
                self.assertNotIn("Уходит", relay.get(place).text, place)

    def test_the_signed_copy_for_mirrors_has_the_entry_without_its_text_from_the_same_moment_on(self):
        self.publish("Остаётся")
        goes = self.publish("Уходит", "Имя источника.")
        self.retract(goes)
        self.wait_until_hidden(goes)
        for relay in self.relays:
            self.assertNotIn("Имя источника".encode(), relay.get(f"/v1/logs/{self.writer.log}/bundles?from=0").body)
        report = fetch(self.b, self.folder / "news")
        self.assertEqual((3, 1), (report["logs"][0]["entries"], report["logs"][0]["entries_absent"]))
        # The desk knows that it was retracted: no relay is accused of having lost it.
        self.writer.call("status", "--audit")

    def test_a_relay_that_starts_again_hides_what_was_retracted_from_its_first_page_on(self):
        goes = self.publish("Уходит")
        self.retract(goes)
        self.wait_until_hidden(goes)
        self.a.stop()
        self.a.start()
        self.assertEqual(410, self.page(self.a, goes).status)

    def test_an_article_goes_with_its_corrections_and_a_correction_alone_brings_the_version_before_it_back(self):
        bridge = self.publish("Мост", "Мост откроют в марте.")
        (self.folder / "mai.md").write_text("# Мост\n\nМост откроют в мае.", encoding="utf-8")
        done = self.writer.call("correct", bridge, self.folder / "mai.md", *self.writer.passphrase())
        correction = done["entries"][0]
        self.assertEqual("correction", correction["kind"])
        page = wait_for(lambda: "в мае" in (text := self.page(self.b, bridge).text) and text, "the correction")
        self.assertIn("The newsroom corrected this text on", page)
        self.assertIn(f"/v/{bridge}", page)

        self.retract(correction["entry"])
        wait_for(lambda: "в марте" in self.page(self.b, bridge).text, "the first version again")
        self.assertEqual(410, self.page(self.b, correction["entry"], "v").status)
        self.assertEqual(1, len(self.retract(bridge, "legal")["entries"]))
        self.wait_until_hidden(bridge)
        self.assertIn("legal grounds", self.page(self.b, bridge).text)

    def test_a_reader_who_fetched_it_loses_the_page(self):
        goes = self.publish("Уходит")
        self.assertEqual(1, fetch(self.a, self.folder / "news")["logs"][0]["pages_matching"])
        self.retract(goes)
        self.assertEqual(0, fetch(self.a, self.folder / "news")["logs"][0]["pages_matching"])
        self.assertEqual([], list((self.folder / "news").glob("**/*.html")))

    def test_what_this_desk_has_not_published_and_what_has_no_reason_is_refused(self):
        goes = self.publish("Уходит")
        run(*self.writer.command("retract", goes, "--reason", "whim", *self.writer.passphrase()), expect=2)
        self.retract(goes[:-1] + ("q" if goes[-1] != "q" else "p"), expect=2)


if __name__ == "__main__":
    unittest.main()
