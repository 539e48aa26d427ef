"""Attachments on the real road: from a desk to a relay and to a reader, over lines that are cut."""

import hashlib
import json
import re
import threading
import unittest

from relays import CLI, DATA, Case, feed, fetch, run, verify, wait_for
from sites import Site
from wires import Wire

BLOCK = 16 * 1024


def sound(octets):
    """An MP3 by its beginning, of octets that no line can compress."""
    out, state = [b"ID3\x04"], b"sound"
    for _ in range(octets // 32):
        state = hashlib.sha256(state).digest()
        out.append(state)
    return b"".join(out)[:octets]


class AttachmentsTest(Case):
    def write(self, name, octets):
        (self.folder / name).write_bytes(octets)
        return self.folder / name

    def attachments_of(self, relay, published):
        """The paths of what the page of the article links to."""
        page = relay.get(f"/a/{published['entries'][0]['entry']}").text
        return sorted(set(re.findall("/b/tzblob1[0-9a-z]+", page)))

    def test_what_is_published_as_it_is_comes_out_as_it_was(self):
        a, b = self.chain("GE", "RS")
        writer = self.desk([a, b])
        octets = sound(300_001)
        published = writer.publish("# Snow\n\nIt melts.\n", "--as-is", self.write("talk.mp3", octets), "--caption", "A talk")
        self.assertEqual(1, published["entries"][0]["attachments"])
        self.assertEqual(["holds-all"] * 2, [relay["state"] for relay in published["relays"]])
        for relay in (a, b):
            wait_for(lambda: relay.holds(writer.log, 1), "the article")
            path, = self.attachments_of(relay, published)
            answer = relay.get(path)
            self.assertEqual("audio/mpeg", answer.headers["Content-Type"])
            self.assertEqual(octets, answer.body)

    def test_what_a_desk_gives_to_one_relay_is_read_from_another(self):
        a, b, c = self.chain("GE", "RS", "DE")
        writer = self.desk([a])
        octets = sound(2_000_001)
        published = writer.publish("# Snow\n\nIt melts.\n", "--as-is", self.write("talk.mp3", octets), "--caption", "A talk")
        wait_for(lambda: c.holds(writer.log, 1), "the article")
        path, = self.attachments_of(c, published)
        wait_for(lambda: c.ask("HEAD", path).status == 200, "the attachment")
        self.assertEqual(octets, c.get(path).body)

    def test_a_picture_of_the_text_is_shown_and_tells_nothing_more(self):
        a, = self.chain("GE")
        writer = self.desk([a])
        photo = (DATA / "pictures/photo.jpg").read_bytes()
        self.assertIn(b"TZSECRET", photo)
        (writer.folder / "roof.jpg").write_bytes(photo)
        published = writer.publish('# Snow\n\n![A roof](roof.jpg "In April")\n')
        self.assertEqual(["holds-all"], [relay["state"] for relay in published["relays"]])
        page = a.get(f"/a/{published['entries'][0]['entry']}").text
        self.assertIn('alt="A roof"', page)
        self.assertIn("<figcaption>In April</figcaption>", page)
        paths = self.attachments_of(a, published)
        self.assertGreaterEqual(len(paths), 1)
        for path in paths:
            answer = a.get(path)
            self.assertEqual("image/jpeg", answer.headers["Content-Type"])
            self.assertTrue(answer.body.startswith(b"\xff\xd8\xff"))
            self.assertNotIn(b"TZSECRET", answer.body)
        for path in (writer.home / "attachments").iterdir():
            self.assertNotIn(b"TZSECRET", path.read_bytes())

    def test_an_import_brings_the_pictures_of_a_feed_and_fetches_each_once(self):
        a, = self.chain("GE")
        writer = self.desk([a])
        photo = (DATA / "pictures/photo.jpg").read_bytes()
        pages = {"/roof.jpg": (200, {"Last-Modified": "Tue, 24 Nov 2026 10:00:00 GMT"}, photo)}
        site = Site(pages)
        self.addCleanup(site.close)

        def serve(text):
            pages["/feed"] = (200, {}, feed([("1", "Snow", f"{text}&lt;img src='{site.url('/roof.jpg')}' alt='A roof'&gt;")]).encode())
            return writer.import_feed(site.url("/feed"))

        imported = serve("It melts. ")
        self.assertEqual([], imported["notes"])
        self.assertEqual(1, imported["published"]["entries"][0]["attachments"])
        path, *_ = self.attachments_of(a, imported["published"])
        self.assertTrue(a.get(path).body.startswith(b"\xff\xd8\xff"))
        self.assertNotIn(b"TZSECRET", a.get(path).body)
        self.assertEqual(1, serve("It melts. ")["unchanged"])
        self.assertEqual(1, serve("It melts fast. ")["corrections"])
        self.assertEqual([None, "Tue, 24 Nov 2026 10:00:00 GMT"],
                         [headers.get("If-Modified-Since") for path, headers in site.asked if path == "/roof.jpg"])

    def test_an_upload_that_was_cut_sends_what_is_missing(self):
        a, = self.chain("GE")
        writer = self.desk([])
        size = 512 * BLOCK  # eight requests
        octets = sound(size)
        cut = threading.Event()
        wire = Wire(a.port, 5 << 20, lambda: (cut.set(), wire.close()))
        writer.call("relay", "add", a.address_through(wire))
        published = writer.publish("# Snow\n\nIt melts.\n", "--as-is", self.write("talk.mp3", octets), expect=4)
        self.assertTrue(cut.is_set())
        relay, = published["relays"]
        self.assertEqual(("unreachable", 0, 1), (relay["state"], relay["waiting"], relay["attachments_missing"]))
        again = Wire(a.port)
        self.addCleanup(again.close)
        writer.call("relay", "add", a.address_through(again))
        status = writer.call("status")["relays"][0]
        self.assertEqual(("lacks", 1), (status["state"], status["attachments_missing"]))
        asked = again.passed
        self.assertEqual("holds-all", writer.call("send")["relays"][0]["state"])
        # The request that was cut is sent anew; what came before is not.
        self.assertLess(again.passed - asked, size - (3 << 20))
        path, = self.attachments_of(a, published)
        self.assertEqual(octets, a.get(path).body)
        before = again.passed
        self.assertEqual("holds-all", writer.call("send")["relays"][0]["state"])
        self.assertLess(again.passed - before, 16 * 1024)

    def test_a_reader_fetches_over_a_line_that_is_cut_and_proves_what_came(self):
        a, = self.chain("GE")
        writer = self.desk([a])
        octets = sound(256 * BLOCK)
        (writer.folder / "roof.jpg").write_bytes((DATA / "pictures/photo.jpg").read_bytes())
        writer.publish("# Snow\n\n![A roof](roof.jpg)\n", "--as-is", self.write("talk.mp3", octets))
        out = self.folder / "out"
        wire = Wire(a.port, 2 << 20, lambda: wire.close())
        run(CLI, "fetch", "--relay", a.address_through(wire), "--out", out, expect=4)
        self.assertEqual([], list(out.glob("attachments/*.mp3")))
        again = Wire(a.port)
        self.addCleanup(again.close)
        fetched = json.loads(run(CLI, "fetch", "--relay", a.address_through(again), "--out", out, "--json").stdout)["logs"][0]
        self.assertEqual((1, 0), (fetched["attachments_new"], fetched["attachments_missing"]))
        self.assertLess(again.passed, len(octets) - BLOCK)
        came, = out.glob("attachments/*.mp3")
        self.assertEqual(octets, came.read_bytes())
        page, = out.glob("*.html")
        shown = re.search('<img src="([^"]+)" alt="A roof"/>', page.read_text())
        self.assertTrue((out / shown[1]).is_file())
        proven = verify(out)
        self.assertEqual((fetched["attachments"], 0), (proven["attachments"], proven["attachments_missing"]))
        altered = bytearray(octets)
        altered[len(octets) // 2] ^= 1
        came.write_bytes(altered)
        self.assertEqual("attachment-wrong", verify(out, expect=3)["error"])

    def test_without_attachments_nothing_of_them_is_asked_for(self):
        a, = self.chain("GE")
        writer = self.desk([a])
        writer.publish("# Snow\n\nIt melts.\n", "--as-is", self.write("talk.mp3", sound(1000)))
        fetch(a, self.folder / "out", "--no-attachments")
        self.assertFalse((self.folder / "out/attachments").exists())
        self.assertEqual(1, verify(self.folder / "out")["attachments_missing"])

    def test_a_picture_does_not_go_as_it_is(self):
        a, = self.chain("GE")
        writer = self.desk([a])
        picture = self.write("roof.mp3", b"\xff\xd8\xff\xe0" + bytes(100))
        error = writer.publish("# Snow\n\nIt melts.\n", "--as-is", picture, expect=1)
        self.assertEqual("not-for-as-is", error["error"])
        self.assertEqual(0, writer.call("status")["log_size"])

    def test_the_warning_stands_on_standard_error(self):
        writer = self.desk([])
        article = self.folder / "a.md"
        article.write_text("# Snow\n\nIt melts.\n")
        done = run(CLI, "publish", article, "--as-is", self.write("talk.pdf", b"%PDF-1.7\n"), "--offline", "--home", writer.home,
                   *writer.passphrase())
        self.assertIn("talk.pdf goes out as it is, with its name", done.stderr)
        self.assertNotIn("goes out", done.stdout)


if __name__ == "__main__":
    unittest.main()
