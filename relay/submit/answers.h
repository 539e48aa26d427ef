// How the submit API says things: JSON of projects and logs, errors with their HTTP status.
#pragma once

#include <optional>

#include "relay/http/message.h"
#include "relay/store/blob_files.h"
#include "relay/store/store.h"

namespace tamizdat::submit {

inline constexpr std::string_view kArchiveType = "application/vnd.tamizdat.archive";
inline constexpr std::string_view kBundleType = "application/vnd.tamizdat.bundle";
inline constexpr std::string_view kDescriptorType = "application/vnd.tamizdat.relay-descriptor";

// {"project", "title", "languages", "regions", "charter_version", "charter_hash", "logs": [{"desk", "label", "log",
// "size", "root"}]}; hash in hex, root in base64.
std::string project_json(const store::Store& store, const format::VerifiedCharter& charter);
std::string projects_json(const store::Store& store);
// {"project", "version"}
std::string charter_taken_json(const format::VerifiedCharter& charter);
// {"log", "held", "receipt"?}; `receipt`: a statement, or empty.
std::string bundle_taken_json(const LogId& log, std::uint64_t held, BytesView receipt);
// {"attachment", "state": "unknown" | "part" | "whole", "missing": [[first block, number of blocks], ...]}
std::string attachment_json(const BlobId& blob, store::BlobState state, const std::vector<store::BlockRange>& missing);
// {"relay", "label", "country", "version"}
std::string description_json(const RelayId& relay, std::string_view label, std::string_view country,
                             std::string_view version);
// {"error", "text", "held"?}
std::string error_json(const Error& error, std::optional<std::uint64_t> held);

http::Response json_response(int status, std::string json);

// 400 for what is not valid, 403 for what policy refuses, 404, 405, 409 for what contradicts or outruns what is held,
// 413, 429 for a quota, 503 when this relay cannot store.
int http_status(ErrorCode code);

// The project's charter chain as archive records.
Bytes charter_archive(const store::Store& store, const ProjectId& project);

}  // namespace tamizdat::submit
