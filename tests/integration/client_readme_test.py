"""What client-lib/README.md tells a journalist to do with root keys, embargoes and letters, and in bad hours: its transcripts
run."""

import re
import shutil
import unittest

from relays import CLI, ROOT, Case, feed, run
from sites import Site
from transcripts import Transcripts

ARTICLE = "---\ntitle: {title}\nlanguage: ru\nregions: RU-PER\n---\nText.\n"
ARTICLES = {"snow": "Snow", "lie": "A lie", "ice": "Ice", "source": "What he saw", "thaw": "Thaw", "budget": "The budget"}
FEED = feed([("a", "Snow", "It falls."), ("b", "Ice", "It cracks."), ("c", "Weather", "")])
MAKE_PROJECT = """```console
$ tamizdat project create --title "{title}" --language ru --region RU-SVE --root-keys {keys} {home}
...
$ tamizdat relay add "tamizdat-relay:v1 ..." {home}
...
```
"""


def chapter(heading, next_heading):
    text = (ROOT / "client-lib/README.md").read_text(encoding="utf-8")
    begin = text.index(f"\n{heading}")
    return text[begin:text.index(f"\n{next_heading}", begin)]


class ClientReadmeTest(Case):
    def setUp(self):
        super().setUp()
        relay, = self.chain("GE")
        site = Site({"/feed": (200, {}, FEED.encode())})
        self.addCleanup(site.close)
        self.player = Transcripts(self.folder / "newsroom", relay.address, site=site.url(""))
        for name, title in ARTICLES.items():
            (self.player.work / f"{name}.md").write_text(ARTICLE.format(title=title), encoding="utf-8")
        (self.player.work / "figures.xlsx").write_bytes(b"PK figures")
        self.make_project("Ural Courier", "keys")

    def make_project(self, title, keys, home=""):
        self.player.run(MAKE_PROJECT.format(title=title, keys=keys, home=home))

    def play(self, text):
        self.player.run(f"```console\n{text}\n```\n")

    def test_the_charter_and_the_bad_hours(self):
        self.player.run(chapter("## Who may change", "## Bad hours"))
        for article in ("snow.md", "lie.md"):
            self.play(f"$ tamizdat publish {article} --home perm\n...")
        bad_hours = chapter("## Bad hours", "## Letters to")
        before, lost = bad_hours.split("**A sealing key's secret is lost.**")
        self.player.run(before)
        # The key that is lost has to be there first: the charter lists it, and its file goes.
        self.lose_a_sealing_key()
        self.player.run(lost)
        self.assertGreaterEqual(self.player.commands, 40)

    def lose_a_sealing_key(self):
        self.play("$ tamizdat sealing-key new\n...\n"
                  "$ tamizdat project update --add-sealing-key ~/.local/share/tamizdat/sealing-keys/* --out listing\n...\n"
                  "$ tamizdat project sign listing --root-key keys/root-1.key\n...\n"
                  "$ tamizdat project sign listing --root-key keys/root-2.key\n...\n"
                  "$ tamizdat project submit listing\n...\n"
                  "$ rm ~/.local/share/tamizdat/sealing-keys/*")

    def test_every_command_has_its_call_in_the_table(self):
        table = chapter("# For programmers", "Its headers use")
        told = {name for cell in re.findall(r"^\|[^|]*\|([^|]*)\|", table, re.MULTILINE) for name in re.findall("`([^`]*)`", cell)}

        def commands(*group):
            return re.findall(r"^  ([a-z-]+)  ", run(CLI, *group, "--help").stdout.partition("Subcommands:")[2], re.MULTILINE)
        there = set()
        for command in commands():
            there.update(f"{command} {verb}" for verb in commands(command) or [""])
        self.assertEqual({name.strip() for name in there} | {"send --to"}, told)

    def test_embargoes(self):
        self.player.run(chapter("### Under embargo", "## Bring over"))
        self.assertEqual(6, self.player.commands)

    def test_imports(self):
        self.player.run(chapter("## Bring over", "## Pictures"))
        self.assertEqual(5, self.player.commands)

    def test_letters(self):
        self.make_project("Kama Today", "kama-keys", "--home kama")
        self.play("$ tamizdat publish snow.md\n...\n$ tamizdat publish snow.md --home kama\n...")
        self.player.run(chapter("## Letters to", "## When something"))
        self.assertGreaterEqual(self.player.commands, 20)


class NewcomerTest(Case):
    def test_from_the_project_to_a_reader(self):
        """The pictures are at hand, and the text that shows one of them has the line of the page."""
        relays = self.chain("GE", "RS", "AM", "DE")
        newcomer = Transcripts(self.folder / "newcomer", *[relay.address for relay in relays])
        newcomer.run(chapter("## Make your project", "### With pictures"))
        pictures = chapter("### With pictures", "### Under embargo")
        shown = re.search(r"^    (!\[.*\]\(roof.jpg .*\))$", pictures, re.MULTILINE)[1]
        (newcomer.work / "roofs.md").write_text(ARTICLE.format(title="Roofs") + f"\n{shown}\n", encoding="utf-8")
        for name in ("roof", "market"):
            shutil.copy(ROOT / "deploy/handbook/yard.jpg", newcomer.work / f"{name}.jpg")
        newcomer.run(pictures)
        (newcomer.work / "ice.md").write_text(ARTICLE.format(title="Ice"), encoding="utf-8")
        newcomer.run(chapter("## See where", "## Who may change"))
        self.assertEqual(15, newcomer.commands)


if __name__ == "__main__":
    unittest.main()
