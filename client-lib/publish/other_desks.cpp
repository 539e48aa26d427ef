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

// Corrections come after what they correct.
Result<void> add_corrections(const format::VerifiedCharter& charter, RelayView& relay, const Found& found, const EntryId& id,
                             const Progress& progress, std::set<EntryId>& out) {
  for (std::uint64_t next = found.header.index + 1;;) {
    const auto bytes = relay.client.bundle(found.log, next);
    if (!bytes) return tl::unexpected(bytes.error());
    if (!*bytes) return {};
    const auto bundle = format::verify_bundle(charter, **bytes);
    if (!bundle) return tl::unexpected(bundle.error());
    if (bundle->head().log() != found.log || bundle->from() != next)
      return fail(net::kRelayAnswerInvalid, "it gives other entries than were asked for");
    for (const auto& entry : bundle->entries())
      if (entry.header().kind == format::EntryKind::kCorrection && entry.header().target == id) out.insert(entry.id());
    next = bundle->to();
    progress("looking for corrections on " + relay.name(), next, bundle->head().size());
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
  for (auto& relay : *relays) {
    const auto here = relay.trouble ? tl::unexpected(*relay.trouble) : find(project.charter, relay, id);
    const auto done = here && *here ? add_corrections(project.charter, relay, **here, id, parts.progress, corrections) : Result<void>();
    if (here && *here) found = **here;
    if (!here || !done) troubles += " " + relay.name() + ": " + (here ? done.error() : here.error()).text + ";";
  }
  if (!found)
    return fail(kEntryUnknown, "this desk has published no entry " + id.text() + ", and no relay that was asked shows one of another desk of " +
                                   "this project:" + (troubles.empty() ? " it may be retracted already" : troubles));
  return OtherEntry{found->header, {corrections.begin(), corrections.end()}};
}

}  // namespace tamizdat::publish
