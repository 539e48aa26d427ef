"""Sealed exchange between newsrooms over real relays: A knows B, B knows A and C; the sender hands in on A, the recipient
fetches from C. And what a relay, a thief and a lost key can and cannot do."""

import hashlib
import json
import pathlib
import re
import unittest

from desk_life_test import OtherDesk
from middleman import Middleman
from relays import CLI, Case, run, wait_for

SECRET = "Смета: мост обошёлся вдвое дороже.".encode()


class LettersTest(Case):
    def setUp(self):
        super().setUp()
        self.a, self.b, self.c = self.chain("GE", "RS", "DE")
        self.iset = self.desk([self.a], "Исеть")
        self.kama = self.desk([self.c], "Кама")

    def add_sealing_key(self, desk):
        """A new key, its charter signed by two root keys and submitted."""
        key = desk.call("sealing-key", "new", *desk.passphrase())["key"]
        self.update(desk, "--add-sealing-key", key)
        return key

    def update(self, desk, *changes):
        request = desk.folder / "request"
        request.unlink(missing_ok=True)
        run(CLI, "project", "update", *changes, "--out", request, "--home", desk.home)
        for name in ("root-1.key", "root-2.key"):
            run(CLI, "project", "sign", request, "--root-key", desk.home / "root-keys" / name, *desk.passphrase())
        run(CLI, "project", "submit", request, "--home", desk.home)

    def make_known(self, desk, relays):
        """Relays learn a project with its first article."""
        desk.publish("# Привет\n\nМы здесь.")
        for relay in relays:
            wait_for(lambda: desk.id in relay.get("/v1/projects").text, f"{desk.id} on {relay.label}")

    def wait_for_charter(self, desk, version, relays):
        for relay in relays:
            wait_for(lambda: (answer := relay.get(f"/v1/projects/{desk.id}")).status == 200
                     and answer.json["charter_version"] >= version, f"charter {version} on {relay.label}")

    def two_newsrooms(self):
        self.make_known(self.iset, self.relays)
        self.make_known(self.kama, self.relays)
        key = self.add_sealing_key(self.kama)
        self.wait_for_charter(self.kama, 2, self.relays)
        return key

    def send(self, desk, recipients, content=SECRET, name="смета.txt", expect=0):
        file = desk.folder / name
        file.write_bytes(content)
        words = [word for recipient in recipients for word in ("--to", recipient)]
        return desk.call("send", *words, file, *desk.passphrase(), expect=expect)

    def inbox(self, desk, expect=0):
        done = run(*desk.command("inbox", *desk.passphrase()), expect=expect)
        return json.loads(done.stdout), done.stderr

    def slots(self, relay):
        return [slot for day in relay.get("/v1/sealed").json["days"] for slot in day["slots"]]

    def wait_for_slots(self, count, relays):
        for relay in relays:
            wait_for(lambda: len(self.slots(relay)) >= count, f"{count} slots on {relay.label}")

    def test_a_letter_goes_from_one_newsroom_to_another_and_relays_see_nothing(self):
        self.two_newsrooms()
        sent = self.send(self.iset, [self.kama.id])
        self.assertEqual((1, 1, 0), (sent["slots"], sent["handed_in"], sent["waiting"]), sent)
        self.wait_for_slots(1, self.relays)
        slot = self.c.get(f"/v1/sealed/{self.slots(self.c)[0]}").body
        self.assertEqual(16384, len(slot))
        for relay in self.relays:
            for file in relay.folder.rglob("*"):
                if file.is_file() and "sealed" in file.parts:
                    self.assertNotIn(SECRET, file.read_bytes())
        # Nobody behind the first relay learns who sent it, and the first relay writes it down nowhere.
        desk_key = self.iset.project["desks"][0]["desk"]
        self.assertNotIn(desk_key, self.a.log())

        report, _ = self.inbox(self.kama)
        self.assertEqual([(self.iset.id, "Исеть")], [(each["project"], each["project_title"]) for each in report["letters"]])
        self.assertEqual(SECRET, pathlib.Path(report["letters"][0]["file"]).read_bytes())
        again, _ = self.inbox(self.kama)
        self.assertEqual(([], 0), (again["letters"], again["slots_fetched"]))
        # Who has no key fetches the same, and opens nothing.
        theirs, _ = self.inbox(self.iset)
        self.assertEqual(([], 1), (theirs["letters"], theirs["slots_fetched"]))

    def test_two_desks_of_a_project_open_letters_with_one_secret(self):
        self.make_known(self.iset, self.relays)
        self.make_known(self.kama, self.relays)
        key = self.kama.call("sealing-key", "new", *self.kama.passphrase())["key"]
        exported, word = self.folder / "letters.key", self.folder / "word"
        word.write_text("a word for the way\n", encoding="utf-8")
        word.chmod(0o600)
        refused = self.kama.call("sealing-key", "export", self.iset.call("sealing-key", "new", *self.iset.passphrase())["key"], "--out", exported, *self.kama.passphrase(),
                                 "--file-passphrase-file", word, expect=2)
        self.assertEqual("sealing-key-unknown", refused["error"])
        self.kama.call("sealing-key", "export", key, "--out", exported, *self.kama.passphrase(), "--file-passphrase-file", word)
        self.assertEqual(0o600, exported.stat().st_mode & 0o777)
        # The charter takes its public part from the file.
        self.update(self.kama, "--add-sealing-key", exported)
        perm = OtherDesk(self.folder / "perm", self.kama, "Пермь")
        request = self.folder / "perm.request"
        self.kama.call("desk", "add", perm.desk, "--label", "Пермь", "--out", request)
        for number in (1, 2):
            run(CLI, "project", "sign", request, "--root-key", self.kama.home / f"root-keys/root-{number}.key", *self.kama.passphrase())
        self.kama.call("project", "submit", request)
        perm.join(self.c)
        self.assertEqual("passphrase-wrong", perm.call("sealing-key", "import", exported, *perm.passphrase(), "--file-passphrase-file",
                                                       perm.folder / "passphrase", expect=1)["error"])
        self.assertEqual({"key": key, "listed": True}, perm.call("sealing-key", "import", exported, *perm.passphrase(),
                                                                 "--file-passphrase-file", word))
        self.wait_for_charter(self.kama, 3, self.relays)
        self.send(self.iset, [self.kama.id])
        self.wait_for_slots(1, self.relays)
        for desk in (self.kama, perm):
            report, _ = self.inbox(desk)
            self.assertEqual(SECRET, pathlib.Path(report["letters"][0]["file"]).read_bytes())

    def test_a_large_file_in_several_slots_over_a_restart_of_relays(self):
        self.two_newsrooms()
        content = b"".join(hashlib.sha256(i.to_bytes(4, "big")).digest() for i in range(80_000))  # 2.5 MB
        sent = self.send(self.iset, [self.kama.id], content)
        self.assertEqual(3, sent["slots"])
        self.wait_for_slots(3, self.relays)
        for relay in self.relays:
            relay.kill()
        for relay in self.relays:
            relay.start()
        report, _ = self.inbox(self.kama)
        self.assertEqual(content, pathlib.Path(report["letters"][0]["file"]).read_bytes())

    def test_without_a_relay_it_waits_and_goes_out_later(self):
        self.two_newsrooms()
        # The charter of the recipient is known from before.
        self.send(self.iset, [self.kama.id])
        self.a.kill()
        sent = self.send(self.iset, [self.kama.id], b"second", "second.txt", expect=4)
        self.assertEqual(1, sent["waiting"], sent)
        self.a.start()
        run(CLI, "send", "--home", self.iset.home)
        self.wait_for_slots(2, [self.c])
        report, _ = self.inbox(self.kama)
        self.assertEqual({SECRET, b"second"}, {pathlib.Path(each["file"]).read_bytes() for each in report["letters"]})

    def test_a_project_without_a_sealing_key_is_told(self):
        self.make_known(self.iset, self.relays)
        self.make_known(self.kama, self.relays)
        refused = self.send(self.iset, [self.kama.id], expect=1)
        self.assertEqual("no-sealing-key", refused["error"])

    def test_a_lost_key_is_told_and_a_new_one_works(self):
        key = self.two_newsrooms()
        self.send(self.iset, [self.kama.id])
        self.wait_for_slots(1, [self.c])
        next((self.kama.home / "sealing-keys").iterdir()).unlink()
        report, told = self.inbox(self.kama)
        self.assertEqual(([], [key]), (report["letters"], report["keys_missing"]))
        self.assertIn("this home has no secret for it", told)

        new = self.kama.call("sealing-key", "new", *self.kama.passphrase())["key"]
        self.update(self.kama, "--add-sealing-key", new, "--remove-sealing-key", key)
        self.wait_for_charter(self.kama, 3, self.relays)
        self.send(self.iset, [self.kama.id])
        self.wait_for_slots(2, [self.c])
        report, _ = self.inbox(self.kama)
        self.assertEqual((1, []), (len(report["letters"]), report["keys_missing"]))

    def ear(self, desk, relay):
        """Between a desk and its relay from now on, and reading along."""
        made = Middleman(self.folder / f"ear of {desk.id}", relay.port)
        self.addCleanup(made.close)
        desk.call("relay", "remove", relay.address)
        desk.call("relay", "add", made.address_with_its_key(relay))
        return made

    def test_no_request_tells_who_writes_to_whom(self):
        self.two_newsrooms()
        near_iset, near_kama = self.ear(self.iset, self.a), self.ear(self.kama, self.c)
        self.send(self.iset, [self.kama.id])
        self.wait_for_slots(1, self.relays)
        slot, = self.slots(self.c)
        report, _ = self.inbox(self.kama)
        self.assertEqual(self.iset.id, report["letters"][0]["project"])
        self.assertEqual(["GET /v1/charters", "PUT /v1/sealed"], near_iset.requests())
        self.assertEqual(["GET /v1/charters", "GET /v1/sealed", f"GET /v1/sealed/{slot}"], near_kama.requests())
        # Who is not written to asks the same, and the next time too, with nothing of the last one.
        near_iset.overheard = near_kama.overheard = b""
        self.inbox(self.iset)
        self.inbox(self.kama)
        self.assertEqual(["GET /v1/charters", "GET /v1/sealed", f"GET /v1/sealed/{slot}"], near_iset.requests())
        self.assertEqual(["GET /v1/charters", "GET /v1/sealed"], near_kama.requests())
        for ear in (near_iset, near_kama):
            self.assertNotIn(b"If-None-Match", ear.overheard)

    def test_a_stranger_and_a_submission_for_another_relay_are_refused(self):
        self.two_newsrooms()
        ear = self.ear(self.iset, self.a)
        self.send(self.iset, [self.kama.id])
        slot = self.a.get(f"/v1/sealed/{self.slots(self.a)[0]}").body
        refused = self.a.ask("PUT", "/v1/sealed", body=slot[:-1] + bytes([slot[-1] ^ 1]))
        self.assertEqual((400, "submission-malformed"), (refused.status, refused.json["error"]))
        submission = re.search(rb"Tamizdat-Desk: (\S+)", ear.overheard)[1].decode()
        elsewhere = self.c.ask("PUT", "/v1/sealed", body=slot, headers={"Tamizdat-Desk": submission})
        self.assertEqual((403, "submission-signature-invalid"), (elsewhere.status, elsewhere.json["error"]))
        self.assertEqual(1, len(self.slots(self.a)))

    def test_a_closed_desk_and_a_frozen_project_seal_nothing(self):
        self.two_newsrooms()
        run(CLI, "project", "freeze", "--root-key", self.iset.home / "root-keys/root-3.key", *self.iset.passphrase(),
            "--home", self.iset.home)
        refused = self.send(self.iset, [self.kama.id], expect=1)
        self.assertEqual("project-frozen", refused["error"])
        self.assertEqual([], self.slots(self.a))
        # The home learns of its own charter from relays, though others signed and submitted it.
        key = self.kama.call("sealing-key", "list")["keys"][0]
        self.assertEqual((True, True), (key["here"], key["listed"]))
        elsewhere = self.kama.folder / "elsewhere"
        request = self.kama.folder / "request"
        request.unlink()
        run(CLI, "project", "update", "--remove-sealing-key", key["key"], "--project", self.kama.id, "--relay", self.c.address,
            "--home", elsewhere, "--out", request)
        for name in ("root-1.key", "root-2.key"):
            run(CLI, "project", "sign", request, "--root-key", self.kama.home / "root-keys" / name, *self.kama.passphrase())
        run(CLI, "project", "submit", request, "--relay", self.c.address, "--home", elsewhere)
        self.assertFalse(self.kama.call("sealing-key", "list")["keys"][0]["listed"])


class QuotaTest(Case):
    def test_a_project_has_its_share(self):
        relay, = self.make_relays("GE", settings=("sealed.project_mib_per_day=1",))
        relay.start()
        desk = self.desk([relay])
        desk.publish("# Привет\n\nМы здесь.")
        key = desk.call("sealing-key", "new", *desk.passphrase())["key"]
        request = desk.folder / "request"
        run(CLI, "project", "update", "--add-sealing-key", key, "--out", request, "--home", desk.home)
        for name in ("root-1.key", "root-2.key"):
            run(CLI, "project", "sign", request, "--root-key", desk.home / "root-keys" / name, *desk.passphrase())
        run(CLI, "project", "submit", request, "--home", desk.home)
        file = desk.folder / "film"
        file.write_bytes(bytes(1_500_000))  # two slots of 1 MiB
        sent = desk.call("send", "--to", desk.id, file, *desk.passphrase(), expect=5)
        self.assertEqual((1, 1), (sent["handed_in"], sent["waiting"]), sent)
        self.assertIn("as much today", sent["troubles"][0])
        # What waits is no success, with a passphrase neither.
        run(CLI, "send", "--home", desk.home, expect=5)
        run(CLI, "send", *desk.passphrase(), "--home", desk.home, expect=5)
        self.assertEqual("letter-days-wrong", desk.call("send", "--to", desk.id, file, "--days", "31", *desk.passphrase(), expect=2)["error"])


if __name__ == "__main__":
    unittest.main()
