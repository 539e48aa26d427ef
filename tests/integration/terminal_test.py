"""The program at a terminal: what it leaves behind when somebody ends it while it asks for a passphrase."""

import os
import pty
import signal
import subprocess
import termios
import unittest

from relays import CLI, Case, wait_for

LOCAL_FLAGS = 3  # of termios.tcgetattr()


class TerminalTest(Case):
    def shows_what_is_typed(self, terminal):
        return bool(termios.tcgetattr(terminal)[LOCAL_FLAGS] & termios.ECHO)

    def test_the_terminal_shows_again_what_is_typed(self):
        for ending in (signal.SIGINT, signal.SIGTERM):
            outer, inner = pty.openpty()
            try:
                asking = subprocess.Popen([CLI, "project", "root-key", "--out", self.folder / "root.key"], stdin=inner, stdout=inner, stderr=inner)
                wait_for(lambda: not self.shows_what_is_typed(inner), "the question")
                asking.send_signal(ending)
                self.assertEqual(-ending, asking.wait())
                self.assertTrue(self.shows_what_is_typed(inner))
            finally:
                os.close(outer)
                os.close(inner)
        self.assertFalse((self.folder / "root.key").exists())


if __name__ == "__main__":
    unittest.main()
