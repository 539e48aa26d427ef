"""`check-config` names line and key of what is wrong, and opens nothing: no port, no store, no name is looked up."""

import os
import re
import shutil
import unittest

from relays import RELAY, Case, run

# What a program does that opens something: sockets, files for writing, and changes of the file system.
OPENING_CALLS = "socket,bind,listen,connect,creat,mkdir,mkdirat,unlink,unlinkat,rename,renameat,renameat2,open,openat,openat2"
WRITING_FLAGS = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC")


class CheckConfigTest(Case):
    def setUp(self):
        super().setUp()
        (self.relay,) = self.make_relays("GE")
        self.good = self.config().read_text(encoding="utf-8")

    def config(self):
        return self.relay.folder / "relay.toml"

    def check(self, expect):
        return run(RELAY, "check-config", self.relay.folder, expect=expect)

    def line_of(self, text):
        return self.good.splitlines().index(text) + 1

    def test_each_wrong_line_is_named_with_its_key(self):
        peer = self.relay.address.replace(self.relay.pin, "x")
        for old, new, key, fault in (
                ('country = "GE"', 'country = "UK"', "relay.country", "no country code"),
                ('country = "GE"', 'county = "GE"', "relay.county", "did you mean relay.country?"),
                (f'listen = "127.0.0.1:{self.relay.port}"', 'listen = "localhost:8443"', "relay.listen", "no IP address"),
                (f'listen = "127.0.0.1:{self.relay.port}"', 'listen = "127.0.0.1:99999"', "relay.listen", "99999"),
                ('admission = "open"', 'admission = "listed"', "projects.list", "is empty"),
                ('connections = 4096', 'connections = "4096"', "limits.connections", "must be a whole number"),
                ('stop_time = "10s"', 'stop_time = "10"', "limits.stop_time", "no time span"),
                ('level = "info"', 'level = "loud"', "log.level", "is none of: debug, info"),
                ('key = "tls/key.pem"', 'key = "tls/none.pem"', "tls.key", "cannot read"),
                ('key = "tls/key.pem"', 'key = "tls/certificate.pem"', "tls.key", "can be read by other users"),
                ('certificate = "tls/certificate.pem"', 'certificate = "tls/key.pem"', "tls.certificate", "not a PEM certificate"),
                ('backend = "segments"', 'backend = segments', "", "not TOML"),
                (f'path = "{self.relay.link_path}"', 'path = "/b"', "link.path", "belongs to newsrooms"),
                ("[log]", f'[log]\n[[peer]]\naddress = "{peer}"', "peer.address", "pin")):
            with self.subTest(line=new):
                line = self.line_of(old) + new.count("\n")
                self.config().write_text(self.good.replace(f"\n{old}\n", f"\n{new}\n"), encoding="utf-8")
                done = self.check(expect=1)
                place = f"{self.config()}:{line}: " + (f"{key}: " if key else "")
                found = [fault_line for fault_line in done.stderr.splitlines() if place in fault_line]
                self.assertTrue(found and fault in found[0], f"{place} ... {fault}\n{done.stderr}")
                self.assertEqual("", done.stdout)

    def test_all_faults_are_told_at_once(self):
        self.config().write_text(self.good.replace('"GE"', '"UK"').replace("4096", "5"), encoding="utf-8")
        self.assertEqual(2, len(self.check(expect=1).stderr.splitlines()))
        self.config().write_text(self.good, encoding="utf-8")
        (self.relay.folder / "keys/witness.key").unlink()
        (self.relay.folder / "tls/key.pem").unlink()
        told = self.check(expect=1).stderr.splitlines()
        self.assertEqual(2, len(told), told)

    def test_a_relay_that_names_itself_as_a_peer_is_told(self):
        self.relay.add_peer(self.relay.address)
        self.assertIn("peer.address: one of them is this relay itself", self.check(expect=1).stderr)

    def test_it_opens_nothing(self):
        self.assertIsNotNone(shutil.which("strace"), "strace is not installed: deploy/install-packages test")
        trace = self.folder / "trace"
        before = sorted(self.relay.folder.rglob("*"))
        run("strace", "-f", "-e", f"trace={OPENING_CALLS}", "-o", trace, RELAY, "check-config", self.relay.folder)
        calls = trace.read_text(encoding="utf-8").splitlines()
        self.assertTrue(any("relay.toml" in call for call in calls), "the trace has gone blind")
        for call in calls:
            if re.search(r" open(at2?)?\(", call):
                self.assertIsNone(WRITING_FLAGS.search(call), call)
            else:
                self.assertRegex(call, r"^\d+ +(\+\+\+|---)", "it opens something")
        self.assertEqual(before, sorted(self.relay.folder.rglob("*")))
        self.assertFalse((self.relay.folder / "data").exists())

    def test_it_is_content_beside_a_running_relay(self):
        self.relay.start()
        self.assertIn("in order", self.check(expect=0).stdout)

    @unittest.skipIf(os.geteuid() == 0 and shutil.which("setpriv") is None, "root may write anywhere")
    def test_a_folder_that_cannot_be_written_is_enough(self):
        for path in (self.relay.folder, self.relay.folder / "keys", self.relay.folder / "tls"):
            path.chmod(0o555)
        drop = ("setpriv", "--inh-caps=-all", "--bounding-set=-all") if os.geteuid() == 0 else ()
        self.assertIn("in order", run(*drop, RELAY, "check-config", self.relay.folder).stdout)
        self.config().chmod(0)
        self.assertIn("let the relay's user read it", run(*drop, RELAY, "check-config", self.relay.folder, expect=1).stderr)
        for path in (self.relay.folder, self.relay.folder / "keys", self.relay.folder / "tls"):
            path.chmod(0o755)


if __name__ == "__main__":
    unittest.main()
