// What a link does about texts that an operator withholds. A peer that keeps a text from other relays sends the entry without
// it; the log goes on, and the text is asked of every other peer, and of that one when it lifts its notice.
#include <algorithm>

#include "relay/federation/link.h"
#include "relay/statements/withholding.h"

namespace tamizdat::federation {
namespace {

struct MissingText {
  format::LogName log;
  std::uint64_t index = 0;
  EntryId entry;
};

std::vector<MissingText> missing_texts(const LinkContext& context, const ProjectId& project) {
  std::vector<MissingText> out;
  for (const auto& statement : context.statements.of(project, format::StatementKind::kWithholding)) {
    const EntryId& entry = statement->as<format::Withholding>()->entry;
    const auto at = context.store.find(entry);
    const auto held = at ? context.store.entry(at->log, at->index) : fail(store::kUnknownEntry, "");
    const bool is_missing = held && held->log.project == project && !held->body && held->absence == format::Absence::kNotHeld;
    if (is_missing) out.push_back({held->log, at->index, entry});
  }
  return out;
}

}  // namespace

// The peer sends all from there on, which costs more than the text and happens seldom.
void Link::ask_for_texts(const ProjectId& project) {
  for (const auto& missing : missing_texts(context_, project)) {
    const auto notice = statements::withholding_in_force(context_.statements, project, missing.entry, peer_);
    if (notice && notice->as<format::Withholding>()->kept_from_peers) continue;
    const LogId log = format::log_id(missing.log.project, missing.log.desk);
    if (asked_texts_.contains(log)) continue;  // one after the other
    if (context_.sources.size_at(number_, log) <= missing.index || !asked_for_text_.insert(missing.entry).second) continue;
    ask_for_text(missing.log, missing.index);
  }
}

void Link::on_withholding(const ProjectId& project, const EntryId& entry) {
  asked_for_text_.erase(entry);
  ask_for_texts(project);
}

// An attachment goes with the texts that name it.
bool Link::is_kept_back(const BlobId& blob) const {
  const auto naming = context_.store.naming(blob);
  const auto is_withheld = [this](const store::Store::Position& position) {
    const auto entry = context_.store.entry(position.log, position.index);
    return entry && entry->absence == format::Absence::kWithheld;
  };
  return std::ranges::any_of(naming, is_withheld) && !context_.store.entry_naming(blob);
}

}  // namespace tamizdat::federation
