// The half of the catalog that reads the store: which entries, in what order, and what they mean for the stories.
#include <algorithm>
#include <set>
#include <utility>

#include "relay/reader/catalog.h"

namespace tamizdat::reader {
namespace {

// What a slot says of an entry that belongs to no story.
constexpr StoryNumber kUnread = ~StoryNumber{0};
constexpr StoryNumber kNoStory = kUnread - 1;  // of a kind that is not shown, or a correction of nothing
constexpr StoryNumber kWaiting = kUnread - 2;  // a correction whose target has not been read
constexpr StoryNumber kStoriesMax = kUnread - 3;

// Logs take turns after this many entries, so that a long one keeps nobody waiting.
constexpr std::size_t kTurn = 16;
// A worker reads an entry in some 20 microseconds, so a slice keeps others from it for about a millisecond.
constexpr std::size_t kSliceEntries = 64;
// Places hold 32 bits of the index; a log that long (at one article a second, 136 years) has other troubles.
constexpr std::uint64_t kLogEntriesMax = 0xffff'fff0;

std::uint32_t seconds32(Timestamp time) {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(unix_seconds(time), 0, 0xffff'fffe));
}

StoryKey key_of(std::uint32_t time, StoryKey tie_break) { return (StoryKey{time} << 32) | (tie_break & 0xffff'ffff); }

}  // namespace

void Catalog::start() {
  for (const auto& id : store_.projects()) on_charter(id);
  for (const auto& state : store_.logs()) {
    const bool known = log_numbers_.contains(state.id);
    const auto number = log_number(state.id);
    if (!number) continue;
    if (known) {
      on_entries(state.id, state.size, state.size);
      continue;
    }
    auto& log = logs_[*number];
    log.slots.resize(std::min(state.size, kLogEntriesMax), kUnread);
    log.low = log.high = log.slots.size();
    if (log.low > 0) back_.push_back(*number);
  }
  building_ = !back_.empty();
  work_.notify_all();
}

void Catalog::on_charter(const ProjectId& id) {
  const auto charter = store_.charter(id);
  if (!charter) return;
  auto& row = projects_[project_number(id)];
  row.title = charter->content().title;
  row.languages = charter->content().languages;
  row.regions = charter->content().regions;
  ++charter_changes_;
  charters_changed_at_ = clock_.now();
  // What a closing cuts off is no longer in the store.
  for (const auto& desk : charter->content().closed_desks) {
    const auto log = log_numbers_.find(format::log_id(id, desk.id));
    if (log != log_numbers_.end()) on_entries(log->first, desk.size, logs_[log->second].slots.size());
  }
  drop_unlisted(*charter);
}

// Logs of desks that were of another branch of the charters are gone from the store with it.
void Catalog::drop_unlisted(const format::VerifiedCharter& charter) {
  const ProjectNumber project = project_number(charter.project());
  std::set<LogId> listed;
  for (const auto& desk : charter.content().desks) listed.insert(format::log_id(charter.project(), desk.id));
  for (const auto& desk : charter.content().closed_desks) listed.insert(format::log_id(charter.project(), desk.id));
  for (const auto& log : logs_)
    if (log.project == project && !listed.contains(log.id)) on_entries(log.id, 0, log.slots.size());
}

void Catalog::on_entries(const LogId& id, std::uint64_t from, std::uint64_t to) {
  const auto number = log_number(id);
  if (!number) return;
  auto& log = logs_[*number];
  to = std::min(to, kLogEntriesMax);
  const Range again{*number, std::max(from, log.low), std::min(to, log.high)};
  if (again.from < again.to) again_.push_back(again);
  if (to > log.slots.size()) log.slots.resize(to, kUnread);
  if (log.high < log.slots.size() && std::find(ahead_.begin(), ahead_.end(), *number) == ahead_.end())
    ahead_.push_back(*number);
  work_.notify_all();
}

bool Catalog::step(std::size_t entries_max) {
  note_opened();
  const auto places = next_places(entries_max);
  take(places, read_entry_facts(store_, positions(places)));
  return !(ahead_.empty() && again_.empty() && back_.empty());
}

env::awaitable<void> Catalog::run(env::Workers& workers, std::stop_token stop) {
  while (!stop.stop_requested()) {
    note_opened();
    const auto places = next_places(kSliceEntries);
    if (places.empty()) {
      co_await wait_for_work(stop);
      continue;
    }
    const auto wanted = positions(places);
    auto read = [this, &wanted] { return read_entry_facts(store_, wanted); };
    const auto facts = co_await env::run_blocking(workers, std::move(read));
    take(places, facts);
  }
}

void Catalog::note_opened() {
  const auto now = clock_.now();
  while (!opening_.empty() && opening_.begin()->first <= now) {
    const auto place = opening_.begin()->second;
    opening_.erase(opening_.begin());
    again_.push_back({place.log, place.index, std::uint64_t{place.index} + 1});
  }
}

env::awaitable<void> Catalog::wait_for_work(std::stop_token stop) {
  if (opening_.empty()) {
    co_await work_.wait(stop);
    co_return;
  }
  // The wall clock may be set meanwhile.
  constexpr env::milliseconds kLookAgain{60'000};
  const env::milliseconds left = opening_.begin()->first - clock_.now();
  co_await work_.wait_for(clock_, std::clamp(left, env::milliseconds(0), kLookAgain), stop);
}

std::vector<Catalog::Place> Catalog::next_places(std::size_t count) {
  std::vector<Place> places;
  while (places.size() < count && !(ahead_.empty() && again_.empty() && back_.empty())) {
    if (!ahead_.empty())
      next_ahead(places, count);
    else if (!again_.empty())
      next_again(places, count);
    else
      next_back(places, count);
  }
  return places;
}

void Catalog::next_ahead(std::vector<Place>& places, std::size_t count) {
  const auto number = ahead_.front();
  ahead_.pop_front();
  auto& log = logs_[number];
  for (auto turn = kTurn; turn > 0 && places.size() < count && log.high < log.slots.size(); --turn)
    places.push_back({number, static_cast<std::uint32_t>(log.high++)});
  if (log.high < log.slots.size()) ahead_.push_back(number);
}

void Catalog::next_again(std::vector<Place>& places, std::size_t count) {
  auto& range = again_.front();
  while (range.from < range.to && places.size() < count)
    places.push_back({range.log, static_cast<std::uint32_t>(range.from++)});
  if (range.from == range.to) again_.pop_front();
}

void Catalog::next_back(std::vector<Place>& places, std::size_t count) {
  const auto number = back_.front();
  back_.pop_front();
  auto& log = logs_[number];
  for (auto turn = kTurn; turn > 0 && places.size() < count && log.low > 0; --turn)
    places.push_back({number, static_cast<std::uint32_t>(--log.low)});
  if (log.low > 0) back_.push_back(number);
}

std::vector<Position> Catalog::positions(const std::vector<Place>& places) const {
  std::vector<Position> out;
  for (const auto place : places) out.push_back(position(place));
  return out;
}

void Catalog::take(const std::vector<Place>& places, const std::vector<Result<EntryFacts>>& read) {
  for (std::size_t i = 0; i < places.size(); ++i) {
    auto& slot = logs_[places[i].log].slots[places[i].index];
    if (slot == kUnread) slot = kNoStory;
    if (read[i]) {
      take(places[i], *read[i]);
      continue;
    }
    if (read[i].error().code != store::kUnknownEntry) ++unreadable_;
    drop(places[i]);
  }
  if (back_.empty()) building_ = false;
}

Catalog::ProjectNumber Catalog::project_number(const ProjectId& id) {
  if (const auto found = project_numbers_.find(id); found != project_numbers_.end()) return found->second;
  const auto number = static_cast<ProjectNumber>(projects_.size());
  project_numbers_.emplace(id, number);
  projects_.emplace_back(id, keys_);
  on_charter(id);
  return number;
}

std::optional<Catalog::LogNumber> Catalog::log_number(const LogId& id) {
  if (const auto found = log_numbers_.find(id); found != log_numbers_.end()) return found->second;
  const auto state = store_.log(id);
  if (!state) return std::nullopt;
  const auto number = static_cast<LogNumber>(logs_.size());
  log_numbers_.emplace(id, number);
  LogReading log;
  log.id = id;
  log.project = project_number(state->name.project);
  logs_.push_back(std::move(log));
  return number;
}

void Catalog::take(Place place, const EntryFacts& read) {
  const auto facts = facts_of(place, read);
  if (read.opens_at) opening_.emplace(*read.opens_at, place);
  if (read.kind == format::EntryKind::kEmbargoKey && read.target) take_key(*read.target);
  if (read.kind == format::EntryKind::kArticle) {
    take_article(read.id, facts);
    const auto story = logs_[place.log].slots[place.index];
    if (story < kWaiting && !read.guid.empty()) take_guid(read.guid, {story, seconds32(read.received_at)});
  }
  if (read.kind == format::EntryKind::kCorrection) take_correction(read.id, *read.target, facts);
  if (read.kind == format::EntryKind::kRetraction) take_retraction(place, *read.target);
}

Catalog::Facts Catalog::facts_of(Place place, const EntryFacts& read) {
  Facts facts;
  facts.place = place;
  facts.time = seconds32(read.time);
  facts.modified_at = read.modified_at ? seconds32(*read.modified_at) : 0;
  facts.header_time = seconds32(read.header_time);
  facts.has_body = read.has_body;
  facts.is_retracted = read.is_retracted;
  facts.is_withheld = read.is_withheld;
  facts.under_embargo = read.under_embargo;
  if (read.language) facts.language = tags_.number(*read.language);
  facts.regions = set_of(read.regions);
  facts.topics = set_of(read.topics);
  return facts;
}

Catalog::TagSetNumber Catalog::set_of(const std::vector<std::string>& tags) {
  std::vector<TagNumber> numbers;
  for (const auto& tag : tags) numbers.push_back(tags_.number(tag));
  return tags_.set_number(std::move(numbers));
}

void Catalog::take_article(const EntryId& id, const Facts& facts) {
  auto& slot = logs_[facts.place.log].slots[facts.place.index];
  if (slot < kWaiting) {  // read again
    stories_[slot].original = facts;
    show(slot);
    return;
  }
  if (stories_.size() > kStoriesMax) return;
  slot = static_cast<StoryNumber>(stories_.size());
  StoryRow row;
  row.original = facts;
  row.project = logs_[facts.place.log].project;
  stories_.push_back(row);
  keys_.push_back(key_of(facts.time, read_u32_be(id.view().substr(0, 4))));
  const auto story = slot;
  take_waiting(id, story);
  show(story);
}

void Catalog::take_key(const EntryId& sealed) {
  if (const auto at = store_.find(sealed)) on_entries(at->log, at->index, at->index + 1);
}

void Catalog::take_guid(const std::string& guid, const GuidOwner& owner) {
  const auto [place, is_new] = guid_owners_.emplace(guid_key(guid), owner);
  const auto rank = [this](const GuidOwner& of) { return std::pair(of.received_at, stories_[of.story].original.place); };
  if (!is_new && rank(owner) < rank(place->second)) place->second = owner;
}

void Catalog::take_correction(const EntryId& id, const EntryId& target, const Facts& facts) {
  if (facts.under_embargo) return;
  const auto slot = logs_[facts.place.log].slots[facts.place.index];
  if (slot < kWaiting) {  // read again
    add_correction(slot, facts);
    show(slot);
    return;
  }
  std::optional<StoryNumber> story;
  if (const auto at = store_.find(target)) {
    const auto log = log_number(at->log);
    if (log && logs_[*log].project != logs_[facts.place.log].project) return;
    story = story_number(*at);
  }
  if (story) {
    logs_[facts.place.log].slots[facts.place.index] = *story;
    add_correction(*story, facts);
    take_waiting(id, *story);
    show(*story);
    return;
  }
  auto& waiting = waiting_[target];
  if (slot == kWaiting)  // read again
    std::erase_if(waiting, [&](const Waiting& other) { return other.id == id; });
  waiting.push_back({id, facts});
  logs_[facts.place.log].slots[facts.place.index] = kWaiting;
}

void Catalog::take_retraction(Place place, const EntryId& target) {
  if (!retractions_.insert_or_assign(place, target).second) return;
  read_again(target);
}

// Whether it is retracted has changed.
void Catalog::read_again(const EntryId& id) {
  const auto at = store_.find(id);
  const auto number = at ? log_number(at->log) : std::nullopt;
  if (!number) return;
  const auto& log = logs_[*number];
  if (at->index < log.low || at->index >= log.high) return;  // it will be read anyway
  again_.push_back({*number, at->index, at->index + 1});
  work_.notify_all();
}

// The store does not give the entry out any more, and neither do we.
void Catalog::drop(Place place) {
  if (const auto retraction = retractions_.find(place); retraction != retractions_.end()) {
    const auto target = retraction->second;
    retractions_.erase(retraction);
    read_again(target);
  }
  auto& slot = logs_[place.log].slots[place.index];
  const auto story = std::exchange(slot, kNoStory);
  if (story >= kWaiting) return;
  const auto corrections = corrections_.find(story);
  if (stories_[story].original.place != place) {
    corrections->second.by_place.erase(place);
    corrections->second.updated_is_stale = true;
    show(story);
    return;
  }
  list(story, Listing::kOut);
  if (corrections == corrections_.end()) return;
  for (const auto& [other, facts] : corrections->second.by_place) {  // they wait for their original to come back
    logs_[other.log].slots[other.index] = kNoStory;
    again_.push_back({other.log, other.index, std::uint64_t{other.index} + 1});
  }
  corrections_.erase(corrections);
}

// Everything that corrects entry `id` of `story`, and what corrects that, joins the story.
void Catalog::take_waiting(const EntryId& id, StoryNumber story) {
  std::vector<EntryId> arrived{id};
  while (!arrived.empty()) {
    const auto found = waiting_.find(arrived.back());
    arrived.pop_back();
    if (found == waiting_.end()) continue;
    const auto corrections = std::move(found->second);
    waiting_.erase(found);
    for (const auto& correction : corrections) {
      auto& log = logs_[correction.facts.place.log];
      auto& slot = log.slots[correction.facts.place.index];
      slot = kNoStory;
      if (log.project != stories_[story].project) continue;
      slot = story;
      add_correction(story, correction.facts);
      arrived.push_back(correction.id);
    }
  }
}

void Catalog::add_correction(StoryNumber story, const Facts& facts) {
  auto& corrections = corrections_[story];
  corrections.by_place.insert_or_assign(facts.place, facts);
  corrections.updated_is_stale = true;
}

std::optional<StoryNumber> Catalog::story_number(const Position& position) const {
  const auto log = log_numbers_.find(position.log);
  if (log == log_numbers_.end()) return std::nullopt;
  const auto& slots = logs_[log->second].slots;
  if (position.index >= slots.size() || slots[position.index] >= kWaiting) return std::nullopt;
  return slots[position.index];
}

// The last correction by log order, or the original; of those that were not retracted, if there are any.
Catalog::Facts Catalog::shown_of(StoryNumber story) const {
  const auto corrections = corrections_.find(story);
  if (corrections == corrections_.end() || corrections->second.by_place.empty()) return stories_[story].original;
  std::map<LogNumber, const Facts*> last_of_log;
  for (const auto& [place, facts] : corrections->second.by_place)
    if (!facts.is_retracted) last_of_log[place.log] = &facts;
  if (last_of_log.empty()) return stories_[story].original;
  const auto rank = [this](const auto& last) {
    return std::pair(last.second->header_time, logs_[last.first].id);
  };
  return *std::ranges::max_element(last_of_log, {}, rank)->second;
}

// Puts the story where its entries now say, in every list; in none as long as it is withheld or under embargo.
void Catalog::show(StoryNumber story) {
  auto& row = stories_[story];
  list(story, Listing::kOut);
  const auto shown = shown_of(story);
  row.shown = shown.place;
  // A correction whose text is gone leaves the story where it was.
  row.language = shown.has_body ? shown.language : row.original.language;
  row.regions = shown.has_body ? shown.regions : row.original.regions;
  row.topics = shown.has_body ? shown.topics : row.original.topics;
  keys_[story] = key_of(row.original.time, keys_[story]);
  if (!shown.is_retracted && !shown.is_withheld && !shown.under_embargo) list(story, Listing::kIn);
}

void Catalog::list(StoryNumber story, Listing listing) {
  const auto& row = stories_[story];
  const auto apply = [&](List& list) {
    listing == Listing::kIn ? list.order.insert(story) : list.order.erase(story);
    ++list.changes;
    list.changed_at = clock_.now();
  };
  const auto apply_in = [&](std::map<TagNumber, List>& lists, TagNumber tag) {
    if (tag != 0) apply(lists.try_emplace(tag, keys_).first->second);
  };
  apply(all_);
  apply(projects_[row.project].list);
  apply_in(projects_[row.project].by_language, row.language);
  apply_in(by_language_, row.language);
  for (const auto region : tags_.set(row.regions)) apply_in(by_region_, region);
  for (const auto topic : tags_.set(row.topics)) apply_in(by_topic_, topic);
}

}  // namespace tamizdat::reader
