"""deploy/demo: what it promises, as somebody who tries it for the first time and again sees it."""

import http.client
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import time
import unittest

from relays import BUILD, DATA, RELAY, ROOT, run, tls_context, verify, wait_for

DEMO = ROOT / "deploy/demo"
DEMO_SECONDS_MAX = 240
COUNTRIES = ("GE", "RS", "DE")
SHIFTED_CLOCK = BUILD / "tests/integration/libshifted_clock.so"


def let_ctrl_c_through():
    """Whoever runs the tests in the background ignores SIGINT, and so would everything that they start."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class DemoTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="tamizdat-demo-")
        self.addCleanup(folder.cleanup)
        self.data = pathlib.Path(folder.name)

    def start(self, *arguments):
        process = subprocess.Popen([DEMO, "--data", self.data, *arguments], env=dict(os.environ, TAMIZDAT_BUILD=str(BUILD)),
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   start_new_session=True,  # a signal to its group is what Ctrl-C does,
                                   preexec_fn=let_ctrl_c_through)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def once(self, *sources, expect=0):
        process = self.start("--once", *sources)
        out, talk = process.communicate(timeout=DEMO_SECONDS_MAX)
        self.assertEqual(expect, process.returncode, talk)
        return out, talk

    def test_its_last_line_says_what_it_did_and_a_second_run_continues(self):
        first, _ = self.once()
        first = json.loads(first.splitlines()[-1])
        self.assertEqual({"relays", "entries", "attachments", "verified", "seconds"}, set(first))
        self.assertEqual((3, True), (first["relays"], first["verified"]))
        self.assertEqual(10, first["entries"])  # the guides, a text and its correction, a text and its retraction
        self.assertGreaterEqual(first["attachments"], 8)  # their pictures, some in several sizes
        again, talk = self.once()
        self.assertEqual(first["entries"], json.loads(again.splitlines()[-1])["entries"])
        self.assertIn(str(self.data / "from-DE"), talk)
        more, _ = self.once(str(DATA / "feeds/atom.xml"))
        self.assertGreater(json.loads(more.splitlines()[-1])["entries"], first["entries"])

    def test_a_source_that_is_no_feed_is_a_failure_with_its_reason(self):
        out, talk = self.once(str(ROOT / "LICENSE"), expect=1)
        self.assertNotIn('"verified":true', out)
        self.assertIn("LICENSE failed", talk)

    def get(self, country, path):
        """(status, text) of what a reader of that relay gets."""
        host, port = run(RELAY, "address", self.data / country).stdout.split()[2].split(":")
        connection = http.client.HTTPSConnection(host, int(port), context=tls_context(), timeout=30)
        self.addCleanup(connection.close)
        connection.request("GET", path, headers={"Accept-Language": "en"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    def test_readers_of_every_relay_see_it_all_until_ctrl_c_which_leaves_no_relay_behind(self):
        process = self.start()
        end = time.monotonic() + DEMO_SECONDS_MAX
        for line in process.stderr:
            self.assertLess(time.monotonic(), end)
            if line.startswith("Ctrl-C"):
                break
        else:
            self.fail("the demo ended")
        entries = verify(self.data / "from-DE")["entries"]
        project = "/p/" + entries[0]["project"]
        corrected, retracted = (next(each["corrects"] for each in entries if each["kind"] == kind)
                                for kind in ("correction", "retraction"))
        for country in COUNTRIES:
            with self.subTest(country):
                self.check_texts(country, corrected, retracted)
                wait_for(lambda: "Independent relays that the newsroom has named confirmed" in self.get(country, project)[1],
                         f"the mark of a fresh log on {country}")
        os.killpg(process.pid, signal.SIGINT)
        self.assertEqual(130, process.wait(30))
        with self.assertRaises(ProcessLookupError):
            os.killpg(process.pid, 0)
        self.check_a_relay_alone_after_days("GE", project)

    def check_texts(self, country, corrected, retracted):
        status, page = self.get(country, f"/a/{corrected}")
        self.assertEqual(200, status)
        for words in ("4 centimetres thick: stay off it", "The newsroom corrected this text on", f'href="/v/{corrected}"'):
            self.assertIn(words, page)
        self.assertNotIn("14 centimetres", page)
        self.assertIn("14 centimetres", self.get(country, f"/v/{corrected}")[1])
        self.assertIn(f'/v/{corrected}"', self.get(country, "/feed.atom")[1])
        status, page = self.get(country, f"/a/{retracted}")
        self.assertEqual(410, status)
        self.assertIn("Reason: an error.", page)
        self.assertNotIn("14 centimetres", page)

    def check_a_relay_alone_after_days(self, country, project):
        """Two of three relays are gone, and three days later nobody has confirmed anything."""
        later = dict(os.environ, LD_PRELOAD=str(SHIFTED_CLOCK), SHIFT_CLOCK_SECONDS=str(3 * 86400))
        with open(self.data / "alone.log", "wb") as log:
            alone = subprocess.Popen([RELAY, "run", self.data / country], env=later, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.addCleanup(alone.wait, 30)
        self.addCleanup(alone.terminate)

        def says_that_it_is_stale():
            try:
                return "have not confirmed lately that all it published is here" in self.get(country, project)[1]
            except ConnectionError:
                return False  # not yet listening
        wait_for(says_that_it_is_stale, "the mark of a stale log")


if __name__ == "__main__":
    unittest.main()
