#include "relay/reader/archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pugixml.hpp>

#include <map>

#include "tests/unit/relay/reader/site_fixture.h"

namespace tamizdat::reader {
namespace {

using testing::ElementsAre;

struct ArchiveTest : testing::Test, SiteFixture {
  struct Entry {
    std::string title, updated, content;
  };
  // A subscriber after RFC 5005 section 4.2: goes back until it meets a page that it has, and takes of each id the
  // entry that was updated last. Keeps what it has between visits.
  struct Subscriber {
    std::map<std::string, Entry> entries;         // by id
    std::map<std::string, std::string> pages;     // by address
    std::vector<std::string> fetched;             // by the last visit
  };

  static std::string link(pugi::xml_node feed, const char* rel) {
    const std::string href = feed.find_child_by_attribute("link", "rel", rel).attribute("href").value();
    const std::string host = "https://relay.example:8443";
    return href.starts_with(host) ? href.substr(host.size()) : href;
  }

  void visit(Subscriber& subscriber, const std::string& subscription) {
    subscriber.fetched.clear();
    pugi::xml_document document;
    for (auto path = subscription; !path.empty();) {
      if (path != subscription && subscriber.pages.contains(path)) break;
      const auto response = get(path);
      ASSERT_EQ(response.status, 200) << path;
      const auto bytes = response.content->bytes();
      ASSERT_TRUE(document.load_buffer(bytes.data(), bytes.size())) << path;
      const auto feed = document.document_element();
      if (path != subscription) {
        subscriber.pages[path] = bytes;
        subscriber.fetched.push_back(path);
        EXPECT_TRUE(feed.child("fh:archive")) << path;
        EXPECT_EQ(link(feed, "current"), subscription);
        EXPECT_EQ(link(feed, "self"), path);
      }
      for (const auto node : feed.children("entry")) {
        Entry entry{node.child_value("title"), node.child_value("updated"), node.child_value("content")};
        auto& kept = subscriber.entries[node.child_value("id")];
        if (kept.updated < entry.updated) kept = entry;
      }
      path = link(feed, "prev-archive");
    }
  }

  static std::vector<std::string> titles(const Subscriber& subscriber) {
    std::vector<std::string> out;
    for (const auto& [id, entry] : subscriber.entries) out.push_back(entry.title);
    std::sort(out.begin(), out.end());
    return out;
  }

  void publish_many(tests::ProjectBuilder& project, std::size_t count, std::size_t desk = 0) {
    for (std::size_t i = 0; i < count; ++i) project.log(desk).append(body_of(std::to_string(++number_), "2020-01-01T00:00:00Z"));
    room.commit_log(project, desk);
    room.read_all();
  }

  std::size_t number_ = 0;
};

TEST_F(ArchiveTest, GivesEverythingThatAProjectEverPublished) {
  auto& courier = room.add_project("Courier");
  publish_many(courier, 3 * kArchivePageEntries + 5);
  Subscriber subscriber;
  visit(subscriber, "/p/" + courier.id().text() + "/feed.atom");
  EXPECT_EQ(subscriber.entries.size(), 3 * kArchivePageEntries + 5);
  EXPECT_EQ(subscriber.fetched.size(), 4u);
}

TEST_F(ArchiveTest, IsReadAgainOnlyWhereItGrew) {
  auto& courier = room.add_project("Courier");
  const auto feed = "/p/" + courier.id().text() + "/feed.atom";
  publish_many(courier, 2 * kArchivePageEntries + 5);
  Subscriber subscriber;
  visit(subscriber, feed);
  visit(subscriber, feed);
  EXPECT_EQ(subscriber.fetched.size(), 0u);
  publish_many(courier, kArchivePageEntries);
  visit(subscriber, feed);
  EXPECT_EQ(subscriber.fetched.size(), 2u);
  EXPECT_EQ(subscriber.entries.size(), 3 * kArchivePageEntries + 5);
}

TEST_F(ArchiveTest, ACorrectionComesWithoutTouchingThePageOfWhatItCorrects) {
  auto& courier = room.add_project("Courier");
  const auto feed = "/p/" + courier.id().text() + "/feed.atom";
  const auto id = room.publish(courier, body_of("Wrong", "2019-01-01T00:00:00Z"));
  publish_many(courier, 2 * kArchivePageEntries);
  Subscriber subscriber;
  visit(subscriber, feed);
  EXPECT_THAT(titles(subscriber), testing::Contains("Wrong"));
  // Twice within the hour, so that the header's time alone does not tell which came last.
  room.correct(courier, id, body_of("Better", "2019-01-01T00:00:00Z"));
  room.correct(courier, id, body_of("Right", "2019-01-01T00:00:00Z"));
  const auto pages = subscriber.pages;
  visit(subscriber, feed);
  EXPECT_THAT(titles(subscriber), testing::Contains("Right"));
  EXPECT_THAT(titles(subscriber), testing::Not(testing::Contains("Wrong")));
  EXPECT_EQ(subscriber.entries.size(), 2 * kArchivePageEntries + 1);
  EXPECT_EQ(subscriber.fetched.size(), 1u);
  const auto corrected = std::ranges::find(subscriber.entries, "Right", [](const auto& each) { return each.second.title; });
  EXPECT_TRUE(contains(corrected->second.content, "https://relay.example:8443/v/" + id.text()));
  // What was fetched before still says the same but for the way onward.
  for (const auto& [path, bytes] : pages) {
    auto now = text(path);
    if (const auto next = now.find("<link rel=\"next-archive\""); next != std::string::npos)
      now.erase(next, now.find('\n', next) + 1 - next);
    auto then = bytes;
    if (const auto next = then.find("<link rel=\"next-archive\""); next != std::string::npos)
      then.erase(next, then.find('\n', next) + 1 - next);
    EXPECT_EQ(now, then) << path;
  }
}

TEST_F(ArchiveTest, NextLeadsFromTheOldestPageToTheNewest) {
  auto& courier = room.add_project("Courier");
  publish_many(courier, 2 * kArchivePageEntries + 5);
  auto page = ArchivePage::newest(room.store, room.catalog, courier.id());
  ASSERT_TRUE(page);
  const auto newest = page->path();
  EXPECT_FALSE(page->next());
  while (const auto previous = page->previous()) page = previous;
  EXPECT_EQ(page->entries().front().index, 0u);
  std::size_t steps = 0;
  while (const auto next = page->next()) page = next, ++steps;
  EXPECT_EQ(page->path(), newest);
  EXPECT_EQ(steps, 2u);
}

TEST_F(ArchiveTest, OfTwoDesksHoldsBoth) {
  auto& courier = room.add_project("Courier", 2);
  const auto feed = "/p/" + courier.id().text() + "/feed.atom";
  publish_many(courier, kArchivePageEntries + 3, 0);
  publish_many(courier, kArchivePageEntries + 7, 1);
  Subscriber subscriber;
  visit(subscriber, feed);
  EXPECT_EQ(subscriber.entries.size(), 2 * kArchivePageEntries + 10);
  publish_many(courier, 1, 0);
  publish_many(courier, 1, 1);
  visit(subscriber, feed);
  EXPECT_EQ(subscriber.entries.size(), 2 * kArchivePageEntries + 12);
}

TEST_F(ArchiveTest, OfTwoDesksTheOneThatWroteLastComesFirst) {
  auto& courier = room.add_project("Courier", 2);
  const auto publish = [&](std::size_t desk, const std::string& title, int hour) {
    courier.log(desk).set_time(tests::kTestTime + std::chrono::hours(hour));
    room.publish(courier, body_of(title), desk);
  };
  const auto newest = [&] {
    const auto page = ArchivePage::newest(room.store, room.catalog, courier.id());
    return room.title_of(page->entries().back());
  };
  publish(0, "first", 0);
  publish(1, "second", 2);
  EXPECT_EQ(newest(), "second");
  publish(0, "third", 3);
  EXPECT_EQ(newest(), "third");
  publish(1, "fourth", 1);  // its clock is wrong: its hour counts, on every relay the same
  EXPECT_EQ(newest(), "third");
}

TEST_F(ArchiveTest, LacksWhatIsGone) {
  auto& courier = room.add_project("Courier");
  courier.log().append(body_of("gone"));
  room.commit_log(courier, 0, false);
  room.publish(courier, body_of("here"));
  Subscriber subscriber;
  visit(subscriber, "/p/" + courier.id().text() + "/feed.atom");
  EXPECT_THAT(titles(subscriber), ElementsAre("here"));
}

TEST_F(ArchiveTest, StaysBounded) {
  auto& courier = room.add_project("Courier");
  for (int i = 0; i < 30; ++i) {
    auto body = body_of(std::to_string(i));
    body.html = "<p>" + std::string(100'000, 'x') + "</p>";
    courier.log().append(body);
  }
  room.commit_log(courier);
  room.read_all();
  const auto page = ArchivePage::newest(room.store, room.catalog, courier.id());
  const auto bytes = text(page->path());
  EXPECT_LT(bytes.size(), 1'200'000u);
  EXPECT_EQ(all_matches(bytes, "<(entry)").size(), 30u);
}

TEST_F(ArchiveTest, HasNoOtherPages) {
  auto& courier = room.add_project("Courier");
  auto& empty = room.add_project("Empty");
  publish_many(courier, 3);
  const auto path = ArchivePage::newest(room.store, room.catalog, courier.id())->path();
  ASSERT_EQ(get(path).status, 200);
  const auto log = all_matches(path, "archive/([0-9a-f]{8})")[0];
  const auto project = "/p/" + courier.id().text() + "/archive/";
  for (const auto& name : {log + ".4", log + ".0", log + ".", log + ".03", log + ".3-", log, std::string("1"), log + ".-1",
                           log + ".99999999999999999999", "00000000.1-" + log + ".3", log + ".3-" + log + ".3"})
    EXPECT_EQ(get(project + name + "/feed.atom").status, 404) << name;
  EXPECT_EQ(get(project + log + ".3/feed.rss").status, 404);
  EXPECT_EQ(get(project + log + ".3").status, 404);
  EXPECT_EQ(get("/p/" + empty.id().text() + "/archive/" + log + ".3/feed.atom").status, 404);
  EXPECT_FALSE(contains(text("/p/" + empty.id().text() + "/feed.atom"), "prev-archive"));
}

TEST_F(ArchiveTest, WaitsUntilEverythingIsRead) {
  auto& courier = room.add_project("Courier");
  publish_many(courier, 3);
  const auto path = ArchivePage::newest(room.store, room.catalog, courier.id())->path();
  Catalog catalog(room.store, room.clock);
  Site starting(room.store, catalog, names, room.clock, {"GE", "GE", ""});
  catalog.start();
  http::Request request;
  request.path = path;
  const auto response = starting.answer(request);
  EXPECT_EQ(response.status, 503);
  EXPECT_TRUE(response.headers.find("Retry-After"));
  Newsroom::read_all(catalog);
  EXPECT_EQ(starting.answer(request).status, 200);
}

}  // namespace
}  // namespace tamizdat::reader
