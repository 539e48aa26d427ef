"""The pages for people who use a keyboard, a screen reader, a small or a dark screen: axe-core finds no violation.

axe-core is no Debian package. The test takes it from $TAMIZDAT_AXE (a path of axe.min.js) or lets npm fetch the version
below; where neither works, what needs it is skipped and says so.
"""

import datetime
import functools
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import tarfile
import tempfile
import unittest
import unittest.mock

from browser import Browser
from relays import BUILD, CLI, DATA, Case, run, wait_for
from withholding_test import WithholdingCase, withhold

SHIFTED_CLOCK = BUILD / "tests/integration/libshifted_clock.so"
AXE_PACKAGE = "axe-core@4.14.1"
AXE_SHA256 = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"  # of its axe.min.js
ARTICLE = """# Снег тает

> Так *говорят* на реке.

Текст со [ссылкой](https://reader.example/) и `кодом`.

![Двор в снегу](photo.jpg "Двор утром")

## Что дальше

1. Лёд
2. Вода

| месяц | снег |
|---|---|
| март | 40 см |
"""


@functools.cache
def axe():
    """The program text of axe-core, or nothing."""
    if "TAMIZDAT_AXE" in os.environ:
        return pathlib.Path(os.environ["TAMIZDAT_AXE"]).read_text(encoding="utf-8")
    if shutil.which("npm") is None:
        return None
    with tempfile.TemporaryDirectory(prefix="tamizdat-axe-") as folder:
        try:
            done = subprocess.run(["npm", "pack", "--silent", AXE_PACKAGE], cwd=folder, stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, timeout=120)
        except subprocess.TimeoutExpired:
            return None
        packages = list(pathlib.Path(folder).glob("*.tgz"))
        if done.returncode != 0 or not packages:
            return None
        with tarfile.open(packages[0]) as package:
            octets = package.extractfile("package/axe.min.js").read()
    found = hashlib.sha256(octets).hexdigest()
    if found != AXE_SHA256:
        raise AssertionError(f"npm gave an axe.min.js whose SHA-256 is {found}")
    return octets.decode("utf-8")


def needs_axe(test):
    @functools.wraps(test)
    def with_axe(self):
        if axe() is None:
            self.skipTest(f"npm could not fetch {AXE_PACKAGE} and TAMIZDAT_AXE is not set")
        test(self)
    return with_axe


class BrowserCase(Case):
    """`self.relay` is the one whose pages are looked at."""

    def setUp(self):
        super().setUp()
        self.browser = Browser()
        self.addCleanup(self.browser.__exit__)

    def open(self, path, **how):
        return self.browser.open(f"https://127.0.0.1:{self.relay.port}{path}", **how)

    def violations(self, page):
        page.evaluate(axe())
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']}).then(found => found.violations.map("
                              "each => [each.id, each.help, each.nodes.map(node => node.html.slice(0, 120))]))")
        return [tuple(each[:2]) + tuple(each[2][:3]) for each in found]

    def check_with_axe(self, paths):
        for path in paths:
            for language, scheme, width in (("ru", "light", 1280), ("en", "dark", 1280), ("ru", "dark", 360)):
                with self.subTest(path, language=language, scheme=scheme, width=width):
                    page = self.open(path, language=language, scheme=scheme, width=width)
                    self.assertEqual([], self.violations(page))

    def check_on_a_phone(self, paths):
        for path in paths:
            for language in ("ru", "en"):
                with self.subTest(path, language=language):
                    page = self.open(path, language=language, width=320, height=600)
                    self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), 320)

    def check_policy(self, paths):
        for path in paths:
            with self.subTest(path):
                page = self.open(path, script=False)
                # The browser logs 410 and 451 too, which are no fault.
                self.assertEqual([], [words for words in page.complaints() if "with a status of 4" not in words])

    def check_links(self, paths):
        """Every link of theirs to another page or file of the relay leads to something."""
        links = {link: path for path in paths for link in re.findall(r'href="(/[^"#]*)', self.relay.get(path).text)
                 if link != path}
        self.assertGreater(len(links), len(paths))
        self.assertEqual([], [(link, path) for link, path in links.items() if self.relay.get(link).status >= 400])


class AccessibilityTest(BrowserCase):
    def setUp(self):
        super().setUp()
        self.relay, = self.chain("GE")
        self.writer = self.desk([self.relay])
        shutil.copy(DATA / "pictures/photo.jpg", self.writer.folder)
        shutil.copy(DATA / "pictures/drawing.png", self.writer.folder)
        sound = self.writer.folder / "talk.mp3"
        sound.write_bytes(b"ID3\x04\0\0\0\0\0\0" + b"\xff\xfb\x90\0" * 500)
        self.entry = self.publish(ARTICLE, "--topics", "11000000,выборы", "--lede", "Весна пришла рано.", "--byline",
                                  "Отдел природы", "--attach", self.writer.folder / "drawing.png", "--alt", "Схема двора",
                                  "--as-is", sound, "--caption", "Разговор на реке")
        english = self.publish("# Snow melts\n\nText.", "--language", "en")
        self.paths = ["/", "/l/ru", "/r/RU-SVE", "/t/11000000", f"/p/{self.writer.id}", f"/p/{self.writer.id}/l/en",
                      "/projects", "/regions", "/languages", "/topics", "/about", f"/a/{self.entry}", f"/a/{english}",
                      f"/v/{self.entry}", "/r/ru-sve", "/no-such-page"]

    def publish(self, text, *words):
        return self.writer.publish(text, *words)["entries"][0]["entry"]

    @needs_axe
    def test_axe_finds_nothing(self):
        self.check_with_axe(self.paths)

    @needs_axe
    def test_axe_would_find_something(self):
        """The test of the test."""
        page = self.open("/")
        page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"/favicon.svg\">')")
        page.evaluate("document.querySelector('.tagline').setAttribute('lang', 'xx-nonsense')")
        self.assertEqual({"image-alt", "valid-lang"}, {each[0] for each in self.violations(page)})

    def test_a_phone_shows_every_page_without_scrolling_sideways(self):
        self.check_on_a_phone(self.paths)

    def test_the_first_key_leads_past_the_navigation(self):
        page = self.open(f"/a/{self.entry}")
        page.press("Tab")
        self.assertEqual("#main", page.evaluate("document.activeElement.getAttribute('href')"))
        page.press("Enter")
        self.assertEqual("main", page.evaluate("document.activeElement.id"))
        page.press("Tab")
        self.assertTrue(page.evaluate("document.querySelector('main').contains(document.activeElement)"))

    def test_every_link_can_be_reached_and_seen_with_the_keyboard(self):
        page = self.open(f"/a/{self.entry}")
        links = page.evaluate("document.querySelectorAll('a[href]').length")
        reached = set()
        for _ in range(links + 8):  # a player's own buttons take part, and show it by themselves
            page.press("Tab")
            number, outline = page.evaluate("[[...document.querySelectorAll('a[href]')].indexOf(document.activeElement),"
                                            " getComputedStyle(document.activeElement).outlineStyle]")
            if number >= 0:
                reached.add(number)
                self.assertEqual("solid", outline)
        self.assertEqual(set(range(links)), reached)

    def test_pages_need_no_script_break_no_policy_and_have_no_dead_link(self):
        self.check_policy(self.paths)
        self.check_links(self.paths)

    def test_pictures_are_shown_with_their_words_and_fit(self):
        page = self.open(f"/a/{self.entry}", width=390, script=False)
        shown = page.evaluate("Promise.all([...document.images].map(each => {each.loading = 'eager'; return each.decode().then("
                              "() => [each.alt, each.naturalWidth > 0, each.clientWidth <= 390, new URL(each.currentSrc).origin])}))")
        own = f"https://127.0.0.1:{self.relay.port}"
        self.assertEqual([["Двор в снегу", True, True, own], ["Схема двора", True, True, own]], shown)
        self.assertEqual("Разговор на реке", page.evaluate("document.querySelector('audio').closest('figure')"
                                                           ".querySelector('figcaption').innerText"))

    def test_paper_gets_the_text_and_not_the_navigation(self):
        page = self.open(f"/a/{self.entry}", media="print", scheme="dark")
        shown = page.evaluate("[...document.querySelectorAll('nav,.skip,.text,h1,.check')].filter("
                              "each => getComputedStyle(each).display !== 'none').map(each => each.className || each.tagName)")
        self.assertEqual({"H1", "text", "after check"}, set(shown))
        self.assertEqual("rgb(255, 255, 255)", page.evaluate("getComputedStyle(document.body).backgroundColor"))
        after = page.evaluate("getComputedStyle(document.querySelector('.text a'), '::after').content")
        self.assertIn("https://reader.example/", after)


class StatesTest(BrowserCase, WithholdingCase):
    """What became of texts and of publications: corrected, retracted, under embargo, withheld; confirmed, not confirmed lately,
    frozen."""

    def setUp(self):
        super().setUp()
        self.relay, other = self.ring("GE", "RS")
        self.writer = self.desk([self.relay])
        corrected = self.publish(self.writer, "Снег тает")
        self.publish(self.writer, "Снег лежит", "Он лежит.", "--corrects", corrected)
        retracted = self.publish(self.writer, "Дождь идёт")
        self.writer.call("retract", retracted, "--reason", "source-at-risk", *self.writer.passphrase())
        end = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
        timed = self.publish(self.writer, "По часам", "Потом.", "--plain-embargo", end)
        sealed = self.publish(self.writer, "Под замком", "Потом.", "--embargo", end)
        withheld = self.publish(self.writer, "Суд идёт")
        self.listed(self.writer, self.relays, "--copies", "2", "--countries", "2")
        self.project = f"/p/{self.writer.id}"
        # What each of them has to show, so that no other page is looked at in its place.
        self.pages = {f"/a/{corrected}": (200, "Текст исправлен редакцией"), f"/v/{corrected}": (200, "Действующая версия"),
                      f"/a/{retracted}": (410, "источник в опасности"), f"/v/{retracted}": (410, "источник в опасности"),
                      f"/a/{timed}": (200, "Текст под эмбарго до"), f"/a/{sealed}": (200, "Текст под эмбарго до"),
                      f"/a/{withheld}": (451, f"https://127.0.0.1:{other.port}/a/{withheld}"),
                      self.project: (200, "Независимые узлы, которые назвала редакция, подтвердили"),
                      self.freeze(): (200, "Издание остановлено"), "/projects": (200, "остановлено")}
        self.wait_for_same(self.relays, self.writer.log, 7)
        withhold(self.relay, withheld)
        self.wait_for_pages()

    def freeze(self):
        frozen = self.desk([self.relay], "Иней")
        self.publish(frozen, "Иней")
        run(CLI, "project", "freeze", "--root-key", frozen.home / "root-keys/root-3.key", *frozen.passphrase(), "--home", frozen.home)
        return f"/p/{frozen.id}"

    def wait_for_pages(self):
        for path, (status, words) in self.pages.items():
            wait_for(lambda: (page := self.relay.get(path)).status == status and words in page.text, f"{words!r} on {path}")

    def let_it_become_stale(self):
        """The other relay goes, and here three days pass."""
        for relay in self.relays:
            relay.stop()
        self.pages = {self.project: (200, "давно не подтверждали"), "/": (200, "<h1")}
        with unittest.mock.patch.dict(os.environ, LD_PRELOAD=str(SHIFTED_CLOCK), SHIFT_CLOCK_SECONDS=str(3 * 86400)):
            self.relay.start()
        self.wait_for_pages()

    @needs_axe
    def test_axe_finds_nothing(self):
        self.check_with_axe(self.pages)
        self.let_it_become_stale()
        self.check_with_axe(self.pages)

    def test_a_phone_shows_them_and_they_break_no_policy_and_have_no_dead_link(self):
        self.check_on_a_phone(self.pages)
        self.check_policy(self.pages)
        self.check_links(self.pages)
        self.let_it_become_stale()
        self.check_on_a_phone(self.pages)
        self.check_policy(self.pages)


class MarksTest(BrowserCase, WithholdingCase):
    """What stands against publications: two histories of a log, two charters of one version, a charter that has expired."""

    def setUp(self):
        super().setUp()
        relays = self.make_relays("GE", "AM", "RS")  # the third one is silent, or its word would decide
        self.relay, other = relays[:2]
        self.relay.add_peer(other.address)
        other.add_peer(self.relay.address)
        for relay in (self.relay, other):
            relay.start()
        expired, forked, disputed = (self.desk([self.relay, other], title) for title in ("Срок", "Развилка", "Спор"))
        for desk in (expired, forked, disputed):
            self.publish(desk, "Первая")
        self.update(expired, "--expires", str(datetime.date.today() + datetime.timedelta(2)))
        self.listed(disputed, relays, among=(self.relay, other))
        requests = [self.signed(disputed, title) for title in ("Спор об Исети", "Спор о Чусовой")]
        self.wait_for_same((self.relay, other), forked.log, 1)
        copy = self.copy_of(forked)
        other.stop()
        self.publish(forked, "Вторая")
        self.tamizdat("project", "submit", requests[0], "--relay", self.relay.address)
        self.relay.stop()
        other.start()
        self.publish(copy, "Иная вторая")
        self.tamizdat("project", "submit", requests[1], "--relay", other.address)
        self.relay.start()
        self.expired = f"/p/{expired.id}"
        self.pages = {f"/p/{forked.id}": "две разные истории", f"/p/{disputed.id}": "два разных устава одной версии", "/projects": "устав оспорен",
                      "/": "лента раздвоена"}
        self.wait_for_pages()

    def signed(self, desk, title):
        self.ask(desk, "--title", title)
        for number in (1, 2):
            self.sign(desk, number, None, "--sign-another")
        return shutil.copy(self.request, self.folder / title)

    def wait_for_pages(self):
        for path, words in self.pages.items():
            wait_for(lambda: words in self.relay.get(path).text, f"{words!r} on {path}")

    def let_it_expire(self):
        """Here three days pass."""
        self.relay.stop()
        with unittest.mock.patch.dict(os.environ, LD_PRELOAD=str(SHIFTED_CLOCK), SHIFT_CLOCK_SECONDS=str(3 * 86400)):
            self.relay.start()
        self.pages = {self.expired: "Срок устава этого издания истёк", "/projects": "устав истёк"}
        self.wait_for_pages()

    @needs_axe
    def test_axe_finds_nothing(self):
        self.check_with_axe(self.pages)
        self.let_it_expire()
        self.check_with_axe(self.pages)

    def test_a_phone_shows_them_and_they_break_no_policy_and_have_no_dead_link(self):
        for let_pass in (lambda: None, self.let_it_expire):
            let_pass()
            self.check_on_a_phone(self.pages)
            self.check_policy(self.pages)
            self.check_links(self.pages)


if __name__ == "__main__":
    unittest.main()
