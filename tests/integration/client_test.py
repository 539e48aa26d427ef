"""The real program against servers that are no relay: what it refuses, and what it asks for."""

import contextlib
import gzip
import json
import os
import pty
import re
import signal
import socket
import subprocess
import unittest

from relays import CLI, RELAY, Case, run
from sites import Site

FEED = ('<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>News</title>'
        "<item><guid>https://news.example/1</guid><title>Снег</title><description>Тает.</description></item>"
        "</channel></rss>").encode()


class ClientTest(Case):
    def site(self, pages, certificate=None):
        made = Site(pages, certificate)
        self.addCleanup(made.close)
        return made

    def import_feed(self, writer, source, *words, expect=0):
        return writer.call("import", source, "--dry-run", *words, expect=expect)

    def test_a_redirect_of_a_relay_leads_nowhere(self):
        folder = self.folder / "certificate"
        run(RELAY, "init", folder, "--set", "relay.public_addresses=localhost:18440")
        line = run(RELAY, "address", folder).stdout.strip()
        elsewhere = self.site({"/v1/relay": (200, {}, b"{}"), "/v1/projects": (200, {}, b'{"projects":[]}')})
        moved = {path: (302, {"Location": elsewhere.url(path)}, b"") for path in ("/v1/relay", "/v1/projects")}
        false_relay = self.site(moved, certificate=folder)
        line = re.sub(r" \S+:\d+ pin=", f" 127.0.0.1:{false_relay.server.server_port} pin=", line)
        run(CLI, "fetch", "--relay", line, "--out", self.folder / "out", expect=5)
        self.assertEqual(["/v1/projects"], [path for path, _ in false_relay.asked])
        self.assertEqual([], elsewhere.asked)

    def test_what_grows_beyond_the_limit_when_unpacked_is_not_taken(self):
        bomb = gzip.compress(b"<rss>" + b" " * (40 << 20))
        self.assertLess(len(bomb), 100_000)
        site = self.site({"/feed": (200, {"Content-Encoding": "gzip"}, bomb),
                          "/small": (200, {"Content-Encoding": "gzip"}, gzip.compress(FEED))})
        writer = self.desk([])
        self.assertEqual("answer-too-large", self.import_feed(writer, site.url("/feed"), expect=1)["error"])
        self.assertEqual(1, self.import_feed(writer, site.url("/small"))["articles"])

    def test_a_redirect_to_https_is_followed_and_its_certificate_counts(self):
        folder = self.folder / "certificate"
        run(RELAY, "init", folder)
        safe = self.site({"/feed": (200, {}, FEED)}, certificate=folder)
        site = self.site({"/feed": (301, {"Location": safe.url("/feed")}, b""), "/moved": (301, {"Location": "/real"}, b""),
                          "/real": (200, {}, FEED)})
        writer = self.desk([])
        self.assertEqual("certificate-invalid", self.import_feed(writer, site.url("/feed"), expect=3)["error"])
        self.assertEqual(["/feed"], [path for path, _ in site.asked])
        self.assertEqual([], safe.asked)
        self.assertEqual(1, self.import_feed(writer, site.url("/moved"))["articles"])

    def test_an_import_asks_for_what_is_newer(self):
        relay, = self.chain("GE")
        site = self.site({"/feed": (200, {"Last-Modified": "Tue, 24 Nov 2026 10:00:00 GMT"}, FEED)})
        writer = self.desk([relay])
        self.assertEqual(1, writer.import_feed(site.url("/feed"))["articles"])
        self.assertTrue(writer.import_feed(site.url("/feed"))["source_unchanged"])
        self.assertEqual([None, "Tue, 24 Nov 2026 10:00:00 GMT"],
                         [headers.get("If-Modified-Since") for _, headers in site.asked])

    def watch(self, writer, source):
        process = subprocess.Popen([str(word) for word in writer.command("import", source, *writer.passphrase(), "--watch")],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def stop(self, process, sign):
        """What it still says after the signal; it must end in order, and sooner than a silent server is given up."""
        process.send_signal(sign)
        _, said = process.communicate(timeout=40)
        self.assertEqual(0, process.returncode, said)
        self.assertIn("Stopped, as you wanted.", said)

    def test_a_watch_imports_until_ctrl_c(self):
        relay, = self.chain("GE")
        site = self.site({"/feed": (200, {}, FEED)})
        writer = self.desk([relay])
        process = self.watch(writer, site.url("/feed"))
        first = json.loads(process.stdout.readline())  # it comes before the program ends
        self.assertEqual(1, first["articles"])
        self.stop(process, signal.SIGINT)
        self.assertEqual(1, writer.call("status")["log_size"])

    def test_a_watch_ends_also_while_a_server_is_silent(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            process = self.watch(self.desk([]), f"http://127.0.0.1:{silent.getsockname()[1]}/feed")
            connection, _ = silent.accept()
            with connection:
                self.stop(process, signal.SIGTERM)

    def test_the_passphrase_comes_from_standard_input(self):
        home = self.folder / "home"
        words = ["project", "create", "--title", "T", "--language", "ru", "--home", home, "--passphrase-stdin"]
        subprocess.run([CLI, *words], input=b"of the desk\nnot this\n", check=True, capture_output=True)
        article = self.folder / "a.md"
        article.write_text("# T\n\ntext\n")
        publish = [CLI, "publish", article, "--offline", "--home", home, "--passphrase-stdin"]
        wrong = subprocess.run(publish, input=b"not this\n", capture_output=True)
        self.assertEqual(1, wrong.returncode)
        self.assertIn(b"the passphrase is wrong", wrong.stderr)
        subprocess.run(publish, input=b"of the desk", check=True, capture_output=True)

    def on_terminal(self, words, **variables):
        near, far = pty.openpty()
        environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"} | variables
        process = subprocess.Popen([str(word) for word in words], stdin=far, stdout=far, stderr=far, env=environment)
        os.close(far)
        shown = b""
        with contextlib.suppress(OSError):  # a terminal whose other side is closed
            while octets := os.read(near, 4096):
                shown += octets
        os.close(near)
        process.wait()
        return shown

    def test_no_colour_where_none_is_wanted(self):
        words = [CLI, "status", "--home", self.folder / "nowhere"]
        self.assertIn(b"\x1b[31m", self.on_terminal(words))
        self.assertIn(b"\x1b[31m", self.on_terminal(words, NO_COLOR=""))
        plain = self.on_terminal(words, NO_COLOR="1")
        self.assertIn(b"there is no desk", plain)
        self.assertNotIn(b"\x1b", plain)


if __name__ == "__main__":
    unittest.main()
