// A relay with readers, for tests: projects that publish into a store in memory, and a catalog that follows it.
#pragma once

#include <algorithm>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "relay/reader/catalog.h"
#include "relay/store/memory_store.h"
#include "relay/store/readers_store.h"
#include "tests/support/project_builder.h"
#include "tests/support/test_loop.h"

namespace tamizdat::reader {

inline Timestamp at(std::string_view text) { return *parse_rfc3339(text); }

inline format::Body body_of(const std::string& title, const std::string& published_at = "2026-03-01T10:00:00Z") {
  format::Body body;
  body.title = title;
  body.lede = "Lede of " + title;
  body.html = "<p>Text of " + title + "</p>";
  body.language = "ru";
  body.regions = {"RU-SVE"};
  body.published_at = at(published_at);
  return body;
}

class Newsroom {
 public:
  Newsroom() { clock.set_now(at("2026-11-24T07:23:50Z")); }

  tests::ProjectBuilder& add_project(const std::string& title, std::size_t desks = 1) {
    projects_.emplace_back(tests::ProjectBuilder::Options{projects_.size() + 1, desks, title});
    commit_charter(projects_.back());
    return projects_.back();
  }
  void commit_charter(const tests::ProjectBuilder& project) {
    commit(store::Charters{{project.charter()}});
    catalog.on_charter(project.id());
  }
  // Everything of the desk's log that the store lacks.
  void commit_log(tests::ProjectBuilder& project, std::size_t desk = 0, bool bodies = true) {
    auto& log = project.log(desk);
    const auto held = store.log(log.id());
    const auto from = held ? held->size : 0;
    for (auto next = from; next < log.size(); next += kRun)
      commit(log.bundle(next, std::min(next + kRun, log.size()), {0, bodies}));
    catalog.on_entries(log.id(), from, log.size());
  }
  // Publishes and reads it.
  EntryId publish(tests::ProjectBuilder& project, format::Body body, std::size_t desk = 0) {
    const auto id = project.log(desk).append(std::move(body));
    commit_log(project, desk);
    read_all();
    return id;
  }
  EntryId correct(tests::ProjectBuilder& project, const EntryId& target, format::Body body, std::size_t desk = 0) {
    const auto id = project.log(desk).append(std::move(body), format::EntryKind::kCorrection, target);
    commit_log(project, desk);
    read_all();
    return id;
  }
  void read_all() { read_all(catalog); }
  static void read_all(Catalog& reading) {
    while (reading.step(7)) {
    }
  }

  EntryId id_of(const Position& position) const { return tests::must(store.entry(position.log, position.index)).id; }
  std::string title_of(const Position& position) const {
    const auto entry = tests::must(view.entry(position.log, position.index));
    return entry.body ? tests::must(format::parse_body(*entry.body)).title : "(gone)";
  }
  std::vector<std::string> titles(const Channel& channel = {}) const { return titles(catalog, channel); }
  std::vector<std::string> titles(const Catalog& from, const Channel& channel) const {
    std::vector<std::string> out;
    for (const auto& story : from.newest(channel, kNewest, 1000).stories) out.push_back(title_of(story.shown));
    return out;
  }
  Story story(const EntryId& id) const {
    const auto position = store.find(id);
    TMZ_CHECK(position.has_value());
    const auto story = catalog.story_of(*position);
    TMZ_CHECK(story.has_value());
    return *story;
  }

  tests::FakeClock clock;
  store::MemoryStore store;
  store::ReadersStore view{store, clock};
  Catalog catalog{view, clock};
  Timestamp received_at = at("2026-11-24T07:00:00Z");  // of the next commit

 private:
  static constexpr std::uint64_t kRun = 8;  // entries of a bundle, which may take 1 MiB

  template <typename Content>
  void commit(Content content) {
    const store::Batch batch{std::move(content), received_at};
    const auto done = store.commit(std::span(&batch, 1));
    if (!done[0]) std::fprintf(stderr, "commit: %s\n", done[0].error().text.c_str());
    TMZ_CHECK(done[0].has_value());
  }

  std::deque<tests::ProjectBuilder> projects_;
};

}  // namespace tamizdat::reader
