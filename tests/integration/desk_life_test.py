"""Desks of a project: a second one with a key of its own, one that was stolen, one that gets a new key; over real relays."""

import json
import shutil
import unittest

from charter_life_test import CharterCase
from relays import CLI, Desk, feed, fetch, run, verify, wait_for


class OtherDesk(Desk):
    """A second desk of a project, in a home of its own."""

    def __init__(self, folder, first, label):
        folder.mkdir()
        self.folder, self.home = folder, folder / "home"
        (folder / "passphrase").write_text("rain on both banks\n", encoding="utf-8")
        (folder / "passphrase").chmod(0o600)
        self.desk = self.call("desk", "new", *self.passphrase())["desk"]
        self.first, self.label = first, label

    def join(self, relay, expect=0):
        self.project = self.call("desk", "join", "--project", self.first.id, "--relay", relay.address, expect=expect)
        if expect == 0:
            self.id = self.first.id
            self.log, = [each["log"] for each in self.project["desks"] if each["this_one"]]
        return self.project


class DeskCase(CharterCase):
    def sign_and_submit(self, desk):
        self.sign(desk, 1)
        self.sign(desk, 2)
        return desk.call("project", "submit", self.request)

    def second_desk(self, desk, relay, label="Пермь"):
        other = OtherDesk(self.folder / f"desk {label}", desk, label)
        self.request_for(desk, "desk", "add", other.desk, "--label", label)
        self.sign_and_submit(desk)
        other.join(relay)
        return other

    def texts_of(self, relay, *words, expect=0):
        """Titles of everything that a stranger gets of it. `expect`: of verify; None where texts may still be on their way."""
        out = self.folder / f"fetched of {relay.label} {len(list(self.folder.iterdir()))}"
        fetch(relay, out, *words)
        return sorted(entry["title"] for entry in verify(out, expect=expect)["entries"])


class DeskLifeTest(DeskCase):
    def test_a_second_desk_makes_its_own_key_and_is_listed(self):
        near, far = self.chain("GE", "RS")
        desk = self.desk([near])
        desk.publish("# Снег\n\nТает.")
        other = OtherDesk(self.folder / "perm", desk, "Пермь")
        # Making it again gives the same desk; before the charter lists it, there is nothing to join.
        self.assertEqual(other.desk, other.call("desk", "new", *other.passphrase())["desk"])
        self.assertEqual("desk-not-listed", other.join(near, expect=1)["error"])
        self.request_for(desk, "desk", "add", other.desk, "--label", "Пермь", "--region", "RU-PER")
        self.sign_and_submit(desk)
        other.join(near)
        self.assertEqual("project-exists", other.join(near, expect=1)["error"])
        other.publish("# Дождь\n\nИдёт.", "--regions", "RU-PER")
        for log in (desk.log, other.log):
            wait_for(lambda: far.holds(log, 1), "both logs on RS")
        self.assertEqual(["Дождь", "Снег"], self.texts_of(far))
        # A desk is closed for good.
        self.request_for(desk, "desk", "close", other.desk)
        self.sign_and_submit(desk)
        self.request_for(desk, "desk", "add", other.desk, "--label", "Пермь", expect=2)
        self.assertEqual(["Дождь", "Снег"], self.texts_of(far))

    def test_label_scope_time_and_quota_of_a_desk_are_changed(self):
        relay, = self.chain("GE")
        desk = self.desk([relay])
        desk.publish("# Снег\n\nТает.")
        own = desk.project["desks"][0]["desk"]
        asked = self.request_for(desk, "desk", "update", own, "--label", "Екатеринбург", "--language", "ru", "--region", "RU-SVE",
                                 "--until", "2099-01-31", "--entries-per-day", "50", "--bytes-per-day", "10000000")
        which = f"desk {desk.project['desks'][0]['label']} ({own}), "
        self.assertEqual([which + "languages: all -> ru", which + "regions: all -> RU-SVE", which + "may publish until: none -> 2099-01-31T00:00:00Z",
                          which + "entries a day: as relays allow -> 50", which + "octets a day: as relays allow -> 10000000"],
                         asked["changes"][1:])
        self.sign_and_submit(desk)
        # What no relay would take is not signed, so nothing stands in the way of the rest.
        for words in (("--language", "de"), ("--regions", "RU-PER")):
            self.assertEqual("out-of-terms", desk.publish("# Regen\n\nEs regnet.", *words, expect=1)["error"])
        source = self.folder / "feed.xml"
        source.write_text(feed([("a", "Regen", "Es regnet.")]), encoding="utf-8")
        skipped = desk.import_feed(source, "--language", "de")
        self.assertEqual((0, 1), (skipped["articles"], len(skipped["skipped"])))
        desk.publish("# Ветер\n\nДует.")
        self.assertTrue(relay.holds(desk.log, 2))
        asked = self.request_for(desk, "desk", "update", own, "--language", "all", "--region", "all", "--until", "none")
        self.assertEqual(3, len(asked["changes"]))
        self.sign_and_submit(desk)
        desk.publish("# Regen\n\nEs regnet.", "--language", "de")
        self.assertTrue(relay.holds(desk.log, 3))

    def test_a_relay_takes_of_a_desk_in_a_day_what_the_charter_says(self):
        relay, = self.chain("GE")
        desk = self.desk([relay])
        desk.publish("# Снег\n\nТает.")
        own = desk.project["desks"][0]["desk"]
        self.request_for(desk, "desk", "update", own, "--entries-per-day", "2")
        self.sign_and_submit(desk)
        desk.publish("# Ветер\n\nДует.")
        for restarted in (False, True):
            if restarted:
                relay.stop()
                relay.start()
            later = desk.publish("# Дождь\n\nИдёт.", expect=5)
            self.assertIn("2 entries of this desk in 24 hours", str(later))
            self.assertTrue(relay.holds(desk.log, 2))

    def test_terms_of_a_desk_that_cannot_be_met_are_refused_at_the_keyboard(self):
        relay, = self.chain("GE")
        desk = self.desk([relay])
        desk.publish("# Снег\n\nТает.")
        own = desk.project["desks"][0]["desk"]
        for words in (["--until", "2020-01-01"], ["--until", "soon"], ["--from", "2099-01-02", "--until", "2099-01-01"],
                      ["--bytes-per-day", "1"], ["--label", ""], ["--language", "klingon"], []):
            with self.subTest(words):
                self.request_for(desk, "desk", "update", own, *words, expect=2)
                self.assertFalse(self.request.exists())

    def test_a_desk_takes_up_a_charter_that_others_put_in_force(self):
        relay, = self.chain("GE")
        desk = self.desk([relay])
        desk.publish("# Снег\n\nТает.")
        other = self.second_desk(desk, relay)
        self.update(desk, "--title", "Вестник", "--expires", "2027-01-05")
        self.assertEqual(2, other.call("project", "show")["charter_version"])
        other.publish("# Дождь\n\nИдёт.")
        self.assertEqual(3, other.call("project", "show")["charter_version"])
        self.assertEqual("Вестник", other.call("project", "show")["title"])

    def test_a_stolen_laptop_is_closed_and_what_the_thief_did_is_undone(self):
        near, far = self.chain("GE", "RS")
        desk = self.desk([near])
        for title in ("Снег", "Ветер"):
            desk.publish(f"# {title}\n\nТекст.")
        thief_begins = desk.publish("# Ложь\n\nВсё ложь.")["entries"][0]["entry"]
        desk.publish("# Ещё ложь\n\nВсё ложь.")
        wait_for(lambda: far.holds(desk.log, 4), "the thief's entries on RS")
        reader = self.folder / "reader"
        fetch(far, reader)
        self.assertEqual(4, len(verify(reader)["entries"]))
        # At another machine, without anything of the desk's home.
        stolen = desk.project["desks"][0]["desk"]
        asked = self.tamizdat("desk", "close", stolen, "--project", desk.id, "--relay", near.address, "--relay", far.address,
                              "--before", thief_begins, "--out", self.request)
        self.assertIn("at 2 entries", asked["changes"][0])
        self.assertIn("the last 2 would be refused", " ".join(asked["warnings"]))
        self.sign(desk, 2)
        self.sign(desk, 3)
        self.tamizdat("project", "submit", self.request, "--relay", near.address)
        for relay in (near, far):
            wait_for(lambda: relay.logs().get(desk.log, (0, ""))[0] == 2, f"the closing on {relay.label}")
            self.assertEqual(["Ветер", "Снег"], self.texts_of(relay))
            self.assertEqual(404, relay.get(f"/v1/entries/{thief_begins}").status)
        # Who fetched the lies before gets rid of them.
        fetch(far, reader)
        self.assertEqual(["Ветер", "Снег"], sorted(entry["title"] for entry in verify(reader)["entries"]))
        # The thief signs on, and learns that nobody takes it.
        refused = desk.publish("# Третья ложь\n\nВсё ложь.", expect=1)
        self.assertEqual("desk-closed", refused["error"])
        # A relay that starts anew holds the same.
        near.stop()
        near.start()
        self.assertEqual(["Ветер", "Снег"], self.texts_of(near))

    def test_a_thief_who_retracts_the_whole_archive_is_undone_by_the_closing(self):
        near, far = self.chain("GE", "RS")
        desk = self.desk([near])
        entries = [desk.publish(f"# {title}\n\nТекст.")["entries"][0]["entry"] for title in ("Снег", "Ветер")]
        for entry in entries:
            desk.call("retract", entry, "--reason", "error", *desk.passphrase())
        for relay in (near, far):
            for entry in entries:
                wait_for(lambda: relay.get(f"/a/{entry}").status == 410, f"{relay.label} to hide {entry}")
        self.tamizdat("desk", "close", desk.project["desks"][0]["desk"], "--project", desk.id, "--relay", near.address, "--size",
                      "2", "--out", self.request)
        self.sign(desk, 1)
        self.sign(desk, 2)
        self.tamizdat("project", "submit", self.request, "--relay", near.address)
        for relay in (near, far):
            for entry in entries:
                wait_for(lambda: relay.get(f"/a/{entry}").status == 200, f"{relay.label} to show {entry} again")
            self.assertEqual(["Ветер", "Снег"], self.texts_of(relay))

    def test_the_first_entry_that_is_not_good_is_found_where_the_thief_has_retracted_it(self):
        relay, = self.chain("GE")
        desk = self.desk([relay])
        desk.publish("# Снег\n\nТает.")
        lie = desk.publish("# Ложь\n\nВсё ложь.")["entries"][0]["entry"]
        desk.call("retract", desk.publish("# Ещё ложь\n\nВсё ложь.")["entries"][0]["entry"], "--reason", "error", *desk.passphrase())
        desk.call("retract", lie, "--reason", "error", *desk.passphrase())
        wait_for(lambda: relay.get(f"/a/{lie}").status == 410, "the lie to be hidden")
        asked = self.tamizdat("desk", "close", desk.project["desks"][0]["desk"], "--project", desk.id, "--relay", relay.address,
                              "--before", lie, "--out", self.request)
        self.assertIn("at 1 entry", asked["changes"][0])
        self.sign(desk, 1)
        self.sign(desk, 2)
        self.tamizdat("project", "submit", self.request, "--relay", relay.address)
        wait_for(lambda: relay.logs().get(desk.log, (0, ""))[0] == 1, "the closing")
        self.assertEqual(["Снег"], self.texts_of(relay))

    def test_a_closing_does_not_forget_what_this_home_has_signed_or_a_relay_that_is_away(self):
        near, far = self.make_relays("GE", "RS")
        near.start()
        far.start()
        desk = self.desk([near, far])
        desk.publish("# Снег\n\nТает.")
        near.stop()
        desk.publish("# Ветер\n\nДует.")
        far.stop()
        near.start()
        own = desk.project["desks"][0]["desk"]
        refused = self.request_for(desk, "desk", "close", own, expect=2)
        self.assertEqual("closing-below-known", refused["error"])
        self.assertIn(f"127.0.0.1:{far.port}", refused["text"])
        asked = self.request_for(desk, "desk", "close", own, "--size", "1")
        self.assertIn(f"127.0.0.1:{far.port}", asked["not_asked"][0])

    def test_a_closing_names_only_what_relays_hold(self):
        relay, = self.chain("GE")
        desk = self.desk([relay])
        entry = desk.publish("# Снег\n\nТает.")["entries"][0]["entry"]
        own = desk.project["desks"][0]["desk"]
        for words, code, error in ((["--size", "2"], 2, "closing-beyond-held"),
                                   (["--before", entry.replace("tzentry", "tzlog")], 2, None),
                                   (["--as-held-by", "nobody:1"], 2, "no-relay-holds")):
            refused = self.request_for(desk, "desk", "close", own, *words, expect=code)
            self.assertFalse(self.request.exists())
            if error:
                self.assertEqual(error, refused["error"])

    def test_a_desk_gets_a_new_key_and_imports_nothing_twice(self):
        relay, = self.chain("GE")
        desk = self.desk([relay])
        source = self.folder / "feed.xml"
        source.write_text(feed([("a", "Снег", "Тает."), ("b", "Ветер", "Дует.")]), encoding="utf-8")
        self.assertEqual(2, desk.import_feed(source)["articles"])
        new_home = self.folder / "new home"
        self.request_for(desk, "desk", "rotate", "--new-home", new_home, *desk.passphrase())
        self.sign_and_submit(desk)
        new = json.loads(run(CLI, "desk", "join", "--home", new_home, "--project", desk.id, "--relay", relay.address,
                             "--json").stdout)
        self.assertEqual(1, len(new["desks"]))
        self.assertEqual([2], [closed["size"] for closed in new["closed_desks"]])
        done = json.loads(run(CLI, "import", source, "--home", new_home, *desk.passphrase(), "--json").stdout)
        self.assertEqual((0, 2), (done["articles"], done["unchanged"]))
        self.assertEqual("desk-closed", desk.publish("# Поздно\n\nДа.", expect=1)["error"])

    def test_the_desk_in_its_place_corrects_and_retracts_what_a_closed_desk_published(self):
        near, far = self.chain("GE", "RS")
        desk = self.desk([near])
        snow, wind = (desk.publish(f"# {title}\n\nТекст.")["entries"][0]["entry"] for title in ("Снег", "Ветер"))
        desk.publish("# Буря\n\nТекст.", "--corrects", wind)
        other = self.second_desk(desk, near)
        self.request_for(desk, "desk", "close", desk.project["desks"][0]["desk"])
        self.sign_and_submit(desk)
        better = other.folder / "better.md"
        better.write_text("# Снег и лёд\n\nТекст.", encoding="utf-8")
        other.call("correct", snow, better, *other.passphrase())
        wait_for(lambda: "Снег и лёд" in far.get(f"/a/{snow}").text, "the correction on RS")
        # An article goes with the corrections of either desk.
        self.assertEqual(2, len(other.call("retract", wind, "--reason", "source-at-risk", *other.passphrase())["entries"]))
        self.assertEqual(2, len(other.call("retract", snow, "--reason", "error", *other.passphrase())["entries"]))
        for entry in (snow, wind):
            wait_for(lambda: far.get(f"/a/{entry}").status == 410, "RS to hide both")
        refused = other.call("retract", wind.replace(wind[-8:], "qqqqqqqq"), "--reason", "error", *other.passphrase(), expect=2)
        self.assertEqual("id-invalid", refused["error"])
        stranger = self.desk([near], "Другое издание")
        hello = stranger.publish("# Привет\n\nТекст.")["entries"][0]["entry"]
        refused = other.call("retract", hello, "--reason", "error", *other.passphrase(), expect=2)
        self.assertEqual("entry-unknown", refused["error"])
        self.assertIn("another", refused["text"])

    def test_what_a_desk_has_under_embargo_is_released_by_the_desk_in_its_place(self):
        relay, = self.chain("GE")
        desk = self.desk([relay])
        record = self.folder / "record.pdf"
        record.write_bytes(b"%PDF-1.4\n" + b"minutes " * 100)
        sealed = desk.publish("# Смета\n\nВдвое дороже.", "--embargo", "3d", "--as-is", record)["entries"][0]["entry"]
        key = desk.call("sealing-key", "new", *desk.passphrase())["key"]
        new_home = self.folder / "new home"
        other_word = self.folder / "other word"
        other_word.write_text("ice on both banks\n", encoding="utf-8")
        other_word.chmod(0o600)
        # From the desk's own home a closing tells what would be lost; a successor takes it along.
        asked = self.request_for(desk, "desk", "close", desk.project["desks"][0]["desk"])
        self.assertIn("1 article is under embargo", " ".join(asked["warnings"]))
        self.assertEqual("passphrase-wrong", self.request_for(desk, "desk", "rotate", "--new-home", self.folder / "nowhere", "--passphrase-file",
                                                              other_word, expect=1)["error"])
        self.request_for(desk, "desk", "rotate", "--new-home", new_home, "--passphrase-file", other_word, "--old-passphrase-file",
                         desk.folder / "passphrase")
        self.sign_and_submit(desk)
        shutil.move(desk.home, self.folder / "stolen")

        def new(*words, expect=0):
            return json.loads(run(CLI, *words, "--home", new_home, "--json", expect=expect).stdout)
        new("desk", "join", "--project", desk.id, "--relay", relay.address)
        self.assertEqual([(sealed, "waits")], [(each["entry"], each["state"]) for each in new("embargo", "list")["embargoes"]])
        self.assertEqual([(key, True)], [(each["key"], each["here"]) for each in new("sealing-key", "list")["keys"]])
        released = new("embargo", "release", sealed, "--passphrase-file", other_word)
        self.assertEqual(["embargo key"], [each["kind"] for each in released["entries"]])
        self.assertEqual(0, released["relays"][0]["attachments_missing"])
        wait_for(lambda: "Вдвое дороже" in relay.get(f"/a/{sealed}").text, "the opened article")
        out = self.folder / "news"
        self.assertEqual(1, sum(log["attachments"] for log in fetch(relay, out)["logs"]))
        # From a backup the same; it changes nothing.
        again = json.loads(run(CLI, "desk", "hand-over", "--home", self.folder / "stolen", "--new-home", new_home, "--passphrase-file",
                               other_word, "--old-passphrase-file", desk.folder / "passphrase", "--json").stdout)
        self.assertEqual((1, 1), (again["embargoes"], again["sealing_keys"]))
        self.assertEqual(["released"], [each["state"] for each in new("embargo", "list")["embargoes"]])


if __name__ == "__main__":
    unittest.main()
