"""The road: from a newsroom to a reader of the farthest relay, verified at the end. A knows B, B knows A and C."""

import unittest
import xml.etree.ElementTree as xml

from relays import DATA, Case, feed, fetch, verify, wait_for

ATOM = "{http://www.w3.org/2005/Atom}"
ARTICLE = """---
title: Как тает снег
language: ru
regions: RU-SVE
licence: CC-BY-4.0
---

Снег тает **с краёв**: сначала там, где лежит сажа.
"""


def charters_and_bundles(archive):
    """The records of these two kinds (proto/README.md, "Archive"), each with its length."""
    at = 0
    while at < len(archive):
        end = at + 4 + int.from_bytes(archive[at:at + 4], "big")
        if archive[at + 4] in (0x0a, 0x12):
            yield archive[at:end]
        at = end


class RoadTest(Case):
    def setUp(self):
        super().setUp()
        self.a, self.b, self.c = self.chain("GE", "RS", "DE")
        self.writer = self.desk([self.a])

    def page_of(self, relay, entry):
        answer = relay.get(f"/a/{entry}", **{"Accept-Language": "ru"})
        self.assertEqual(200, answer.status, answer.text)
        return answer.text

    def atom_entries(self, relay):
        answer = relay.get("/feed.atom")
        self.assertEqual(200, answer.status)
        return xml.fromstring(answer.body).findall(f"{ATOM}entry")

    def test_what_is_published_on_a_is_read_and_proven_on_c(self):
        report = self.writer.publish(ARTICLE)
        self.assertEqual([("holds-all", "GE")], [(relay["state"], relay["label"]) for relay in report["relays"]])
        entry = report["entries"][0]["entry"]
        self.wait_for_same(self.relays, self.writer.log, 1)

        fetched = fetch(self.c, self.folder / "news")
        self.assertEqual([(self.writer.id, 1)], [(log["project"], log["entries"]) for log in fetched["logs"]])
        proven = verify(self.folder / "news", "--project", self.writer.id)
        self.assertEqual([(entry, "Как тает снег")], [(each["entry"], each["title"]) for each in proven["entries"]])
        self.assertTrue(proven["projects"][0]["confirmed"])

        self.assertIn("<strong>с краёв</strong>", self.page_of(self.c, entry))
        titles = [each.findtext(f"{ATOM}title") for each in self.atom_entries(self.c)]
        self.assertEqual(["Как тает снег"], titles)

    def test_the_proof_behind_the_page_is_the_newsrooms(self):
        entry = self.writer.publish(ARTICLE)["entries"][0]["entry"]
        self.wait_for_same(self.relays, self.writer.log, 1)
        proof = self.c.get(f"/v1/entries/{entry}")
        # What relays say beside it, each for itself, comes behind.
        proven = b"".join(charters_and_bundles(proof.body))
        self.assertEqual(proven, b"".join(charters_and_bundles(self.a.get(f"/v1/entries/{entry}").body)))
        self.assertTrue(proof.body.startswith(proven))
        (self.folder / "one.tamizdat").write_bytes(proof.body)
        self.assertEqual([entry], [each["entry"] for each in verify(self.folder / "one.tamizdat")["entries"]])

        altered = bytearray(proof.body)
        altered[len(proven) - 40] ^= 1
        (self.folder / "altered.tamizdat").write_bytes(altered)
        verify(self.folder / "altered.tamizdat", expect=3)

    def test_another_project_is_not_taken_for_this_one(self):
        self.writer.publish(ARTICLE)
        self.wait_for_same(self.relays, self.writer.log, 1)
        fetch(self.c, self.folder / "news")
        other = self.desk([], "Other News")
        verify(self.folder / "news", "--project", other.id, expect=3)

    def test_a_feed_is_imported_once(self):
        source = DATA / "feeds/atom.xml"
        first = self.writer.import_feed(source)
        self.assertEqual((4, 0), (first["articles"], first["corrections"]), first)
        again = self.writer.import_feed(source)
        self.assertEqual((0, 0), (again["articles"], again["corrections"]), again)
        self.assertEqual(4, again["published"]["log_size"])
        self.wait_for_same(self.relays, self.writer.log, 4)
        self.assertEqual({"urn:1", "urn:2", "urn:3", "urn:4"},
                         {each.findtext(f"{ATOM}id") for each in self.atom_entries(self.c)})

    def test_a_changed_text_is_a_correction_that_readers_of_c_see(self):
        source = self.folder / "feed.rss"
        source.write_text(feed([("1", "Мост", "Мост откроют в марте."), ("2", "Река", "Лёд сошёл.")]), encoding="utf-8")
        first = self.writer.import_feed(source)["published"]["entries"]
        bridge = next(each["entry"] for each in first if each["title"] == "Мост")
        self.wait_for_same(self.relays, self.writer.log, 2)
        self.assertIn("в марте", self.page_of(self.c, bridge))
        ids = {each.findtext(f"{ATOM}id") for each in self.atom_entries(self.c)}

        source.write_text(feed([("1", "Мост", "Мост откроют в мае."), ("2", "Река", "Лёд сошёл.")]), encoding="utf-8")
        report = self.writer.import_feed(source)
        self.assertEqual((0, 1, 1), (report["articles"], report["corrections"], report["unchanged"]), report)
        self.wait_for_same(self.relays, self.writer.log, 3)

        page = wait_for(lambda: "в мае" in (text := self.page_of(self.c, bridge)) and text, "the corrected page")
        self.assertNotIn("в марте", page)
        self.assertIn('id="history"', page)
        self.assertEqual(ids, {each.findtext(f"{ATOM}id") for each in self.atom_entries(self.c)})


if __name__ == "__main__":
    unittest.main()
