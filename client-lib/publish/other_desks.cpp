#include "client-lib/publish/other_desks.h"

#include <optional>
#include <set>

#include "client-lib/publish/follow_charters.h"
#include "proto/format/archive.h"

namespace tamizdat::publish {
namespace {

struct Found {
  format::EntryHeader header;
  LogId log;
};

Result<std::optional<Found>> find(const format::VerifiedCharter& charter, RelayView& relay, const EntryId& id) {
  const auto archive = relay.client.entry(id);
  if (!archive) return tl::unexpected(archive.error());
  if (!*archive) return std::optional<Found>();
  const auto records = format::parse_archive(**archive);
  if (!records) return tl::unexpected(records.error());
  for (const auto& record : *records) {
    if (record.kind != format::RecordKind::kBundle) continue;
    const auto bundle = format::verify_bundle(charter, record.bytes);
    if (!bundle) return tl::unexpected(bundle.error());
    for (const auto& entry : bundle->entries())
      if (entry.id() == id) return std::optional(Found{entry.header(), bundle->head().log()});
  }
  return fail(net::kRelayAnswerInvalid, "it gives another entry than was asked for");
}

// The entries of this kind in the log, from `from` on, that name `target`.
Result<std::set<EntryId>> naming(const format::VerifiedCharter& charter, RelayView& relay, const LogId& log, std::uint64_t from,
                                 format::EntryKind kind, const EntryId& target) {
  std::set<EntryId> out;
  for (std::uint64_t next = from;;) {
    const auto bytes = relay.client.bundle(log, next);
    if (!bytes) return tl::unexpected(bytes.error());
    if (!*bytes) return out;
    const auto bundle = format::verify_bundle(charter, **bytes);
    if (!bundle) return tl::unexpected(bundle.error());
    if (bundle->head().log() != log || bundle->from() != next)
      return fail(net::kRelayAnswerInvalid, "it gives other entries than were asked for");
    for (const auto& entry : bundle->entries())
      if (entry.header().kind == kind && entry.header().target == target) out.insert(entry.id());
    next = bundle->to();
  }
}

}  // namespace

Result<OtherEntry> entry_of_other_desk(const Parts& parts, desk::Project project, std::span<const std::string> relay_lines,
                                       const EntryId& id) {
  auto relays = relay_views(parts.store, parts.http, relay_lines);
  if (!relays) return pass(relays);
  if (auto done = follow_charters(parts.store, project, *relays, parts.progress); !done) return pass(done);
  std::optional<Found> found;
  std::set<EntryId> corrections;
  std::string troubles;
  bool are_read = false;
  std::optional<Error> unread;
  for (auto& relay : *relays) {
    parts.progress("asking " + relay.name() + " for the entry and its corrections", 0, 0);
    const auto here = relay.trouble ? tl::unexpected(*relay.trouble) : find(project.charter, relay, id);
    if (!here) troubles += " " + relay.name() + ": " + here.error().text + ";";
    if (!here || !*here) continue;
    found = **here;
    // Corrections come after what they correct. A relay that fails half-way leaves them to the next one.
    auto named = naming(project.charter, relay, found->log, found->header.index + 1, format::EntryKind::kCorrection, id);
    if (!named) {
      unread = named.error();
      continue;
    }
    are_read = true;
    corrections.merge(*named);
  }
  if (found && !are_read) return tl::unexpected(*unread);
  if (!found)
    return fail(kEntryUnknown, "this desk has published no entry " + id.text() + ", and no relay that was asked shows one of another desk of " +
                                   "this project:" + (troubles.empty() ? " it may be retracted already" : troubles));
  return OtherEntry{found->header, {corrections.begin(), corrections.end()}};
}

Result<bool> is_retracted_by_other_desk(const desk::Project& project, RelayView& relay, const EntryId& id) {
  const auto& charter = project.charter.content();
  std::vector<DeskId> desks;
  for (const auto& desk : charter.desks) desks.push_back(desk.id);
  for (const auto& desk : charter.closed_desks) desks.push_back(desk.id);
  std::erase(desks, project.desk);
  for (const auto& desk : desks) {
    const LogId log = format::log_id(project.charter.project(), desk);
    const auto retractions = naming(project.charter, relay, log, 0, format::EntryKind::kRetraction, id);
    if (!retractions) return tl::unexpected(retractions.error());
    if (!retractions->empty()) return true;
  }
  return false;
}

}  // namespace tamizdat::publish
