"""Programs that people read feeds with subscribe to two relays: feedparser, newsboat and Liferea, all Debian packages."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import unittest

from feed_case import FeedCase
from relays import run, wait_for
from wires import Listener


def program(name):
    path = shutil.which(name)
    if path is None:
        raise AssertionError(f"{name} is missing: deploy/install-packages test")
    return path


class Front:
    """A plain HTTP server before a relay, as an operator may have one: Liferea takes no certificate of the relay's own
    making. Remembers what was asked for, and the status of the answer."""

    def __init__(self, relay):
        self.relay = relay
        self.seen = []
        self.listener = Listener(self.take)

    def take(self, client):
        with client:
            head = b""
            while b"\r\n\r\n" not in head:
                octets = client.recv(16384)
                if not octets:
                    return
                head += octets
            request, *fields = head.decode().split("\r\n\r\n")[0].split("\r\n")
            method, path, _ = request.split()
            headers = dict(field.split(": ", 1) for field in fields)
            headers.pop("Connection", None)
            answer = self.relay.ask(method, path, headers=headers)
            fields = [f"{name}: {value}" for name, value in answer.headers.items() if name != "Connection"]
            client.sendall("\r\n".join([f"HTTP/1.1 {answer.status} x", *fields, "Connection: close", "", ""]).encode() +
                           answer.body)
            self.seen.append((path, answer.status))

    def statuses(self, path):
        return [status for asked, status in self.seen if asked == path]


class FeedReadersTest(FeedCase):
    def test_feedparser_shows_each_article_once(self):
        # Debian's feedparser, in a process of its own that trusts the relays' own certificates.
        script = """
import json, ssl, sys
ssl._create_default_https_context = ssl._create_unverified_context
import feedparser
out = []
for url in sys.argv[1:]:
    first = feedparser.parse(url)
    again = feedparser.parse(url, etag=first.etag)
    out.append({"bozo": bool(first.bozo), "version": first.version, "status": [first.status, again.status],
                "entries": [[each.id, each.title, each.link, each.content[0].value, str(each.published_parsed),
                             each.author] for each in first.entries]})
print(json.dumps(out))
"""
        urls = [self.url(relay, f"/{name}") for relay in self.relays_here for name in ("feed.atom", "feed.rss")]
        feeds = json.loads(run("/usr/bin/python3", "-c", script, *urls).stdout)
        for url, each in zip(urls, feeds):
            with self.subTest(url):
                self.assertFalse(each["bozo"])
                self.assertEqual("atom10" if url.endswith("atom") else "rss20", each["version"])
                self.assertEqual([200, 304], each["status"])
                self.assertEqual(40, len(each["entries"]))
                self.assertEqual("Снег и лёд", each["entries"][0][1])
                self.assertIn("Исправлено", each["entries"][0][3])
        ids = [[entry[0] for entry in each["entries"]] for each in feeds]
        self.assertEqual(40, len(set(ids[0])))
        for other in ids[1:]:
            self.assertEqual(ids[0], other)

    def test_newsboat_shows_each_article_once(self):
        folder = self.folder / "newsboat"
        folder.mkdir()
        (folder / "config").write_text("ssl-verifypeer no\nssl-verifyhost no\n", encoding="utf-8")
        (folder / "urls").write_text("".join(self.url(relay, "/feed.atom") + "\n" for relay in self.relays_here),
                                     encoding="utf-8")
        command = [program("newsboat"), "-u", folder / "urls", "-C", folder / "config", "-c", folder / "cache.db"]

        def poll():
            run(*command, "-x", "reload", env={"HOME": str(folder), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"})

        def rows(query):
            with sqlite3.connect(folder / "cache.db") as database:
                return database.execute(query).fetchall()

        poll()
        self.assertEqual(2, len(rows("select rssurl from rss_feed where title like 'Тамиздат%'")))
        self.assertEqual([(40, 40)], rows("select count(*), count(distinct guid) from rss_item"))
        self.assertEqual([(1,)], rows("select count(*) from rss_item where title = 'Снег и лёд' and content like '%Исправлено%'"))
        # Newsboat 2.21 notes the tag of a feed only from its second visit on; then a poll costs next to nothing.
        poll()
        before = [relay.metric("tamizdat_http_responses_total", status="304") for relay in self.relays_here]
        poll()
        after = [relay.metric("tamizdat_http_responses_total", status="304") for relay in self.relays_here]
        self.assertEqual([1, 1], [now - then for now, then in zip(after, before)])
        self.assertEqual([(40,)], rows("select count(*) from rss_item"))

    def test_newsboat_takes_the_list_of_all_feeds(self):
        relay = self.relays_here[0]
        opml = self.folder / "feeds.opml"
        opml.write_bytes(relay.get("/feeds.opml").body)
        run(program("newsboat"), "-u", self.folder / "urls", "-i", opml,
            env={"HOME": str(self.folder), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"})
        self.assertIn(self.url(relay, f"/p/{self.writer.id}/feed.atom"), (self.folder / "urls").read_text(encoding="utf-8"))

    def test_liferea_shows_each_article_once(self):
        home = self.folder / "liferea"
        fronts = [Front(relay) for relay in self.relays_here]
        for front in fronts:
            self.addCleanup(front.listener.close)
        outlines = [f'<outline title="{number}" text="{number}" type="atom" id="feed{number}" updateInterval="-1" '
                    f'xmlUrl="http://127.0.0.1:{front.listener.port}/feed.atom" htmlUrl=""/>'
                    for number, front in enumerate(fronts)]
        (home / ".config/liferea").mkdir(parents=True)
        (home / ".config/liferea/feedlist.opml").write_text(
            f'<?xml version="1.0"?><opml version="1.0"><head><title>x</title></head><body>{"".join(outlines)}</body></opml>',
            encoding="utf-8")
        bus = home / "bus"
        with open(home / "log", "wb") as log:
            liferea = subprocess.Popen(
                [program("xvfb-run"), "-a", program("dbus-run-session"), "--", "sh", "-c",
                 'printf %s "$DBUS_SESSION_BUS_ADDRESS" > "$0"; exec liferea --mainwindow-state=hidden', bus],
                env={"HOME": str(home), "XDG_RUNTIME_DIR": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8",
                     "GSETTINGS_BACKEND": "memory"}, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True)

        def end():
            os.killpg(liferea.pid, signal.SIGTERM)
            liferea.wait(60)

        self.addCleanup(end)

        def poll():
            """True if Liferea is there and has heard it."""
            return bus.exists() and bus.read_text() and run(
                program("dbus-send"), f"--bus={bus.read_text()}", "--print-reply", "--dest=org.gnome.feed.Reader",
                "/org/gnome/feed/Reader", "org.gnome.feed.Reader.Refresh", expect=None).returncode == 0

        def rows(query):
            with sqlite3.connect(home / ".local/share/liferea/liferea.db", timeout=60) as database:
                return database.execute(query).fetchall()

        def log():
            return (home / "log").read_text(encoding="utf-8", errors="replace")[-2000:]

        wait_for(poll, f"Liferea; it says:\n{log()}")
        once = [(40, 40), (40, 40)]
        shown = "select count(*), count(distinct source_id) from items group by node_id"
        wait_for(lambda: rows(shown) == once, f"40 articles of each relay in Liferea; it says:\n{log()}")
        self.assertEqual([(40,)], rows("select count(distinct source_id) from items"))
        self.assertEqual([(2,)], rows("select count(*) from items where title = 'Снег и лёд' and description like '%Исправлено%'"))
        # It comes again, and takes nothing twice.
        before = [len(front.statuses("/feed.atom")) for front in fronts]
        poll()
        for front, count in zip(fronts, before):
            wait_for(lambda: len(front.statuses("/feed.atom")) > count, "the next poll")
            first, *later = front.statuses("/feed.atom")
            self.assertEqual((200, {304}), (first, set(later)))
        self.assertEqual(once, rows(shown))


if __name__ == "__main__":
    unittest.main()
