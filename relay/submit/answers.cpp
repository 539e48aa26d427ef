#include "relay/submit/answers.h"

#include "relay/store/blobs.h"

#include <array>
#include <boost/json.hpp>
#include <map>

#include "proto/format/archive.h"
#include "relay/policy/admission.h"
#include "relay/statements/standing.h"
#include "relay/store/intake.h"
#include "relay/store/writer.h"
#include "relay/submit/api.h"

namespace tamizdat::submit {
namespace {

namespace json = boost::json;

json::array strings(const std::vector<std::string>& values) { return json::array(values.begin(), values.end()); }

std::string desk_label(const format::Charter& charter, const DeskId& desk) {
  if (const auto* const open = charter.desk(desk)) return open->label;
  if (const auto* const closed = charter.closed_desk(desk)) return closed->label;
  return {};
}

using LogsOfProjects = std::map<ProjectId, std::vector<store::LogState>>;

LogsOfProjects logs_of_projects(const store::Store& store) {
  LogsOfProjects out;
  for (auto& log : store.logs()) out[log.name.project].push_back(std::move(log));
  return out;
}

json::object project_object(const LogsOfProjects& logs_of, const format::VerifiedCharter& charter) {
  json::array logs;
  const auto found = logs_of.find(charter.project());
  const std::vector<store::LogState> none;
  for (const auto& log : found == logs_of.end() ? none : found->second) {
    logs.push_back(json::object{{"desk", log.name.desk.text()},
                                {"label", desk_label(charter.content(), log.name.desk)},
                                {"log", log.id.text()},
                                {"size", log.size},
                                {"root", to_base64(log.root.view())}});
  }
  return {{"project", charter.project().text()},
          {"title", charter.content().title},
          {"languages", strings(charter.content().languages)},
          {"regions", strings(charter.content().regions)},
          {"charter_version", charter.version()},
          {"charter_hash", to_hex(charter.hash().view())},
          {"logs", std::move(logs)}};
}

struct StatusOfCode {
  ErrorCode code;
  int status;
};
constexpr std::array kStatuses{
    StatusOfCode{kNotFound, 404},
    StatusOfCode{store::kUnknownProject, 404},
    StatusOfCode{store::kUnknownLog, 404},
    StatusOfCode{store::kUnknownEntry, 404},
    StatusOfCode{kMethodNotAllowed, 405},
    StatusOfCode{kEntryRetracted, 410},
    StatusOfCode{kEntryWithheld, 451},
    StatusOfCode{policy::kProjectNotListed, 403},
    StatusOfCode{policy::kDeskClosed, 403},
    StatusOfCode{policy::kDeskNotYetValid, 403},
    StatusOfCode{policy::kDeskNoLongerValid, 403},
    StatusOfCode{policy::kOutOfScope, 403},
    StatusOfCode{policy::kBodyMissing, 403},
    StatusOfCode{format::kStatementSignerUnknown, 403},
    StatusOfCode{statements::kProjectFrozen, 409},
    StatusOfCode{statements::kStatementAhead, 409},
    StatusOfCode{statements::kStatementsFull, 409},
    StatusOfCode{kStatementOfNothingHeld, 409},
    StatusOfCode{format::kFreezeOfUnknownCharter, 409},
    StatusOfCode{store::kGap, 409},
    StatusOfCode{store::kLogForked, 409},
    StatusOfCode{store::kCharterOutdated, 409},
    StatusOfCode{format::kCharterForked, 409},
    StatusOfCode{format::kCharterRolledBack, 409},
    StatusOfCode{format::kCharterSkipped, 409},
    StatusOfCode{format::kHeadOfUnknownDesk, 409},
    StatusOfCode{format::kHeadOfClosedDesk, 409},
    StatusOfCode{format::kBundleTooLarge, 413},
    StatusOfCode{format::kCharterTooLarge, 413},
    StatusOfCode{format::kStatementTooLarge, 413},
    StatusOfCode{store::kBlobNotNamed, 409},
    StatusOfCode{store::kBlobLeavesMissing, 409},
    StatusOfCode{store::kBlobUnknown, 404},
    StatusOfCode{store::kBlobDamaged, 503},
    StatusOfCode{store::kDiskFull, 503},
    StatusOfCode{store::kDiskFailed, 503},
    StatusOfCode{store::kStoreFailed, 503},
    StatusOfCode{policy::kDeskQuota, 429},
    StatusOfCode{store::kIntakeBusy, 503},
    StatusOfCode{statements::kStatementsFailed, 503},
    StatusOfCode{store::kWriterStopped, 503},
};

}  // namespace

std::string project_json(const store::Store& store, const format::VerifiedCharter& charter) {
  return json::serialize(project_object(logs_of_projects(store), charter));
}

std::string projects_json(const store::Store& store) {
  const LogsOfProjects logs = logs_of_projects(store);
  json::array projects;
  for (const auto& project : store.projects())
    if (const auto charter = store.charter(project)) projects.push_back(project_object(logs, *charter));
  return json::serialize(json::object{{"projects", std::move(projects)}});
}

std::string charter_taken_json(const format::VerifiedCharter& charter) {
  return json::serialize(json::object{{"project", charter.project().text()}, {"version", charter.version()}});
}

std::string bundle_taken_json(const LogId& log, std::uint64_t held, BytesView receipt) {
  json::object taken{{"log", log.text()}, {"held", held}};
  if (!receipt.empty()) taken.emplace("receipt", to_base64(receipt));
  return json::serialize(taken);
}

std::string description_json(const RelayId& relay, std::string_view label, std::string_view country,
                             std::string_view version) {
  return json::serialize(
      json::object{{"relay", relay.text()}, {"label", label}, {"country", country}, {"version", version}});
}

std::string attachment_json(const BlobId& blob, store::BlobState state, const std::vector<store::BlockRange>& missing) {
  json::array ranges;
  for (const auto& range : missing) ranges.push_back(json::array{range.first, range.count});
  const char* const held = state == store::BlobState::kWhole  ? "whole"
                           : state == store::BlobState::kPart ? "part"
                                                              : "unknown";
  return json::serialize(json::object{{"attachment", blob.text()}, {"state", held}, {"missing", std::move(ranges)}});
}

http::Response json_response(int status, std::string json) {
  http::Response response = http::make_response(status, "application/json", std::move(json));
  response.headers.add("Cache-Control", "no-store");
  return response;
}

std::string error_json(const Error& error, std::optional<std::uint64_t> held) {
  json::object out{{"error", error.code.name()}, {"text", error.text}};
  if (held) out["held"] = *held;
  return json::serialize(out);
}

int http_status(ErrorCode code) {
  for (const auto& known : kStatuses)
    if (known.code == code) return known.status;
  return 400;
}

Bytes charter_archive(const store::Store& store, const ProjectId& project) {
  Bytes archive;
  for (const auto& charter : store.charter_chain(project))
    format::append_record(archive, format::RecordKind::kSignedCharter, charter.signed_bytes());
  return archive;
}

}  // namespace tamizdat::submit
