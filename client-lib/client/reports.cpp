#include "client-lib/client/desk_parts.h"
#include "client-lib/publish/charter_memory.h"

namespace tamizdat::client {

std::string kind_name(format::EntryKind kind) {
  using format::EntryKind;
  switch (kind) {
    case EntryKind::kArticle: return "article";
    case EntryKind::kCorrection: return "correction";
    case EntryKind::kRetraction: return "retraction";
    case EntryKind::kEmbargoKey: return "embargo key";
    case EntryKind::kNotice: return "notice";
  }
  return "kind " + std::to_string(static_cast<std::uint32_t>(kind));
}

Freshness freshness_report(const format::FreshnessVerdict& verdict) {
  Freshness out;
  switch (verdict.freshness) {
    case format::Freshness::kUnwitnessed: out.state = FreshnessState::kUnwitnessed; break;
    case format::Freshness::kFresh: out.state = FreshnessState::kFresh; break;
    case format::Freshness::kStale: out.state = FreshnessState::kStale; break;
    case format::Freshness::kWithheld: out.state = FreshnessState::kWithheld; break;
  }
  out.since = verdict.since;
  out.witnessed = verdict.witnessed;
  out.charter_seen = verdict.charter_seen;
  out.newer_charter = verdict.newer_charter;
  out.contradicted = verdict.contradicted;
  return out;
}

std::vector<WithholdingNotice> notices_of(std::span<const format::Withholding> withholdings) {
  std::vector<WithholdingNotice> out;
  for (const auto& notice : withholdings)
    out.push_back({notice.entry.text(), notice.relay.text(), notice.country, notice.reason, notice.time});
  return out;
}

std::optional<FreezeInfo> freeze_info(const std::optional<format::Freeze>& freeze) {
  return freeze ? std::optional(FreezeInfo{freeze->time, freeze->signer.text()}) : std::nullopt;
}

Result<ProjectInfo> project_info(desk::DeskStore& store, const desk::Project& project, const std::filesystem::path& home) {
  const auto freeze = publish::freeze_in_force(store, project);
  if (!freeze) return tl::unexpected(freeze.error());
  const auto fork = publish::remembered_fork(store, project);
  if (!fork) return tl::unexpected(fork.error());
  const auto relays = store.relays().all();
  if (!relays) return tl::unexpected(relays.error());
  const format::Charter& charter = project.charter.content();
  ProjectInfo out;
  out.id = project.charter.project().text();
  out.title = charter.title;
  out.languages = charter.languages;
  out.regions = charter.regions;
  out.charter_version = charter.version;
  out.charter_hash = to_hex(project.charter.hash().view());
  for (const auto& key : charter.root_keys) out.root_keys.push_back(key.text());
  out.threshold = charter.threshold;
  for (const auto& desk : charter.desks) {
    const LogId log = format::log_id(project.charter.project(), desk.id);
    out.desks.push_back({desk.id.text(), desk.label, log.text(), desk.id == project.desk});
  }
  out.expires_at = charter.expires_at;
  out.frozen = freeze_info(*freeze);
  if (*fork) out.dispute = charters::fork_text(**fork);
  for (const auto& desk : charter.closed_desks)
    out.closed_desks.push_back({desk.id.text(), desk.label, format::log_id(project.charter.project(), desk.id).text(), desk.size});
  for (const auto& relay : charter.witness.relays) out.policy_relays.push_back({relay.relay.text(), relay.country});
  out.quorum = charter.witness.quorum;
  out.copies_wanted = charter.copies.copies;
  out.countries_wanted = charter.copies.countries;
  out.erase_delay_hours = static_cast<unsigned>(charter.erase_delay.count() / 3600);
  for (const auto& relay : *relays) out.relays.push_back(relay.address);
  out.home = home.string();
  return out;
}

RelayReport relay_report(const publish::RelayView& relay, std::uint64_t log_size) {
  RelayReport out;
  out.id = relay.client.address().relay.text();
  out.host_and_port = relay.client.host_and_port();
  out.label = relay.self.label;
  out.country = relay.self.country;
  out.held = std::min(relay.held, log_size);
  out.waiting = log_size - out.held;
  out.attachments_missing = relay.attachments_missing;
  out.statements_waiting = relay.statements_waiting;
  if (relay.trouble) {
    out.state = relay.has_wrong_key()                      ? RelayState::kWrongKey
                : relay.trouble->code == net::kUnreachable ? RelayState::kUnreachable
                                                           : RelayState::kRefuses;
    out.text = relay.trouble->text;
  } else {
    const bool has_all = out.waiting == 0 && out.attachments_missing == 0 && out.statements_waiting == 0;
    out.state = has_all ? RelayState::kHoldsAll : RelayState::kLacks;
    if (relay.attachments_trouble) out.text = relay.attachments_trouble->text;
    if (relay.statements_trouble) out.text = relay.statements_trouble->text;
  }
  return out;
}

CopiesReport copies_report(const format::Charter& charter, const witnessing::Copies& copies) {
  CopiesReport out;
  out.copies = copies.copies;
  out.countries = copies.countries;
  out.copies_wanted = charter.copies.copies;
  out.countries_wanted = charter.copies.countries;
  out.enough = copies.meet(charter.copies);
  out.can_be_enough = copies.can_meet(charter.copies);
  for (const auto& copy : copies.relays) {
    CopyReport row{copy.relay.text(), copy.country, copy.listed, CopyState::kNone, 0, std::nullopt};
    if (copy.receipt) {
      row.state = copy.whole ? CopyState::kWhole : CopyState::kPart;
      row.receipt_at = copy.receipt->time;
      row.entries = copy.receipt->to - copy.receipt->from;
      for (const auto& exception : copy.receipt->exceptions)
        if (exception.absence != format::Absence::kErased) row.entries -= exception.to - exception.from;
    }
    out.relays.push_back(std::move(row));
  }
  return out;
}

Result<PublishReport> publish_report(Desk::Parts& parts, const desk::Project& project,
                                     const std::vector<publish::SignedEntry>& entries,
                                     std::vector<publish::RelayView>& relays) {
  const auto head = parts.store.log().head();
  if (!head) return tl::unexpected(head.error());
  PublishReport out;
  out.log_size = head->size;
  for (const auto& entry : entries) out.entries.push_back({entry.id.text(), entry.index, kind_name(entry.kind), entry.title, entry.attachments});
  for (const auto& relay : relays) out.relays.push_back(relay_report(relay, head->size));
  for (const auto& relay : relays)
    for (const auto& entry : relay.sealed_for_ever)
      out.notes.push_back("this home was an old copy of the desk and took back the sealed article " + entry.text() +
                          ", whose key only the newer copy had. Find that one, or nobody will ever read it: retract it, and publish "
                          "it again");
  const auto statements = publish::ask_for_statements(project, relays, parts.progress);
  if (auto done = publish::remember_freeze(parts.store, project, statements); !done) return pass(done);
  const auto copies = publish::copies_of(parts.store, project, statements, 0, head->size, parts.edges.clock.now());
  if (!copies) return tl::unexpected(copies.error());
  out.copies = copies_report(project.charter.content(), *copies);
  return out;
}

}  // namespace tamizdat::client
