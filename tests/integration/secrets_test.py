"""Secrets at rest and at work, of newsrooms and relays: what a program that reads key files by their description alone finds in
them, what a scanner reads from the printed page of a root key, and what is left of passphrases and secret keys in the memory
of a program that runs, in its dumps, arguments and environment, and on the disk."""

import base64
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import unittest

import nacl.exceptions
import nacl.signing
from browser import Browser
from charter_life_test import CharterCase
from key_files import DESK, MAGIC, RELAY_ROLES, ROOT, open_key_file, relay_key_file, relay_seed
from relays import CLI, RELAY, run, wait_for
from witness_test import WitnessCase

PASSPHRASE = b"snow falls on both banks"  # of every desk here

def mappings(pid):
    """(first, last, is it kept out of swap and dumps) of all memory that the process can write, but for files that it has
    mapped: those are looked at on the disk."""
    found = []
    for line in pathlib.Path(f"/proc/{pid}/smaps").read_text(encoding="ascii", errors="replace").splitlines():
        head = re.match(r"([0-9a-f]+)-([0-9a-f]+) ...([ps]) \S+ \S+ (\d+)", line)
        if head:
            span, is_file = (int(head[1], 16), int(head[2], 16)), head[3] == "s" and head[4] != "0"
        elif line.startswith("VmFlags:"):
            flags = line.split()[1:]
            if ("wr" in flags or "mw" in flags) and not is_file:
                found.append((*span, "lo" in flags and "dd" in flags))
    return found


def places(pid, secret):
    """For each copy of `secret` in the memory of the process, whether it is kept out of swap and dumps."""
    found = []
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for first, last, kept in mappings(pid):
            try:
                memory.seek(first)
                octets = memory.read(last - first)
            except (OSError, ValueError):  # guard pages of libsodium's
                continue
            found += [kept] * octets.count(secret)
    return found


def check_that_a_crash_leaves_no_core(test, cores, start):
    """`start(cwd=, preexec_fn=)` starts the program and returns its process."""
    def with_cores():
        _, most = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (most, most))

    cores.mkdir()
    other = subprocess.Popen(["sleep", "60"], cwd=cores, preexec_fn=with_cores)
    other.send_signal(signal.SIGABRT)
    dumps = os.WCOREDUMP(os.waitpid(other.pid, 0)[1])
    other.returncode = 0
    if not dumps:
        test.skipTest("no program leaves a core on this machine")
    for left in cores.iterdir():
        left.unlink()
    process = start(cwd=cores, preexec_fn=with_cores)
    process.send_signal(signal.SIGABRT)
    status = os.waitpid(process.pid, 0)[1]
    process.returncode = -signal.SIGABRT
    test.assertTrue(os.WIFSIGNALED(status))
    test.assertFalse(os.WCOREDUMP(status))
    test.assertEqual([], list(cores.iterdir()))


class KeyFilesTest(CharterCase):
    def test_another_program_opens_key_files_by_their_description(self):
        relay, = self.chain("GE")
        desk = self.desk([relay])
        files = [path for path in desk.home.rglob("*") if path.is_file() and path.read_bytes()[:15] == MAGIC]
        self.assertEqual(4, len(files), files)
        for file in files:
            octets = file.read_bytes()
            self.assertEqual(0o600, file.stat().st_mode & 0o777, file)
            role = octets[15]
            seed = open_key_file(octets, role, PASSPHRASE)
            self.assertEqual(octets[72:104], nacl.signing.SigningKey(seed).verify_key.encode(), file)
            with self.assertRaises(nacl.exceptions.CryptoError):
                open_key_file(octets, role, PASSPHRASE + b"!")
        self.assertEqual([ROOT] * 3 + [DESK], sorted(file.read_bytes()[15] for file in files))

    def test_a_scanner_reads_the_printed_page_of_a_root_key(self):
        relay, = self.chain("GE")
        desk = self.desk([relay])
        page, scan = self.folder / "root-2.html", self.folder / "root-2.png"
        desk.call("project", "paper", "--root-key", self.root_key(desk, 2), "--out", page)
        with Browser() as browser:
            browser.open(page.as_uri(), width=800, height=1130, media="print").screenshot(scan)
        scanned = run("zbarimg", "--quiet", "--raw", scan).stdout
        self.assertEqual(8, len(scanned.split()), scanned)
        text, again = self.folder / "scanned.txt", self.folder / "again.key"
        text.write_text(scanned, encoding="ascii")
        run(CLI, "project", "recover", text, "--out", again)
        self.assertEqual(self.root_key(desk, 2).read_bytes(), again.read_bytes())
        # What was scanned signs as the lost file would have.
        self.ask(desk, "--title", "Вестник Исети")
        shutil.move(self.root_key(desk, 2), self.folder / "lost.key")
        signed = self.tamizdat("project", "sign", self.request, "--root-key", again, *desk.passphrase())
        self.assertEqual(1, signed["signatures_missing"])


class SecretsAtWorkTest(WitnessCase):
    def setUp(self):
        super().setUp()
        relays = self.ring("GE", "RS")
        self.desk_ = self.desk(relays[:1])
        self.desk_.publish("# Снег\n\nТает.")
        self.listed(self.desk_, relays, "--copies", "2", "--countries", "2")
        relays[1].stop()
        key_file, = [path for path in self.desk_.home.rglob("*")
                     if path.is_file() and path.read_bytes()[:16] == MAGIC + bytes([DESK])]
        self.seed = open_key_file(key_file.read_bytes(), DESK, PASSPHRASE)

    def publishing(self, **options):
        """A `publish` that has signed and now waits for a second copy, which does not come."""
        article = self.folder / "article.md"
        article.write_text("# Лёд\n\nТрещит.", encoding="utf-8")
        process = subprocess.Popen([str(word) for word in self.desk_.command("publish", article, *self.desk_.passphrase())],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
        self.addCleanup(self.end, process)
        wait_for(lambda: self.relays[0].holds(self.desk_.log, 2), "the article on the relay")
        self.assertIsNone(process.poll())
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
        process.communicate()

    def test_no_passphrase_and_no_loose_key_in_memory_arguments_environment_or_files(self):
        process = self.publishing()
        # The article's own words are found: the search can see the heap.
        self.assertTrue(places(process.pid, "Трещит".encode()))
        for secret in (PASSPHRASE, self.seed):
            self.assertTrue(all(places(process.pid, secret)), "a secret lies in memory that may be swapped or dumped")
        for name in ("cmdline", "environ"):
            octets = pathlib.Path(f"/proc/{process.pid}/{name}").read_bytes()
            self.assertNotIn(PASSPHRASE, octets)
            self.assertNotIn(self.seed, octets)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
        written = {"what it said": out + err}
        for path in self.folder.rglob("*"):
            if path.is_file() and path != self.desk_.folder / "passphrase":
                written[path] = path.read_bytes()
        for place, octets in written.items():
            for secret in (PASSPHRASE, self.seed, self.seed.hex().encode()):
                self.assertNotIn(secret, octets, place)

    def test_a_crash_leaves_no_core(self):
        check_that_a_crash_leaves_no_core(self, self.folder / "cores", self.publishing)


class RelayAtWorkTest(WitnessCase):
    """A relay that has linked up, signed heads and given receipts."""

    def setUp(self):
        super().setUp()
        relays = self.ring("GE", "RS")
        self.relay = relays[0]
        desk = self.desk(relays[:1])
        self.listed(desk, relays, "--copies", "2", "--countries", "2")
        desk.publish("# Снег\n\nТает.")
        self.passphrase = self.relay.passphrase_file.read_bytes().strip()
        self.seeds = [relay_seed(self.relay, role) for role in RELAY_ROLES]

    def test_another_program_opens_its_key_files_by_their_description(self):
        for role, seed in zip(RELAY_ROLES, self.seeds):
            file = relay_key_file(self.relay, role)
            self.assertEqual(0o600, file.stat().st_mode & 0o777, file)
            self.assertEqual(file.read_bytes()[72:104], nacl.signing.SigningKey(seed).verify_key.encode(), file)
            with self.assertRaises(nacl.exceptions.CryptoError):
                open_key_file(file.read_bytes(), RELAY_ROLES[role], self.passphrase + b"!")

    def test_its_keys_lie_in_locked_memory_and_its_passphrase_nowhere(self):
        process = self.relay.process
        self.assertTrue(places(process.pid, self.relay.link_path.encode()))  # the search can see the heap
        self.assertEqual([], places(process.pid, self.passphrase))
        for seed in self.seeds:
            found = places(process.pid, seed)
            self.assertTrue(found, "the search has gone blind")
            self.assertTrue(all(found), "a key lies in memory that may be swapped or dumped")
        for name in ("cmdline", "environ"):
            octets = pathlib.Path(f"/proc/{process.pid}/{name}").read_bytes()
            for secret in (self.passphrase, *self.seeds):
                self.assertNotIn(secret, octets)

    def test_its_log_and_its_files_hold_neither(self):
        run(RELAY, "check-config", self.relay.folder)
        run(RELAY, "backup", self.relay.folder, self.folder / "backup")
        self.relay.stop()
        read = 0
        for path in self.folder.rglob("*"):
            if path.is_file() and path.suffix != ".passphrase":
                read += 1
                octets = path.read_bytes()
                for secret in (self.passphrase, *self.seeds):
                    for form in (secret, secret.hex().encode(), base64.urlsafe_b64encode(secret).rstrip(b"=")):
                        self.assertNotIn(form, octets, path)
        self.assertGreater(read, 20)

    def test_a_crash_leaves_no_core(self):
        def start(**options):
            self.relay.stop()
            self.relay.start(**options)
            return self.relay.process

        check_that_a_crash_leaves_no_core(self, self.folder / "cores", start)
        self.relay.process = None


if __name__ == "__main__":
    unittest.main()
