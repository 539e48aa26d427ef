"""A relay's keys under their passphrase: how a start goes without, where the passphrase may lie, and how it is changed, also where
the power goes in the middle."""

import os
import shutil
import unittest

import nacl.exceptions
from key_files import RELAY_ROLES, open_key_file, relay_key_file, relay_seed
from relays import RELAY, Case, run

KEYS_SHUT = 3  # exit code of `run`


class RelayKeysTest(Case):
    def setUp(self):
        super().setUp()
        (self.relay,) = self.make_relays("GE")

    def passphrase(self, name, words="snow falls"):
        """A passphrase file, its mode as it must be."""
        file = self.folder / name
        file.write_text(words + "\n", encoding="utf-8")
        file.chmod(0o600)
        return file

    def refused(self, told, *words, code=KEYS_SHUT):
        """A start that ends with one line."""
        done = run(RELAY, "run", self.relay.folder, *words, expect=code)
        self.assertEqual(1, done.stderr.count("\n"), done.stderr)
        self.assertIn(told, done.stderr)
        self.assertFalse((self.relay.folder / "data").exists(), "nothing was begun")

    def test_a_start_that_cannot_open_the_keys_says_why_and_begins_nothing(self):
        self.refused(" is wrong for the keys in ", "--passphrase-file", self.passphrase("other"))
        good = self.relay.passphrase_file.read_bytes()
        self.relay.passphrase_file.chmod(0o644)
        self.refused("other users of this machine can read the passphrase file")
        self.relay.passphrase_file.unlink()
        self.refused(f"there is no passphrase file {self.relay.passphrase_file}")
        self.passphrase(self.relay.passphrase_file.name, "")
        self.refused(" is empty: ")
        self.relay.passphrase_file.write_bytes(good)

        witness, mirror = (relay_key_file(self.relay, role) for role in ("witness", "mirror"))
        octets = witness.read_bytes()
        witness.chmod(0o640)
        self.refused("can be read by other users", code=1)
        witness.chmod(0o600)
        witness.write_bytes(octets[:-1] + bytes([octets[-1] ^ 1]))
        self.refused("the key file is damaged (the passphrase is not the cause)", code=1)
        witness.write_bytes(mirror.read_bytes())
        self.refused("this file holds a relay's mirror key, and a relay's witness key is needed", code=1)
        witness.unlink()
        self.refused(f"cannot read {witness}: No such file or directory: put your copy of it back", code=1)

    def test_the_passphrase_is_needed_at_a_start_only(self):
        elsewhere = self.folder / "stick"
        shutil.move(self.relay.passphrase_file, elsewhere)
        self.relay.start("--passphrase-file", elsewhere)
        shutil.move(elsewhere, self.relay.passphrase_file)
        self.relay.passphrase_file.unlink()  # the stick is pulled out
        self.assertEqual("reloaded: nothing is different\n", run(RELAY, "reload", self.relay.folder).stdout)
        self.assertEqual(self.relay.address, run(RELAY, "address", self.relay.folder).stdout.strip())
        self.assertEqual("nothing is withheld here\n", run(RELAY, "withholdings", self.relay.folder).stdout)

    def test_a_stopped_relay_withholds_with_its_passphrase(self):
        self.relay.start()
        self.relay.stop()
        elsewhere = self.folder / "stick"
        shutil.move(self.relay.passphrase_file, elsewhere)
        self.assertIn("there is no passphrase file", run(RELAY, "withholdings", self.relay.folder, expect=1).stderr)
        run(RELAY, "withholdings", self.relay.folder, "--passphrase-file", elsewhere)

    def test_a_credential_of_systemd_is_a_passphrase_file(self):
        credentials = self.folder / "credentials"
        credentials.mkdir()
        credential = credentials / "passphrase"
        shutil.move(self.relay.passphrase_file, credential)
        credential.chmod(0o440)  # an access control list for the service's user looks like this
        self.refused("other users of this machine can read", "--passphrase-file", credential)
        self.relay.start("--passphrase-file", credential, env={**os.environ, "CREDENTIALS_DIRECTORY": str(credentials)})

    def test_another_passphrase_beside_a_running_relay_and_at_its_next_start(self):
        self.relay.start()
        new = self.folder / "new"
        said = run(RELAY, "passphrase", self.relay.folder, "--new-passphrase-file", new)
        self.assertIn(f"open with the passphrase in {new}, drawn just now", said.stdout)
        self.assertEqual(0o600, new.stat().st_mode & 0o777)
        self.assertNotIn(new.read_text(encoding="ascii").strip(), said.stdout + said.stderr)
        self.assertEqual("reloaded: nothing is different\n", run(RELAY, "reload", self.relay.folder).stdout)
        self.relay.stop()
        run(RELAY, "run", self.relay.folder, expect=KEYS_SHUT)
        os.replace(new, self.relay.passphrase_file)
        self.relay.start()
        self.assertEqual(self.relay.address, run(RELAY, "address", self.relay.folder).stdout.strip())

    def opens_with(self, role, passphrase):
        try:
            return open_key_file(relay_key_file(self.relay, role).read_bytes(), RELAY_ROLES[role], passphrase)
        except nacl.exceptions.CryptoError:
            return None

    def test_a_change_that_is_killed_at_any_file_is_finished_by_the_next(self):
        self.assertIsNotNone(shutil.which("strace"), "strace is not installed: deploy/install-packages test")
        seeds = {role: relay_seed(self.relay, role) for role in RELAY_ROLES}
        halves = 0
        for number in range(1, len(RELAY_ROLES) + 1):
            old = self.relay.passphrase_file.read_bytes().strip()
            words = f"snow falls {number}"
            change = (RELAY, "passphrase", self.relay.folder, "--new-passphrase-file", self.passphrase("new", words))
            renames = "rename,renameat,renameat2"
            killed = run("strace", "-f", "-o", "/dev/null", "-e", f"trace={renames}",
                         "-e", f"inject={renames}:signal=KILL:when={number}", *change, expect=None)
            self.assertIn(killed.returncode, (-9, 137), killed.stderr)
            with_new = 0
            for role, seed in seeds.items():
                found = self.opens_with(role, words.encode())
                with_new += found is not None
                self.assertEqual(seed, found or self.opens_with(role, old), f"{role}.key opens with neither")
            if 0 < with_new < len(seeds):
                halves += 1
                self.refused("a change of the passphrase was cut short, so run `tamizdat-relay passphrase` again")
            run(*change)
            self.assertEqual(list(seeds.values()), [self.opens_with(role, words.encode()) for role in seeds])
            os.replace(self.folder / "new", self.relay.passphrase_file)
        self.assertGreater(halves, 0, "it was never killed between two files")
        run(RELAY, "check-config", self.relay.folder)


if __name__ == "__main__":
    unittest.main()
