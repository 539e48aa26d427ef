#include <tamizdat/reader.h>

#include <algorithm>

#include "client-lib/article/tags.h"
#include "client-lib/client/desk_parts.h"
#include "client-lib/client/reader_parts.h"
#include "client-lib/fetch/fetch.h"
#include "proto/html/text.h"

namespace tamizdat::client {
namespace {

constexpr ErrorCode kNoRelayGiven{"no-relay"};

Result<std::optional<ProjectId>> project_of(const std::string& text) {
  if (text.empty()) return std::optional<ProjectId>();
  const auto id = ProjectId::parse(text);
  if (!id) return tl::unexpected(id.error());
  return std::optional(*id);
}

// "RU" or "RU-SVE".
Result<std::vector<std::string>> regions_of(const std::vector<std::string>& texts) {
  std::vector<std::string> out;
  for (const auto& text : texts) {
    const bool is_country = text.size() == 2;
    auto region = article::parse_region(is_country ? text + "-X" : text);
    if (!region) return pass(region);
    out.push_back(is_country ? text : *region);
  }
  return out;
}

Result<std::vector<std::string>> languages_of(const std::vector<std::string>& texts) {
  std::vector<std::string> out;
  for (const auto& text : texts) {
    auto language = article::parse_language(text);
    if (!language) return pass(language);
    out.push_back(*std::move(language));
  }
  return out;
}

Result<fetch::FetchRequest> request_of(const FetchOptions& options, const std::vector<std::string>& lines,
                                       Timestamp now) {
  auto relays = addresses_of(lines);
  if (!relays) return pass(relays);
  const auto project = project_of(options.project);
  if (!project) return tl::unexpected(project.error());
  auto regions = regions_of(options.regions);
  if (!regions) return pass(regions);
  auto languages = languages_of(options.languages);
  if (!languages) return pass(languages);
  return fetch::FetchRequest{*std::move(relays), *project, {*std::move(regions), *std::move(languages)}, options.out,
                             options.attachments ? fetch::Attachments::kBring : fetch::Attachments::kLeave, now};
}

std::string reason_of(format::Absence absence) {
  switch (absence) {
    case format::Absence::kErased: return "erased";
    case format::Absence::kWithheld: return "withheld";
    case format::Absence::kEmbargoed: return "embargoed";
    case format::Absence::kNotHeld: return "not held";
  }
  return "absent";
}

// Of a sealed text that does not open.
std::string reason_of(const Error& error) {
  if (error.code == archives::kBodyKeyMissing) return "embargoed";
  if (error.code == format::kBodyKeyWrong) return "embargoed, and the key that was published is wrong";
  return "sealed for another place: the ciphertext was copied or altered";
}

std::string label_of(const format::Charter& charter, const DeskId& id) {
  if (const auto* desk = charter.desk(id)) return desk->label;
  if (const auto* closed = charter.closed_desk(id)) return closed->label;
  return {};
}

}  // namespace

Result<std::vector<sync::RelayAddress>> addresses_of(const std::vector<std::string>& lines) {
  std::vector<sync::RelayAddress> out;
  for (const auto& line : lines) {
    auto address = sync::RelayAddress::parse(line);
    if (!address) return pass(address);
    out.push_back(*std::move(address));
  }
  return out;
}

Outcome<std::vector<std::string>> lines_for(const std::vector<std::string>& named, const std::string& home, const std::string& proxy,
                                            Edges& edges) {
  if (!named.empty()) return named;
  std::vector<std::string> out;
  auto desk = Desk::open({home, proxy, {}}, false, edges);
  if (desk) {
    const auto relays = desk->relays();
    if (!relays) return tl::unexpected(relays.error());
    for (const auto& relay : *relays) out.push_back(relay.address);
  }
  if (out.empty())
    return tl::unexpected(problem_of({kNoRelayGiven, "no relay to fetch from: give --relay LINE, the line that its operator publishes"},
                                     ProblemKind::kUsage));
  return out;
}

ProvenLog proven_log(const verify::Proven& proven, const verify::ProvenLog& log) {
  const auto charter = std::ranges::find(proven.charters, log.project, &format::VerifiedCharter::project);
  return {log.project.text(), charter->content().title, log.desk.text(),
          label_of(charter->content(), log.desk), log.log.text(), log.size,
          log.entries, log.entries_absent, log.erased_without_retraction, freshness_report(log.freshness),
          copies_report(charter->content(), log.copies)};
}

ProvenProject proven_project(const verify::Proven& proven, const format::VerifiedCharter& charter, bool is_confirmed) {
  const auto freeze = proven.freezes.find(charter.project());
  const auto dispute = proven.disputes.find(charter.project());
  return {charter.project().text(), charter.content().title, charter.version(), to_hex(charter.hash().view()), is_confirmed,
          charter.content().expires_at, freeze == proven.freezes.end() ? std::nullopt : freeze_info(freeze->second),
          dispute == proven.disputes.end() ? std::string() : dispute->second};
}

ProvenEntry proven_entry(const verify::ProvenEntry& proven) {
  const auto& header = proven.entry.header();
  const format::Charter& charter = proven.charter.content();
  ProvenEntry out;
  out.id = proven.entry.id().text();
  out.kind = kind_name(header.kind);
  out.project = header.project.text();
  out.project_title = charter.title;
  out.desk = header.desk.text();
  out.desk_label = label_of(charter, header.desk);
  out.index = header.index;
  out.signed_at = header.time;
  const bool is_key = header.kind == format::EntryKind::kEmbargoKey;
  if (header.target) (is_key ? out.opens : out.corrects) = header.target->text();
  out.key_is_wrong = proven.key_is_wrong;
  if (header.key_commitment || proven.entry.absence() == format::Absence::kEmbargoed) out.embargo_until = header.not_before;
  if (proven.entry.absence()) out.absent = reason_of(*proven.entry.absence());
  if (!proven.entry.absence() && !proven.body) out.absent = reason_of(proven.body.error());
  if (!proven.body) return out;
  const auto body = format::parse_body(*proven.body);
  if (!body) {
    out.absent = "unreadable";  // the desk signed rubbish, or a form of a later version
    return out;
  }
  out.title = html::collapse_space(html::clean_text(body->title));
  out.language = body->language;
  out.published_at = body->published_at;
  return out;
}

Outcome<FetchReport> fetch(const FetchOptions& options) { return fetch(options, system_edges()); }

Outcome<FetchReport> fetch(const FetchOptions& options, Edges& edges) {
  const auto lines = lines_for(options.relays, options.home, options.proxy, edges);
  if (!lines) return tl::unexpected(lines.error());
  const auto request = request_of(options, *lines, edges.clock.now());
  if (!request) return problem(request, ProblemKind::kUsage);
  const auto http = make_http(edges, options.proxy, options.progress);
  const Progress progress = options.progress ? options.progress : Progress([](auto, auto, auto) {});
  const auto fetched = fetch::fetch(*request, *http, progress);
  if (!fetched) return problem(fetched, ProblemKind::kNotVerified);
  FetchReport out;
  out.relays_asked = fetched->relays.size();
  for (const auto& log : fetched->logs)
    out.logs.push_back({log.project.text(), log.project_title, log.desk.text(), log.desk_label, log.log.text(),
                        log.archive.string(), log.entries, log.entries_new, log.entries_absent, log.entries_taken_back,
                        log.attachments.there, log.attachments.brought, log.attachments.missing,
                        log.pages.matching, log.pages.written, log.expires_at, freeze_info(log.frozen), freshness_report(log.freshness)});
  for (const auto& relay : fetched->relays)
    for (const auto& behind : relay.behind)
      out.withholding.push_back({relay.name, behind.log.text(), behind.served, behind.witnessed});
  out.withheld = notices_of(fetched->withheld);
  for (const auto& relay : fetched->relays)
    if (relay.trouble) out.troubles.push_back({relay.name, problem_of(*relay.trouble, ProblemKind::kNotVerified)});
  return out;
}

Outcome<VerifyReport> verify(const VerifyOptions& options, const OnProvenEntry& on_entry) {
  return verify(options, on_entry, system_edges());
}

Outcome<VerifyReport> verify(const VerifyOptions& options, const OnProvenEntry& on_entry, Edges& edges) {
  const auto project = project_of(options.project);
  if (!project) return problem(project, ProblemKind::kUsage);
  const auto relays = addresses_of(options.relays);
  if (!relays) return problem(relays, ProblemKind::kUsage);
  const auto http = make_http(edges, options.proxy, options.progress);
  const Progress progress = options.progress ? options.progress : Progress([](auto, auto, auto) {});
  const auto proven = verify::verify_source(
      {options.place, *project, *relays, edges.clock.now()}, *http,
      [&](const verify::ProvenEntry& entry) { on_entry(proven_entry(entry)); }, progress);
  if (!proven) return problem(proven, ProblemKind::kNotVerified);
  VerifyReport out;
  out.archives = proven->archives;
  out.entries = proven->entries;
  out.attachments = proven->attachments;
  out.attachments_missing = proven->attachments_missing;
  out.pages_not_checked = proven->pages_not_checked;
  out.withheld = notices_of(proven->withheld);
  for (const auto& log : proven->logs) out.logs.push_back(proven_log(*proven, log));
  for (const auto& charter : proven->charters) out.projects.push_back(proven_project(*proven, charter, project->has_value()));
  for (const auto& entry : proven->retracted) out.retracted.push_back(entry.text());
  return out;
}

}  // namespace tamizdat::client
