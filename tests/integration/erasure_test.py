"""What a newsroom retracted is erased from the disks: once the charter's delay is over, and not before."""

import datetime
import json
import os
import pathlib
import secrets
import unittest

from desk_life_test import DeskCase
from relays import BUILD, RELAY, fetch, run, verify, wait_for

SHIFTED_CLOCK = BUILD / "tests/integration/libshifted_clock.so"

MARK = "Имя источника 7f3c19e0b4d2."


def octets_of(folder):
    """{file: octets} of everything a relay keeps."""
    return {path: path.read_bytes() for path in sorted(pathlib.Path(folder).rglob("*")) if path.is_file()}


class ErasureCase(DeskCase):
    def start(self, *labels, delay):
        relays = self.make_relays(*labels, settings=[f"testing.erase_delay={delay}"])
        for left in relays:
            for right in relays:
                if left is not right:
                    left.add_peer(right.address)
            left.start()
        return relays

    def article(self, desk, title, text="Снег тает с краёв."):
        return desk.publish(f"# {title}\n\n{text}")["entries"][0]["entry"]

    def retract(self, desk, entry, reason="source-at-risk"):
        return desk.call("retract", entry, "--reason", reason, *desk.passphrase())

    def status(self, relay, entry):
        return relay.get(f"/a/{entry}").status

    def is_erased(self, relay, count=1):
        return relay.metric("tamizdat_erased_entries_total") >= count


class ErasureTest(ErasureCase):
    def test_after_the_delay_no_octet_of_the_text_is_left_on_any_disk_and_the_rest_verifies(self):
        near, far = self.start("GE", "RS", delay=5)
        desk = self.desk([near])
        stays = self.article(desk, "Остаётся")
        goes = self.article(desk, "Уходит", MARK)
        self.wait_for_same([near, far], desk.log, 2)
        before = {relay: octets_of(relay.folder / "data") for relay in (near, far)}
        self.retract(desk, goes)
        for relay in (near, far):
            wait_for(lambda: self.status(relay, goes) == 410, f"{relay.label} to hide it")
            wait_for(lambda: self.is_erased(relay), f"{relay.label} to erase it")
            relay.stop()
            after = octets_of(relay.folder / "data")
            # Where zeros stand now, the text stood, as it was stored: nowhere is it found again.
            erased = []
            for path, old in before[relay].items():
                new = after.get(path, b"")
                if path.suffix != ".segment":
                    continue
                end = min(len(old), len(new))
                start = next((i for i in range(28, end) if old[i] != new[i] and new[i:i + 64] == bytes(64) and any(old[i:i + 64])), None)
                if start is not None:
                    erased.append(old[start:start + 64])
            self.assertEqual(1, len(erased), "one text was overwritten")
            for path, octets in after.items():
                self.assertNotIn(erased[0], octets, path)
                self.assertNotIn(MARK.encode(), octets, path)
            self.relay_command(relay, "verify-store")
            relay.start()
            self.assertEqual((410, 200), (self.status(relay, goes), self.status(relay, stays)))

    def relay_command(self, relay, *words):
        return run(RELAY, *words, relay.folder)

    def test_a_peer_that_was_away_erases_when_it_returns_and_a_new_one_takes_the_entry_without_its_text(self):
        near, away, new = self.make_relays("GE", "RS", "DE", settings=["testing.erase_delay=1"])
        for relay in (away, new):
            near.add_peer(relay.address)
            relay.add_peer(near.address)
        near.start()
        away.start()
        desk = self.desk([near])
        goes = self.article(desk, "Уходит", MARK)
        self.wait_for_same([near, away], desk.log, 1)
        away.stop()
        self.retract(desk, goes)
        self.article(desk, "Позже")
        wait_for(lambda: self.is_erased(near), "GE to erase it")
        new.start()
        self.wait_for_same([near, new], desk.log, 3)
        self.assertEqual(0, new.metric("tamizdat_erased_entries_total"))
        self.assertEqual(410, wait_for(lambda: self.status(new, goes) == 410 and 410, "DE to hide it"))
        away.start()
        wait_for(lambda: self.is_erased(away), "RS to erase it")
        self.assertEqual(410, self.status(away, goes))

    def test_with_a_root_key_or_a_second_desk_it_is_erased_at_once(self):
        near, far = self.start("GE", "RS", delay=6000)
        desk = self.desk([near])
        first, second = self.article(desk, "Первая", MARK), self.article(desk, "Вторая", MARK)
        other = self.second_desk(desk, near)
        for entry, cosigner, passphrase in ((first, self.root_key(desk, 2), desk), (second, other.home, other)):
            report = desk.call("retract", entry, "--reason", "source-at-risk", "--cosign", cosigner, "--cosign-passphrase-file",
                               passphrase.folder / "passphrase", *desk.passphrase())
            self.assertEqual([], report.get("notes", []))
        for relay in (near, far):
            wait_for(lambda: self.is_erased(relay, 2), f"{relay.label} to erase both")
            self.assertEqual((410, 410), (self.status(relay, first), self.status(relay, second)))
        refused = desk.call("retract", first, "--reason", "other", "--cosign", desk.home, "--cosign-passphrase-file",
                            desk.folder / "passphrase", *desk.passphrase(), expect=1)
        self.assertEqual("cosigner-unknown", refused["error"])

    def test_the_space_of_what_was_erased_is_given_back(self):
        near, = self.start("GE", delay=1)
        desk = self.desk([near])
        stays = self.article(desk, "Остаётся")
        goes = self.article(desk, "Уходит", secrets.token_hex(8000))
        self.retract(desk, goes)
        wait_for(lambda: self.is_erased(near), "GE to erase it")
        near.stop()
        size = lambda: sum(path.stat().st_size for path in (near.folder / "data").glob("*.segment"))
        before = size()
        self.assertIn("given back", self.relay_command(near, "compact").stdout)
        self.assertLess(size(), before - 8000)
        self.assertIn("all in order", self.relay_command(near, "verify-store").stdout)
        self.assertIn(" 0 given back", self.relay_command(near, "compact").stdout)
        near.start()
        self.assertEqual((410, 200), (self.status(near, goes), self.status(near, stays)))
        self.article(desk, "Позже")

    def test_a_date_of_long_ago_makes_no_retraction_due(self):
        # The charter's 72 hours run from the receipt on each relay, whatever a thief's clock says.
        near, far = self.chain("GE", "RS")
        desk = self.desk([near])
        archive = self.article(desk, "Снег")
        self.wait_for_same([near, far], desk.log, 1)
        thief = {**os.environ, "LD_PRELOAD": str(SHIFTED_CLOCK), "SHIFT_CLOCK_SECONDS": str(-30 * 86400)}
        report = json.loads(run(*desk.command("retract", archive, "--reason", "error", *desk.passphrase()), env=thief).stdout)
        first = report["entries"][0]["entry"]
        self.wait_for_same([near, far], desk.log, 2)
        reader = self.folder / "reader"
        fetch(far, reader)
        long_ago = (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=29)).isoformat()
        self.assertLess(min(each["signed"] for each in verify(reader)["entries"]), long_ago)
        for relay in (near, far):
            wait_for(lambda: self.status(relay, archive) == 410, f"{relay.label} to hide it")
        self.close(desk, first, near, far)
        for relay in (near, far):
            wait_for(lambda: self.status(relay, archive) == 200, f"{relay.label} to show it again")
            self.assertEqual(0, relay.metric("tamizdat_erased_entries_total"))

    def test_what_one_relay_erased_before_the_closing_comes_back_from_another(self):
        quick, = self.make_relays("GE", settings=["testing.erase_delay=1"])
        slow, = self.make_relays("RS", settings=["testing.erase_delay=6000"])
        for relay, peer in ((quick, slow), (slow, quick)):
            relay.add_peer(peer.address)
            relay.start()
        desk = self.desk([slow])
        archive = [self.article(desk, title) for title in ("Снег", "Ветер", "Дождь")]
        self.wait_for_same([quick, slow], desk.log, 3)
        first = self.retract(desk, archive[0])["entries"][0]["entry"]
        self.retract(desk, archive[2])
        wait_for(lambda: self.is_erased(quick, 2), "GE to erase them")
        self.close(desk, first, quick, slow)
        for relay in (quick, slow):
            for entry in archive:
                wait_for(lambda: self.status(relay, entry) == 200, f"{relay.label} to show it again")
            wait_for(lambda: self.texts_of(relay, expect=None) == ["Ветер", "Дождь", "Снег"], f"{relay.label} to have the texts again")

    def close(self, desk, before, *relays):
        """A new charter closes the desk before this entry, as those who hold the root keys do without the desk's home."""
        stolen = desk.project["desks"][0]["desk"]
        self.tamizdat("desk", "close", stolen, "--project", desk.id, *(word for relay in relays for word in ("--relay", relay.address)),
                      "--before", before, "--out", self.request)
        self.sign(desk, 2)
        self.sign(desk, 3)
        self.tamizdat("project", "submit", self.request, "--relay", relays[-1].address)

    def test_a_thief_retracts_the_whole_archive_and_closing_the_desk_brings_it_back(self):
        near, far = self.start("GE", "RS", delay=600)
        desk = self.desk([near])
        archive = [self.article(desk, title) for title in ("Снег", "Ветер", "Дождь")]
        self.wait_for_same([near, far], desk.log, 3)
        first = self.retract(desk, archive[0])["entries"][0]["entry"]
        for entry in archive[1:]:
            self.retract(desk, entry, "other")
        for relay in (near, far):
            for entry in archive:
                wait_for(lambda: self.status(relay, entry) == 410, f"{relay.label} to hide it")
        self.close(desk, first, far, near)
        for relay in (near, far):
            for entry in archive:
                wait_for(lambda: self.status(relay, entry) == 200, f"{relay.label} to show it again")
            self.assertEqual(0, relay.metric("tamizdat_erased_entries_total"))
            self.assertEqual(["Ветер", "Дождь", "Снег"], self.texts_of(relay))


if __name__ == "__main__":
    unittest.main()
