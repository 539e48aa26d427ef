// A newsroom for tests: a home with a project, a network of fake relays, and cheap keys.
#pragma once

#include <tamizdat/desk.h>
#include <tamizdat/reader.h>

#include <cstdio>
#include <fstream>

#include "client-lib/client/edges.h"
#include "client-lib/pictures/errors.h"
#include "proto/base/check.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/client-lib/support/fake_relay.h"
#include "tests/unit/client-lib/support/test_edges.h"

namespace tamizdat::tests {

template <typename T>
T value_of(client::Outcome<T> outcome) {
  if (!outcome) std::fprintf(stderr, "value_of(): %s\n", outcome.error().text.c_str());
  TMZ_CHECK(outcome.has_value());
  return *std::move(outcome);
}

inline client::Passphrase passphrase(std::string text = "correct horse") { return value_of(client::Passphrase::take(text)); }

struct Newsroom {
  TemporaryFolder folder;
  FakeNetwork network;
  FixedClock clock;
  SeededRandom random;
  client::Edges edges{clock, random, [this](const std::string&) { return network.http(); }, kCheapKey, &reencode};
  std::string home = (folder.path() / "home").string();
  std::string out = (folder.path() / "out").string();

  client::ProjectInfo create() {
    client::ProjectDraft draft;
    draft.title = "Ural Notes";
    draft.languages = {"ru"};
    draft.regions = {"RU-SVE"};
    draft.desk_label = "newsroom";
    return value_of(client::Desk::create_project({home, "", {}}, draft, passphrase("root"), passphrase(), edges));
  }
  client::Desk desk(std::string at = "") {
    return value_of(client::Desk::open({at.empty() ? home : at, "", {}}, false, edges));
  }
  // As tamizdat-image does it: a JPEG loses the word "secret", and has a small rendition.
  static Result<std::vector<pictures::Picture>> reencode(BytesView file) {
    if (!file.starts_with(kJpeg) && !file.starts_with("\x89PNG")) return fail(pictures::kImageTypeUnknown, "this is no picture of the six types");
    Bytes clean(file);
    for (auto at = clean.find("secret"); at != Bytes::npos; at = clean.find("secret")) clean.erase(at, 6);
    return std::vector<pictures::Picture>{{"image/jpeg", 480, 360, clean.substr(0, 100) + " small"},
                                          {"image/jpeg", 1200, 900, clean}};
  }
  static constexpr std::string_view kJpeg = "\xFF\xD8\xFF";

  std::string write(const std::string& name, const std::string& text) const {
    const auto path = folder.path() / name;
    std::ofstream(path, std::ios::binary) << text;
    std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return path.string();
  }
  std::string article(const std::string& title) const {
    return write(title + ".md", "# " + title + "\n\nWhat is known of " + title + ".\n");
  }
  std::string read(const std::filesystem::path& path) const {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
};

}  // namespace tamizdat::tests
