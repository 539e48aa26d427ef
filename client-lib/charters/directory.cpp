#include "client-lib/charters/directory.h"

#include "client-lib/charters/fork.h"
#include "proto/format/archive.h"
#include "proto/format/freeze.h"
#include "proto/format/hash.h"
#include "proto/format/statement.h"

namespace tamizdat::charters {
namespace {

Bytes archive_of(std::span<const Bytes> chain) {
  Bytes out;
  for (const auto& charter : chain) format::append_record(out, format::RecordKind::kSignedCharter, charter);
  return out;
}

// Of a charter of version 1; none if it is another version, or no charter.
std::optional<ProjectId> project_begun_by(BytesView signed_charter) {
  const auto parts = format::parse_signed_charter(signed_charter);
  const auto content = parts ? format::parse_charter(parts->charter) : Result<format::Charter>(pass(parts));
  if (!content || content->version != 1) return std::nullopt;
  return ProjectId(format::charter_hash(parts->charter));
}

}  // namespace

Result<Asked> Directory::ask(std::span<net::RelayClient> relays, const Progress& progress) {
  auto fingerprints = kept_.fingerprints();
  if (!fingerprints) return pass(fingerprints);
  fingerprints_ = *std::move(fingerprints);
  const auto octets = kept_.octets();
  if (!octets) return tl::unexpected(octets.error());
  octets_ = *octets;
  Asked out;
  for (std::size_t i = 0; i < relays.size(); ++i) {
    const std::string name = relays[i].host_and_port();
    progress("asking " + name + " for all charters", i, relays.size());
    const auto offers = offers_of(relays[i]);
    if (!offers) {
      out.troubles.push_back(name + ": " + offers.error().text);
      continue;
    }
    ++out.answered;
    std::size_t wrong = 0;
    auto transaction = kept_.begin();
    if (!transaction) return pass(transaction);
    for (const auto& [project, offer] : *offers) {
      const auto taken = take(project, offer);
      if (!taken) return tl::unexpected(taken.error());
      if (!*taken) ++wrong;
    }
    if (auto done = transaction->commit(); !done) return pass(done);
    if (wrong > 0)
      out.troubles.push_back(name + ": the charters that it gives out of " + std::to_string(wrong) +
                             " projects do not verify, and were passed over");
  }
  return out;
}

Result<std::map<ProjectId, Directory::Offer>> Directory::offers_of(net::RelayClient& relay) const {
  auto records = relay.all_charters();
  if (!records) return pass(records);
  std::map<ProjectId, Offer> out;
  Offer* current = nullptr;
  for (auto& record : *records) {
    if (record.kind == format::RecordKind::kSignedCharter) {
      if (const auto project = project_begun_by(record.bytes)) {
        current = &out[*project];
        *current = {};
      }
      if (current != nullptr) current->chain.push_back(std::move(record.bytes));
    } else if (record.kind == format::RecordKind::kStatement && current != nullptr) {
      current->statements.push_back(std::move(record.bytes));
    }
  }
  return out;
}

// False if the chain does not verify.
Result<bool> Directory::take(const ProjectId& project, const Offer& offer) {
  for (const auto& statement : offer.statements) statements_[project].push_back(statement);
  const auto kept = fingerprints_.find(project);
  if (kept != fingerprints_.end() && kept->second == format::sha256({archive_of(offer.chain)})) return true;
  auto theirs = Chain::verify(offer.chain);
  if (!theirs) return false;
  const auto ours = known(project);
  if (!ours) return tl::unexpected(ours.error());
  const Standing standing = *ours ? compare(**ours, *theirs) : Standing::kNewer;
  if (standing == Standing::kForked) branches_[project].push_back(*std::move(theirs));
  if (standing != Standing::kNewer) return true;
  if (auto done = keep(*theirs); !done) return tl::unexpected(done.error());
  return true;
}

Result<void> Directory::keep(const Chain& chain) {
  const Bytes archive = archive_of(chain.signed_charters());
  if (!fingerprints_.contains(chain.project()) && octets_ + archive.size() > bytes_max_) {
    not_kept_.insert_or_assign(chain.project(), chain);
    return {};
  }
  const Hash32 fingerprint = format::sha256({archive});
  if (auto done = kept_.keep(chain.project(), fingerprint, archive); !done) return done;
  fingerprints_.insert_or_assign(chain.project(), fingerprint);
  octets_ += archive.size();
  return {};
}

Result<std::optional<Chain>> Directory::known(const ProjectId& project) {
  if (const auto here = not_kept_.find(project); here != not_kept_.end()) return std::optional(here->second);
  const auto kept = kept_.chain(project);
  if (!kept) return tl::unexpected(kept.error());
  if (!*kept) return std::optional<Chain>();
  const auto records = format::parse_archive(**kept);
  if (!records) return tl::unexpected(records.error());
  std::vector<Bytes> signed_charters;
  for (const auto& record : *records) signed_charters.push_back(record.bytes);
  auto chain = Chain::verify(signed_charters);
  if (!chain) return pass(chain);
  return std::optional(*std::move(chain));
}

Result<Said> Directory::said_of(const ProjectId& project) {
  const auto chain = known(project);
  if (!chain) return tl::unexpected(chain.error());
  Said out{branches_[project], statements_[project]};
  if (*chain) out.chains.push_back(**chain);
  return out;
}

Result<std::optional<Found>> Directory::find(const ProjectId& project) {
  auto chain = known(project);
  if (!chain) return pass(chain);
  if (!*chain) return std::optional<Found>();
  Found out{**std::move(chain), std::nullopt};
  if (const auto branches = branches_.find(project); branches != branches_.end()) {
    auto resolved = resolve(out.chain, branches->second, statements_[project]);
    if (resolved.dispute) return fail(format::kCharterForked, project.text() + ": " + dispute_text(*resolved.dispute));
    out.chain = std::move(resolved.chain);
    if (auto done = keep(out.chain); !done) return pass(done);
  }
  for (const auto& octets : statements_[project]) {
    const auto statement = format::verify_statement({out.chain.charters()}, octets);
    const auto* const freeze = statement ? statement->as<format::Freeze>() : nullptr;
    if (freeze != nullptr && freeze->charter == out.chain.in_force().hash()) out.frozen_since = freeze->time;
  }
  return std::optional(std::move(out));
}

}  // namespace tamizdat::charters
