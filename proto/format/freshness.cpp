#include "proto/format/freshness.h"

#include <algorithm>
#include <map>
#include <vector>

namespace tamizdat::format {
namespace {

// The newest of each relay's words.
struct Word {
  std::optional<Timestamp> charter_time;
  std::uint64_t charter_version = 0;
  Hash32 charter_hash;
  std::optional<Timestamp> head_time;
  std::uint64_t size = 0;
  Hash32 root;
};
using Words = std::map<RelayId, Word>;

bool lists(const WitnessPolicy& policy, const PolicyRelay& relay) {
  return std::ranges::any_of(policy.relays, [&](const PolicyRelay& item) {
    return item.relay == relay.relay && item.witness_key == relay.witness_key && item.country == relay.country;
  });
}

void add(const CharterSeen& seen, Word& word) {
  if (word.charter_time && *word.charter_time >= seen.time) return;
  word.charter_time = seen.time;
  word.charter_version = seen.version;
  word.charter_hash = seen.hash;
}

void add(const WitnessedHead& head, Word& word) {
  if (word.head_time && *word.head_time >= head.cosigned.time) return;
  word.head_time = head.cosigned.time;
  word.size = head.cosigned.checkpoint.size;
  word.root = head.cosigned.checkpoint.root;
}

Words words_of(const FreshnessQuestion& question, StatementPointers statements, Timestamp now) {
  const WitnessPolicy& policy = question.charter.content().witness;
  Words out;
  for (const auto& statement : statements) {
    if (!statement || !statement->time() || *statement->time() > now + kAheadOfClockMax) continue;
    if (statement->project() != question.charter.project()) continue;
    if (const auto* const seen = statement->as<CharterSeen>(); seen != nullptr && lists(policy, seen->relay))
      add(*seen, out[seen->relay.relay]);
    if (const auto* const head = statement->as<WitnessedHead>();
        head != nullptr && head->log == question.log && lists(policy, head->relay))
      add(*head, out[head->relay.relay]);
  }
  return out;
}

// The quorum's value: the largest that so many reach. Nothing if there are fewer.
template <typename Value>
std::optional<Value> reached_by(std::size_t quorum, std::vector<Value> values) {
  if (values.size() < quorum) return std::nullopt;
  std::ranges::sort(values, std::ranges::greater());
  return values[quorum - 1];
}

enum class Agreement : std::uint8_t { kAgrees, kContradicts, kUnknown };

// Of the reader's history with the one that has this root at this size.
Agreement agreement(const FreshnessQuestion& question, std::uint64_t size, const Hash32& root) {
  if (size > question.size) return Agreement::kAgrees;  // it is beyond what he has
  const auto own = question.root_at(size);
  if (!own) return Agreement::kUnknown;
  return *own == root ? Agreement::kAgrees : Agreement::kContradicts;
}

const ClosedDesk* closing_of(const FreshnessQuestion& question) {
  for (const auto& closed : question.charter.content().closed_desks)
    if (log_id(question.charter.project(), closed.id) == question.log) return &closed;
  return nullptr;
}

std::optional<Timestamp> judge_charter(const VerifiedCharter& charter, const Words& words, FreshnessVerdict& verdict) {
  const std::size_t quorum = charter.content().witness.quorum;
  std::vector<Timestamp> same;
  std::size_t later = 0;
  for (const auto& [relay, word] : words) {
    if (!word.charter_time) continue;
    if (word.charter_version > charter.version()) ++later;
    if (word.charter_version == charter.version() && word.charter_hash == charter.hash()) same.push_back(*word.charter_time);
  }
  verdict.newer_charter = later >= quorum;
  return reached_by(quorum, std::move(same));
}

std::optional<Timestamp> judge_log(const FreshnessQuestion& question, const Words& words, FreshnessVerdict& verdict) {
  const std::size_t quorum = question.charter.content().witness.quorum;
  std::vector<std::uint64_t> sizes;
  std::vector<const Word*> usable;
  for (const auto& [relay, word] : words) {
    if (!word.head_time) continue;
    const Agreement with_word = agreement(question, word.size, word.root);
    if (with_word == Agreement::kContradicts) verdict.contradicted = true;
    if (with_word != Agreement::kAgrees) continue;
    usable.push_back(&word);
    sizes.push_back(word.size);
  }
  const auto witnessed = reached_by(quorum, std::move(sizes));
  if (!witnessed) return std::nullopt;
  verdict.witnessed = *witnessed;
  std::vector<Timestamp> times;
  for (const Word* const word : usable)
    if (word->size >= *witnessed) times.push_back(*word->head_time);
  return reached_by(quorum, std::move(times));
}

// The charter itself says where the log ends, so it is as recent as the charter is.
std::optional<Timestamp> judge_closed(const FreshnessQuestion& question, const ClosedDesk& closed,
                                      const std::optional<Timestamp>& charter_time, FreshnessVerdict& verdict) {
  verdict.witnessed = closed.size;
  const Agreement with_closing = agreement(question, closed.size, closed.root);
  verdict.contradicted = with_closing == Agreement::kContradicts;
  return with_closing == Agreement::kAgrees ? charter_time : std::nullopt;
}

}  // namespace

seconds fresh_limit(const WitnessPolicy& policy) { return policy.fresh_for.count() == 0 ? kFreshForDefault : policy.fresh_for; }

FreshnessVerdict judge_freshness(const FreshnessQuestion& question, StatementPointers statements, Timestamp now) {
  FreshnessVerdict verdict;
  const WitnessPolicy& policy = question.charter.content().witness;
  if (policy.quorum == 0) return verdict;
  const Words words = words_of(question, statements, now);
  const auto charter_time = judge_charter(question.charter, words, verdict);
  const ClosedDesk* const closed = closing_of(question);
  const auto log_time =
      closed == nullptr ? judge_log(question, words, verdict) : judge_closed(question, *closed, charter_time, verdict);
  const auto is_recent = [&](const std::optional<Timestamp>& time) { return time && now - *time <= fresh_limit(policy); };
  verdict.charter_seen = is_recent(charter_time);
  if (charter_time && log_time) verdict.since = std::min(*charter_time, *log_time);
  if (verdict.newer_charter || verdict.witnessed > question.size)
    verdict.freshness = Freshness::kWithheld;
  else if (verdict.charter_seen && is_recent(log_time) && !verdict.contradicted)
    verdict.freshness = Freshness::kFresh;
  else
    verdict.freshness = Freshness::kStale;
  return verdict;
}

}  // namespace tamizdat::format
