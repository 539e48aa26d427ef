// The part of Pages that lists channels: all projects, regions, languages or topics, and the most active ones of each.
#include <algorithm>
#include <tuple>

#include "relay/reader/frame.h"
#include "relay/reader/words.h"

namespace tamizdat::reader {
namespace {

using List = kainjow::mustache::list;

// What of a long directory stands on the front page.
constexpr std::size_t kProjectsOnFront = 12;
constexpr std::size_t kRegionsOnFront = 16;
constexpr std::size_t kLanguagesOnFront = 8;
constexpr std::size_t kTopicsOnFront = 12;
constexpr std::size_t kDirectoryRows = 100;  // at most 360 octets each

}  // namespace

Data Pages::row_data(const Row& row, Tongue tongue) {
  Data out;
  out.set("href", row.href);
  out.set("row_name", short_name(row.name));
  out.set("n", std::to_string(row.stories));
  out.set("badge", row.badge.empty() ? Data(false) : Data(word(row.badge, tongue)));
  return out;
}

std::vector<Pages::Row> Pages::rows_of(Directory directory, Tongue tongue) const {
  std::vector<Row> rows;
  const auto add = [&](const std::vector<TagSummary>& tags, Channel channel, std::string Channel::*field) {
    for (const auto& item : tags) {
      channel.*field = item.tag;
      rows.push_back({name_of(channel, tongue), page_path(channel), item.state.stories});
    }
  };
  switch (directory) {
    case Directory::kProjects:
      for (const auto& item : catalog_.projects())
        rows.push_back({project_title(item.id), page_path({item.id, {}, {}, {}}), item.state.stories, standings_.badge_of(item.id)});
      break;
    case Directory::kRegions: add(catalog_.regions(), {}, &Channel::region); break;
    case Directory::kLanguages: add(catalog_.languages(), {}, &Channel::language); break;
    case Directory::kTopics: add(catalog_.topics(), {}, &Channel::topic); break;
  }
  return rows;
}

Data Pages::directories(Tongue tongue) const {
  Data list{Data::type::list};
  const auto add = [&](Directory directory, const std::string& id, std::size_t count_max) {
    auto rows = rows_of(directory, tongue);
    if (rows.empty()) return;
    Data section;
    section.set("id", id);
    section.set("name", word("w_" + id, tongue));
    if (rows.size() > count_max) {
      section.set("more", std::to_string(rows.size()));
      section.set("all", "/" + id);
      rows.resize(count_max);
    }
    List shown;
    for (const auto& item : rows) shown.push_back(row_data(item, tongue));
    section.set("rows", shown);
    list.push_back(section);
  };
  add(Directory::kProjects, "projects", kProjectsOnFront);
  add(Directory::kRegions, "regions", kRegionsOnFront);
  add(Directory::kTopics, "topics", kTopicsOnFront);
  add(Directory::kLanguages, "languages", kLanguagesOnFront);
  return list;
}

std::string Pages::directory(Directory directory, std::size_t number, Tongue tongue) {
  const auto name = [directory]() -> std::string {
    switch (directory) {
      case Directory::kProjects: return "projects";
      case Directory::kRegions: return "regions";
      case Directory::kLanguages: return "languages";
      case Directory::kTopics: return "topics";
    }
    return {};
  }();
  const Frame frame{word("w_" + name, tongue), {}, "/" + name, {}};
  auto entries = rows_of(directory, tongue);
  std::sort(entries.begin(), entries.end(),
            [](const Row& a, const Row& b) { return std::tie(a.name, a.href) < std::tie(b.name, b.href); });

  Data data;
  data.set("heading", frame.title);
  const auto pages = std::max<std::size_t>(1, (entries.size() + kDirectoryRows - 1) / kDirectoryRows);
  number = std::clamp<std::size_t>(number, 1, pages);
  const auto first = (number - 1) * kDirectoryRows, end = std::min(first + kDirectoryRows, entries.size());
  List rows;
  for (auto i = first; i < end; ++i) rows.push_back(row_data(entries[i], tongue));
  data.set("rows", rows);
  if (rows.empty()) data.set("empty", word("w_nothing", tongue));
  List choices;
  // Neighbours only: a directory of a hundred pages would have a hundred links.
  for (auto page = number > 1 ? number - 1 : 1; page <= std::min(number + 1, pages) && pages > 1; ++page) {
    Data item;
    item.set("name", std::to_string(page));
    item.set("href", frame.path + "?page=" + std::to_string(page));
    item.set("here", page == number);
    choices.push_back(item);
  }
  data.set("paged", !choices.empty());
  data.set("choices", choices);
  return document(frame, templates_.render("directory", data, tongue), tongue);
}

}  // namespace tamizdat::reader
