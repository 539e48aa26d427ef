#include "relay/submit/charter_directory.h"

#include <algorithm>
#include <map>

#include "proto/format/archive.h"
#include "proto/format/hash.h"
#include "relay/statements/standing.h"
#include "relay/submit/answers.h"

namespace tamizdat::submit {

http::Response CharterDirectory::get() {
  const Hash32 now = state();
  if (!content_ || now != of_) {
    content_ = std::make_shared<const http::Content>(archive());
    of_ = now;
  }
  http::Response response = http::make_response(200, std::string(kArchiveType), content_);
  response.tag = to_hex(of_.view().substr(0, 16));
  response.headers.set("Cache-Control", "no-cache");
  return response;
}

Hash32 CharterDirectory::state() const {
  format::Sha256 hash;
  for (const auto& project : store_.projects()) {
    const auto charter = store_.charter(project);
    if (!charter) continue;
    hash.add(charter->hash().view());
    for (const auto& statement : statements_about(*charter)) hash.add(statement->octets());
  }
  return hash.finish();
}

// The freeze in force; and where two charters of one version are proven, the proof and what relays have seen, which decides.
std::vector<statements::StatementPointer> CharterDirectory::statements_about(const format::VerifiedCharter& charter) const {
  std::vector<statements::StatementPointer> out;
  if (auto freeze = statements::freeze_in_force(statements_, charter)) out.push_back(std::move(freeze));
  auto forks = statements_.of(charter.project(), format::StatementKind::kCharterFork);
  if (forks.empty()) return out;
  std::ranges::move(forks, std::back_inserter(out));
  std::ranges::move(statements_.of(charter.project(), format::StatementKind::kCharterSeen), std::back_inserter(out));
  return out;
}

Bytes CharterDirectory::records_of(const ProjectId& project) const {
  Bytes out = charter_archive(store_, project);
  const auto charter = store_.charter(project);
  if (!charter) return out;
  for (const auto& statement : statements_about(*charter))
    format::append_record(out, format::RecordKind::kStatement, statement->octets());
  return out;
}

Bytes CharterDirectory::archive() const {
  std::vector<std::pair<ProjectId, Bytes>> all;
  for (const auto& project : store_.projects()) all.emplace_back(project, records_of(project));
  std::ranges::sort(all, {}, [](const auto& each) { return std::pair(each.second.size(), each.first); });
  std::map<ProjectId, Bytes> fitting;
  std::size_t octets = 0;
  for (auto& [project, records] : all) {
    octets += records.size();
    if (octets > bytes_max_) break;
    fitting.emplace(project, std::move(records));
  }
  Bytes out;
  for (const auto& [project, records] : fitting) out += records;
  return out;
}

}  // namespace tamizdat::submit
