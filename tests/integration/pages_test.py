"""The pages as a browser sees them: Chromium opens each one, and every request that leaves the relay is caught by a proxy
that leads nowhere and fails the test. Needs the Debian package chromium."""

import contextlib
import re
import shutil
import unittest

from relays import Case, feed, run
from wires import Listener

PAGE_BYTES_MAX = 50 * 1024
# Chromium asks its maker for the time and for news of itself whatever the flags say; no page of ours names these.
BROWSERS_OWN = ("google.com", "googleapis.com", "gstatic.com")
# What an article must not bring along: each of these would tell somebody who reads it.
HOSTILE_ARTICLE = """<p>Снег тает <b>с краёв</b>.</p>
<img src="https://tracker.example/pixel.png" alt="карта">
<script src="https://tracker.example/count.js"></script><script>fetch("https://tracker.example/beacon")</script>
<iframe src="https://tracker.example/frame"></iframe>
<link rel="stylesheet" href="https://tracker.example/style.css"><style>@import "https://tracker.example/more.css";</style>
<p style="background:url(https://tracker.example/ground.png)">Второй абзац.</p>
<video src="https://tracker.example/film.mp4" autoplay></video>
<a href="https://reader.example/" ping="https://tracker.example/ping">Ссылка</a>
"""


class DeadProxy:
    """Takes every connection, remembers what it asks for, and answers nothing."""

    def __init__(self):
        self.asked = []  # "host:port" or "host"
        self.listener = Listener(self.take)
        self.port = self.listener.port

    def take(self, client):
        with client, contextlib.suppress(OSError):
            client.settimeout(10)
            url = client.recv(4096).decode(errors="replace").split()[1]
            self.asked.append(url.removeprefix("http://").split("/")[0])

    def asked_by_pages(self):
        return [host for host in self.asked if not host.split(":")[0].endswith(BROWSERS_OWN)]

    def close(self):
        self.listener.close()


class PagesTest(Case):
    def setUp(self):
        super().setUp()
        self.browser = shutil.which("chromium")
        self.assertIsNotNone(self.browser, "chromium is missing: deploy/install-packages test")
        self.proxy = DeadProxy()
        self.addCleanup(self.proxy.close)

    def open(self, url, *flags):
        """Opens the page with all that it wants to load, and returns its document afterwards."""
        return run(self.browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                   "--disable-background-networking", "--disable-component-update", "--disable-sync",
                   "--disable-default-apps", "--disable-extensions", "--disable-dev-shm-usage",
                   "--ignore-certificate-errors", f"--user-data-dir={self.folder / 'browser'}",
                   f"--proxy-server=http://127.0.0.1:{self.proxy.port}", *flags, url).stdout

    def test_an_outside_request_would_be_seen(self):
        """The test of the test."""
        page = self.folder / "page.html"
        page.write_text('<img src="http://tracker.example/pixel.png">', encoding="utf-8")
        self.open(page.as_uri(), "--dump-dom")
        self.assertEqual(["tracker.example"], sorted(set(self.proxy.asked_by_pages())))

    def test_no_page_asks_anybody_but_the_relay(self):
        relay, = self.chain("GE")
        writer = self.desk([relay])
        source = self.folder / "feed.rss"
        source.write_text(feed([(f"urn:{n}", f"Статья {n}", f"Текст статьи {n}. " * 40) for n in range(60)]),
                          encoding="utf-8")
        writer.import_feed(source)
        article = self.folder / "article.html"
        article.write_text(HOSTILE_ARTICLE, encoding="utf-8")
        entry = writer.call("publish", article, *writer.passphrase(), "--title", "Как тает снег")["entries"][0]["entry"]
        pages = {"/": "Как тает снег", f"/a/{entry}": "с краёв", "/l/ru": "Как тает снег",
                 f"/p/{writer.id}": "Уральские заметки", "/regions": "/r/RU-SVE", "/about": "<h1"}
        for path, words in pages.items():
            with self.subTest(path):
                document = self.open(f"https://127.0.0.1:{relay.port}{path}", "--dump-dom")
                self.assertIn(words, document)
                self.assertNotIn("<script", document)
                for own in BROWSERS_OWN:
                    self.assertNotIn(own, document)
        self.assertEqual([], self.proxy.asked_by_pages())
        # A picture from elsewhere is a link: whoever follows it knows where to.
        self.assertEqual(["https://tracker.example/pixel.png"],
                         re.findall(r"https://tracker[^\"' )]*", relay.get(f"/a/{entry}").text))
        picture = self.folder / "front.png"
        self.open(f"https://127.0.0.1:{relay.port}/", f"--screenshot={picture}", "--window-size=400,800")
        self.assertGreater(picture.stat().st_size, 5000)  # an empty page of this size has 2 KB

    def test_pages_are_small_set_no_cookie_and_forbid_what_they_do_not_need(self):
        relay, = self.chain("GE")
        writer = self.desk([relay])
        source = self.folder / "feed.rss"
        source.write_text(feed([(f"urn:{n}", f"Статья {n}", f"Текст статьи {n}. " * 40) for n in range(200)]),
                          encoding="utf-8")
        entry = writer.import_feed(source)["published"]["entries"][0]["entry"]
        retracted = writer.publish("# Дождь\n\nИдёт.")["entries"][0]["entry"]
        writer.call("retract", retracted, "--reason", "error", *writer.passphrase())
        writer.publish("# Снег\n\nЛежит.", "--corrects", entry)
        sealed = writer.publish("# Позже\n\nТекст.", "--embargo", "2099-01-01T00:00:00Z")["entries"][0]["entry"]
        statuses = {"/no-such-page": 404, f"/a/{retracted}": 410, f"/v/{retracted}": 410}
        for path in ("/", "/l/ru", "/r/RU-SVE", f"/p/{writer.id}", f"/a/{entry}", f"/v/{entry}", f"/a/{sealed}", "/projects",
                     "/regions", "/languages", "/about", *statuses):
            with self.subTest(path):
                answer = relay.get(path)
                self.assertEqual(statuses.get(path, 200), answer.status)
                self.assertLess(len(answer.body), PAGE_BYTES_MAX)
                self.assertIsNone(answer.headers["Set-Cookie"])
                self.assertEqual("no-referrer", answer.headers["Referrer-Policy"])
                policy = {part.split()[0]: part.split()[1:]
                          for part in answer.headers["Content-Security-Policy"].split(";") if part.strip()}
                self.assertEqual(["'none'"], policy["default-src"])
                self.assertNotIn("script-src", policy)
                self.assertNotRegex(answer.text, r"<script|javascript:|\son[a-z]+=")
                outside = [link for link in re.findall(r'(?:src|action)="([^"]*)"', answer.text)
                           if re.match(r"\w+:|//", link)]
                self.assertEqual([], outside)


if __name__ == "__main__":
    unittest.main()
