"""The C++ API by a program that sees nothing but its public headers: a newsroom's days on three relays."""

import unittest

from relays import BUILD, Case, run

CHAPTERS = ["project", "texts", "imports", "embargo", "second desk", "letters", "stolen laptop", "coerced root key", "readers",
            "paper"]


class ApiTest(Case):
    def test_every_chapter_of_the_story_goes_by_the_public_headers(self):
        relays = self.chain("GE", "RS", "DE")
        home = self.folder / "newsroom"
        home.mkdir()
        done = run(BUILD / "tests/integration/api_story", home, *[relay.address for relay in relays])
        self.assertEqual(CHAPTERS, done.stdout.splitlines())


if __name__ == "__main__":
    unittest.main()
