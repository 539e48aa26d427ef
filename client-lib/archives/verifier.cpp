#include "client-lib/archives/verifier.h"

#include "proto/format/bundle.h"

namespace tamizdat::archives {

Result<void> Verifier::take_charter(Bytes signed_charter) {
  const auto parsed = format::parse_signed_charter(signed_charter);
  if (!parsed) return tl::unexpected(parsed.error());
  const auto content = format::parse_charter(parsed->charter);
  if (!content) return tl::unexpected(content.error());
  const Hash32 hash = format::charter_hash(parsed->charter);
  if (project_of_charter_.contains(hash)) return {};
  if (content->version == 1) return take_first(std::move(signed_charter), hash);
  return take_update(std::move(signed_charter), *content, hash);
}

Result<void> Verifier::take_first(Bytes signed_charter, const Hash32& hash) {
  const auto charter = format::verify_first_charter(std::move(signed_charter));
  if (!charter) return tl::unexpected(charter.error());
  if (only_ && charter->project() != *only_)
    return fail(kAnotherProject, "this belongs to another project: " + charter->project().text() + " (\"" +
                                     charter->content().title + "\")");
  chains_[charter->project()] = {*charter};
  project_of_charter_.emplace(hash, charter->project());
  return {};
}

Result<void> Verifier::take_update(Bytes signed_charter, const format::Charter& content, const Hash32& hash) {
  const auto project = project_of_charter_.find(*content.previous);
  if (project == project_of_charter_.end())
    return fail(kCharterMissing, "charter " + std::to_string(content.version) + " stands here without the one before it");
  auto& chain = chains_.at(project->second);
  const auto updated = format::verify_charter_update(chain.back(), std::move(signed_charter));
  if (!updated) return tl::unexpected(updated.error());
  if (auto fine = check_closings(*updated); !fine) return fine;
  chain.push_back(*updated);
  project_of_charter_.emplace(hash, updated->project());
  return {};
}

Result<void> Verifier::check_closings(const format::VerifiedCharter& charter) const {
  for (const auto& desk : charter.content().closed_desks) {
    const LogPosition* const at = position(format::log_id(charter.project(), desk.id));
    if (at == nullptr || at->tree.size() < desk.size) continue;
    if (at->tree.size() > desk.size || at->tree.root() != desk.root)
      return fail(kEntriesAfterClosing, "charter " + std::to_string(charter.version()) + " closed the desk " +
                                            desk.id.text() + " at " + std::to_string(desk.size) +
                                            " entries, and this has others of it; move it away and fetch again");
  }
  return {};
}

Result<format::VerifiedBundle> Verifier::take_bundle(BytesView bundle) {
  const auto name = format::peek_log(bundle);
  if (!name) return tl::unexpected(name.error());
  if (only_ && name->project != *only_)
    return fail(kAnotherProject, "this has entries of another project: " + name->project.text());
  const auto vouching = charter(name->project);
  if (!vouching)
    return fail(kCharterMissing, "entries of project " + name->project.text() + " stand here before its charter");
  const LogId log = format::log_id(name->project, name->desk);
  const LogPosition* const before = position(log);
  auto verified = format::verify_bundle(*vouching, bundle, before == nullptr ? nullptr : &before->head);
  if (!verified) return verified;
  auto tree = continue_history(log, *verified);
  if (!tree) return pass(tree);
  logs_.insert_or_assign(log, LogPosition{*std::move(tree), verified->head()});
  return verified;
}

Result<format::CompactRange> Verifier::continue_history(const LogId& log, const format::VerifiedBundle& bundle) const {
  const auto hashes = bundle.before();
  auto tree = format::CompactRange::restore(bundle.from(), {hashes.begin(), hashes.end()});
  if (!tree) return tree;
  if (const LogPosition* const at = position(log)) {
    if (bundle.from() < at->tree.size())
      return fail(kEntriesRepeated, "entry " + std::to_string(bundle.from()) + " of the log " + log.text() +
                                        " stands here a second time");
    if (bundle.from() == at->tree.size() && *tree != at->tree)
      return fail(kHistoryContradicts, "the desk " + bundle.head().desk().text() +
                                           " signed two histories of its log: the entries before number " +
                                           std::to_string(bundle.from()) + " are not the ones that stood there");
  }
  for (const auto& entry : bundle.entries()) tree->append(entry.id().value);
  return tree;
}

std::optional<format::VerifiedCharter> Verifier::charter(const ProjectId& project) const {
  const auto found = chains_.find(project);
  if (found == chains_.end()) return std::nullopt;
  return found->second.back();
}

std::vector<format::VerifiedCharter> Verifier::chain(const ProjectId& project) const {
  const auto found = chains_.find(project);
  return found == chains_.end() ? std::vector<format::VerifiedCharter>() : found->second;
}

const LogPosition* Verifier::position(const LogId& log) const {
  const auto found = logs_.find(log);
  return found == logs_.end() ? nullptr : &found->second;
}

std::vector<format::VerifiedCharter> Verifier::charters() const {
  std::vector<format::VerifiedCharter> out;
  for (const auto& [project, chain] : chains_) out.push_back(chain.back());
  return out;
}

}  // namespace tamizdat::archives
