#include "client-lib/feeds/feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client-lib/feeds/limits.h"
#include "client-lib/feeds/xml.h"
#include "tests/unit/client-lib/feeds/fixture.h"

namespace tamizdat::feeds {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Feed feed_of(const std::string& name, const FeedHints& hints = {}) { return parsed(fixture(name), hints); }

Error error_of(BytesView bytes, const FeedHints& hints = {}) {
  const auto feed = parse_feed(bytes, hints);
  EXPECT_FALSE(feed);
  return feed ? Error{ErrorCode("none"), ""} : feed.error();
}

std::string rss(std::string_view items) {
  return "<rss version='2.0'><channel><title>t</title>" + std::string(items) + "</channel></rss>";
}

TEST(ParseFeed, ReadsAnRss2Feed) {
  const Feed feed = feed_of("windows-1251.rss");
  EXPECT_EQ(feed.format, "RSS 2.0");
  EXPECT_EQ(feed.title, "Вольный край");
  EXPECT_EQ(feed.link, "https://krai.example/");
  EXPECT_EQ(feed.charset, "windows-1251");
  EXPECT_THAT(feed.notes, IsEmpty());
  ASSERT_EQ(feed.items.size(), 1U);
  const FeedItem& item = feed.items[0];
  EXPECT_EQ(item.guid, "krai-1");
  EXPECT_EQ(item.title, "Жители посёлка вышли на площадь: «Мы не уйдём»");
  EXPECT_THAT(item.html, HasSubstr("<p>Вчера вечером на центральной площади"));
  EXPECT_EQ(item.lede, "");
  EXPECT_EQ(item.link, "https://krai.example/1");
  EXPECT_EQ(item.language, "ru");
  ASSERT_TRUE(item.published);
  EXPECT_EQ(to_rfc3339(*item.published), "2026-11-24T07:00:00Z");
  EXPECT_THAT(item.notes, IsEmpty());
}

TEST(ParseFeed, ReadsTheSameFromEveryEncoding) {
  for (const char* name : {"koi8-r.rss", "ibm866-undeclared.rss", "windows-1251-undeclared.rss", "utf-16.rss",
                           "says-utf-8-is-windows-1251.rss", "says-windows-1251-is-utf-8.rss",
                           "says-windows-1251-is-koi8-r.rss", "utf-8-with-mark.rss"}) {
    const Feed feed = feed_of(name);
    ASSERT_EQ(feed.items.size(), 1U) << name;
    EXPECT_THAT(feed.items[0].html, HasSubstr("собрались несколько сотен человек")) << name;
    EXPECT_EQ(feed.notes.empty(), !std::string_view(name).starts_with("says")) << name;
  }
}

TEST(ParseFeed, PrefersTheFullTextByNamespace) {
  const Feed feed = feed_of("full-texts.rss");
  ASSERT_EQ(feed.items.size(), 7U);
  EXPECT_EQ(feed.items[0].html, "<p>content &amp; more text</p>");
  EXPECT_EQ(feed.items[0].lede, "lede");
  EXPECT_EQ(feed.items[1].html, "<p>Первая строка.</p><p>Вторая \"строка\".</p>");
  EXPECT_EQ(feed.items[2].html, "<div><h2>Т</h2></div><p>turbo</p>");
  EXPECT_EQ(feed.items[3].html, "<p>rambler</p>");
  EXPECT_EQ(feed.items[4].html, "<b>only</b> this");
  EXPECT_EQ(feed.items[4].lede, "");
  EXPECT_EQ(feed.items[5].html, "<p>Прямо <b>в</b> <i>XML</i><br/>дальше</p>");
  EXPECT_EQ(feed.items[6].html, "undeclared prefix");
}

TEST(ParseFeed, ReadsAtomWithAnyPrefix) {
  const Feed feed = feed_of("atom.xml");
  EXPECT_EQ(feed.format, "Atom 1.0");
  EXPECT_EQ(feed.title, "Новости & люди");
  EXPECT_EQ(feed.link, "https://a.example/news/");
  EXPECT_EQ(feed.language, "ru");
  ASSERT_EQ(feed.items.size(), 4U);
  const FeedItem& item = feed.items[0];
  EXPECT_EQ(item.guid, "urn:1");
  EXPECT_EQ(item.title, "a < b c");
  EXPECT_EQ(item.link, "https://a.example/news/2026/1.html");
  EXPECT_EQ(item.html,
            "<div><p>Один <b>два</b> <i>три</i><br/>\u00A0«да» 1 &lt; 2 &amp; "
            "<a href=\"https://a.example/news/2026/pics/p.html?a=1&amp;b=2\">там</a></p></div>");
  EXPECT_EQ(item.lede, "Кратко");
  EXPECT_EQ(to_rfc3339(*item.published), "2026-11-24T07:00:00Z");
  EXPECT_EQ(to_rfc3339(*item.updated), "2026-11-25T10:00:00Z");
  EXPECT_THAT(item.authors, ElementsAre("Редакция"));
  EXPECT_THAT(item.categories, ElementsAre("Политика"));
  EXPECT_EQ(item.enclosures, std::vector<std::string>{"https://a.example/sound.mp3"});
  EXPECT_EQ(feed.items[1].title, "Bold title");
  EXPECT_EQ(feed.items[1].language, "en");
  EXPECT_EQ(feed.items[2].html, "<p>1 &lt;b&gt; 2</p><p>Second</p>");
  EXPECT_EQ(feed.items[3].html, "sum");
}

TEST(ParseFeed, ReadsRss1) {
  const Feed feed = feed_of("rss-1.0.rdf");
  EXPECT_EQ(feed.format, "RSS 1.0");
  ASSERT_EQ(feed.items.size(), 1U);
  EXPECT_EQ(feed.items[0].guid, "https://a.example/1");
  EXPECT_EQ(feed.items[0].html, "Текст");
  EXPECT_EQ(to_rfc3339(*feed.items[0].published), "2026-11-24T07:00:00Z");
}

TEST(ParseFeed, ReadsTheOldVersionsOfRss) {
  const Feed feed_090 = feed_of("rss-0.90.rdf");
  EXPECT_EQ(feed_090.format, "RSS 0.90");
  EXPECT_EQ(feed_090.title, "Канал");
  ASSERT_EQ(feed_090.items.size(), 1U);
  EXPECT_EQ(feed_090.items[0].title, "Новость");
  EXPECT_EQ(feed_090.items[0].guid, "https://a.example/1");
  const Feed feed_091 = feed_of("rss-0.91.rss");
  EXPECT_EQ(feed_091.format, "RSS 0.91");
  ASSERT_EQ(feed_091.items.size(), 2U);
  EXPECT_EQ(feed_091.items[0].title, "Новость & ещё");
  EXPECT_EQ(feed_091.items[0].html, "Текст <b>новости</b>.");
  EXPECT_EQ(feed_091.items[0].language, "ru-RU");
  EXPECT_EQ(feed_091.items[1].html, "Просто текст.");
  const Feed feed_092 = feed_of("rss-0.92.rss");
  EXPECT_EQ(feed_092.format, "RSS 0.92");
  ASSERT_EQ(feed_092.items.size(), 1U);
  EXPECT_EQ(feed_092.items[0].title, "Запись без заголовка и ссылки.");
  EXPECT_THAT(feed_092.items[0].enclosures, ElementsAre("https://a.example/a.mp3"));
  EXPECT_THAT(feed_092.items[0].categories, ElementsAre("Речь"));
}

TEST(ParseFeed, TellsWhenAFeedWantsToBeLeftAlone) {
  const Feed feed = feed_of("rss-0.91.rss");
  EXPECT_EQ(feed.skip_hours.to_ulong(), 0b1001U);
  EXPECT_EQ(feed.ttl, seconds(0));
  EXPECT_EQ(feed_of("rss-0.92.rss").ttl, std::chrono::minutes(90));
  EXPECT_EQ(parsed(rss("<ttl>99999999999</ttl>")).ttl, seconds(0));
  EXPECT_EQ(parsed(rss("<ttl>4000000000</ttl>")).ttl, std::chrono::minutes(kTtlMinutesMax));
}

TEST(ParseFeed, NamesThePageWhereOlderItemsAre) {
  EXPECT_EQ(feed_of("archived.xml").next_page, "https://a.example/feeds/2026-10");
  EXPECT_EQ(feed_of("paged.rss", {"", "https://a.example/feed?x=1"}).next_page, "https://a.example/feed?page=2");
  EXPECT_EQ(feed_of("paged.rss").next_page, "");  // nobody knows where it was
  EXPECT_EQ(feed_of("atom.xml").next_page, "");
}

TEST(ParseFeed, FindsAGuidAndALinkForEveryItem) {
  const Feed feed = feed_of("guids.rss");
  ASSERT_EQ(feed.items.size(), 6U);
  EXPECT_EQ(feed.items[0].guid, "https://a.example/1");
  EXPECT_THAT(feed.items[1].guid, testing::MatchesRegex("sha256:[0-9a-f]{64}"));
  EXPECT_EQ(feed.items[2].title, "first");
  EXPECT_EQ(feed.items[3].link, "https://a.example/5");
  EXPECT_EQ(feed.items[4].link, "");
  EXPECT_EQ(feed.items[5].title, "Без заголовка, но с текстом.");
  ASSERT_EQ(feed.skipped.size(), 2U);
  EXPECT_EQ(feed.skipped[0].position, 4U);
  EXPECT_EQ(feed.skipped[0].title, "second");
  EXPECT_THAT(feed.skipped[0].reason, HasSubstr("guid of item 3"));
  EXPECT_THAT(feed.skipped[1].reason, HasSubstr("neither title nor text"));
  // The hash must never change, or a later import doubles the article.
  EXPECT_EQ(feed.items[1].guid, "sha256:6a1b7d7c84824deb337950f8a7f43d209ab870f8dac66df58204071724630c32");
}

TEST(ParseFeed, ReadsLabelsAsGoodReadersDo) {
  const Feed feed = feed_of("labels.rss");
  EXPECT_EQ(feed.language, "ru-RU");
  ASSERT_EQ(feed.items.size(), 2U);
  const FeedItem& item = feed.items[0];
  EXPECT_EQ(item.title, "AT&T \"да\" «нет» 1 < 2");
  EXPECT_EQ(item.html, "<p>дважды <b>экранировано</b></p>");
  EXPECT_THAT(item.authors, ElementsAre("Иван Петров", "Анна"));
  EXPECT_THAT(item.categories, ElementsAre("Политика", "Суд"));
  EXPECT_EQ(item.enclosures, (std::vector<std::string>{"https://a.example/a.jpg", "https://a.example/v.mp4"}));
  EXPECT_EQ(feed.items[1].title, "Жирный заголовок");
  EXPECT_EQ(feed.items[1].html, "x \u00A0 y ©");
  EXPECT_EQ(feed.items[1].language, "uk");
}

TEST(ParseFeed, LeavesInsaneDatesOutWithANote) {
  const Feed feed = feed_of("dates.rss");
  ASSERT_EQ(feed.items.size(), 8U);
  EXPECT_EQ(to_rfc3339(*feed.items[0].published), "2026-11-24T07:00:00Z");
  EXPECT_EQ(to_rfc3339(*feed.items[1].published), "2026-11-24T10:00:00Z");
  for (std::size_t i = 2; i < 8; ++i) {
    EXPECT_FALSE(feed.items[i].published) << i;
    EXPECT_FALSE(feed.items[i].notes.empty()) << i;
  }
}

TEST(ParseFeed, RemovesBidiOverridesAndHiddenCharacters) {
  const Feed feed = feed_of("bidi.rss");
  EXPECT_EQ(feed.title, "я");
  ASSERT_EQ(feed.items.size(), 1U);
  EXPECT_EQ(feed.items[0].guid, "1");
  EXPECT_EQ(feed.items[0].title, "Заголовок gpj.exe");
  EXPECT_EQ(feed.items[0].html, "<p>текст</p>");
}

TEST(ParseFeed, NeverExpandsEntities) {
  const Feed bomb = feed_of("billion-laughs.rss");
  ASSERT_EQ(bomb.items.size(), 1U);
  EXPECT_EQ(bomb.items[0].html, "boom &amp;l9; end");
  const Feed external = feed_of("external-entity.rss");
  ASSERT_EQ(external.items.size(), 1U);
  EXPECT_EQ(external.items[0].title, "file &x;");
  EXPECT_EQ(external.items[0].html, "&amp;x;");
}

TEST(ParseFeed, SkipsTheItemInWhichAFeedBreaksOff) {
  const Feed feed = feed_of("truncated.rss");
  ASSERT_EQ(feed.items.size(), 1U);
  EXPECT_EQ(feed.items[0].guid, "krai-1");
  ASSERT_EQ(feed.skipped.size(), 1U);
  EXPECT_EQ(feed.skipped[0].position, 2U);
  EXPECT_EQ(feed.skipped[0].title, "Второй");
  EXPECT_THAT(feed.skipped[0].reason, HasSubstr("cut off"));
  EXPECT_THAT(feed.notes, ElementsAre(HasSubstr("broken XML at octet")));
}

TEST(ParseFeed, KeepsTheLastItemIfItIsWhole) {
  const Feed feed = parsed("<rss><channel><item><guid>1</guid><title>a</title></item><item><guid>2</guid><title>b</title></item>");
  EXPECT_EQ(feed.items.size(), 2U);
  EXPECT_THAT(feed.skipped, IsEmpty());
}

TEST(ParseFeed, IsTheSameCutAnywhere) {
  const Bytes whole = fixture("full-texts.rss");
  const Feed all = parsed(whole);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto feed = parse_feed(BytesView(whole).substr(0, size));
    if (!feed) continue;
    for (std::size_t i = 0; i < feed->items.size(); ++i) ASSERT_EQ(feed->items[i].html, all.items[i].html) << size;
  }
}

TEST(ParseFeed, SaysWhatToDoWithWhatIsNoFeed) {
  const Error page = error_of(fixture("page.html"), {"text/html", "https://krai.example/about"});
  EXPECT_EQ(page.code, kFeedIsHtml);
  EXPECT_THAT(page.text, HasSubstr("https://krai.example/rss.xml"));
  EXPECT_EQ(error_of(fixture("other.json")).code, kFeedIsJson);
  EXPECT_EQ(error_of(fixture("sitemap.xml")).code, kFeedUnknown);
  EXPECT_EQ(error_of("no markup at all").code, kFeedUnknown);
  EXPECT_EQ(error_of(fixture("empty.rss")).code, kFeedEmpty);
  EXPECT_EQ(error_of("<rss><channel><item><title>a").code, kFeedMalformed);
}

TEST(ParseFeed, RefusesWhatIsTooDeepOrHasTooManyNodes) {
  std::string deep, many, attributes = "<a";
  for (int i = 0; i < 100'000; ++i) deep += "<b>";
  EXPECT_EQ(error_of(rss("<item><description>" + deep)).code, kFeedTooDeep);
  for (std::size_t i = 0; i <= kXmlNodesMax; ++i) many += "<a/>";
  EXPECT_EQ(error_of(rss(many)).code, kFeedTooManyNodes);
  for (std::size_t i = 0; i <= kXmlAttributesMax; ++i) attributes += " a" + std::to_string(i) + "='1'";
  EXPECT_EQ(error_of(rss(attributes + "/>")).code, kFeedTooManyNodes);
}

TEST(ParseFeed, SkipsItemsWhoseTextIsBeyondTheLimitsOfHtml) {
  const Feed feed = parsed(rss("<item><guid>1</guid><title>big</title><description>" + std::string(3U << 20, 'a') +
                               "</description></item><item><guid>2</guid><title>small</title></item>"));
  ASSERT_EQ(feed.items.size(), 1U);
  EXPECT_EQ(feed.items[0].guid, "2");
  ASSERT_EQ(feed.skipped.size(), 1U);
  EXPECT_EQ(feed.skipped[0].title, "big");
}

// Each would take minutes if any step were quadratic.
TEST(ParseFeed, MakesParagraphsOfPlainLinesButNotOfWrappedOnes) {
  const Feed feed = parsed(rss("<item><guid>1</guid><description>\n  Первый абзац\n  продолжается.\n  Второй.\n\n"
                               "третий\n</description></item>"));
  ASSERT_EQ(feed.items.size(), 1U);
  EXPECT_EQ(feed.items[0].html, "<p>Первый абзац продолжается.</p><p>Второй.</p><p>третий</p>");
}

TEST(ParseFeed, ReadsOnlySoManyItems) {
  std::string items;
  for (std::size_t i = 0; i <= kItemsMax; ++i) items += "<item><guid>" + std::to_string(i) + "</guid><title>t</title></item>";
  const Feed feed = parsed(rss(items));
  EXPECT_EQ(feed.items.size(), kItemsMax);
  EXPECT_THAT(feed.notes, ElementsAre(HasSubstr("only the first")));
}

TEST(ParseFeed, StaysLinearOnHostileInput) {
  for (const std::string_view unit : {"<", "<!--", "<![CDATA[", "<?", "<!", "</a>", "<a b='", "&", "&amp;", "<item>",
                                      "<item/>", "<item><guid>1</guid></item>", "<title>x</title>", "<category>1</category>",
                                      "\xD0", "\xE0 ", "<a xmlns='b'/>"}) {
    std::string text = "<rss><channel>";
    while (text.size() < 4'000'000) text += unit;
    std::ignore = parse_feed(text);
  }
}

}  // namespace
}  // namespace tamizdat::feeds
