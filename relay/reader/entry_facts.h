// What the catalog needs to know of one entry, read from the store and parsed. A pure view of what the store holds; any
// thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "proto/format/entry.h"
#include "relay/store/store.h"

namespace tamizdat::reader {

using Position = store::Store::Position;

// Regions, and topics, of one article under which it is listed; more would be an article that is listed everywhere.
inline constexpr std::size_t kTagsShownMax = 16;

struct EntryFacts {
  EntryId id;
  format::EntryKind kind{};
  std::optional<EntryId> target;
  Timestamp header_time;
  // published_at or the header's, but not before an embargo ended; like the next, not later than the entry was received.
  Timestamp time;
  std::optional<Timestamp> modified_at;
  Timestamp received_at;
  bool under_embargo = false;
  std::optional<Timestamp> opens_at;  // by itself: a plain embargo
  std::string guid;
  bool is_retracted = false;
  bool is_withheld = false;  // by the operator of this relay
  bool has_body = false;  // and one that parses: a desk's own mistake, which its page tells
  std::optional<std::string> language;  // as language_tag() gives it
  std::vector<std::string> regions;     // as region_tag() gives them, at most kTagsShownMax
  std::vector<std::string> topics;      // as topic_tag() gives them, at most kTagsShownMax
};

// One result a position. Errors: those of Store::entry().
std::vector<Result<EntryFacts>> read_entry_facts(const store::Store& store, std::span<const Position> positions);

}  // namespace tamizdat::reader
