// Where the desk's log lies, whether that is enough, and whether relays keep what they signed.
#include <algorithm>

#include "client-lib/client/desk_parts.h"
#include "client-lib/publish/audit.h"
#include "client-lib/publish/follow_charters.h"
#include "client-lib/witnessing/withholdings.h"
#include "proto/html/text.h"

namespace tamizdat::client {
namespace {

// Between two questions while copies are waited for: soon at first, as one hop takes a second or two.
constexpr std::chrono::seconds kAskAgainMin{1};
constexpr std::chrono::seconds kAskAgainMax{15};

// The relays of a run with their answers, and what they have signed.
struct Asked {
  desk::Project project;
  std::vector<publish::RelayView> relays;
  witnessing::StatementSet statements;
};

Result<Asked> ask(Desk::Parts& parts, const SendOptions& send) {
  auto project = parts.store.project();
  if (!project) return pass(project);
  auto relays = publish::relay_views(parts.store, *parts.http, send.relays);
  if (!relays) return pass(relays);
  // Two charters of one version stop what signs and sends; here they keep nobody from seeing where things lie.
  auto followed = publish::follow_charters(parts.store, *project, *relays, parts.progress);
  if (!followed && followed.error().code != format::kCharterForked) return pass(followed);
  if (auto done = publish::ask_relays(parts.store, *project, *relays, parts.progress); !done) return pass(done);
  auto statements = publish::ask_for_statements(*project, *relays, parts.progress);
  if (auto done = publish::remember_freeze(parts.store, *project, statements); !done) return pass(done);
  return Asked{*std::move(project), *std::move(relays), std::move(statements)};
}

Result<CopiesReport> copies_now(Desk::Parts& parts, const desk::Project& project, const witnessing::StatementSet& statements) {
  const auto head = parts.store.log().head();
  if (!head) return tl::unexpected(head.error());
  const auto copies = publish::copies_of(parts.store, project, statements, 0, head->size, parts.edges.clock.now());
  if (!copies) return tl::unexpected(copies.error());
  return copies_report(project.charter.content(), *copies);
}

EntryInfo entry_info(const EntryId& id, const desk::LogEntry& entry) {
  EntryInfo out{id.text(), entry.index, {}, {}, 0};
  if (const auto header = format::parse_header(entry.header)) out.kind = kind_name(header->kind);
  if (const auto body = format::parse_body(entry.body)) {
    out.title = html::collapse_space(html::clean_text(body->title));
    out.attachments = body->attachments.size();
  }
  return out;
}

}  // namespace

Outcome<StatusReport> Desk::status(const SendOptions& send) {
  auto asked = ask(*parts_, send);
  if (!asked) return problem(asked);
  if (auto done = publish::ask_for_attachments(parts_->store, asked->relays, parts_->progress); !done)
    return problem(done);
  auto head = parts_->store.log().head();
  if (!head) return problem(head);
  const auto copies = copies_now(*parts_, asked->project, asked->statements);
  if (!copies) return problem(copies);
  const auto freshness =
      publish::freshness_of(parts_->store, asked->project, asked->statements, parts_->edges.clock.now());
  if (!freshness) return problem(freshness);
  auto info = this->project();
  if (!info) return tl::unexpected(info.error());
  std::vector<RelayReport> relays;
  for (const auto& relay : asked->relays) relays.push_back(relay_report(relay, head->size));
  return StatusReport{*std::move(info), asked->project.log.text(), head->size, std::move(head->checkpoint),
                      std::move(relays), *copies, freshness_report(*freshness),
                      notices_of(witnessing::withholdings_of(asked->statements.of(asked->project.charter.project())))};
}

Outcome<EntryStatus> Desk::entry_status(const std::string& entry, const SendOptions& send) {
  const auto id = EntryId::parse(entry);
  if (!id) return problem(id, ProblemKind::kUsage);
  const auto found = parts_->store.log().find(*id);
  if (!found) return problem(found);
  if (!*found)
    return tl::unexpected(problem_of({publish::kEntryUnknown, "the entry " + entry + " is not in this desk's log"},
                                     ProblemKind::kUsage));
  const auto asked = ask(*parts_, send);
  if (!asked) return problem(asked);
  const std::uint64_t index = (*found)->index;
  const auto copies = publish::copies_of(parts_->store, asked->project, asked->statements, index, index + 1,
                                         parts_->edges.clock.now());
  if (!copies) return problem(copies);
  auto notices = witnessing::withholdings_of(asked->statements.of(asked->project.charter.project()));
  std::erase_if(notices, [&](const format::Withholding& notice) { return notice.entry != *id; });
  const auto own = parts_->store.log().is_retracted(*id);
  if (!own) return problem(own);
  const bool is_retracted = *own || witnessing::retracted_by(asked->statements.of(asked->project.charter.project())).contains(*id);
  return EntryStatus{entry_info(*id, **found), is_retracted, copies_report(asked->project.charter.content(), *copies), notices_of(notices)};
}

Outcome<std::vector<AuditedRelay>> Desk::audit(const SendOptions& send) {
  auto asked = ask(*parts_, send);
  if (!asked) return problem(asked);
  const auto audited = publish::audit(parts_->store, asked->project, asked->relays, asked->statements,
                                      parts_->edges.random, parts_->edges.clock.now(), parts_->progress);
  if (!audited) return problem(audited);
  std::vector<AuditedRelay> out;
  for (const auto& relay : *audited)
    out.push_back({relay.relay.text(), relay.name, relay.receipt ? std::optional(relay.receipt->time) : std::nullopt,
                   relay.entries, relay.blocks, relay.broken, relay.trouble ? relay.trouble->text : std::string()});
  return out;
}

Outcome<CopiesReport> Desk::wait_for_copies(Pause& pause, std::chrono::seconds limit, const OnCopies& on_copies,
                                            const SendOptions& send) {
  const auto project = parts_->store.project();
  if (!project) return problem(project);
  auto relays = publish::relay_views(parts_->store, *parts_->http, send.relays);
  if (!relays) return problem(relays);
  const Timestamp end = parts_->edges.clock.now() + limit;
  witnessing::StatementSet statements;
  for (auto wait = kAskAgainMin;; wait = std::min(2 * wait, kAskAgainMax)) {
    // A silent relay holds up neither who ends the pause nor what comes after the limit.
    parts_->http->give_up_when([&] { return pause.is_over() || parts_->edges.clock.now() >= end; });
    publish::ask_again(*project, *relays, statements, parts_->progress);
    parts_->http->give_up_when({});
    const auto copies = copies_now(*parts_, *project, statements);
    if (!copies) return problem(copies);
    on_copies(*copies);
    const Timestamp now = parts_->edges.clock.now();
    if (copies->enough || !copies->can_be_enough || now >= end || pause.is_over()) return *copies;
    pause.until(std::min(now + wait, end));
    if (pause.is_over()) return *copies;
  }
}

}  // namespace tamizdat::client
