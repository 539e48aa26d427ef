"""The guides of deploy/handbook: their transcripts run, in both languages, and the pictures that they show are there."""

import re
import shutil
import unittest

from relays import DATA, ROOT, Case
from transcripts import Transcripts

HANDBOOK = ROOT / "deploy/handbook"
LANGUAGES = ("ru", "en")


def guide(name, language):
    return (HANDBOOK / f"{name}.{language}.md").read_text(encoding="utf-8")


def play_journalist(folder, relay, language):
    """What the journalist's guide tells, on that relay."""
    player = Transcripts(folder, relay.address)
    shutil.copy(DATA / "feeds/courier.rss", player.work / "feed.xml")
    shutil.copy(HANDBOOK / "yard.jpg", player.work)
    player.run(guide("journalist", language))
    return player


class GuidesTest(Case):
    def play_newsroom(self, language):
        relay, = self.chain("GE")
        player = play_journalist(self.folder / "reader", relay, language)
        entry = player.newest["tzentry1"] = player.first["tzentry1"]
        (player.work / f"{entry}.tamizdat").write_bytes(relay.get(f"/v1/entries/{entry}").body)
        player.run(guide("reader", language))
        self.assertGreaterEqual(player.commands, 10)

    def test_the_russian_guides_for_journalists_and_readers(self):
        self.play_newsroom("ru")

    def test_the_english_guides_for_journalists_and_readers(self):
        self.play_newsroom("en")

    def test_the_operators_guide(self):
        for language in LANGUAGES:
            with self.subTest(language):
                with Transcripts(self.folder / language) as player:
                    player.run(guide("operator", language))
                self.assertGreaterEqual(player.commands, 10)

    def test_a_transcript_that_tells_something_else_is_found(self):
        player = Transcripts(self.folder / "reader")
        player.run("```console\n$ echo a; echo b; echo c d\na\n...\nc ...\n```\n")
        for wrong in ("a\nb\nc", "a\nb\nc d\ne", "a\nc d", "...\nd"):
            with self.assertRaises(AssertionError):
                player.run(f"```console\n$ echo a; echo b; echo c d\n{wrong}\n```\n")

    def test_both_languages_show_the_same_commands_and_pictures(self):
        for name in ("reader", "journalist", "operator"):
            shown = [re.findall(r"^\$ .*$|!\[.*\]\((.*)\.\w\w\.webp ", guide(name, language), re.MULTILINE)
                     for language in LANGUAGES]
            self.assertEqual(*shown)
            for language in LANGUAGES:
                pictures = re.findall(r"^!\[.+\]\((images/\S+) \".+\"\)$", guide(name, language), re.MULTILINE)
                self.assertTrue(pictures, name)
                for picture in pictures:
                    self.assertTrue((HANDBOOK / picture).is_file(), picture)


if __name__ == "__main__":
    unittest.main()
