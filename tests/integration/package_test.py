"""The Debian packages: what lintian says, what is in them, and their whole life on a system with systemd: installed, made a
relay, started, reloaded, hung, upgraded, removed."""

import os
import pathlib
import re
import shutil
import tempfile
import unittest

from debian_root import DebianRoot
from relays import BUILD, CLI, RELAY, ROOT, run, wait_for


class PackageTest(unittest.TestCase):
    @staticmethod
    def make_packages(folder):
        made = run(ROOT / "deploy/package", folder, env={**os.environ, "TAMIZDAT_BUILD": str(BUILD)})
        relay, client = map(pathlib.Path, made.stdout.split())
        return {"tamizdat-relay": relay, "tamizdat": client}

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="tamizdat-integration-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.packages = cls.make_packages(cls.folder / "packages")


class ContentTest(PackageTest):
    def contents(self, name):
        return {words[5]: words[0] for words in map(str.split, run("dpkg-deb", "-c", self.packages[name]).stdout.splitlines())}

    def test_lintian_finds_nothing(self):
        self.assertIsNotNone(shutil.which("lintian"), "lintian is not installed: deploy/install-packages test")
        done = run("lintian", "--allow-root", "--fail-on", "error,warning", *self.packages.values(), expect=None)
        self.assertEqual((0, ""), (done.returncode, done.stdout))

    def test_everything_is_where_debian_wants_it(self):
        relay, client = self.contents("tamizdat-relay"), self.contents("tamizdat")
        self.assertEqual("-rwxr-xr-x", relay["./usr/bin/tamizdat-relay"])
        self.assertEqual("-rwxr-xr-x", client["./usr/bin/tamizdat"])
        self.assertEqual("-rwxr-xr-x", client["./usr/lib/tamizdat/tamizdat-image"])
        self.assertIn("./lib/systemd/system/tamizdat-relay.service", relay)
        self.assertEqual(set(), {path for path in relay if path.startswith("./etc") or path.startswith("./var")})

    def test_what_they_depend_on_is_in_the_one_list(self):
        text = (ROOT / "deploy/packages.txt").read_text(encoding="utf-8")
        known = set(re.search(r"^\[run\]\n(.*?)\n\n", text, re.MULTILINE | re.DOTALL)[1].split())
        known |= {"adduser", "init-system-helpers", "libc6", "libgcc-s1", "libstdc++6"}  # of every system
        for package in self.packages.values():
            depends = run("dpkg-deb", "-f", package, "Depends").stdout
            names = {re.split(r"[ (]", each.strip())[0].removesuffix("-fmt9") for each in depends.split(",")}
            self.assertEqual(set(), names - known)

    def test_the_same_programs_give_the_same_packages(self):
        again = self.make_packages(self.folder / "again")
        for name, package in self.packages.items():
            self.assertEqual(package.read_bytes(), again[name].read_bytes(), name)

    def test_versions_agree(self):
        version = run("dpkg-deb", "-f", self.packages["tamizdat-relay"], "Version").stdout.strip()
        changelog = (ROOT / "deploy/debian/changelog").read_text(encoding="utf-8")
        self.assertTrue(changelog.startswith(f"tamizdat ({version}) "), f"{version}: deploy/debian/changelog has another")

    def test_the_manual_pages_name_every_command(self):
        for program, page in ((RELAY, "tamizdat-relay.8"), (CLI, "tamizdat.1")):
            help_text = run(program, "--help").stdout
            commands = set(re.findall(r"^  ([a-z-]+) +[A-Z]", help_text.split("Subcommands:")[1], re.MULTILINE))
            self.assertGreater(len(commands), 5)
            manual = (ROOT / "deploy/man" / page).read_text(encoding="utf-8")
            self.assertEqual(commands, set(re.findall(r"^\.TP\n\.B ([a-z-]+)$", manual, re.MULTILINE)))


class InstalledTest(PackageTest):
    @classmethod
    def setUpClass(cls):
        why_not = DebianRoot.why_not()
        if why_not:
            raise unittest.SkipTest(f"the packages are not installed: {why_not}")
        super().setUpClass()

    def setUp(self):
        self.root = DebianRoot(self.folder / "debian")
        self.addCleanup(shutil.rmtree, self.root.folder)
        self.addCleanup(self.root.shut_down)

    def init_relay(self):
        self.root.call("runuser", "-u", "tamizdat", "--", "tamizdat-relay", "init", "/etc/tamizdat",
                       "--passphrase-file", "/var/lib/tamizdat-secret/passphrase", "--set", "store.folder=/var/lib/tamizdat", "--set", "relay.public_addresses=127.0.0.1:8443")

    def facts(self, *names):
        shown = self.root.call("systemctl", "show", "tamizdat-relay", "--property", ",".join(names)).stdout
        return dict(line.split("=", 1) for line in shown.splitlines())

    def journal(self):
        return self.root.call("journalctl", "--no-pager", "--lines=50").stdout

    def is_serving(self):
        return self.facts("ActiveState", "StatusText") == {"ActiveState": "active", "StatusText": "serving on 0.0.0.0:8443"}

    def owned(self):
        """What must outlive every upgrade and removal, with its owner and content."""
        return {str(path.relative_to(self.root.folder)): (path.stat().st_uid, path.stat().st_mode, path.read_bytes())
                for folder in ("etc/tamizdat", "var/lib/tamizdat-secret") for path in (self.root.folder / folder).rglob("*")
                if path.is_file()}

    def newer(self, package):
        """The same package as the next version."""
        tree = self.folder / "newer"
        run("dpkg-deb", "--raw-extract", package, tree)
        control = tree / "DEBIAN/control"
        control.write_text(re.sub(r"^Version: .*$", "Version: 99", control.read_text(), flags=re.MULTILINE))
        run("dpkg-deb", "--build", "--root-owner-group", tree, self.folder / "newer.deb")
        return self.folder / "newer.deb"

    def test_without_systemd_it_can_be_installed_and_makes_a_relay(self):
        said = self.root.install(*self.packages.values())
        self.assertIn("there is no relay yet", said.stderr)
        self.init_relay()
        self.assertIn("in order", self.root.call("tamizdat-relay", "check-config", "/etc/tamizdat").stdout)
        self.assertTrue((self.root.folder / "etc/systemd/system/multi-user.target.wants/tamizdat-relay.service").is_symlink())
        self.root.call("tamizdat", "--version")
        owned = self.owned()
        self.assertEqual({0o100600, 0o100644}, {mode for _, mode, _ in owned.values()})
        self.assertNotIn(0, {owner for owner, _, _ in owned.values()})
        self.root.call("dpkg", "--purge", "tamizdat-relay")
        self.assertEqual(owned, self.owned())
        self.assertFalse((self.root.folder / "etc/systemd/system/multi-user.target.wants/tamizdat-relay.service").is_symlink())

    def test_its_whole_life_under_systemd(self):
        if not self.root.boot():
            self.skipTest("this machine does not allow namespaces with a cgroup of their own: nothing was started")
        self.root.install(*self.packages.values())
        self.root.call("systemctl", "start", "tamizdat-relay")  # the condition of the unit is not met
        self.assertEqual({"ActiveState": "inactive"}, self.facts("ActiveState"))
        self.init_relay()
        self.root.call("systemctl", "start", "tamizdat-relay", expect=None)
        self.assertTrue(self.is_serving(), self.journal())
        self.confined()
        self.published()
        self.reloaded()
        self.hung()
        self.locked_out()
        self.without_passphrase()
        self.given_another()
        self.encrypted()
        self.upgraded()
        self.fetched()
        owned = self.owned()
        self.root.call("dpkg", "--remove", "tamizdat-relay")
        self.assertEqual("inactive", self.facts("ActiveState")["ActiveState"])
        self.assertEqual(owned, self.owned())
        self.assertTrue(list((self.root.folder / "var/lib/tamizdat").glob("*.segment")))

    def confined(self):
        """The sandbox of the unit is really around it."""
        process = self.facts("MainPID")["MainPID"]
        status = dict(line.split(":\t", 1) for line in self.root.call("cat", f"/proc/{process}/status").stdout.splitlines()
                      if ":\t" in line)
        self.assertEqual(("1", "2", "0000000000000400"), (status["NoNewPrivs"], status["Seccomp"], status["CapBnd"]))
        self.assertNotEqual("0", status["Uid"].split()[0])
        mounts = self.root.call("cat", f"/proc/{process}/mounts").stdout.splitlines()
        writable = {line.split()[1] for line in mounts if line.split()[3].split(",")[0] == "rw"}
        self.assertIn("/var/lib/tamizdat", writable)
        self.assertFalse({"/", "/etc", "/usr", "/home", "/root"} & writable, mounts)
        # It may lock the memory where its keys are.
        self.assertGreater(int(status["VmLck"].split()[0]), 0)
        command = self.root.call("cat", f"/proc/{process}/cmdline").stdout.rstrip("\0").split("\0")
        self.assertEqual(["--passphrase-file", "/run/credentials/tamizdat-relay.service/passphrase"], command[-2:])

    def published(self):
        """By the program of the other package."""
        desk = self.root.folder / "root"
        (desk / "passphrase").write_text("snow falls on both banks\n", encoding="utf-8")
        (desk / "passphrase").chmod(0o600)
        (desk / "snow.md").write_text("# Снег\n\nТает.\n", encoding="utf-8")
        self.address = self.root.call("tamizdat-relay", "address", "/etc/tamizdat").stdout.strip()
        words = ("--passphrase-file", "/root/passphrase", "--home", "/root/desk")
        self.root.call("tamizdat", "project", "create", "--title", "Лента", "--language", "ru", *words)
        self.root.call("tamizdat", "relay", "add", self.address, "--home", "/root/desk")
        self.root.call("tamizdat", "publish", "/root/snow.md", *words)

    def fetched(self):
        self.root.call("tamizdat", "fetch", "--relay", self.address, "--out", "/root/got")
        self.assertIn("Снег", self.root.call("tamizdat", "verify", "/root/got").stdout)

    def reloaded(self):
        self.root.call("systemctl", "reload", "tamizdat-relay")
        config = self.root.folder / "etc/tamizdat/relay.toml"
        good = config.read_text(encoding="utf-8")
        config.write_text(good.replace("connections = 4096", "connections = 5"), encoding="utf-8")
        self.root.call("systemctl", "reload", "tamizdat-relay", expect=1)
        self.assertTrue(self.is_serving())
        config.write_text(good, encoding="utf-8")
        self.root.call("systemctl", "reload", "tamizdat-relay")

    def hung(self):
        """A relay whose loop stands still is killed and started again, here after two seconds."""
        drop_in = self.root.folder / "etc/systemd/system/tamizdat-relay.service.d/watchdog.conf"
        drop_in.parent.mkdir()
        drop_in.write_text("[Service]\nWatchdogSec=2s\nRestartSec=0\n", encoding="utf-8")
        self.root.call("systemctl", "daemon-reload")
        self.root.call("systemctl", "restart", "tamizdat-relay")
        first = self.facts("MainPID")
        self.root.call("kill", "-STOP", first["MainPID"])
        wait_for(lambda: self.facts("MainPID") not in (first, {"MainPID": "0"}) and self.is_serving(), "a new relay")
        self.assertEqual({"NRestarts": "1"}, self.facts("NRestarts"))

    PASSPHRASE = "var/lib/tamizdat-secret/passphrase"

    def locked_out(self):
        """With a wrong passphrase it ends, says why, and is not started again and again."""
        passphrase = self.root.folder / self.PASSPHRASE
        good = passphrase.read_bytes()
        passphrase.write_text("snow falls\n", encoding="utf-8")
        self.root.call("systemctl", "restart", "tamizdat-relay", expect=None)
        self.assertEqual({"ActiveState": "failed", "ExecMainStatus": "3", "NRestarts": "0"},
                         self.facts("ActiveState", "ExecMainStatus", "NRestarts"))
        self.assertIn("the passphrase in /run/credentials/tamizdat-relay.service/passphrase is wrong for the keys", self.journal())
        passphrase.write_bytes(good)
        self.root.call("systemctl", "start", "tamizdat-relay")
        self.assertTrue(self.is_serving())

    def without_passphrase(self):
        """systemd does not even start it, once, and says which step failed."""
        passphrase = self.root.folder / self.PASSPHRASE
        away = passphrase.rename(passphrase.with_name("away"))
        self.root.call("systemctl", "restart", "tamizdat-relay", expect=None)
        wait_for(lambda: self.facts("ActiveState")["ActiveState"] == "failed", "the service to give up")
        self.assertEqual({"ExecMainStatus": "243", "NRestarts": "0"}, self.facts("ExecMainStatus", "NRestarts"))
        away.rename(passphrase)
        self.root.call("systemctl", "reset-failed", "tamizdat-relay")  # it was started too often in these seconds
        self.root.call("systemctl", "start", "tamizdat-relay", expect=None)
        self.assertTrue(self.is_serving(), self.journal())

    def given_another(self):
        """By the lines of deploy/README.md, while it runs; it starts with the new one, and the owner's files stay his."""
        text = (ROOT / "deploy/README.md").read_text(encoding="utf-8")
        lines = re.search(r"^    (runuser -u tamizdat -- tamizdat-relay passphrase (?:.*\n    )*?mv .*)$", text, re.MULTILINE)[1]
        passphrase = self.root.folder / self.PASSPHRASE
        before, owners = passphrase.read_bytes(), {path: facts[:2] for path, facts in self.owned().items()}
        self.root.call("sh", "-ec", re.sub(r"^ +", "", lines, flags=re.MULTILINE))
        self.assertNotEqual(before, passphrase.read_bytes())
        self.assertEqual(owners, {path: facts[:2] for path, facts in self.owned().items()})
        self.root.call("systemctl", "restart", "tamizdat-relay", expect=None)
        self.assertTrue(self.is_serving(), self.journal())

    def encrypted(self):
        """As the guide tells it, without a TPM; then the open file can go."""
        guide = (ROOT / "deploy/README.md").read_text(encoding="utf-8")
        command = re.search(r"^    systemd-creds encrypt .*$", guide, re.MULTILINE)[0].split()
        self.root.call(command[0], command[1], "--with-key=host", *command[2:])
        drop_in = self.root.folder / "etc/systemd/system/tamizdat-relay.service.d/passphrase.conf"
        drop_in.write_text(re.search(r"^    \[Service\]\n(    .*\n)+", guide, re.MULTILINE)[0].replace("    ", ""), encoding="utf-8")
        self.root.call("systemctl", "daemon-reload")
        open_file = self.root.folder / self.PASSPHRASE
        kept = self.folder / "kept"
        shutil.move(open_file, kept)
        self.root.call("systemctl", "restart", "tamizdat-relay")
        self.assertTrue(self.is_serving(), self.journal())
        self.assertNotIn(kept.read_bytes().strip(), (self.root.folder / "etc/tamizdat-passphrase.cred").read_bytes())
        drop_in.unlink()
        shutil.move(kept, open_file)
        self.root.call("systemctl", "daemon-reload")

    def upgraded(self):
        owned, before = self.owned(), self.facts("MainPID")
        self.root.install(self.newer(self.packages["tamizdat-relay"]))
        self.assertTrue(self.is_serving())
        self.assertNotEqual(before, self.facts("MainPID"))
        self.assertEqual(owned, self.owned())


if __name__ == "__main__":
    unittest.main()
