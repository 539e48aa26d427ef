"""Two relays with a newsroom whose feeds hold all that feeds can hold, for the tests of feeds and of their readers."""

from relays import Case, feed, wait_for

# What makes feeds invalid where it is passed on as it is.
HOSTILE = ("<p onclick=\"x()\" style=\"color:red\">Текст ]]> &amp; <b>жирный<script>alert(1)</script></p><iframe src=\"/x\">"
           "</iframe><a href=\"/relative\">ссылка</a> <img src=\"//tracker.example/p.png\" alt=\"снег\">")


class FeedCase(Case):
    def setUp(self):
        super().setUp()
        self.relays_here = self.chain("GE", "RS")
        self.writer = self.desk(self.relays_here[:1])
        source = self.folder / "feed.rss"
        source.write_text(feed([(f"urn:old:{n}", f"Статья {n}", f"Текст статьи {n}. " * 20) for n in range(50)]),
                          encoding="utf-8")
        self.writer.import_feed(source)
        article = self.writer.folder / "article.html"
        article.write_text(HOSTILE, encoding="utf-8")
        entry = self.writer.call("publish", article, *self.writer.passphrase(), "--title", "Снег & <лёд>", "--topics",
                                 "11000000,выборы", "--url", "https://newsroom.example/1?a=1&b=2")["entries"][0]["entry"]
        self.writer.publish("# Снег и лёд\n\nИсправлено.", "--topics", "medtop:11000000", "--corrects", entry)
        self.wait_for_same(self.relays_here, self.writer.log, 52)
        for relay in self.relays_here:
            wait_for(lambda: "Исправлено" in relay.get("/feed.atom").text, f"the correction in the feed of {relay.label}")

    def url(self, relay, path):
        return f"https://127.0.0.1:{relay.port}{path}"
