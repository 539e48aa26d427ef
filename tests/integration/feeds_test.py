"""The feeds of a real relay, every form of every channel, under a strict checker (feed_check.py)."""

import re
import unittest

from feed_case import FeedCase
from feed_check import faults

FORMS = {"feed.atom": "application/atom+xml", "feed.rss": "application/rss+xml", "feed.json": "application/feed+json"}


class FeedCheckTest(unittest.TestCase):
    """The test of the test: the checker has to see what is wrong."""

    ATOM = ('<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:a</id><title>t</title>'
            '<updated>2026-03-01T10:00:00Z</updated><link rel="self" href="https://a.example/f"/><entry><id>urn:b</id>'
            '<title>t</title><updated>2026-03-01T10:00:00Z</updated><link rel="alternate" href="https://a.example/b"/>'
            '<author><name>n</name></author><content type="html">text</content></entry></feed>')
    RSS = ('<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0" xmlns:a="http://www.w3.org/2005/Atom" '
           'xmlns:c="http://purl.org/rss/1.0/modules/content/" xmlns:d="http://purl.org/dc/elements/1.1/"><channel>'
           '<title>t</title><link>https://a.example/</link><description>d</description><a:link rel="self" '
           'href="https://a.example/f"/><item><title>t</title><link>https://a.example/b</link>'
           '<guid isPermaLink="false">b</guid><pubDate>Sun, 01 Mar 2026 10:20:00 +0000</pubDate>'
           '<d:creator>n</d:creator><a:updated>2026-03-01T10:00:00Z</a:updated><c:encoded>text</c:encoded></item></channel></rss>')
    JSON = ('{"version": "https://jsonfeed.org/version/1.1", "title": "t", "home_page_url": "https://a.example/", "feed_url":'
            ' "https://a.example/f", "items": [{"id": "b", "title": "t", "url": "https://a.example/b", "content_html": "text",'
            ' "date_published": "2026-03-01T10:00:00Z", "date_modified": "2026-03-01T10:00:00Z", "authors": [{"name": "n"}]}]}')

    def check(self, kind, good, changes):
        self.assertEqual([], faults(kind, kind, good.encode()))
        for old, new in changes:
            self.assertIn(old, good)
            with self.subTest(new, old=old):
                self.assertNotEqual([], faults(kind, kind, good.replace(old, new).encode()))
        self.assertNotEqual([], faults(kind, "text/html", good.encode()))

    def test_of_atom(self):
        self.check("application/atom+xml", self.ATOM,
                   [("<id>urn:b</id>", ""), ("urn:b", "b"), ("<id>urn:b</id>", "<id>urn:b</id><id>urn:c</id>"),
                    ("<title>t</title>", ""), ("2026-03-01T10:00:00Z", "2026-03-01 10:00"), ("<name>n</name>", "<name/>"),
                    ("https://a.example/b", "/b"), ('rel="self"', 'rel="related"'), ("text<", "&lt;script&gt;<"),
                    ("text<", "&lt;a href=&quot;/x&quot;&gt;x&lt;/a&gt;<"), ("</entry>", "</entry>" + re.search(
                        "<entry>.*</entry>", self.ATOM)[0]), ("<content", "<category/><content")])

    def test_of_rss(self):
        self.check("application/rss+xml", self.RSS,
                   [("isPermaLink=\"false\"", ""), ("Sun, 01 Mar", "Mon, 01 Mar"), ("+0000", "UTC+0"), (">text<", "><"),
                    ("<description>d</description>", ""), ("https://a.example/b", "b"), ("<d:creator>n</d:creator>", ""),
                    ("<item>", "<item><author>n</author>"), ("</item>", "</item>" + re.search("<item>.*</item>", self.RSS)[0])])

    def test_of_json(self):
        self.check("application/feed+json", self.JSON,
                   [("version/1.1", "version/1"), ('"id": "b"', '"id": 7'), ("https://a.example/b", "/b"),
                    ("2026-03-01T10:00:00Z", "yesterday"), ('"n"', '""'), ("text", "<script>")])


class FeedsTest(FeedCase):
    def channels(self):
        project = f"/p/{self.writer.id}"
        return ["", project, f"{project}/l/ru", "/r/RU-SVE", "/l/ru", "/t/11000000", "/t/12000000"]

    def older(self, relay, path):
        """The addresses of the further pages."""
        while True:
            answer = relay.get(path)
            self.assertEqual(200, answer.status, path)
            yield path, answer
            following = (answer.json.get("next_url") if path.split("?")[0].endswith(".json") else
                         next(iter(re.findall(r'<(?:atom:)?link rel="next"[^>]* href="([^"]*)"', answer.text)), None))
            if not following:
                return
            self.assertTrue(following.startswith(self.url(relay, "/")), following)
            path = following.removeprefix(self.url(relay, ""))

    def test_every_feed_is_without_fault(self):
        relay = self.relays_here[1]
        pages = 0
        for channel in self.channels():
            for name, kind in FORMS.items():
                for path, answer in self.older(relay, f"{channel}/{name}"):
                    with self.subTest(path):
                        pages += 1
                        self.assertEqual([], faults(kind, answer.headers["Content-Type"], answer.body))
                        self.assertIsNotNone(answer.headers["ETag"])
        self.assertEqual((5 * 2 + 2) * 3, pages)  # 51 articles are two pages
        answer = relay.get("/feeds.opml")
        self.assertEqual([], faults("text/x-opml", answer.headers["Content-Type"], answer.body))

    def test_the_archive_is_whole_and_without_fault(self):
        relay = self.relays_here[1]
        path, titles, pages = f"/p/{self.writer.id}/feed.atom", {}, 0
        while path:
            answer = relay.get(path)
            self.assertEqual([], faults("application/atom+xml", answer.headers["Content-Type"], answer.body))
            for entry in re.findall(r"<entry.*?</entry>", answer.text, re.DOTALL):
                one, title, updated = (re.search(f"<{name}>(.*?)</{name}>", entry)[1] for name in ("id", "title", "updated"))
                titles[one] = max(titles.get(one, ("", "")), (updated, title))
            found = re.search(r'rel="prev-archive"[^>]* href="([^"]*)"', answer.text)
            path, pages = found and found[1].removeprefix(self.url(relay, "")), pages + 1
            # The archive is the same on the other relay but for its name.
            other = self.relays_here[0]
            if path:
                self.assertEqual(relay.get(path).text,
                                 other.get(path).text.replace(self.url(other, ""), self.url(relay, "")))
        self.assertEqual(3, pages)
        self.assertEqual(51, len(titles))
        self.assertIn("Снег и лёд", {title for _, title in titles.values()})
        self.assertFalse([title for _, title in titles.values() if "&lt;" in title])


if __name__ == "__main__":
    unittest.main()
