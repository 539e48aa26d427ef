#include "client-lib/desk/log.h"

#include <set>

#include "proto/base/check.h"
#include "proto/format/bundle.h"
#include "proto/format/entry.h"
#include "proto/format/limits.h"

namespace tamizdat::desk {
namespace {

std::int64_t signed_of(std::uint64_t number) { return static_cast<std::int64_t>(number); }

tl::unexpected<Error> damaged(std::string_view what) {
  return fail(kDeskFileFailed,
              "the desk's file is damaged, " + std::string(what) + " of its log is missing: bring it back from a copy");
}

Result<Hash32> hash_of(const std::vector<Row>& rows) {
  const auto hash = rows.size() == 1 ? Hash32::from(rows.front().bytes(0)) : std::nullopt;
  if (!hash) return damaged("a hash");
  return *hash;
}

// `row`: header and body; outlives the result. No body has no octets, since each has a salt: that one was erased before
// this home took the entry back.
format::BundleEntry entry_of(const Row& row) {
  const BytesView body = row.bytes(1);
  if (body.empty()) return {row.bytes(0), {}, format::Absence::kErased};
  return {row.bytes(0), body, format::Absence::kNotHeld};
}

// Entries of this kind that name `target`, which may be of another log, oldest first.
Result<std::vector<EntryId>> naming(Database& database, const EntryId& target, format::EntryKind kind) {
  const auto rows = database.query(
      "SELECT header FROM entry WHERE position > COALESCE((SELECT position FROM entry WHERE id = ?), -1) AND instr(header, ?) > 0"
      " ORDER BY position",
      {Blob{target.view()}, Blob{target.view()}});
  if (!rows) return tl::unexpected(rows.error());
  std::vector<EntryId> out;
  for (const auto& row : *rows) {
    const Bytes bytes = row.bytes(0);
    const auto header = format::parse_header(bytes);
    if (header && header->kind == kind && header->target == target)
      out.push_back(format::entry_id(bytes));
  }
  return out;
}

}  // namespace

Result<EntryId> Run::append(BytesView header, BytesView body) {
  const std::uint64_t index = tree_.size();
  const Hash32 leaf = format::leaf_hash(header);
  if (auto done = database_->run("INSERT INTO entry(position, id, header, body) VALUES(?, ?, ?, ?)",
                                 {signed_of(index), Blob{leaf.view()}, Blob{header}, Blob{body}});
      !done)
    return pass(done);
  // Each one at the end of the index is a pair that this leaf completes, with the subtree left of it.
  Hash32 node = leaf;
  auto left = tree_.hashes();
  unsigned level = 0;
  for (std::uint64_t rest = index; (rest & 1U) != 0; rest >>= 1) {
    node = format::node_hash(left.back(), node);
    left = left.first(left.size() - 1);
    ++level;
    if (auto done = database_->run("INSERT INTO node(level, position, hash) VALUES(?, ?, ?)",
                                   {std::int64_t{level}, signed_of(rest >> 1), Blob{node.view()}});
        !done)
      return pass(done);
  }
  tree_.append(leaf);
  return EntryId(leaf);
}

Result<void> Run::commit(BytesView checkpoint) {
  if (auto done = database_->run("INSERT INTO head(size, checkpoint) VALUES(?, ?)",
                                 {signed_of(tree_.size()), Blob{checkpoint}});
      !done)
    return done;
  return transaction_.commit();
}

Result<LogHead> Log::head() {
  const auto rows = database_->query("SELECT size, checkpoint FROM head ORDER BY size DESC LIMIT 1");
  if (!rows) return tl::unexpected(rows.error());
  if (rows->empty()) return LogHead{};
  return LogHead{static_cast<std::uint64_t>(rows->front().number(0)), rows->front().bytes(1)};
}

Result<Hash32> Log::root_at(std::uint64_t size) {
  const auto tree = tree_of(size);
  if (!tree) return tl::unexpected(tree.error());
  return tree->root();
}

Result<Run> Log::begin_run() {
  auto transaction = database_->begin();
  if (!transaction) return pass(transaction);
  const auto newest = head();
  if (!newest) return tl::unexpected(newest.error());
  auto tree = tree_of(newest->size);
  if (!tree) return pass(tree);
  return Run(*database_, *std::move(transaction), *std::move(tree));
}

Result<std::vector<Row>> Log::rows_of_bundle(std::uint64_t from, std::uint64_t size) {
  std::vector<Row> out;
  std::size_t octets = format::bundle_overhead_max(size);
  for (std::uint64_t at = from; at < size && out.size() < format::kBundleEntriesMax; ++at) {
    auto found = database_->query("SELECT header, body FROM entry WHERE position = ?", {signed_of(at)});
    if (!found) return found;
    if (found->empty()) return damaged("an entry");
    octets += format::bundle_entry_size(entry_of(found->front()));
    if (octets > format::kBundleBytesMax && !out.empty()) break;
    out.push_back(std::move(found->front()));
  }
  return out;
}

Result<std::vector<Hash32>> Log::proof_of(std::uint64_t from, std::uint64_t to, std::uint64_t size) {
  std::vector<Hash32> out;
  std::optional<Error> trouble;
  const format::PerfectHash perfect = [&](unsigned level, std::uint64_t position) {
    const auto hash = perfect_hash(level, position);
    if (!hash) trouble = hash.error();
    return hash ? *hash : Hash32{};
  };
  for (const auto& subtree : format::proof_subtrees(from, to, size)) out.push_back(format::subtree_hash(subtree, perfect));
  if (trouble) return tl::unexpected(*trouble);
  return out;
}

Result<Bytes> Log::bundle(std::uint64_t from) {
  const auto newest = head();
  if (!newest) return tl::unexpected(newest.error());
  TMZ_CHECK(from < newest->size);
  const auto rows = rows_of_bundle(from, newest->size);
  if (!rows) return tl::unexpected(rows.error());
  const auto proof = proof_of(from, from + rows->size(), newest->size);
  if (!proof) return tl::unexpected(proof.error());
  std::vector<format::BundleEntry> entries;
  for (const auto& row : *rows) entries.push_back(entry_of(row));
  return format::serialise_bundle(newest->checkpoint, from, entries, *proof);
}

Result<std::optional<LogEntry>> Log::find(const EntryId& id) {
  auto rows = database_->query("SELECT position, header, body FROM entry WHERE id = ?", {Blob{id.view()}});
  if (!rows) return pass(rows);
  if (rows->empty()) return std::optional<LogEntry>();
  const Row& row = rows->front();
  return std::optional(LogEntry{static_cast<std::uint64_t>(row.number(0)), row.bytes(1), row.bytes(2)});
}

Result<std::vector<EntryId>> Log::corrections_of(const EntryId& article) {
  return naming(*database_, article, format::EntryKind::kCorrection);
}

Result<bool> Log::is_retracted(const EntryId& entry) {
  const auto retractions = naming(*database_, entry, format::EntryKind::kRetraction);
  if (!retractions) return tl::unexpected(retractions.error());
  return !retractions->empty();
}

Result<std::vector<std::uint64_t>> Log::retracted() {
  // A retraction says its kind in these two octets (EntryHeader 4); what has them by chance is told apart below.
  const auto rows = database_->query("SELECT header FROM entry WHERE instr(header, ?) > 0", {Blob{"\x20\x03"}});
  if (!rows) return tl::unexpected(rows.error());
  std::set<std::uint64_t> out;
  for (const auto& row : *rows) {
    const auto header = format::parse_header(row.bytes(0));
    if (!header || header->kind != format::EntryKind::kRetraction) continue;
    const auto target = database_->query("SELECT position FROM entry WHERE id = ?", {Blob{header->target->view()}});
    if (!target) return tl::unexpected(target.error());
    if (!target->empty()) out.insert(static_cast<std::uint64_t>(target->front().number(0)));
  }
  return std::vector<std::uint64_t>(out.begin(), out.end());
}

Result<std::vector<NamedBlob>> Log::blobs_named_by(std::uint64_t from, std::uint64_t to) {
  std::vector<NamedBlob> out;
  for (std::uint64_t index = from; index < to; ++index) {
    const auto found = database_->query("SELECT body FROM entry WHERE position = ?", {signed_of(index)});
    if (!found) return tl::unexpected(found.error());
    if (found->empty()) return damaged("an entry");
    for (const auto& blob : format::blobs_named_by(found->front().bytes(0))) out.push_back({blob, index});
  }
  return out;
}

Result<format::CompactRange> Log::tree_of(std::uint64_t size) {
  std::vector<Hash32> hashes;
  std::uint64_t begin = 0;
  for (unsigned level = 48; level-- > 0;) {
    const std::uint64_t leaves = std::uint64_t{1} << level;
    if ((size & leaves) == 0) continue;
    const auto hash = perfect_hash(level, begin >> level);
    if (!hash) return tl::unexpected(hash.error());
    hashes.push_back(*hash);
    begin += leaves;
  }
  return format::CompactRange::restore(size, std::move(hashes));
}

Result<Hash32> Log::perfect_hash(unsigned level, std::uint64_t position) {
  const auto rows =
      level == 0 ? database_->query("SELECT id FROM entry WHERE position = ?", {signed_of(position)})
                 : database_->query("SELECT hash FROM node WHERE level = ? AND position = ?",
                                    {std::int64_t{level}, signed_of(position)});
  if (!rows) return tl::unexpected(rows.error());
  return hash_of(*rows);
}

}  // namespace tamizdat::desk
