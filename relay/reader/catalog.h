// What readers browse: a view of the store, held in memory and derived from it alone. It knows which entries are
// articles, which correct which, and in what order each channel (all, a project, a region, a language, a topic) shows
// them; no title and no text, which are read from the store when a page is made. About 150 octets an article.
//
// A *story* is an article with its corrections. It stands under the article's id for ever; what it shows is the last
// correction. Its time is the article's published_at, but not later than the time it was first seen here: a desk's
// future date pins nothing to the top.
//
// At start, start() notes what the store holds, and run() reads it in slices, newest entries first, so that the first
// pages are right at once. Afterwards on_entries() notes what is new and run() reads it. Entries are read and parsed by
// workers; everything else happens on the loop thread, and every public function is called there.
//
// What the newsroom retracted is shown no more: a story falls back to the version before, and leaves every list with its
// last one. If the retraction goes, since a closing cut it off, the story comes back.
//
// What the operator withholds is in no list either, and no older version stands in for it, which the newsroom has corrected.
//
// An article under embargo has a story, which no list shows; it comes into them at the time at which it is opened. A
// correction under embargo belongs to no story until then. Give it a ReadersStore, which tells what is open.
//
// Which correction is the last: within a log the later entry; between logs of one project the later header time, then
// the greater log id, so that every relay that holds the same entries shows the same text.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "relay/env/clock.h"
#include "relay/env/event.h"
#include "relay/env/workers.h"
#include "relay/reader/entry_facts.h"
#include "relay/reader/newest_first.h"
#include "relay/reader/tags.h"
#include "relay/store/store.h"

namespace tamizdat::reader {

// Whose stories a list holds. Every field narrows it; a project may be combined with a language, nothing else.
struct Channel {
  std::optional<ProjectId> project;
  std::string region;    // as region_tag() gives it
  std::string language;  // as language_tag() gives it
  std::string topic = {};  // as topic_tag() gives it
};

struct Story {
  ProjectId project;
  Position original;
  Position shown;     // the original or its last correction
  Timestamp time;
  Timestamp updated;  // moves with each correction
  StoryKey key = 0;   // its place in every list: the `before` of the next page
  std::size_t corrections = 0;  // that were not retracted
  bool is_retracted = false;    // with every correction: it is in no list
  bool is_withheld = false;     // what it would show: it is in no list
};

struct StoryPage {
  std::vector<Story> stories;  // newest first
  bool more = false;           // older ones exist
};

// The largest key: the `before` of the first page.
inline constexpr StoryKey kNewest = ~StoryKey{0};

struct ChannelState {
  std::size_t stories = 0;
  Timestamp newest;           // time of the newest story
  Timestamp changed_at;       // when the list last changed here; not earlier than start()
  std::uint64_t changes = 0;  // grows with every change of the list or of a story in it
};

struct ProjectSummary {
  ProjectId id;
  std::string title;
  std::vector<std::string> languages;
  std::vector<std::string> regions;
  ChannelState state;
};

struct TagSummary {
  std::string tag;
  ChannelState state;
};

class Catalog {
 public:
  // `store` and `clock` outlive the catalog.
  Catalog(const store::Store& store, env::Clock& clock);
  ~Catalog();
  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;

  // Notes every project and log that the store holds.
  void start();
  // A charter of the project came in: its title, its first appearance.
  void on_charter(const ProjectId& project);
  // Entries [from, to) of the log are new, or, if known already, have changed (a body came or was erased).
  void on_entries(const LogId& log, std::uint64_t from, std::uint64_t to);
  // Reads at most `entries_max` noted entries, here and now. True if some are left. Not beside run().
  bool step(std::size_t entries_max);
  // True until everything that start() noted has been read: lists may lack older stories, counts are too low.
  bool building() const { return building_; }
  // Reads everything that is or will be noted, until a stop is requested.
  env::awaitable<void> run(env::Workers& workers, std::stop_token stop);

  // At most `count` stories of the channel that lie after the place `before`, newest first.
  StoryPage newest(const Channel& channel, StoryKey before, std::size_t count) const;
  // Zeros for a channel that nobody wrote for.
  ChannelState state(const Channel& channel) const;
  // The story that shows or once showed this entry; nothing if it is no article or correction, or not read yet.
  std::optional<Story> story_of(const Position& position) const;
  // What the story's `updated` was when this entry, its original or a correction, came last; 1970 if it has no story.
  Timestamp updated_at(const Position& position) const;
  // The original and all its corrections, the one shown last.
  std::vector<Position> versions(const Position& original) const;

  // The story whose guid this is, as guid_of() gives it: of all that name it, the one that came to this relay first.
  std::optional<Position> guid_owner(const std::string& guid) const;

  // The logs of a project, and how many entries of each have been read.
  std::vector<std::pair<LogId, std::uint64_t>> logs_of(const ProjectId& project) const;
  // Those with stories first, the most recently active first.
  std::vector<ProjectSummary> projects() const;
  std::optional<ProjectSummary> project(const ProjectId& id) const;
  // The most stories first.
  std::vector<TagSummary> regions() const;
  std::vector<TagSummary> languages() const;
  std::vector<TagSummary> topics() const;
  // Those of one project.
  std::vector<TagSummary> languages_of(const ProjectId& project) const;

  std::size_t stories() const { return stories_.size(); }
  // Entries that the store could not give back; they are missing from every list.
  std::uint64_t unreadable() const { return unreadable_; }

 private:
  using LogNumber = std::uint32_t;
  using ProjectNumber = std::uint32_t;
  using TagNumber = std::uint16_t;
  using TagSetNumber = std::uint32_t;

  // 64 bits of a hash: nobody finds a second guid of the same key, and whoever makes two of his own harms himself only.
  static std::uint64_t guid_key(const std::string& guid);

  struct Place {
    LogNumber log = 0;
    std::uint32_t index = 0;
    friend auto operator<=>(const Place&, const Place&) = default;
  };
  // What one article or correction says about its story.
  struct Facts {
    Place place;
    std::uint32_t time = 0;         // published_at or the header's, at most received_at; seconds since 1970
    std::uint32_t modified_at = 0;  // at most received_at; 0 for an article that gives none
    std::uint32_t header_time = 0;
    TagSetNumber regions = 0;
    TagSetNumber topics = 0;
    TagNumber language = 0;
    bool has_body = false;
    bool is_retracted = false;
    bool is_withheld = false;
    bool under_embargo = false;
  };
  struct Corrections {
    std::map<Place, Facts> by_place;
    mutable std::uint32_t updated = 0;  // see updated_of()
    mutable bool updated_is_stale = true;
  };
  struct StoryRow {
    Facts original;
    Place shown;
    TagSetNumber regions = 0;  // under which it is listed
    TagSetNumber topics = 0;
    TagNumber language = 0;
    ProjectNumber project = 0;
  };
  struct List {
    explicit List(const std::vector<StoryKey>& keys) : order(keys) {}
    NewestFirst order;
    Timestamp changed_at;
    std::uint64_t changes = 0;
  };
  struct LogReading {
    LogId id;
    ProjectNumber project = 0;
    std::vector<StoryNumber> slots;  // by index: the story that the entry belongs to, or kUnread, kNoStory
    std::uint64_t low = 0;           // [low, high) have been read
    std::uint64_t high = 0;
  };
  struct Range {
    LogNumber log = 0;
    std::uint64_t from = 0;
    std::uint64_t to = 0;
  };
  struct GuidOwner {
    StoryNumber story = 0;
    std::uint32_t received_at = 0;
  };
  struct Waiting {  // a correction whose target has not been read
    EntryId id;
    Facts facts;
  };
  struct ProjectRow {
    explicit ProjectRow(const ProjectId& id_, const std::vector<StoryKey>& keys) : id(id_), list(keys) {}
    ProjectId id;
    std::string title;
    std::vector<std::string> languages;
    std::vector<std::string> regions;
    List list;
    std::map<TagNumber, List> by_language;
  };

  ProjectNumber project_number(const ProjectId& id);
  std::optional<LogNumber> log_number(const LogId& id);
  // Takes the places that are to be read next off the notes, at most `count`.
  std::vector<Place> next_places(std::size_t count);
  void next_ahead(std::vector<Place>& places, std::size_t count);
  void next_again(std::vector<Place>& places, std::size_t count);
  void next_back(std::vector<Place>& places, std::size_t count);
  // Notes what has come out of a plain embargo by now.
  void note_opened();
  env::awaitable<void> wait_for_work(std::stop_token stop);
  std::vector<Position> positions(const std::vector<Place>& places) const;
  // What was read there, one result a place.
  void drop_unlisted(const format::VerifiedCharter& charter);
  void take(const std::vector<Place>& places, const std::vector<Result<EntryFacts>>& read);

  void take(Place place, const EntryFacts& read);
  void drop(Place place);
  Facts facts_of(Place place, const EntryFacts& read);
  TagSetNumber set_of(const std::vector<std::string>& tags);
  void take_article(const EntryId& id, const Facts& facts);
  // The entry that a key opens is read again.
  void take_key(const EntryId& sealed);
  void take_guid(const std::string& guid, const GuidOwner& owner);
  void take_correction(const EntryId& id, const EntryId& target, const Facts& facts);
  void take_waiting(const EntryId& id, StoryNumber story);
  void take_retraction(Place place, const EntryId& target);
  void read_again(const EntryId& id);
  std::optional<StoryNumber> story_number(const Position& position) const;

  Facts shown_of(StoryNumber story) const;
  std::uint32_t updated_of(StoryNumber story) const;
  void add_correction(StoryNumber story, const Facts& facts);
  void show(StoryNumber story);
  enum class Listing { kIn, kOut };
  void list(StoryNumber story, Listing listing);
  const List* find_list(const Channel& channel) const;
  Story value(StoryNumber story) const;
  ChannelState state_of(const List& list) const;
  ProjectSummary summary(const ProjectRow& row) const;
  std::vector<TagSummary> summaries(const std::map<TagNumber, List>& lists) const;
  Position position(Place place) const { return {logs_[place.log].id, place.index}; }

  const store::Store& store_;
  env::Clock& clock_;
  env::Event work_;
  bool building_ = true;
  std::uint64_t unreadable_ = 0;
  std::uint64_t charter_changes_ = 0;
  Timestamp charters_changed_at_;

  std::vector<StoryRow> stories_;
  std::vector<StoryKey> keys_;  // by story number
  std::unordered_map<StoryNumber, Corrections> corrections_;
  std::unordered_map<EntryId, std::vector<Waiting>> waiting_;  // by the target
  std::map<Place, EntryId> retractions_;  // with what they retract
  std::unordered_map<std::uint64_t, GuidOwner> guid_owners_;   // by guid_key()

  std::vector<LogReading> logs_;
  std::unordered_map<LogId, LogNumber> log_numbers_;
  std::deque<LogNumber> ahead_;  // with entries above `high`
  std::deque<LogNumber> back_;   // with entries below `low`
  std::deque<Range> again_;
  std::multimap<Timestamp, Place> opening_;  // plain embargoes, by their end

  std::deque<ProjectRow> projects_;
  std::unordered_map<ProjectId, ProjectNumber> project_numbers_;
  TagTable tags_;
  List all_;
  std::map<TagNumber, List> by_region_;
  std::map<TagNumber, List> by_language_;
  std::map<TagNumber, List> by_topic_;
};

}  // namespace tamizdat::reader
