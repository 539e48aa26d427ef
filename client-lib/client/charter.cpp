#include <tamizdat/charter.h>
#include <tamizdat/desk_life.h>

#include <algorithm>

#include "client-lib/charters/closing.h"
#include "client-lib/client/charter_edit.h"
#include "client-lib/client/charter_request.h"
#include "client-lib/client/charter_source.h"
#include "client-lib/client/charter_standing.h"
#include "client-lib/client/problem.h"
#include "client-lib/client/desk_parts.h"
#include "client-lib/files/files.h"
#include "client-lib/letters/sealing_keys.h"
#include "proto/base/sealing_key_id.h"

namespace tamizdat::client {
namespace {

using charters::Request;

// All copies of one request, with the signatures of each.
Result<Request> read_copies(const std::vector<std::string>& files) {
  auto request = charters::read_request(files.front());
  if (!request) return request;
  for (auto file = files.begin() + 1; file != files.end(); ++file) {
    const auto other = charters::read_request(*file);
    if (!other) return pass(other);
    if (auto done = charters::merge_signatures(*request, *other); !done) return pass(done);
  }
  return request;
}

// What is in force must be what the update was made for, or nothing of it (it was submitted before).
Result<void> check_fits(const std::optional<charters::Chain>& known, const charters::Chain& finished) {
  if (!known) return {};
  switch (charters::compare(*known, finished)) {
    case charters::Standing::kSame:
    case charters::Standing::kNewer: return {};
    case charters::Standing::kOlder:
      return fail(format::kCharterRolledBack, "charter version " + std::to_string(known->version()) +
                                                  " is in force, and this request is for version " +
                                                  std::to_string(finished.version()) + ": it was submitted before. Nothing was sent");
    case charters::Standing::kForked:
      return fail(format::kCharterForked,
                  "another charter of version " + std::to_string(charters::fork_version(*known, finished)) +
                      " is in force already, and two of one version would split the project: nothing was sent. Make the request "
                      "anew, and have it signed, on top of the charter in force");
  }
  return {};
}

Progress progress_of(const CharterSource& source) { return source.progress ? source.progress : Progress([](auto, auto, auto) {}); }

struct AskedCharter {
  OpenCharter open;
  charters::Chain chain;  // in force
  CharterStandings standings;
  std::vector<std::string> warnings;
};

Outcome<AskedCharter> ask_for_charter(const CharterSource& source, Edges& edges) {
  auto open = open_charter(source, edges);
  if (!open) return problem(open, ProblemKind::kUsage);
  const auto asked = source.offline ? take_answers(*open) : ask_relays(*open, source.progress);
  if (!asked) return problem(asked, ProblemKind::kNotVerified);
  if (open->remembered_dispute) return tl::unexpected(problem_of(*open->remembered_dispute));
  auto chain = chain_in_force(*open, source.offline);
  if (!chain) return problem(chain);
  AskedCharter out{*std::move(open), *std::move(chain), {}, {}};
  if (source.offline) return out;
  out.standings = standings_of(out.chain, out.open.answers, edges.clock.now());
  const auto checked = require_newest(out.chain, out.standings);
  if (!checked && !source.unwitnessed) return problem(checked, ProblemKind::kNotVerified);
  if (!checked) out.warnings.push_back("you go on by your own word: " + checked.error().text);
  return out;
}

Result<PolicyRelayDraft> draft_of(const RelayToList& relay, net::Http& http) {
  const auto address = sync::RelayAddress::parse(relay.address);
  if (!address) return tl::unexpected(address.error());
  const auto descriptor = net::RelayClient(http, *address).descriptor();
  if (!descriptor) return tl::unexpected(descriptor.error());
  const std::string country = relay.country.empty() ? descriptor->country : relay.country;
  return PolicyRelayDraft{descriptor->relay.text(), country, to_hex(descriptor->witness_key.view()), to_hex(descriptor->mirror_key.view())};
}

Result<DeskDraft> draft_of(const DeskHeir& heir, const format::Charter& charter, const DeskId& closed) {
  const auto* const desk = charter.desk(closed);
  if (desk == nullptr) return fail(kCharterEditInvalid, closed.text() + " is no open desk of this project, so nothing can go to a desk in its place");
  const auto date = [](const std::optional<Timestamp>& time) { return time ? to_rfc3339(*time) : std::string("none"); };
  return DeskDraft{heir.id,       heir.label.empty() ? desk->label : heir.label, desk->languages,       desk->regions,
                   date(desk->not_before), date(desk->not_after),                desk->entries_per_day, desk->bytes_per_day};
}

bool is_home_of(OpenCharter& open, const DeskId& desk) {
  if (!open.store) return false;
  const auto project = open.store->project();
  return project && project->desk == desk;
}

void warn_of_lost_secrets(AskedCharter& asked, const CharterEdit& edit, const std::filesystem::path& home) {
  const auto here = letters::SealingKeys(home).all();
  for (const auto& text : edit.add_sealing_keys) {
    const auto key = letters::sealing_key_named(text);
    if (!key || !here || std::ranges::find(*here, *key) != here->end()) continue;
    asked.warnings.push_back("no secret of this home fits the sealing key " + SealingKeyId(*key).text() +
                             ": letters to it are read only where its secret lies. Make sure that somebody has it");
  }
}

Outcome<RequestInfo> write_request(AskedCharter asked, const CharterEdit& edit, const std::string& out, Edges& edges) {
  const auto next = next_charter(asked.chain.in_force(), edit, edges.clock.now(), edges.random.bytes(format::kNonceBytes));
  if (!next) return problem(next, ProblemKind::kUsage);
  const auto request = charters::make_request(std::move(asked.chain), *next);
  if (!request) return problem(request, ProblemKind::kUsage);
  if (auto done = files::write_new_file(out, charters::serialise_request(*request), files::Visibility::kPublic); !done)
    return problem(done);
  RequestInfo info = request_info(*request, out);
  info.relays = std::move(asked.standings.relays);
  info.quorum = asked.standings.quorum;
  std::ranges::move(asked.warnings, std::back_inserter(info.warnings));
  return info;
}

Result<SubmitReport> submit(OpenCharter& open, const Request& request, const CharterSource& source) {
  const auto finished = charters::finished_chain(request);
  if (!finished) return tl::unexpected(finished.error());
  if (auto done = ask_relays(open, source.progress); !done) return pass(done);
  if (auto fits = check_fits(open.known, *finished); !fits) return pass(fits);
  if (auto fits = check_still_next(*finished, open.answers); !fits && !source.unwitnessed) return pass(fits);
  SubmitReport out;
  out.project = open.project.text();
  out.title = finished->in_force().content().title;
  out.version = finished->version();
  out.charter_hash = to_hex(finished->in_force().hash().view());
  if (open.store) {
    if (auto kept = open.store->take_charters(finished->charters()); !kept) return pass(kept);
    out.kept_in_home = true;
  }
  const auto signed_charters = finished->signed_charters();
  for (auto& relay : open.relays) {
    CharterTaken taken{relay.host_and_port(), std::nullopt};
    if (const auto version = relay.put_charters(signed_charters); !version)
      taken.problem = problem_of(version.error());
    else if (*version < finished->version())
      taken.problem = problem_of({net::kRelayAnswerInvalid, "the relay says that it took the charter, and does not have it"});
    else if (open.store)
      if (auto done = open.store->relays().took_charter(relay.address().relay, *version); !done) return pass(done);
    out.relays.push_back(std::move(taken));
  }
  return out;
}

}  // namespace

Outcome<RequestInfo> request_update(const CharterSource& source, const CharterEdit& edit, const std::string& out) {
  return request_update(source, edit, out, system_edges());
}

Outcome<RequestInfo> request_update(const CharterSource& source, const CharterEdit& edit, const std::string& out, Edges& edges) {
  auto asked = ask_for_charter(source, edges);
  if (!asked) return tl::unexpected(asked.error());
  CharterEdit whole = edit;
  for (const auto& relay : edit.list_relays) {
    auto draft = draft_of(relay, *asked->open.http);
    if (!draft) return problem(draft, ProblemKind::kUsage);
    whole.add_relays.push_back(*std::move(draft));
  }
  if (asked->open.store) warn_of_lost_secrets(*asked, edit, home_of({source.home, source.proxy, {}}));
  return write_request(*std::move(asked), whole, out, edges);
}

Outcome<RequestInfo> request_closing(const CharterSource& source, const ClosingDraft& draft, const std::string& out) {
  return request_closing(source, draft, out, system_edges());
}

Outcome<RequestInfo> request_closing(const CharterSource& source, const ClosingDraft& draft, const std::string& out, Edges& edges) {
  charters::ClosingQuestion question;
  const auto desk = DeskId::parse(draft.desk);
  if (!desk) return problem(desk, ProblemKind::kUsage);
  question.desk = *desk;
  question.size = draft.size;
  question.as_held_by = draft.as_held_by;
  if (!draft.before.empty()) {
    const auto before = EntryId::parse(draft.before);
    if (!before) return problem(before, ProblemKind::kUsage);
    question.before = *before;
  }
  auto asked = ask_for_charter(source, edges);
  if (!asked) return tl::unexpected(asked.error());
  const bool is_own = is_home_of(asked->open, *desk);
  question.known = charters::cosigned_sizes(asked->chain, *desk, asked->open.answers);
  if (is_own) {
    const auto own = asked->open.store->log().head();
    if (!own) return problem(own);
    question.known.push_back({own->size, "this home has signed"});
  }
  const auto closing = charters::find_closing(asked->chain.in_force(), question, asked->open.relays, progress_of(source));
  if (!closing) return problem(closing, ProblemKind::kUsage);
  CharterEdit edit;
  edit.close_desks.push_back({draft.desk, closing->size, to_hex(closing->root.view())});
  if (draft.successor) edit.add_desks.push_back(*draft.successor);
  if (draft.heir) {
    auto heir = draft_of(*draft.heir, asked->chain.in_force().content(), *desk);
    if (!heir) return problem(heir, ProblemKind::kUsage);
    edit.add_desks.push_back(*std::move(heir));
  }
  auto info = write_request(*std::move(asked), edit, out, edges);
  if (info) info->not_asked = closing->not_asked;
  if (info && closing->held > closing->size)
    info->warnings.push_back("relays hold " + counted(closing->held, "entry", "entries") + " of this desk: the last " +
                             std::to_string(closing->held - closing->size) + " would be refused and hidden everywhere, for ever");
  if (info && is_own)
    if (const auto left = to_hand_over({source.home, {}, {}}); left && left->embargoes > 0)
      info->warnings.push_back(counted(left->embargoes, "article is", "articles are") + " under embargo, and the keys lie in this desk's home only. "
                               "Release them before (tamizdat embargo release), or give the keys to another desk (tamizdat desk hand-over)");
  return info;
}

Outcome<SubmitReport> submit_request(const CharterSource& source, const std::vector<std::string>& files) {
  return submit_request(source, files, system_edges());
}

Outcome<SubmitReport> submit_request(const CharterSource& source, const std::vector<std::string>& files, Edges& edges) {
  if (files.empty()) return tl::unexpected(Problem{ProblemKind::kUsage, "no-request", "name the request to submit"});
  const auto request = read_copies(files);
  if (!request) return problem(request, ProblemKind::kNotVerified);
  CharterSource of_request = source;
  if (of_request.project.empty()) of_request.project = request->chain.project().text();
  auto open = open_charter(of_request, edges);
  if (!open) return problem(open, ProblemKind::kUsage);
  if (open->project != request->chain.project())
    return tl::unexpected(Problem{ProblemKind::kUsage, "another-project", "this request is of another project: " + request->chain.project().text()});
  if (open->relays.empty())
    return tl::unexpected(Problem{ProblemKind::kUsage, "no-relay", "there is no relay to submit it to: give --relay LINE"});
  auto report = submit(*open, *request, source);
  if (!report) return problem(report);
  return *std::move(report);
}

}  // namespace tamizdat::client
