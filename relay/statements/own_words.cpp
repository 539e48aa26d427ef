#include "relay/statements/own_words.h"

#include <algorithm>

#include "proto/format/statement.h"

namespace tamizdat::statements {
namespace {

constexpr std::string_view kHighWaterPrefix = "witness/";
constexpr std::size_t kHighWaterBytes = 8 + 32 + 8;
constexpr std::string_view kPromisePrefix = "charter-seen/";

}  // namespace

std::optional<HighWater> HighWater::parse(BytesView mark) {
  if (mark.size() != kHighWaterBytes) return std::nullopt;
  return HighWater{read_u64_be(mark.substr(0, 8)), *Hash32::from(mark.substr(8, 32)),
                   timestamp_from_unix(static_cast<std::int64_t>(read_u64_be(mark.substr(40))))};
}

Bytes HighWater::octets() const {
  Bytes out;
  append_u64_be(out, size);
  out += root.view();
  append_u64_be(out, static_cast<std::uint64_t>(unix_seconds(time)));
  return out;
}

Bytes high_water_key(const LogId& log) { return Bytes(kHighWaterPrefix) + Bytes(log.view()); }

Bytes promise_key(const ProjectId& project, std::uint64_t version) {
  Bytes key = Bytes(kPromisePrefix) + Bytes(project.view());
  append_u64_be(key, version);
  return key;
}

bool is_promise_of(BytesView key, const ProjectId& project) {
  return key.starts_with(kPromisePrefix) && key.substr(kPromisePrefix.size()).starts_with(project.view());
}

std::optional<OwnWords::Mark> OwnWords::read(BytesView statement) const {
  const auto name = format::peek_statement(statement);
  if (!name) return std::nullopt;
  if (name->kind != format::StatementKind::kCosignedHead && name->kind != format::StatementKind::kCharterSeen) return std::nullopt;
  const auto opened = format::open_statement(statement);
  if (!opened) return std::nullopt;
  if (name->kind == format::StatementKind::kCharterSeen) {
    const auto seen = format::parse_charter_seen(opened->content);
    if (!seen || opened->signer != witness_key_) return std::nullopt;
    return Mark{promise_key(name->project, seen->version), Bytes(seen->hash.view())};
  }
  const auto head = format::parse_cosigned_head(opened->content);
  if (!head || head->relay != relay_ || !format::check_cosignature(*head, witness_key_)) return std::nullopt;
  const format::Checkpoint& checkpoint = head->checkpoint;
  return Mark{high_water_key(format::log_id(checkpoint.project, checkpoint.desk)),
              HighWater{checkpoint.size, checkpoint.root, head->time}.octets()};
}

// Of two hashes for one version the first one stands: the other one is said already, and no third word mends it.
std::optional<Bytes> OwnWords::raised(BytesView standing, const Mark& mark) {
  const auto word = HighWater::parse(mark.value);
  const auto high = HighWater::parse(standing);
  if (!word || !high) return std::nullopt;
  HighWater out = word->size > high->size ? *word : *high;
  out.time = std::max(word->time, high->time);
  Bytes octets = out.octets();
  if (octets == standing) return std::nullopt;
  return octets;
}

}  // namespace tamizdat::statements
