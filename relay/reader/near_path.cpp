#include "relay/reader/near_path.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "proto/base/edit_distance.h"
#include "proto/base/ids.h"
#include "relay/reader/tags.h"
#include "relay/reader/topics.h"

namespace tamizdat::reader {
namespace {

struct Habit {
  std::string_view elsewhere, here;
};
constexpr auto kHabits = std::to_array<Habit>({
    {"feed", "feed.atom"},      {"atom", "feed.atom"},     {"atom.xml", "feed.atom"}, {"feed.xml", "feed.atom"},
    {"index.xml", "feed.atom"}, {"rss", "feed.rss"},       {"rss.xml", "feed.rss"},   {"index.rss", "feed.rss"},
    {"feeds", "feeds.opml"},    {"opml", "feeds.opml"},    {"opml.xml", "feeds.opml"}, {"index.html", ""},
    {"index.php", ""},          {"tags", "topics"},        {"authors", "projects"},
});
constexpr std::array<std::string_view, 5> kSections{"projects", "regions", "languages", "topics", "about"};

std::string joined(const std::vector<std::string>& segments) {
  std::string out;
  for (const auto& segment : segments) out += "/" + segment;
  return out.empty() ? "/" : out;
}

}  // namespace

std::optional<std::string> near_path(const std::vector<std::string>& segments) {
  if (segments.empty()) return std::nullopt;
  auto near = segments;
  const auto habit = std::find_if(kHabits.begin(), kHabits.end(),
                                  [&](const Habit& each) { return each.elsewhere == segments.back(); });
  if (habit != kHabits.end()) {
    near.pop_back();
    if (!habit->here.empty()) near.emplace_back(habit->here);
    return joined(near);
  }
  if (segments.size() == 1) {
    if (ProjectId::parse(segments[0])) return "/p/" + segments[0];
    if (EntryId::parse(segments[0])) return "/a/" + segments[0];
    for (const auto section : kSections)
      if (edit_distance(section, segments[0].substr(0, 2 * section.size())) <= 2) return "/" + std::string(section);
  }
  if (segments.size() < 2) return std::nullopt;
  std::optional<std::string> tag;
  if (segments[0] == "r") tag = region_tag(segments[1]);
  if (segments[0] == "l") tag = language_tag(segments[1]);
  if (segments[0] == "t") tag = topic_tag(segments[1]);
  if (!tag || *tag == segments[1]) return std::nullopt;
  near[1] = *tag;
  return joined(near);
}

}  // namespace tamizdat::reader
