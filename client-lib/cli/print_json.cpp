#include <boost/json.hpp>

#include "client-lib/cli/print.h"
#include "proto/base/time.h"

namespace tamizdat::cli {
namespace {

namespace json = boost::json;

json::array strings(const std::vector<std::string>& values) { return json::array(values.begin(), values.end()); }

template <typename T>
json::array objects(const std::vector<T>& values) {
  json::array out;
  for (const auto& value : values) out.push_back(to_json(value));
  return out;
}

std::string_view name_of(client::RelayState state) {
  switch (state) {
    case client::RelayState::kHoldsAll: return "holds-all";
    case client::RelayState::kLacks: return "lacks";
    case client::RelayState::kUnreachable: return "unreachable";
    case client::RelayState::kRefuses: return "refuses";
    case client::RelayState::kWrongKey: return "wrong-key";
  }
  return "";
}

}  // namespace

json::object to_json(const client::FreezeInfo& freeze) { return {{"since", to_rfc3339(freeze.since)}, {"root_key", freeze.root_key}}; }

json::object to_json(const client::DeskInfo& desk) {
  return {{"desk", desk.id}, {"label", desk.label}, {"log", desk.log}, {"this_one", desk.is_this_one}};
}

json::object to_json(const client::EntryInfo& entry) {
  return {{"entry", entry.id}, {"index", entry.index}, {"kind", entry.kind}, {"title", entry.title},
          {"attachments", entry.attachments}};
}

json::object to_json(const client::SkippedItem& item) { return {{"item", item.item}, {"reason", item.reason}}; }

json::object to_json(const client::FetchedLog& log) {
  json::object out{{"project", log.project},         {"title", log.project_title},
          {"desk", log.desk},               {"label", log.desk_label},
          {"log", log.log},                 {"archive", log.archive},
          {"entries", log.entries},         {"entries_new", log.entries_new},
          {"entries_absent", log.entries_absent},
          {"entries_taken_back", log.entries_taken_back},
          {"attachments", log.attachments}, {"attachments_new", log.attachments_new},
          {"attachments_missing", log.attachments_missing},
          {"pages_matching", log.pages_matching}, {"pages_written", log.pages_written},
          {"freshness", to_json(log.freshness)}};
  if (log.frozen) out["frozen"] = to_json(*log.frozen);
  return out;
}

json::object to_json(const client::FetchTrouble& trouble) {
  return {{"relay", trouble.relay}, {"error", trouble.problem.code}, {"text", trouble.problem.text}};
}

json::object to_json(const client::ProvenProject& project) {
  json::object out{{"project", project.id},
                   {"title", project.title},
                   {"charter_version", project.charter_version},
                   {"charter_hash", project.charter_hash},
                   {"confirmed", project.confirmed}};
  if (!project.dispute.empty()) out["dispute"] = project.dispute;
  if (project.frozen) out["frozen"] = to_json(*project.frozen);
  return out;
}

json::object to_json(const client::ProjectInfo& project) {
  json::object out{{"project", project.id},
                   {"title", project.title},
                   {"languages", strings(project.languages)},
                   {"regions", strings(project.regions)},
                   {"charter_version", project.charter_version},
                   {"charter_hash", project.charter_hash},
                   {"root_keys", strings(project.root_keys)},
                   {"threshold", project.threshold},
                   {"desks", objects(project.desks)},
                   {"relays", strings(project.relays)},
                   {"home", project.home}};
  json::array closed, policy;
  for (const auto& desk : project.closed_desks)
    closed.push_back(json::object{{"desk", desk.id}, {"label", desk.label}, {"log", desk.log}, {"size", desk.size}});
  for (const auto& relay : project.policy_relays) policy.push_back(json::object{{"relay", relay.id}, {"country", relay.country}});
  out["closed_desks"] = std::move(closed);
  out["policy"] = json::object{{"relays", std::move(policy)}, {"quorum", project.quorum}, {"copies", project.copies_wanted},
                               {"countries", project.countries_wanted}, {"erase_delay_hours", project.erase_delay_hours}};
  if (project.expires_at) out["expires_at"] = to_rfc3339(*project.expires_at);
  if (project.frozen) out["frozen"] = to_json(*project.frozen);
  if (!project.dispute.empty()) out["dispute"] = project.dispute;
  if (!project.root_key_files.empty()) out["root_key_files"] = strings(project.root_key_files);
  return out;
}

json::object to_json(const client::RelayInfo& relay) {
  return {{"relay", relay.id}, {"host", relay.host_and_port}, {"address", relay.address}};
}

json::object to_json(const client::RelayReport& relay) {
  return {{"relay", relay.id},
          {"host", relay.host_and_port},
          {"label", relay.label},
          {"country", relay.country},
          {"state", name_of(relay.state)},
          {"held", relay.held},
          {"waiting", relay.waiting},
          {"attachments_missing", relay.attachments_missing},
          {"statements_waiting", relay.statements_waiting},
          {"text", relay.text}};
}

json::object to_json(const client::CopyReport& copy) {
  const char* const state = copy.state == client::CopyState::kWhole  ? "whole"
                            : copy.state == client::CopyState::kPart ? "part"
                                                                     : "none";
  json::object out{{"relay", copy.relay}, {"country", copy.country}, {"listed", copy.listed}, {"state", state},
                   {"entries", copy.entries}};
  if (copy.receipt_at) out["receipt"] = to_rfc3339(*copy.receipt_at);
  return out;
}

json::object to_json(const client::CopiesReport& copies) {
  return {{"copies", copies.copies},
          {"countries", copies.countries},
          {"copies_wanted", copies.copies_wanted},
          {"countries_wanted", copies.countries_wanted},
          {"enough", copies.enough},
          {"can_be_enough", copies.can_be_enough},
          {"relays", objects(copies.relays)}};
}

json::object to_json(const client::Freshness& freshness) {
  const char* const state = freshness.state == client::FreshnessState::kFresh      ? "fresh"
                            : freshness.state == client::FreshnessState::kStale    ? "stale"
                            : freshness.state == client::FreshnessState::kWithheld ? "withheld"
                                                                                   : "unwitnessed";
  json::object out{{"state", state},
                   {"witnessed", freshness.witnessed},
                   {"charter_seen", freshness.charter_seen},
                   {"newer_charter", freshness.newer_charter},
                   {"contradicted", freshness.contradicted}};
  if (freshness.since) out["since"] = to_rfc3339(*freshness.since);
  return out;
}

json::object to_json(const client::WithholdingNotice& notice) {
  return {{"entry", notice.entry},
          {"relay", notice.relay},
          {"country", notice.country},
          {"reason", notice.reason},
          {"since", to_rfc3339(notice.since)}};
}

json::object to_json(const client::EntryStatus& status) {
  return {{"entry", to_json(status.entry)},
          {"retracted", status.is_retracted},
          {"copies", to_json(status.copies)},
          {"withheld", objects(status.withheld)}};
}

json::object to_json(const client::PlacesReport& report) {
  json::object out{{"project", to_json(report.project)},
                   {"logs", objects(report.logs)},
                   {"troubles", objects(report.troubles)},
                   {"withheld", objects(report.withheld)}};
  if (report.entry) {
    out["entry"] = to_json(*report.entry);
    out["retracted"] = report.is_retracted;
    out["copies"] = to_json(report.logs.front().copies);
  }
  return out;
}

json::object to_json(const client::AuditedRelay& relay) {
  json::object out{{"relay", relay.id},         {"name", relay.name},     {"entries", relay.entries},
                   {"blocks", relay.blocks},    {"broken", strings(relay.broken)}, {"text", relay.text}};
  if (relay.receipt_at) out["receipt"] = to_rfc3339(*relay.receipt_at);
  return out;
}

json::object to_json(const client::AttachedFile& file) {
  return {{"path", file.path},
          {"treatment", file.treatment == client::AttachmentTreatment::kAsIs ? "as-is" : "encoded-anew"},
          {"shown_by", file.shown_by_text ? "text" : "option"}};
}

json::object to_json(const client::PublishReport& report) {
  return {{"entries", objects(report.entries)},
          {"embargoes_due", report.embargoes_due},
          {"attached", objects(report.attached)},
          {"log_size", report.log_size},
          {"relays", objects(report.relays)},
          {"copies", to_json(report.copies)},
          {"notes", strings(report.notes)}};
}

json::object to_json(const client::ImportReport& report) {
  json::array failed;
  for (const auto& feed : report.failed)
    failed.push_back(json::object{{"feed", feed.feed}, {"error", feed.problem.code}, {"text", feed.problem.text}});
  return {{"feeds", report.feeds},
          {"failed", std::move(failed)},
          {"source_unchanged", report.source_unchanged},
          {"articles", report.articles},
          {"corrections", report.corrections},
          {"unchanged", report.unchanged},
          {"skipped", objects(report.skipped)},
          {"notes", strings(report.notes)},
          {"published", to_json(report.published)}};
}

json::object to_json(const client::StatusReport& report) {
  return {{"project", to_json(report.project)},
          {"log", report.log},
          {"log_size", report.log_size},
          {"head", report.head},
          {"relays", objects(report.relays)},
          {"copies", to_json(report.copies)},
          {"freshness", to_json(report.freshness)},
          {"withheld", objects(report.withheld)}};
}

json::object to_json(const client::FetchReport& report) {
  json::array withholding;
  for (const auto& relay : report.withholding)
    withholding.push_back(json::object{
        {"relay", relay.relay}, {"log", relay.log}, {"served", relay.served}, {"witnessed", relay.witnessed}});
  return {{"logs", objects(report.logs)},
          {"troubles", objects(report.troubles)},
          {"withholding", std::move(withholding)},
          {"withheld", objects(report.withheld)},
          {"relays_asked", report.relays_asked}};
}

json::object to_json(const client::ProvenEntry& entry) {
  json::object out{{"entry", entry.id},
                   {"kind", entry.kind},
                   {"project", entry.project},
                   {"project_title", entry.project_title},
                   {"desk", entry.desk},
                   {"label", entry.desk_label},
                   {"index", entry.index},
                   {"title", entry.title},
                   {"language", entry.language}};
  out["signed"] = to_rfc3339(entry.signed_at);
  if (entry.published_at) out["published"] = to_rfc3339(*entry.published_at);
  if (!entry.corrects.empty()) out["corrects"] = entry.corrects;
  if (!entry.absent.empty()) out["absent"] = entry.absent;
  if (entry.embargo_until) out["embargo_until"] = to_rfc3339(*entry.embargo_until);
  if (!entry.opens.empty()) {
    out["opens"] = entry.opens;
    out["key_is_wrong"] = entry.key_is_wrong;
  }
  return out;
}

json::object to_json(const client::ProvenLog& log) {
  return {{"project", log.project}, {"title", log.project_title}, {"desk", log.desk},
          {"label", log.desk_label}, {"log", log.log},            {"size", log.size},
          {"entries", log.entries}, {"entries_absent", log.entries_absent},
          {"erased_without_retraction", log.erased_without_retraction},
          {"freshness", to_json(log.freshness)}, {"copies", to_json(log.copies)}};
}

json::object to_json(const client::VerifyReport& report) {
  return {{"verified", true},
          {"archives", report.archives},
          {"entries_verified", report.entries},
          {"logs", objects(report.logs)},
          {"attachments", report.attachments},
          {"attachments_missing", report.attachments_missing},
          {"pages_not_checked", report.pages_not_checked},
          {"withheld", objects(report.withheld)},
          {"retracted", strings(report.retracted)},
          {"projects", objects(report.projects)}};
}

void print_json(Console& console, const json::object& object) { console.data(json::serialize(object)); }

}  // namespace tamizdat::cli
