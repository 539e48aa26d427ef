#include "relay/reader/entry_facts.h"

#include <algorithm>

#include "relay/reader/article.h"
#include "relay/reader/tags.h"
#include "relay/reader/topics.h"
#include "relay/store/retraction.h"

namespace tamizdat::reader {
namespace {

Result<EntryFacts> facts_of(const store::Store& store, const Position& position) {
  const auto entry = store.entry(position.log, position.index);
  if (!entry) return pass(entry);
  const auto header = format::parse_header(entry->header);
  if (!header) return pass(header);
  EntryFacts facts;
  facts.id = entry->id;
  facts.kind = header->kind;
  facts.target = header->target;
  facts.is_retracted = store::retraction_of(store, header->project, entry->id).has_value();
  facts.header_time = header->time;
  facts.received_at = entry->received_at;
  facts.time = std::min(header->time, entry->received_at);
  // A correction without a date of its own has the header's hour; an article was not modified.
  if (header->kind == format::EntryKind::kCorrection) facts.modified_at = facts.time;
  facts.is_withheld = entry->absence == format::Absence::kWithheld;
  facts.under_embargo = entry->absence == format::Absence::kEmbargoed;
  if (facts.under_embargo && !header->key_commitment) facts.opens_at = header->not_before;
  if (!entry->body) return facts;
  const auto body = format::parse_body(*entry->body);
  if (!body) return facts;
  facts.has_body = true;
  if (body->published_at) facts.time = std::min(*body->published_at, entry->received_at);
  if (entry->opened_at) facts.time = std::max(facts.time, std::min(*entry->opened_at, entry->received_at));
  if (body->modified_at) facts.modified_at = std::min(*body->modified_at, entry->received_at);
  facts.guid = guid_of(*body);
  facts.language = language_tag(body->language);
  facts.regions = tags_of(body->regions, region_tag, kTagsShownMax);
  facts.topics = tags_of(body->topics, topic_tag, kTagsShownMax);
  return facts;
}

}  // namespace

std::vector<Result<EntryFacts>> read_entry_facts(const store::Store& store, std::span<const Position> positions) {
  std::vector<Result<EntryFacts>> out;
  out.reserve(positions.size());
  for (const auto& position : positions) out.push_back(facts_of(store, position));
  return out;
}

}  // namespace tamizdat::reader
