"""A running relay takes up a changed configuration: all of it or nothing, links that stay are not touched."""

import os
import re
import shutil
import signal
import subprocess
import threading
import time
import unittest

from relays import RELAY, Case, run, wait_for


class ReloadTest(Case):
    def reload(self, relay, expect=0):
        return run(RELAY, "reload", relay.folder, expect=expect)

    def config(self, relay):
        return relay.folder / "relay.toml"

    def change(self, relay, old, new):
        text = self.config(relay).read_text(encoding="utf-8")
        self.assertIn(old, text)
        self.config(relay).write_text(text.replace(old, new), encoding="utf-8")

    def link_count(self, relay):
        return int(relay.metric("tamizdat_links"))

    def links_opened(self, relay):
        return relay.log().count(" link open ")

    def test_peers_come_and_go_and_those_that_stay_keep_their_link(self):
        a, b = self.chain("GE", "RS")
        c, = self.make_relays("DE")
        c.add_peer(a.address)
        c.start()
        wait_for(lambda: self.link_count(a) == 1, "the link to RS")
        with_one = self.config(a).read_text(encoding="utf-8")
        a.add_peer(c.address)
        self.assertEqual("reloaded: peer.address\n", self.reload(a).stdout)
        wait_for(lambda: self.link_count(a) == 2, "the link to DE")
        self.assertEqual(1, self.links_opened(b))
        writer = self.desk([a])
        writer.publish("# Снег\n\nТает.")
        self.wait_for_same([a, b, c], writer.log, 1)

        self.config(a).write_text(with_one, encoding="utf-8")
        self.reload(a)
        wait_for(lambda: self.link_count(a) == 1 and self.link_count(c) == 0, "the link to DE to end")
        writer.publish("# Дождь\n\nИдёт.")
        self.wait_for_same([a, b], writer.log, 2)
        self.assertFalse(c.holds(writer.log, 2))
        self.assertEqual(1, self.links_opened(b))

    def test_nothing_is_lost_while_peers_come_and_go(self):
        a, b = self.chain("GE", "RS")
        writer = self.desk([a])
        both = self.config(a).read_text(encoding="utf-8")
        alone = both[:both.index("\n[[peer]]\naddress = ")]
        stop = threading.Event()

        def change_peers():
            while not stop.is_set():
                for text in (alone, both):
                    self.config(a).write_text(text, encoding="utf-8")
                    a.process.send_signal(signal.SIGHUP)
                    self.reload(a)

        changing = threading.Thread(target=change_peers)
        changing.start()
        try:
            for number in range(8):
                writer.publish(f"# Снег {number}\n\nТает.")
        finally:
            stop.set()
            changing.join()
        self.wait_for_same([a, b], writer.log, 8)
        self.assertEqual("reloaded: nothing is different\n", self.reload(a).stdout)

    def test_one_fault_keeps_everything_as_it_was(self):
        a, b = self.chain("GE", "RS")
        good = self.config(a).read_text(encoding="utf-8")
        wait_for(lambda: self.link_count(a) == 1, "the link to RS")
        lines = good.splitlines()
        line = lines.index('connections = 4096') + 1
        self.change(a, b.address, b.address.replace(f":{b.port} ", ":1 "))  # would end the link
        self.change(a, "connections = 4096", "connections = 5")
        done = self.reload(a, expect=1)
        self.assertIn(f"{self.config(a)}:{line}: limits.connections: 5 is out of range", done.stderr)
        self.assertIn("not changed", done.stderr)
        a.process.send_signal(signal.SIGHUP)
        wait_for(lambda: "reload refused, nothing was changed" in a.log(), "the log to say it")
        self.assertIn(f"relay.toml:{line}: limits.connections", a.log())
        self.assertEqual((1, 1), (self.link_count(a), self.links_opened(b)))

        self.config(a).write_text(good, encoding="utf-8")
        self.assertEqual("reloaded: nothing is different\n", self.reload(a).stdout)

    def test_a_key_that_needs_a_restart_is_named_and_nothing_else_is_taken_up(self):
        a, = self.chain("GE")
        self.change(a, 'level = "info"', 'level = "debug"')
        self.change(a, 'label = "GE"', 'label = "Грузия"')
        done = self.reload(a, expect=1)
        self.assertRegex(done.stderr, r"relay\.toml:\d+: relay\.label: a change needs a restart")
        self.assertNotIn("log.level", done.stderr)
        self.change(a, 'label = "Грузия"', 'label = "GE"')
        self.assertEqual("reloaded: log.level\n", self.reload(a).stdout)

    def test_a_project_can_be_listed_while_it_runs_and_arrives_over_the_link(self):
        a, b = self.make_relays("GE", "RS")
        a.add_peer(b.address)
        b.add_peer(a.address)
        stranger = self.desk([], "Другая газета")
        self.change(b, 'admission = "open"', 'admission = "listed"')
        self.change(b, "\nlist = []", f'\nlist = ["{stranger.project["project"]}"]')
        a.start()
        b.start()
        writer = self.desk([a])
        writer.publish("# Снег\n\nТает.")
        wait_for(lambda: "project-not-listed" in b.log(), "RS to refuse it")
        self.change(b, f'["{stranger.project["project"]}"]', f'["{writer.project["project"]}"]')
        self.assertEqual("reloaded: projects.list\n", self.reload(b).stdout)
        self.wait_for_same([a, b], writer.log, 1)
        self.change(b, writer.project["project"], stranger.project["project"])
        self.reload(b)
        writer.call("relay", "remove", a.address, expect=None)
        writer.call("relay", "add", b.address)
        refused = writer.publish("# Дождь\n\nИдёт.", expect=None)
        self.assertIn("listed", str(refused))

    def new_certificate(self, relay, *options):
        """Made with the openssl program, as an authority would: with the old key unless told otherwise."""
        tls = relay.folder / "tls"
        run("openssl", "req", "-x509", "-days", "90", "-subj", "/CN=renewed.example", "-out", tls / "certificate.pem",
            *(options or ("-key", tls / "key.pem")))
        (tls / "key.pem").chmod(0o600)

    def shown(self, relay):
        with relay.connect() as stream:
            return stream.getpeercert(True)

    def test_a_renewed_certificate_is_shown_and_the_link_goes_on(self):
        a, b = self.chain("GE", "RS")
        wait_for(lambda: self.link_count(a) == 1, "the link")
        before = self.shown(a)
        self.new_certificate(a)
        self.assertEqual(before, self.shown(a))
        self.assertEqual("reloaded: the certificate\n", self.reload(a).stdout)
        self.assertNotEqual(before, self.shown(a))
        self.assertLess(abs(a.metric("tamizdat_tls_certificate_end_seconds") - time.time() - 90 * 86400), 600)
        self.assertEqual((1, 1), (self.links_opened(a), self.links_opened(b)))

    def test_a_certificate_with_another_key_or_without_its_key_is_refused(self):
        a, = self.chain("GE")
        before = self.shown(a)
        tls = a.folder / "tls"
        shutil.copytree(tls, a.folder / "kept")
        self.new_certificate(a, "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", tls / "key.pem")
        self.assertRegex(self.reload(a, expect=1).stderr, r"relay\.toml:\d+: tls\.key: is a new key.*pin")
        shutil.copy(a.folder / "kept/key.pem", tls / "key.pem")
        self.assertRegex(self.reload(a, expect=1).stderr, r"relay\.toml:\d+: tls\.key: .*do not belong together")
        (tls / "certificate.pem").write_text("nothing\n", encoding="utf-8")
        self.assertRegex(self.reload(a, expect=1).stderr, r"relay\.toml:\d+: tls\.certificate: .*not a PEM certificate")
        (tls / "certificate.pem").unlink()
        self.assertRegex(self.reload(a, expect=1).stderr, r"relay\.toml:\d+: tls\.certificate: cannot read")
        self.assertEqual(before, self.shown(a))

    def test_every_signal_of_a_burst_is_survived_and_the_last_word_counts(self):
        a, = self.chain("GE")
        for number in range(20):
            self.change(a, f"connections = {4096 + number}", f"connections = {4097 + number}")
            a.process.send_signal(signal.SIGHUP)
        self.assertRegex(self.reload(a).stdout, "reloaded: ")
        self.assertEqual("reloaded: nothing is different\n", self.reload(a).stdout)
        self.assertTrue(re.search(r"reloaded different=limits\.connections", a.log()))

    def test_without_a_running_relay_it_says_so(self):
        a, = self.make_relays("GE")
        self.assertIn("start it first", self.reload(a, expect=1).stderr)
        a.start()
        a.kill()
        self.assertIn("start it first", self.reload(a, expect=1).stderr)
        a.start()
        self.assertEqual("reloaded: nothing is different\n", self.reload(a).stdout)

    @unittest.skipUnless(os.geteuid() == 0, "needs root to become another user")
    def test_another_user_cannot_reach_it(self):
        a, = self.chain("GE")
        self.folder.chmod(0o755)
        asked = subprocess.run(["python3", "-c", "import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])",
                                a.folder / "data/control"], capture_output=True, text=True, user="nobody", check=False)
        self.assertIn("PermissionError", asked.stderr)


if __name__ == "__main__":
    unittest.main()
