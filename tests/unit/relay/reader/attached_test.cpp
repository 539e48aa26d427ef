#include "relay/reader/attached.h"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>
#include <pugixml.hpp>

#include "proto/format/limits.h"
#include "relay/reader/attached_markup.h"
#include "tests/unit/relay/reader/site_fixture.h"

namespace tamizdat::reader {
namespace {

BlobId blob(std::uint64_t size) { return {*Hash32::from(Bytes(32, 'b')), size}; }
std::string path(std::uint64_t size) { return "/b/" + blob(size).text(); }

format::Attachment photo() {
  format::Attachment out;
  out.blob = blob(900'000);
  out.media_type = "image/jpeg";
  out.alt = "Люди & флаги";
  out.caption = "Площадь";
  out.credit = "Анна";
  out.name = "photo.jpg";
  out.width = 2000;
  out.height = 1000;
  out.renditions = {{blob(20'000), "image/jpeg", 480, 240}, {blob(80'000), "image/jpeg", 960, 480}};
  return out;
}

format::Attachment file(const std::string& media_type, std::uint64_t size) {
  format::Attachment out;
  out.blob = blob(size);
  out.media_type = media_type;
  out.name = "a <b>.bin";
  return out;
}

struct AttachedTest : testing::Test, SiteFixture {
  std::string page(format::Body body) { return article_of(room.publish(courier, std::move(body)), "en"); }
  format::Body with(std::vector<format::Attachment> attachments, const std::string& html = "<p>Text</p>") {
    auto body = body_of("Headline");
    body.attachments = std::move(attachments);
    body.html = html;
    return body;
  }
  tests::ProjectBuilder& courier = room.add_project("Courier");
};

TEST_F(AttachedTest, PicturesStandWhereTheTextShowsThem) {
  const auto html = page(with({photo()}, "<p>a</p><figure><img src=\"" + blob(900'000).text() +
                                             "\" alt=\"x &lt; y\"/><figcaption>c</figcaption></figure><p>z</p>"));
  EXPECT_TRUE(contains(html, "<p>a</p><figure><img itemprop=\"image\" src=\"" + path(20'000) + "\" srcset=\"" +
                                 path(20'000) + " 480w, " + path(80'000) + " 960w, " + path(900'000) + " 2000w\" sizes=\""))
      << html;
  EXPECT_TRUE(contains(html, "width=\"2000\" height=\"1000\" alt=\"x &lt; y\" loading=\"lazy\" decoding=\"async\"/>"
                             "<small>Площадь Photo: Анна</small><figcaption>c</figcaption></figure><p>z</p>"));
  EXPECT_EQ(all_matches(html, "(<img )").size(), 1U);
  EXPECT_TRUE(contains(html, "property=\"og:image\" content=\"https://relay.example:8443" + path(80'000) + "\""));
}

TEST_F(AttachedTest, WordsThatTheTextHasAreNotSaidTwice) {
  const auto image = "<img src=\"" + blob(900'000).text() + "\" alt=\"\"/>";
  EXPECT_TRUE(contains(page(with({photo()}, "<figure>" + image + "<figcaption>Площадь</figcaption></figure>")),
                       "<small>Photo: Анна</small><figcaption>Площадь</figcaption>"));
  EXPECT_FALSE(contains(page(with({photo()}, "<figure>" + image + "<figcaption>Площадь (Анна)</figcaption></figure>")),
                        "<small>"));
}

TEST_F(AttachedTest, PicturesThatTheTextDoesNotShowFollowIt) {
  const auto html = page(with({photo()}));
  EXPECT_TRUE(contains(html, "<p>Text</p><figure><img "));
  EXPECT_TRUE(contains(html, "alt=\"Люди &amp; флаги\""));
  EXPECT_TRUE(contains(html, "<figcaption>Площадь Photo: Анна</figcaption></figure>"));
}

TEST_F(AttachedTest, NothingIsShownThatTheEntryDoesNotName) {
  const auto html = page(with({photo()}, "<p><img src=\"" + blob(7).text() + "\" alt=\"A &lt;b&gt;\"/></p>"));
  EXPECT_FALSE(contains(html, blob(7).text()));
  EXPECT_TRUE(contains(html, "<p>A &lt;b&gt;</p>"));
}

TEST_F(AttachedTest, OnlyHarmlessKindsAreShown) {
  auto vector = photo();
  vector.media_type = "image/svg+xml";
  vector.renditions.clear();
  auto sizeless = photo();
  sizeless.blob = blob(5);
  sizeless.width = 0;
  sizeless.renditions.clear();
  const auto html = page(with({vector, sizeless, file("audio/mpeg", 1'300'000), file("application/x-evil", 10)}));
  EXPECT_FALSE(contains(html, "<img "));
  EXPECT_TRUE(contains(html, "<a href=\"" + path(900'000) + "\">photo.jpg</a> (application/octet-stream, 900 kB)"));
  EXPECT_TRUE(contains(html, "<audio controls preload=\"none\" aria-label=\"a &lt;b&gt;.bin\" src=\"" + path(1'300'000) +
                                 "\"></audio><br/><a href=\"" + path(1'300'000) +
                                 "\">a &lt;b&gt;.bin</a> (audio/mpeg, 1.3 MB)"));
  EXPECT_TRUE(contains(html, "(application/octet-stream, 1 kB)"));
}

TEST_F(AttachedTest, ManyPicturesGoOnOnFurtherPages) {
  std::vector<format::Attachment> many(format::kAttachmentsMax, photo());
  for (std::size_t i = 0; i < many.size(); ++i) many[i].blob = blob(1'000'000 + i);
  const auto id = room.publish(courier, with(many));
  std::size_t shown = 0;
  std::size_t pages = 1;
  for (std::size_t number = 1; number <= pages; ++number) {
    const auto html = get("/a/" + id.text(), "en", {{"page", std::to_string(number)}}).content->bytes();
    EXPECT_LT(html.size(), 50'000U) << number;
    shown += all_matches(html, "(<img )").size();
    pages = std::stoul(all_matches(html, "Page \\d+ of (\\d+)").at(0));
  }
  EXPECT_EQ(shown, many.size());
  EXPECT_GT(pages, 2U);
}

TEST_F(AttachedTest, FeedsHavePicturesAndEnclosures) {
  room.publish(courier, with({photo(), file("audio/mpeg", 1'300'000)}));
  const std::string base = "https://relay.example:8443";
  pugi::xml_document atom;
  ASSERT_TRUE(atom.load_string(text("/feed.atom").c_str()));
  const auto entry = atom.document_element().child("entry");
  const std::string content = entry.child_value("content");
  EXPECT_TRUE(contains(content, "<img src=\"" + base + path(80'000) + "\" width=\"960\" height=\"480\""));
  EXPECT_TRUE(contains(content, "<a href=\"" + base + path(1'300'000) + "\">"));
  EXPECT_FALSE(contains(content, "srcset"));
  const auto enclosure = entry.find_child_by_attribute("link", "rel", "enclosure");
  EXPECT_EQ(enclosure.attribute("href").value(), base + path(1'300'000));
  EXPECT_STREQ(enclosure.attribute("length").value(), "1300000");
  EXPECT_STREQ(enclosure.attribute("type").value(), "audio/mpeg");
  const auto media = entry.child("media:content");
  EXPECT_EQ(media.attribute("url").value(), base + path(900'000));
  EXPECT_STREQ(media.attribute("medium").value(), "image");
  EXPECT_STREQ(media.child_value("media:description"), "Площадь");
  EXPECT_STREQ(media.child_value("media:credit"), "Анна");
  EXPECT_EQ(media.child("media:thumbnail").attribute("url").value(), base + path(20'000));

  pugi::xml_document rss;
  ASSERT_TRUE(rss.load_string(text("/feed.rss").c_str()));
  const auto item = rss.document_element().child("channel").child("item");
  EXPECT_EQ(item.child("enclosure").attribute("url").value(), base + path(1'300'000));
  EXPECT_EQ(item.child("media:content").attribute("url").value(), base + path(900'000));

  const auto json = boost::json::parse(text("/feed.json")).at("items").at(0);
  EXPECT_EQ(json.at("image"), boost::json::value((base + path(80'000)).c_str()));
  EXPECT_EQ(json.at("attachments").as_array().size(), 2U);
  EXPECT_EQ(json.at("attachments").at(1).at("size_in_bytes").to_number<int>(), 1'300'000);
}

TEST(Attached, TheSizeForAWidthIsTheNarrowestThatFits) {
  format::Body body;
  body.attachments = {photo()};
  const auto attached = attached_to(body);
  EXPECT_EQ(attached.at(0).size_for(1).width, 480U);
  EXPECT_EQ(attached.at(0).size_for(481).width, 960U);
  EXPECT_EQ(attached.at(0).size_for(9000).width, 2000U);
}

}  // namespace
}  // namespace tamizdat::reader
