"""The relay as a service: what it tells its manager and when, and the unit that systemd runs it by."""

import os
import re
import shutil
import signal
import socket
import unittest

from relays import RELAY, ROOT, WAIT_SECONDS_MAX, Case, run

UNIT = ROOT / "deploy/tamizdat-relay.service"
EXPOSURE_MAX = 17  # tenths, of 100, where 0 is the best; measured: 16


class ManagedRelayTest(Case):
    """With a service manager of ours at the other end of NOTIFY_SOCKET."""

    def setUp(self):
        super().setUp()
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.manager.close)
        self.manager.bind(str(self.folder / "notify"))
        self.manager.settimeout(WAIT_SECONDS_MAX)
        (self.relay,) = self.make_relays("GE")

    def start(self, **variables):
        environment = {"NOTIFY_SOCKET": str(self.folder / "notify"), **variables}
        os.environ.update(environment)
        try:
            self.relay.start()
        finally:
            for name in environment:
                del os.environ[name]

    def told(self):
        """The next thing that the relay says, apart from that it is alive."""
        while True:
            words = dict(line.split("=", 1) for line in self.manager.recv(4096).decode().splitlines())
            if words != {"WATCHDOG": "1"}:
                return words

    def test_it_is_ready_when_it_serves_and_says_when_it_stops(self):
        self.start()
        self.assertEqual({"READY": "1", "STATUS": f"serving on 127.0.0.1:{self.relay.port}"}, self.told())
        self.relay.get("/")
        self.relay.stop()
        self.assertEqual({"STOPPING": "1", "STATUS": "stopping"}, self.told())

    def test_a_relay_that_cannot_listen_is_never_ready(self):
        with socket.create_server(("127.0.0.1", self.relay.port)):
            failed = run(RELAY, "run", self.relay.folder, expect=1,
                         env={**os.environ, "NOTIFY_SOCKET": str(self.folder / "notify")})
        self.assertIn("cannot listen", failed.stderr)
        self.manager.setblocking(False)
        with self.assertRaises(BlockingIOError):
            self.manager.recv(4096)

    def test_a_reload_begins_and_ends_and_a_refused_one_is_the_status(self):
        self.start()
        self.told()
        for refused in (False, True):
            if refused:
                config = self.relay.folder / "relay.toml"
                config.write_text(config.read_text(encoding="utf-8").replace("4096", "5"), encoding="utf-8")
            self.relay.process.send_signal(signal.SIGHUP)
            begin, end = self.told(), self.told()
            self.assertEqual("1", begin["RELOADING"])
            self.assertGreater(int(begin["MONOTONIC_USEC"]), 0)
            self.assertEqual("1", end["READY"])
            self.assertEqual(refused, "limits.connections: 5 is out of range" in end["STATUS"], end)

    def test_it_says_that_it_is_alive_as_often_as_it_is_asked(self):
        self.start(WATCHDOG_USEC="200000")
        for _ in range(5):
            words = self.manager.recv(4096)
            while words != b"WATCHDOG=1":
                words = self.manager.recv(4096)

    def test_without_a_watchdog_it_is_silent(self):
        self.start()
        self.told()
        self.relay.stop()
        self.assertIn("STOPPING", self.told())


class UnitTest(Case):
    """The unit by itself: systemd's own judgement of it, where systemd is installed."""

    def setUp(self):
        super().setUp()
        self.assertIsNotNone(shutil.which("systemd-analyze"), "systemd is not installed: deploy/install-packages test")

    def test_systemd_understands_every_line(self):
        here = self.folder / UNIT.name
        here.write_text(UNIT.read_text(encoding="utf-8").replace("/usr/bin/tamizdat-relay", str(RELAY)), encoding="utf-8")
        done = run("systemd-analyze", "verify", "--man=no", here)
        self.assertNotIn(UNIT.name, done.stderr)
        here.write_text(here.read_text(encoding="utf-8") + "ProtectSystm=strict\n", encoding="utf-8")
        self.assertIn(UNIT.name, run("systemd-analyze", "verify", "--man=no", here, expect=None).stderr)

    def test_it_is_as_closed_as_a_service_with_a_port_can_be(self):
        done = run("systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE_MAX}", "--no-pager", UNIT)
        self.assertRegex(done.stdout, r"Overall exposure level for tamizdat-relay\.service: \d\.\d")

    def test_it_waits_longer_than_a_stop_may_take_and_never_starts_before_init(self):
        text = UNIT.read_text(encoding="utf-8")
        longest = re.search(r"`limits.stop_time` .* 1s to (\d+)m", (ROOT / "deploy/README.md").read_text(encoding="utf-8"))
        self.assertGreater(int(re.search(r"^TimeoutStopSec=(\d+)min$", text, re.MULTILINE)[1]), int(longest[1]))
        self.assertIn("\nConditionPathExists=/etc/tamizdat/relay.toml\n", text)
        self.assertIn("\nRestartPreventExitStatus=3 243\n", text)  # a wrong passphrase, and none


if __name__ == "__main__":
    unittest.main()
