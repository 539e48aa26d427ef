"""What client-lib/README.md tells a journalist to do with root keys and in bad hours: its transcripts run."""

import unittest

from relays import ROOT, Case
from transcripts import Transcripts

ARTICLE = "---\ntitle: {title}\nlanguage: ru\nregions: RU-PER\n---\nText.\n"


class ClientReadmeTest(Case):
    def test_the_charter_and_the_bad_hours(self):
        relay, = self.chain("GE")
        player = Transcripts(self.folder / "newsroom", relay.address)
        text = (ROOT / "client-lib/README.md").read_text(encoding="utf-8")
        charter, bad_hours = text[text.index("\n## Who may change"):text.index("\n## When something")].split("\n## Bad hours")
        for name, title in (("snow", "Snow"), ("lie", "A lie")):
            (player.work / f"{name}.md").write_text(ARTICLE.format(title=title), encoding="utf-8")
        player.run('```console\n$ tamizdat project create --title "Ural Courier" --language ru --region RU-SVE --root-keys keys\n...\n'
                   '$ tamizdat relay add "tamizdat-relay:v1 ..."\n...\n```\n')
        player.run(charter)
        for article in ("snow.md", "lie.md"):
            player.run(f"```console\n$ tamizdat publish {article} --home perm\n...\n```\n")
        player.run(bad_hours)
        self.assertGreaterEqual(player.commands, 25)


if __name__ == "__main__":
    unittest.main()
