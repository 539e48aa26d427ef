#!/usr/bin/env python3
"""Takes the pictures of the handbook anew, from the real pages of a relay on which its guides were played:

    TAMIZDAT_BUILD=build tests/integration/handbook_pictures.py
"""

import unittest

from browser import Browser
from guides_test import HANDBOOK, LANGUAGES, play_journalist
from relays import Case

WIDTH = 1000


class Pictures(Case):
    def runTest(self):
        relay, = self.make_relays("GE", settings=["relay.operator=Press Fund"])
        relay.start()
        player = play_journalist(self.folder / "newsroom", relay, "ru")
        handbook = self.desk([relay], "Тамиздат")
        for guide in sorted(HANDBOOK.glob("*.*.md")):
            handbook.call("publish", guide, *handbook.passphrase())
        snow = player.first["tzentry1"]
        with Browser() as browser:
            for language in LANGUAGES:
                for name, path, height in (("front", "/", 760), ("article", f"/v/{snow}", 1620),
                                           ("corrected", f"/a/{snow}", 760), ("about", "/about", 620)):
                    page = browser.open(f"https://127.0.0.1:{relay.port}{path}", language, width=WIDTH, height=height)
                    page.screenshot(HANDBOOK / f"images/{name}.{language}.webp")


if __name__ == "__main__":
    unittest.main(argv=["handbook_pictures"], defaultTest="Pictures")
