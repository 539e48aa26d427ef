#include "relay/reader/catalog.h"

#include <algorithm>

#include "proto/format/hash.h"

namespace tamizdat::reader {
namespace {

Timestamp time_of(std::uint32_t seconds_since_1970) { return timestamp_from_unix(seconds_since_1970); }

}  // namespace

Catalog::Catalog(const store::Store& store, env::Clock& clock) : store_(store), clock_(clock), all_(keys_) {}
Catalog::~Catalog() = default;

const Catalog::List* Catalog::find_list(const Channel& channel) const {
  const auto in = [this](const std::map<TagNumber, List>& lists, const std::string& tag) -> const List* {
    const auto found = lists.find(tags_.find(tag));
    return found == lists.end() ? nullptr : &found->second;
  };
  if (channel.project) {
    const auto number = project_numbers_.find(*channel.project);
    if (number == project_numbers_.end()) return nullptr;
    const auto& project = projects_[number->second];
    return channel.language.empty() ? &project.list : in(project.by_language, channel.language);
  }
  if (!channel.region.empty()) return in(by_region_, channel.region);
  if (!channel.language.empty()) return in(by_language_, channel.language);
  if (!channel.topic.empty()) return in(by_topic_, channel.topic);
  return &all_;
}

StoryPage Catalog::newest(const Channel& channel, StoryKey before, std::size_t count) const {
  StoryPage page;
  const auto* list = find_list(channel);
  if (list == nullptr) return page;
  auto numbers = list->order.below(before, count + 1);
  page.more = numbers.size() > count;
  if (page.more) numbers.pop_back();
  for (const auto number : numbers) page.stories.push_back(value(number));
  return page;
}

ChannelState Catalog::state(const Channel& channel) const {
  const auto* list = find_list(channel);
  return list == nullptr ? ChannelState{} : state_of(*list);
}

ChannelState Catalog::state_of(const List& list) const {
  ChannelState state;
  state.stories = list.order.size();
  if (const auto newest = list.order.below(kNewest, 1); !newest.empty())
    state.newest = time_of(stories_[newest.front()].original.time);
  state.changed_at = std::max(list.changed_at, charters_changed_at_);
  state.changes = list.changes + charter_changes_;
  return state;
}

std::optional<Story> Catalog::story_of(const Position& position) const {
  const auto number = story_number(position);
  if (!number) return std::nullopt;
  return value(*number);
}

Story Catalog::value(StoryNumber number) const {
  const auto& row = stories_[number];
  Story story;
  story.project = projects_[row.project].id;
  story.original = position(row.original.place);
  story.shown = position(row.shown);
  story.time = time_of(row.original.time);
  story.updated = time_of(updated_of(number));
  story.key = keys_[number];
  const auto shown = shown_of(number);
  story.is_retracted = shown.is_retracted;
  story.is_withheld = shown.is_withheld && !shown.is_retracted;
  const auto corrections = corrections_.find(number);
  if (corrections == corrections_.end()) return story;
  for (const auto& [place, facts] : corrections->second.by_place)
    if (!facts.is_retracted) ++story.corrections;
  return story;
}

// Moves with each correction, also where a desk repeats a date or gives the coarse hour only; depends on the entries
// held and not on the order in which they came.
std::uint32_t Catalog::updated_of(StoryNumber number) const {
  const auto& original = stories_[number].original;
  const auto before = std::max(original.time, original.modified_at);
  const auto found = corrections_.find(number);
  if (found == corrections_.end()) return before;
  const auto& corrections = found->second;
  if (corrections.updated_is_stale) {
    corrections.updated = before;
    for (const auto& [place, facts] : corrections.by_place)
      corrections.updated = std::max(facts.modified_at, corrections.updated + 1);
    corrections.updated_is_stale = false;
  }
  return corrections.updated;
}

Timestamp Catalog::updated_at(const Position& position) const {
  const auto number = story_number(position);
  if (!number) return {};
  const auto& original = stories_[*number].original;
  auto updated = std::max(original.time, original.modified_at);
  const Place last{log_numbers_.at(position.log), static_cast<std::uint32_t>(position.index)};
  if (const auto found = corrections_.find(*number); last != original.place && found != corrections_.end()) {
    const auto& by_place = found->second.by_place;
    for (auto at = by_place.begin(); at != by_place.upper_bound(last); ++at)
      updated = std::max(at->second.modified_at, updated + 1);
  }
  return time_of(updated);
}

std::vector<std::pair<LogId, std::uint64_t>> Catalog::logs_of(const ProjectId& project) const {
  std::vector<std::pair<LogId, std::uint64_t>> out;
  const auto number = project_numbers_.find(project);
  if (number == project_numbers_.end()) return out;
  for (const auto& log : logs_)
    if (log.project == number->second) out.emplace_back(log.id, log.high);
  return out;
}

std::vector<Position> Catalog::versions(const Position& original) const {
  std::vector<Position> out;
  const auto number = story_number(original);
  if (!number) return out;
  out.push_back(position(stories_[*number].original.place));
  if (const auto found = corrections_.find(*number); found != corrections_.end())
    for (const auto& [place, facts] : found->second.by_place)
      if (place != stories_[*number].shown) out.push_back(position(place));
  if (stories_[*number].shown != stories_[*number].original.place) out.push_back(position(stories_[*number].shown));
  return out;
}

std::optional<Position> Catalog::guid_owner(const std::string& guid) const {
  const auto owner = guid_owners_.find(guid_key(guid));
  if (owner == guid_owners_.end()) return std::nullopt;
  return position(stories_[owner->second.story].original.place);
}

std::uint64_t Catalog::guid_key(const std::string& guid) { return read_u64_be(format::sha256({guid}).view().substr(0, 8)); }

std::vector<ProjectSummary> Catalog::projects() const {
  std::vector<ProjectSummary> out;
  for (const auto& row : projects_) out.push_back(summary(row));
  std::stable_sort(out.begin(), out.end(), [](const ProjectSummary& a, const ProjectSummary& b) {
    const auto rank = [](const ProjectSummary& p) { return std::pair(p.state.stories > 0, p.state.newest); };
    return rank(a) > rank(b);
  });
  return out;
}

std::optional<ProjectSummary> Catalog::project(const ProjectId& id) const {
  const auto number = project_numbers_.find(id);
  if (number == project_numbers_.end()) return std::nullopt;
  return summary(projects_[number->second]);
}

ProjectSummary Catalog::summary(const ProjectRow& row) const {
  return {row.id, row.title, row.languages, row.regions, state_of(row.list)};
}

std::vector<TagSummary> Catalog::regions() const { return summaries(by_region_); }
std::vector<TagSummary> Catalog::languages() const { return summaries(by_language_); }
std::vector<TagSummary> Catalog::topics() const { return summaries(by_topic_); }

std::vector<TagSummary> Catalog::languages_of(const ProjectId& project) const {
  const auto number = project_numbers_.find(project);
  if (number == project_numbers_.end()) return {};
  return summaries(projects_[number->second].by_language);
}

std::vector<TagSummary> Catalog::summaries(const std::map<TagNumber, List>& lists) const {
  std::vector<TagSummary> out;
  for (const auto& [tag, list] : lists)
    if (list.order.size() > 0) out.push_back({tags_.text(tag), state_of(list)});
  std::sort(out.begin(), out.end(), [](const TagSummary& a, const TagSummary& b) {
    return std::pair(b.state.stories, a.tag) < std::pair(a.state.stories, b.tag);
  });
  return out;
}

}  // namespace tamizdat::reader
