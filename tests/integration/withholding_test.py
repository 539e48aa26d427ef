"""What an operator does not serve: the notice in its place, what others still get, and how it comes back."""

import shutil
import unittest
import xml.etree.ElementTree as xml

from relays import CLI, DATA, RELAY, run, verify, wait_for
from witness_test import RECEIPT, WitnessCase, fields, print_id, relay_id, statements

ATOM = "{http://www.w3.org/2005/Atom}"
WITHHOLDING, WITHHELD = 9, 2
REASON = "Решение городского суда Тбилиси от 20 ноября 2026 г."


def withhold(relay, entry, *words, expect=0):
    return run(RELAY, "withhold", relay.folder, entry, *(words or ("--country", "GE", "--reason", REASON)), expect=expect)


def lift(relay, entry, expect=0):
    return run(RELAY, "withhold", relay.folder, entry, "--lift", expect=expect)


def listed(relay):
    return run(RELAY, "withholdings", relay.folder).stdout


def absences_in(bundle):
    """Of each entry of a bundle the reason why its body is not there, or None."""
    entries = [dict((field, value) for field, _, value in fields(entry)) for number, _, entry in fields(bundle) if number == 3]
    return [entry.get(3) for entry in entries]


class WithholdingCase(WitnessCase):
    def page(self, relay, entry, kind="a", language="en"):
        return relay.get(f"/{kind}/{entry}", **{"Accept-Language": language})

    def publish(self, desk, title, text="Снег тает с краёв.", *words):
        return desk.publish(f"# {title}\n\n{text}", *words)["entries"][0]["entry"]

    def titles(self, relay):
        return [each.findtext(f"{ATOM}title") for each in xml.fromstring(relay.get("/feed.atom").body).findall(f"{ATOM}entry")]

    def bundle(self, relay, desk):
        return relay.get(f"/v1/logs/{desk.log}/bundles?from=0").body

    def wait_for_status(self, relay, entry, status, kind="a"):
        wait_for(lambda: self.page(relay, entry, kind).status == status, f"{status} of {entry} on {relay.label}")


class WithholdingTest(WithholdingCase):
    def setUp(self):
        super().setUp()
        self.ge, self.rs = self.ring("GE", "RS")
        self.writer = self.desk([self.ge])
        shutil.copy(DATA / "pictures/cmyk.jpg", self.writer.folder / "picture.jpg")
        self.stays = self.publish(self.writer, "Остаётся")
        self.goes = self.publish(self.writer, "Уходит", "Имя судьи.\n\n![Суд](picture.jpg)")
        self.listed(self.writer, [self.ge, self.rs], "--copies", "2", "--countries", "2")
        self.wait_for_same(self.relays, self.writer.log, 2)
        for relay in self.relays:
            wait_for(lambda: "Уходит" in self.titles(relay), f"the article on {relay.label}")
        wait_for(lambda: len(statements(self.ge, self.writer, RECEIPT)) == 2, "both receipts on GE")

    def exceptions(self, relay):
        """{mirror key: [absences]} of the receipts that the relay holds."""
        out = {}
        for _, content, key in statements(relay, self.writer, RECEIPT):
            out[key] = [dict((field, value) for field, _, value in fields(part)).get(3) for number, _, part in fields(content) if number == 7]
        return out

    def test_a_withheld_article_is_a_notice_here_and_an_article_elsewhere(self):
        picture = next(word for word in self.page(self.ge, self.goes).text.split('"') if word.startswith("/b/"))
        self.assertEqual(200, self.ge.get(picture).status)
        said = withhold(self.ge, self.goes).stdout
        self.assertIn(f"{self.goes} (GE): {REASON}", said)
        self.wait_for_status(self.ge, self.goes, 451)
        for kind in "av":
            page = self.page(self.ge, self.goes, kind)
            self.assertEqual((451, '</>; rel="blocked-by"'), (page.status, page.headers["Link"]))
            for word in (REASON, "By the law of", "Georgia", f"https://127.0.0.1:{self.rs.port}/{kind}/{self.goes}"):
                self.assertIn(word, page.text)
            for word in ("Уходит", "Имя судьи"):
                self.assertNotIn(word, page.text)
        self.assertIn("По праву страны", self.page(self.ge, self.goes, language="ru").text)
        self.assertEqual(451, self.ge.get(picture).status)
        entry = self.ge.get(f"/v1/entries/{self.goes}")
        self.assertEqual((451, "entry-withheld"), (entry.status, entry.json["error"]))
        self.assertIn(REASON, entry.json["text"])
        self.assertEqual([None, WITHHELD], absences_in(self.bundle(self.ge, self.writer)))
        self.assertEqual(["Остаётся"], self.titles(self.ge))
        for place in ("/", f"/p/{self.writer.id}", "/feed.rss", "/feed.json", f"/p/{self.writer.id}/feed.atom"):
            self.assertNotIn("Уходит", self.ge.get(place).text, place)

        # Elsewhere nothing has changed, but that the notice is known.
        self.assertIn("Имя судьи", self.page(self.rs, self.goes).text)
        self.assertEqual([None, None], absences_in(self.bundle(self.rs, self.writer)))
        wait_for(lambda: statements(self.rs, self.writer, WITHHOLDING), "the notice on RS")
        wait_for(lambda: sorted(map(len, self.exceptions(self.rs).values())) == [0, 1], "a receipt that names the exception")
        self.assertIn([WITHHELD], self.exceptions(self.rs).values())
        self.assertIn(f"{self.goes} (GE): {REASON}", listed(self.ge))

        # And it comes back.
        self.assertIn(self.goes, lift(self.ge, self.goes).stdout)
        self.wait_for_status(self.ge, self.goes, 200)
        self.assertIn("Имя судьи", self.page(self.ge, self.goes).text)
        wait_for(lambda: "Уходит" in self.titles(self.ge), "the article in the feed again")
        self.assertEqual(200, self.ge.get(picture).status)
        self.assertEqual([None, None], absences_in(self.bundle(self.ge, self.writer)))
        wait_for(lambda: list(self.exceptions(self.rs).values()) == [[], []], "a receipt without the exception")
        self.assertEqual("nothing is withheld here\n", listed(self.ge))
        self.assertIn("nothing of", lift(self.ge, self.goes, expect=1).stderr)

    def test_readers_and_the_newsroom_are_told_and_take_the_text_from_another_relay(self):
        withhold(self.ge, self.goes)
        notice = {"entry": self.goes, "relay": relay_id(self.ge), "country": "GE", "reason": REASON}
        told = lambda report: [{key: each[key] for key in notice} for each in report["withheld"]]
        news = self.folder / "news"
        alone = self.fetched([self.ge], news)
        self.assertEqual(([notice], 1), (told(alone), alone["logs"][0]["entries_absent"]))
        proven = verify(news)
        self.assertEqual([notice], told(proven))
        self.assertEqual(1, proven["logs"][0]["entries_absent"])
        self.assertEqual(0, self.fetched([self.ge, self.rs], news)["logs"][0]["entries_absent"])
        self.assertEqual(([notice], 0), (told(proven := verify(news)), proven["logs"][0]["entries_absent"]))
        line = f"withheld by {relay_id(self.ge)} (GE) since "
        for words in (("verify", news), ("status", self.goes, "--home", self.writer.home), ("status", "--home", self.writer.home)):
            self.assertIn(line, run(CLI, *words).stdout, words)
        self.assertEqual([notice], told(self.writer.call("status", self.goes)))
        self.assertEqual([], told(self.writer.call("status", self.stays)))
        # A relay that says what it leaves out breaks no promise.
        wait_for(lambda: [WITHHELD] in self.exceptions(self.rs).values(), "a receipt that names the exception")
        self.writer.call("status", "--audit")
        lift(self.ge, self.goes)
        self.assertEqual([], told(self.fetched([self.ge], news)))

    def test_a_notice_that_is_made_with_the_relay_stopped_holds_from_its_first_page_on(self):
        self.ge.stop()
        self.assertIn(self.goes, withhold(self.ge, self.goes).stdout)
        self.assertIn(REASON, listed(self.ge))
        self.ge.start()
        self.assertEqual(451, self.page(self.ge, self.goes, "v").status)
        self.wait_for_status(self.ge, self.goes, 451)
        wait_for(lambda: [WITHHELD] in self.exceptions(self.rs).values(), "a receipt that names the exception")
        self.ge.kill()
        self.ge.start()
        self.assertEqual(451, self.page(self.ge, self.goes, "v").status)
        self.ge.stop()
        lift(self.ge, self.goes)
        self.ge.start()
        self.wait_for_status(self.ge, self.goes, 200)

    def test_the_address_of_a_page_names_the_article_with_its_corrections(self):
        (self.folder / "new.md").write_text("# Уходит\n\nДругое имя.", encoding="utf-8")
        correction = self.writer.call("correct", self.goes, self.folder / "new.md", *self.writer.passphrase())["entries"][0]["entry"]
        wait_for(lambda: "Другое имя" in self.page(self.ge, self.goes).text, "the correction")
        # An old version by itself: the article as it stands is served on.
        withhold(self.ge, f"https://127.0.0.1:{self.ge.port}/v/{self.goes}")
        self.assertEqual(451, self.page(self.ge, self.goes, "v").status)
        self.assertIn("Другое имя", self.page(self.ge, self.goes).text)
        self.assertEqual(2, len(withhold(self.ge, f"https://127.0.0.1:{self.ge.port}/a/{self.goes}?page=1").stdout.splitlines()) - 1)
        self.wait_for_status(self.ge, self.goes, 451)
        self.assertEqual(451, self.page(self.ge, correction, "v").status)
        lift(self.ge, f"/a/{correction}")
        self.wait_for_status(self.ge, self.goes, 200)
        # The text that was corrected does not come back in the place of the correction.
        withhold(self.ge, correction)
        self.wait_for_status(self.ge, self.goes, 451)
        self.assertEqual(200, self.page(self.ge, self.goes, "v").status)
        self.assertEqual(["Остаётся"], self.titles(self.ge))

    def test_wrong_orders_say_what_to_do(self):
        for words, told in (
            (("nothing", "--country", "GE", "--reason", "x"), "names no entry"),
            ((self.writer.id, "--country", "GE", "--reason", "x"), "project"),
            ((self.goes, "--reason", "x"), "give --country CC"),
            ((self.goes, "--country", "UK", "--reason", "x"), "no country"),
            ((self.goes, "--country", "GE"), "readers are told why"),
            ((self.goes, "--country", "GE", "--reason", "x" * 1025), "1025 octets"),
            ((self.goes, "--country", "GE", "--reason", "one\ntwo"), "one line of text"),
            ((self.goes, "--lift", "--country", "GE"), "--lift ends what was said"),
            ((self.goes, "--lift"), "nothing of"),
        ):
            self.assertIn(told, withhold(self.ge, *words, expect=1).stderr)
        self.assertEqual(200, self.page(self.ge, self.goes).status)
        retraction = self.writer.call("retract", self.stays, "--reason", "error", *self.writer.passphrase())["entries"][0]["entry"]
        wait_for(lambda: self.page(self.rs, self.stays).status == 410, "the retraction on RS")
        self.assertIn("is a retraction", withhold(self.rs, retraction, expect=1).stderr)
        unknown = print_id("tzentry", bytes(32))
        self.assertIn("does not hold the entry", withhold(self.ge, unknown, expect=1).stderr)
        self.ge.stop()
        self.assertIn("does not hold the entry", withhold(self.ge, unknown, expect=1).stderr)


class KeptFromPeersTest(WithholdingCase):
    """Relays that all know each other; RS comes when the others have the article already."""

    def setUp(self):
        super().setUp()
        self.ge, self.rs, self.de = self.make_relays("GE", "RS", "DE")
        for relay in self.relays:
            for other in self.relays:
                if other is not relay:
                    relay.add_peer(other.address)
        self.ge.start()
        self.de.start()
        self.writer = self.desk([self.ge])
        self.goes = self.publish(self.writer, "Уходит", "Имя судьи.")
        self.publish(self.writer, "Остаётся")
        self.wait_for_same([self.ge, self.de], self.writer.log, 2)
        self.de.stop()
        withhold(self.ge, self.goes, "--country", "GE", "--reason", REASON, "--keep-from-peers")
        self.assertIn("kept from peers too", listed(self.ge))
        self.rs.start()
        self.wait_for_same([self.ge, self.rs], self.writer.log, 2)

    def text_on_rs(self):
        return "Имя судьи" in self.page(self.rs, self.goes).text

    def test_peers_get_the_log_without_the_text_and_take_it_from_another(self):
        self.assertEqual([WITHHELD, None], absences_in(self.bundle(self.rs, self.writer)))
        self.assertEqual(200, self.page(self.rs, self.goes).status)
        self.assertFalse(self.text_on_rs())
        self.de.start()
        wait_for(self.text_on_rs, "the text from DE")
        self.assertEqual(451, self.page(self.ge, self.goes).status)

    def test_the_text_comes_when_the_notice_is_lifted(self):
        self.assertFalse(self.text_on_rs())
        lift(self.ge, self.goes)
        wait_for(self.text_on_rs, "the text from GE")


if __name__ == "__main__":
    unittest.main()
