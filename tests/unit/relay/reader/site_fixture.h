// A site over a newsroom, asked as the HTTP server asks it.
#pragma once

#include <regex>
#include <string>
#include <vector>

#include "relay/reader/site.h"
#include "tests/unit/relay/reader/newsroom.h"

namespace tamizdat::reader {

struct SiteFixture {
  http::Response get(const std::string& path, const std::string& accept_language = "ru",
                     std::vector<std::pair<std::string, std::string>> query = {}) {
    http::Request request;
    request.path = path;
    request.query = std::move(query);
    request.host = "relay.example:8443";
    request.headers.add("Accept-Language", accept_language);
    return site.answer(request);
  }
  std::string text(const std::string& path, const std::string& accept_language = "ru") {
    return get(path, accept_language).content->bytes();
  }
  std::string article_of(const EntryId& id, const std::string& accept_language = "ru") {
    return text("/a/" + id.text(), accept_language);
  }

  Newsroom room;
  Names names;
  Site site{room.view, room.catalog, names, room.clock, {"GE", "GE", "Free Word"}};
};

inline bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

// All matches' first groups.
inline std::vector<std::string> all_matches(const std::string& text, const std::string& pattern) {
  const std::regex regex(pattern);
  std::vector<std::string> out;
  for (std::sregex_iterator at(text.begin(), text.end(), regex), end; at != end; ++at) out.push_back((*at)[1].str());
  return out;
}

}  // namespace tamizdat::reader
