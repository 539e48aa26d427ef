"""deploy/demo: what it promises, as somebody who tries it for the first time and again sees it."""

import json
import os
import pathlib
import signal
import subprocess
import tempfile
import time
import unittest

from relays import BUILD, DATA, ROOT

DEMO = ROOT / "deploy/demo"
DEMO_SECONDS_MAX = 240


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

    def test_it_stays_until_ctrl_c_and_leaves_no_relay_behind(self):
        process = self.start()
        end = time.monotonic() + DEMO_SECONDS_MAX
        for line in process.stderr:
            self.assertLess(time.monotonic(), end)
            if line.startswith("Ctrl-C"):
                break
        else:
            self.fail("the demo ended")
        os.killpg(process.pid, signal.SIGINT)
        self.assertEqual(130, process.wait(30))
        with self.assertRaises(ProcessLookupError):
            os.killpg(process.pid, 0)


if __name__ == "__main__":
    unittest.main()
