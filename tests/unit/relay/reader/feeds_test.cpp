#include "relay/reader/feeds.h"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>
#include <pugixml.hpp>

#include <set>

#include "proto/html/sanitise.h"
#include "tests/unit/relay/reader/site_fixture.h"

namespace tamizdat::reader {
namespace {

struct FeedsTest : testing::Test, SiteFixture {
  // Well-formed, or the test fails.
  pugi::xml_node parse(const std::string& path) {
    const auto bytes = text(path);
    const auto result = document.load_buffer(bytes.data(), bytes.size(), pugi::parse_default, pugi::encoding_utf8);
    EXPECT_TRUE(result) << path << ": " << result.description() << " at "
                        << bytes.substr(static_cast<std::size_t>(result.offset), 80);
    EXPECT_TRUE(is_utf8(bytes)) << path;
    return document.document_element();
  }
  pugi::xml_node atom_entry(std::size_t number = 0, const std::string& path = "/feed.atom") {
    auto entry = parse(path).child("entry");
    for (; number > 0; --number) entry = entry.next_sibling("entry");
    return entry;
  }
  pugi::xml_node rss_item() { return parse("/feed.rss").child("channel").child("item"); }

  pugi::xml_document document;
};

std::string link(pugi::xml_node node, const char* rel) {
  return node.find_child_by_attribute("link", "rel", rel).attribute("href").value();
}

TEST_F(FeedsTest, AtomHasWhatRfc4287Requires) {
  auto& courier = room.add_project("Courier");
  auto body = body_of("Headline", "2026-03-01T10:20:00Z");
  body.original_url = "https://courier.example/1?a=1&b=2";
  body.reprint = {"ask", "Courier"};
  const auto id = room.publish(courier, body);
  const auto feed = parse("/feed.atom");
  EXPECT_STREQ(feed.name(), "feed");
  EXPECT_STREQ(feed.attribute("xmlns").value(), "http://www.w3.org/2005/Atom");
  EXPECT_TRUE(is_uri(feed.child_value("id")));
  EXPECT_STREQ(feed.child_value("updated"), "2026-03-01T10:20:00Z");
  EXPECT_EQ(link(feed, "self"), "https://relay.example:8443/feed.atom");
  EXPECT_EQ(link(feed, "alternate"), "https://relay.example:8443/");
  const auto entry = feed.child("entry");
  EXPECT_STREQ(entry.child_value("title"), "Headline");
  EXPECT_STREQ(entry.child_value("published"), "2026-03-01T10:20:00Z");
  EXPECT_STREQ(entry.child("author").child_value("name"), "Courier");
  EXPECT_STREQ(entry.child_value("content"), "<p>Text of Headline</p>");
  EXPECT_STREQ(entry.child("content").attribute("type").value(), "html");
  EXPECT_STREQ(entry.attribute("xml:lang").value(), "ru");
  EXPECT_EQ(link(entry, "alternate"), "https://relay.example:8443/a/" + id.text());
  EXPECT_EQ(link(entry, "via"), "https://courier.example/1?a=1&b=2");
  EXPECT_EQ(link(entry, "related"), "https://relay.example:8443/v1/entries/" + id.text());
  EXPECT_STREQ(entry.child("category").attribute("term").value(), "RU-SVE");
}

TEST_F(FeedsTest, RssHasTheFullText) {
  auto& courier = room.add_project("Courier");
  const auto id = room.publish(courier, body_of("Headline", "2026-03-01T10:20:00Z"));
  const auto rss = parse("/feed.rss");
  EXPECT_STREQ(rss.attribute("version").value(), "2.0");
  const auto channel = rss.child("channel");
  for (const auto* required : {"title", "link", "description"})
    EXPECT_STRNE(channel.child_value(required), "") << required;
  EXPECT_STREQ(channel.child("atom:link").attribute("href").value(), "https://relay.example:8443/feed.rss");
  const auto item = channel.child("item");
  EXPECT_STREQ(item.child_value("pubDate"), "Sun, 01 Mar 2026 10:20:00 +0000");
  EXPECT_STREQ(item.child_value("content:encoded"), "<p>Text of Headline</p>");
  EXPECT_STREQ(item.child_value("description"), "Lede of Headline");
  EXPECT_EQ(item.child_value("link"), "https://relay.example:8443/a/" + id.text());
}

TEST_F(FeedsTest, JsonHasWhatVersion11Requires) {
  auto& courier = room.add_project("Courier");
  auto body = body_of("\"Headline\"", "2026-03-01T10:20:00Z");
  body.original_url = "https://courier.example/1";
  body.topics = {"11000000", "elections"};
  const auto id = room.publish(courier, body);
  const auto feed = boost::json::parse(text("/feed.json")).as_object();
  EXPECT_EQ(feed.at("version"), "https://jsonfeed.org/version/1.1");
  EXPECT_EQ(feed.at("feed_url"), "https://relay.example:8443/feed.json");
  EXPECT_EQ(feed.at("home_page_url"), "https://relay.example:8443/");
  EXPECT_FALSE(feed.contains("next_url"));
  const auto& item = feed.at("items").as_array().at(0).as_object();
  EXPECT_EQ(item.at("id").as_string(), urn_of(id.value));
  EXPECT_EQ(item.at("title"), "\"Headline\"");
  EXPECT_EQ(item.at("content_html"), "<p>Text of \"Headline\"</p>");
  EXPECT_EQ(item.at("summary"), "Lede of \"Headline\"");
  EXPECT_EQ(item.at("date_published"), "2026-03-01T10:20:00Z");
  EXPECT_EQ(item.at("url").as_string(), "https://relay.example:8443/a/" + id.text());
  EXPECT_EQ(item.at("external_url"), "https://courier.example/1");
  EXPECT_EQ(item.at("tags"), (boost::json::array{"RU-SVE", "Политика", "elections"}));
  EXPECT_EQ(get("/feed.json").headers.find("Content-Type"), "application/feed+json");
}

TEST_F(FeedsTest, OlderArticlesAreOnFurtherPages) {
  auto& courier = room.add_project("Courier");
  for (int i = 0; i < 95; ++i) courier.log().append(body_of(std::to_string(i)));
  room.commit_log(courier);
  room.read_all();
  std::set<std::string> titles;
  int pages = 0;
  std::string before;
  do {
    const auto response = get("/feed.json", "ru", {{"before", before}});
    const auto feed = boost::json::parse(response.content->bytes()).as_object();
    for (const auto& item : feed.at("items").as_array()) titles.emplace(item.at("title").as_string());
    const auto* next = feed.if_contains("next_url");
    before = next == nullptr ? "" : all_matches(std::string(next->as_string()), "before=([0-9a-f]+)").at(0);
    ++pages;
  } while (!before.empty() && pages < 10);
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(titles.size(), 95u);
  EXPECT_EQ(link(parse("/l/ru/feed.atom"), "next").substr(0, 49), "https://relay.example:8443/l/ru/feed.atom?before=");
}

TEST_F(FeedsTest, TheListOfThemNamesEveryProject) {
  auto& courier = room.add_project("Courier & Co");
  room.add_project("Idel");
  const auto opml = parse("/feeds.opml");
  EXPECT_STREQ(opml.attribute("version").value(), "2.0");
  EXPECT_STRNE(opml.child("head").child_value("title"), "");
  const auto body = opml.child("body");
  EXPECT_EQ(std::distance(body.begin(), body.end()), 2);
  const auto outline = body.find_child_by_attribute("outline", "text", "Courier & Co");
  EXPECT_STREQ(outline.attribute("type").value(), "rss");
  EXPECT_EQ(outline.attribute("xmlUrl").value(), "https://relay.example:8443/p/" + courier.id().text() + "/feed.atom");
  EXPECT_EQ(get("/feeds.opml").headers.find("Content-Type"), "text/x-opml; charset=utf-8");
}

TEST_F(FeedsTest, AnOriginalGuidIsKept) {
  auto& courier = room.add_project("Courier");
  auto body = body_of("Headline");
  body.guid = "https://courier.example/?p=17";
  body.original_url = "https://courier.example/2026/headline/";
  room.publish(courier, body);
  EXPECT_STREQ(atom_entry().child_value("id"), "https://courier.example/?p=17");
  EXPECT_STREQ(rss_item().child_value("guid"), "https://courier.example/?p=17");
  EXPECT_STREQ(rss_item().child("guid").attribute("isPermaLink").value(), "false");
}

TEST_F(FeedsTest, AGuidThatIsTheArticlesAddressIsAPermaLink) {
  auto& courier = room.add_project("Courier");
  auto body = body_of("Headline");
  body.guid = body.original_url = "https://courier.example/2026/headline/";
  room.publish(courier, body);
  EXPECT_STREQ(rss_item().child("guid").attribute("isPermaLink").value(), "true");
}

TEST_F(FeedsTest, AGuidThatIsNoUriBecomesAUrnInAtom) {
  auto& courier = room.add_project("Courier");
  auto body = body_of("Headline");
  body.guid = "post 4711";
  const auto id = room.publish(courier, body);
  EXPECT_EQ(atom_entry().child_value("id"), urn_of(id.value));
  EXPECT_STREQ(rss_item().child_value("guid"), "post 4711");
}

TEST_F(FeedsTest, ACorrectionKeepsTheIdAndMovesUpdated) {
  auto& courier = room.add_project("Courier");
  auto body = body_of("Wrong");
  const auto id = room.publish(courier, body);
  const std::string before = atom_entry().child_value("id"), updated = atom_entry().child_value("updated");
  EXPECT_EQ(before, urn_of(id.value));
  auto better = body_of("Right");
  better.guid = "another guid";
  better.modified_at = at("2026-03-07T00:00:00Z");
  room.correct(courier, id, better);
  const auto entry = atom_entry();
  EXPECT_EQ(entry.child_value("id"), before);
  EXPECT_STREQ(entry.child_value("title"), "Right");
  EXPECT_STREQ(entry.child_value("published"), "2026-03-01T10:00:00Z");
  EXPECT_STREQ(entry.child_value("updated"), "2026-03-07T00:00:00Z");
  EXPECT_EQ(rss_item().child_value("guid"), before);
  EXPECT_STREQ(parse("/feed.atom").child_value("updated"), "2026-03-07T00:00:00Z");
}

TEST_F(FeedsTest, ACorrectedTextSaysSoAndLeadsToTheFirstVersion) {
  auto& courier = room.add_project("Courier");
  const auto id = room.publish(courier, body_of("Wrong"));
  const auto link_to_first = "https://relay.example:8443/v/" + id.text();
  EXPECT_EQ(link(atom_entry(), "predecessor-version"), "");
  EXPECT_FALSE(contains(atom_entry().child_value("content"), "исправлен"));
  auto better = body_of("Right");
  better.modified_at = at("2026-03-07T00:00:00Z");
  const auto correction = room.correct(courier, id, better);
  EXPECT_EQ(link(atom_entry(), "predecessor-version"), link_to_first);
  const std::string content = atom_entry().child_value("content");
  EXPECT_EQ(content, "<p>Text of Right</p><p lang=\"ru\">Текст исправлен редакцией 7 марта 2026. <a href=\"" + link_to_first +
                         "\">Первая версия</a>, <a href=\"https://relay.example:8443/a/" + id.text() +
                         "#history\">История исправлений</a></p>\n");
  EXPECT_EQ(rss_item().child_value("content:encoded"), content);
  const auto item = boost::json::parse(text("/feed.json")).as_object().at("items").as_array().at(0).as_object();
  EXPECT_EQ(item.at("content_html").as_string(), content);
  // The page has what the links name.
  EXPECT_TRUE(contains(text("/v/" + id.text()), "Text of Wrong"));
  EXPECT_TRUE(contains(article_of(id), "id=\"history\""));
  courier.log().append({}, format::EntryKind::kRetraction, correction);
  room.commit_log(courier);
  room.read_all();
  EXPECT_STREQ(atom_entry().child_value("content"), "<p>Text of Wrong</p>");
}

TEST_F(FeedsTest, AProjectCannotTakeOverTheGuidOfAnother) {
  auto& courier = room.add_project("Courier");
  auto& thief = room.add_project("Thief");
  auto body = body_of("Truth", "2026-03-01T10:00:00Z");
  body.guid = "https://courier.example/1";
  room.received_at = at("2026-03-01T11:00:00Z");
  room.publish(courier, body);
  room.received_at = at("2026-03-05T11:00:00Z");
  body.title = "Lie";
  for (const auto* date : {"2026-03-02T10:00:00Z", "2020-01-01T00:00:00Z"}) {
    body.published_at = at(date);
    room.publish(thief, body);
  }
  std::set<std::string> ids;
  for (const auto entry : parse("/feed.atom").children("entry")) {
    ids.insert(entry.child_value("id"));
    EXPECT_EQ(std::string(entry.child_value("id")) == body.guid, std::string(entry.child_value("title")) == "Truth");
  }
  EXPECT_EQ(ids.size(), 3u);
}

TEST_F(FeedsTest, AGuidIsNotFreeWhereItsOwnerIsNotListed) {
  auto& courier = room.add_project("Courier");
  auto& thief = room.add_project("Thief");
  auto body = body_of("Truth");
  body.guid = "https://courier.example/1";
  room.publish(courier, body);
  room.received_at += std::chrono::hours(1);
  body.title = "Lie";
  body.regions = {"RU-PER"};
  room.publish(thief, body);
  EXPECT_STREQ(parse("/r/RU-SVE/feed.atom").child("entry").child_value("id"), "https://courier.example/1");
  const auto stolen = parse("/r/RU-PER/feed.atom").child("entry");
  EXPECT_STREQ(stolen.child_value("title"), "Lie");
  EXPECT_STRNE(stolen.child_value("id"), "https://courier.example/1");
}

TEST_F(FeedsTest, LinksAreRelativeWhereTheHostCannotBeNamed) {
  auto& courier = room.add_project("Courier");
  room.publish(courier, body_of("Headline"));
  http::Request request;
  request.path = "/feed.atom";
  request.host = "ho<st";
  const auto feed = site.answer(request).content->bytes();
  EXPECT_NE(feed.find("rel=\"self\" type=\"application/atom+xml\" href=\"/feed.atom\""), std::string::npos) << feed;
}

TEST_F(FeedsTest, AreWellFormedWhateverDesksWrite) {
  auto& courier = room.add_project("\x01]]>&<Courier");
  auto body = body_of("\x02 ]]> & <b> \xef\xbf\xbf \xe2\x80\xae \"'");
  body.lede = "<![CDATA[ ]]> \x0b\x0c\x1f";
  body.html = "<p>]]> \x01 &nbsp; &unknown; <b>open \xef\xbf\xbe</p></b><!-- -- --><![CDATA[x]]>";
  body.byline = "\x08<name>";
  body.guid = "\x03 <guid>&";
  body.reprint = {"<>&", "]]>"};
  room.publish(courier, body);
  const auto project = "/p/" + courier.id().text();
  for (const auto& path :
       {std::string("/feed.atom"), std::string("/feed.rss"), project + "/feed.atom", project + "/feed.rss"}) {
    parse(path);
    const auto bytes = text(path);
    for (const char c : bytes) ASSERT_TRUE(c < 0 || c >= ' ' || c == '\n' || c == '\t') << path;
    EXPECT_FALSE(contains(bytes, "\xef\xbf\xbf")) << path;
  }
  EXPECT_STREQ(atom_entry().child_value("title"), "]]> & <b> \"'");
}

TEST_F(FeedsTest, TheirContentIsSanitised) {
  auto& courier = room.add_project("Courier");
  auto body = body_of("Headline");
  body.html =
      "<p onclick=\"x()\">Text<script>alert(1)</script></p><img src=\"https://tracker.example/1.png\" alt=\"photo\">";
  room.publish(courier, body);
  const std::string content = atom_entry().child_value("content");
  EXPECT_EQ(content, *html::sanitise(content));
  EXPECT_FALSE(contains(content, "script"));
  EXPECT_FALSE(contains(content, "onclick"));
  EXPECT_FALSE(contains(content, "<img"));
}

TEST_F(FeedsTest, LackWhatIsGone) {
  auto& courier = room.add_project("Courier");
  courier.log().append(body_of("gone"));
  room.commit_log(courier, 0, false);
  room.publish(courier, body_of("here"));
  EXPECT_STREQ(atom_entry().child_value("title"), "here");
  EXPECT_FALSE(atom_entry(1));
}

TEST_F(FeedsTest, OfAChannelHoldItsArticles) {
  auto& courier = room.add_project("Courier");
  room.publish(courier, body_of("ural"));
  auto other = body_of("kazan", "2026-03-02T10:00:00Z");
  other.regions = {"RU-TA"};
  other.language = "tt";
  room.publish(courier, other);
  EXPECT_STREQ(atom_entry(0, "/r/RU-SVE/feed.atom").child_value("title"), "ural");
  EXPECT_STREQ(atom_entry(0, "/l/tt/feed.atom").child_value("title"), "kazan");
  const auto path = "/p/" + courier.id().text() + "/l/ru/feed.atom";
  EXPECT_STREQ(atom_entry(0, path).child_value("title"), "ural");
  EXPECT_EQ(link(parse(path), "self"), "https://relay.example:8443" + path);
  // An empty channel is a valid feed too: somebody may subscribe before the first article.
  EXPECT_STRNE(parse("/r/RU-PER/feed.atom").child_value("updated"), "");
}

TEST_F(FeedsTest, StayBounded) {
  auto& courier = room.add_project("Courier");
  for (int i = 0; i < 60; ++i) {
    auto body = body_of(std::to_string(i));
    body.html = "<p>" + std::string(100'000, 'x') + "</p>";
    courier.log().append(body);
  }
  room.commit_log(courier, 0);
  room.read_all();
  EXPECT_LT(text("/feed.atom").size(), 1'200'000u);
}

TEST(IsUri, WantsASchemeAndNoForbiddenCharacters) {
  for (const auto* good : {"https://a.example/?p=1", "tag:a.example,2026:1", "urn:uuid:1", "https://пример.рф/а"})
    EXPECT_TRUE(is_uri(good)) << good;
  for (const auto* bad : {"", "17", "/a/b", "a b:c", "https://a b", "1a:b", ":x", "x:", "a:<b>", "a:b\n"})
    EXPECT_FALSE(is_uri(bad)) << bad;
}

TEST(UrnOf, IsAUuidOfVersion8) {
  const auto urn = urn_of(tests::octets_from("an entry", 1));
  ASSERT_EQ(urn.size(), 45u);
  EXPECT_EQ(urn.substr(0, 9), "urn:uuid:");
  EXPECT_EQ(urn[23], '8');
  EXPECT_TRUE(std::string("89ab").find(urn[28]) != std::string::npos);
}

}  // namespace
}  // namespace tamizdat::reader
