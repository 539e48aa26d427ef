#include "tests/vectors/run_vector.h"

#include "proto/base/check.h"
#include "proto/format/archive.h"
#include "proto/format/bundle.h"
#include "proto/format/charter_decision.h"
#include "proto/format/cosignature.h"
#include "proto/format/freshness.h"
#include "proto/format/hash.h"
#include "proto/format/letter.h"
#include "proto/format/merkle.h"
#include "proto/format/receipt.h"
#include "proto/format/relay_descriptor.h"
#include "proto/format/sealed_body.h"
#include "proto/format/statement.h"
#include "proto/format/verify.h"

namespace tamizdat::format {
namespace {

Outcome refusal(const Error& error) { return {std::string(error.code.name()), {}}; }

std::vector<Hash32> hashes_of(BytesView concatenated) {
  std::vector<Hash32> out;
  for (; !concatenated.empty(); concatenated.remove_prefix(32)) out.push_back(*Hash32::from(concatenated.substr(0, 32)));
  return out;
}

Hash32 hash_payload(const Vector& vector, std::string_view name) { return Hash32::from(vector.payload(name)).value(); }

Outcome run_base64(const Vector& vector) {
  const auto bytes = from_base64(vector.payload("text"));
  if (!bytes) return refusal(bytes.error());
  return {"ok", {{"octets", to_hex(*bytes)}}};
}

Outcome run_id(const Vector& vector) {
  if (vector.line("prefix") == BlobId::kPrefix) {
    const auto blob = BlobId::parse(vector.payload("text"));
    return blob ? Outcome{"ok", {{"octets", to_hex(blob->octets())}}} : refusal(blob.error());
  }
  const auto id = parse_id(vector.line("prefix"), vector.payload("text"));
  if (!id) return refusal(id.error());
  return {"ok", {{"octets", to_hex(id->view())}}};
}

Outcome run_seed(const Vector& vector) {
  const auto key = SigningKey::from_seed(vector.payload("seed"));
  if (!key) return refusal(key.error());
  return {"ok", {{"key", to_hex(key->public_key().view())}}};
}

Outcome run_signature(const Vector& vector) {
  const bool good = verify_raw(hash_payload(vector, "key"), vector.payload("message"), vector.payload("signature"));
  return {good ? "ok" : "refused", {}};
}

Outcome run_root_of_run(const Vector& vector) {
  const auto root = root_of_run(vector.number("size"), vector.number("from"), hashes_of(vector.payload("leaves")),
                                hashes_of(vector.payload("proof")));
  if (!root) return refusal(root.error());
  return {"ok", {{"root", to_hex(root->view())}}};
}

Outcome run_checkpoint(const Vector& vector) {
  const auto checkpoint = parse_checkpoint(vector.payload("checkpoint"));
  if (!checkpoint) return refusal(checkpoint.error());
  return {"ok",
          {{"log", log_id(checkpoint->project, checkpoint->desk).text()},
           {"size", std::to_string(checkpoint->size)},
           {"root", to_hex(checkpoint->root.view())}}};
}

Outcome run_charter(const Vector& vector) {
  const auto charter = verify_charter_chain(vector.all("charter"));
  if (!charter) return refusal(charter.error());
  return {"ok",
          {{"project", charter->project().text()},
           {"version", std::to_string(charter->version())},
           {"hash", to_hex(charter->hash().view())}}};
}

VerifiedCharter charter_of(const Vector& vector) {
  auto charter = verify_charter_chain(vector.all("charter"));
  TMZ_CHECK(charter);
  return *std::move(charter);
}

Outcome run_head(const Vector& vector) {
  const auto head = verify_head(charter_of(vector), vector.payload("checkpoint"));
  if (!head) return refusal(head.error());
  TMZ_CHECK(head->bytes() == vector.payload("checkpoint"));
  return {"ok", {{"log", head->log().text()}, {"size", std::to_string(head->size())}}};
}

Outcome run_bundle(const Vector& vector) {
  const auto bundle = verify_bundle(charter_of(vector), vector.payload("bundle"));
  if (!bundle) return refusal(bundle.error());
  return {"ok",
          {{"log", bundle->head().log().text()},
           {"size", std::to_string(bundle->head().size())},
           {"from", std::to_string(bundle->from())},
           {"to", std::to_string(bundle->to())},
           {"first-entry", bundle->entries().front().id().text()},
           {"last-entry", bundle->entries().back().id().text()}}};
}

Outcome run_header(const Vector& vector) {
  const auto header = parse_header(vector.payload("header"));
  if (!header) return refusal(header.error());
  return {"ok",
          {{"entry", entry_id(vector.payload("header")).text()},
           {"index", std::to_string(header->index)},
           {"kind", std::to_string(static_cast<std::uint32_t>(header->kind))},
           {"body-size", std::to_string(header->body_size)}}};
}

Outcome run_body(const Vector& vector) {
  const auto body = parse_body(vector.payload("body"));
  if (!body) return refusal(body.error());
  return {"ok",
          {{"commitment", to_hex(body_commitment(vector.payload("body")).view())},
           {"attachments", std::to_string(body->attachments.size())}}};
}

Outcome run_sealed_body(const Vector& vector) {
  const auto header = parse_header(vector.payload("header"));
  TMZ_CHECK(header);
  const auto body = open_body(*header, vector.payload("sealed"), vector.payload("key"));
  if (!body) return refusal(body.error());
  return {"ok", {{"body", to_hex(sha256({*body}).view())}}};
}

Outcome run_slot(const Vector& vector) {
  const auto secrets = vector.all("secret");
  std::vector<SealingPair> keys;
  for (const auto& secret : secrets) keys.push_back({sealing_public_key(secret).value(), secret});
  const Bytes& slot = vector.payload("slot");
  const auto part = open_slot(slot, keys);
  if (!part) return refusal(part.error());
  return {"ok",
          {{"slot", to_hex(slot_id(slot).view())},
           {"ends", std::to_string(unix_seconds(*parse_slot(slot)))},
           {"letter", to_hex(part->letter.view())},
           {"part", std::to_string(part->part) + " of " + std::to_string(part->parts)},
           {"octets", to_hex(sha256({part->octets}).view())}}};
}

Outcome run_letter(const Vector& vector) {
  const Bytes& signed_letter = vector.payload("letter");
  const auto letter = verify_letter(charter_of(vector), ProjectId(hash_payload(vector, "us")), signed_letter);
  if (!letter) return refusal(letter.error());
  return {"ok",
          {{"hash", to_hex(letter_hash(signed_letter).view())},
           {"name", letter->content().name},
           {"content", to_hex(sha256({letter->content().content}).view())}}};
}

Outcome run_submission(const Vector& vector) {
  const auto desk = verify_submission(vector.payload("text"), RelayId(hash_payload(vector, "relay")), hash_payload(vector, "slot-id"));
  if (!desk) return refusal(desk.error());
  return {"ok", {{"desk", desk->desk.text()}}};
}

Outcome run_archive(const Vector& vector) {
  const auto records = parse_archive(vector.payload("archive"));
  if (!records) return refusal(records.error());
  Sha256 content;
  for (const auto& record : *records) content.add(record.bytes);
  return {"ok", {{"records", std::to_string(records->size())}, {"content", to_hex(content.finish().view())}}};
}

std::vector<VerifiedCharter> chain_of(const Vector& vector) {
  std::vector<VerifiedCharter> chain;
  for (const auto& charter : vector.all("charter"))
    chain.push_back(chain.empty() ? verify_first_charter(charter).value() : verify_charter_update(chain.back(), charter).value());
  return chain;
}

Outcome run_statement(const Vector& vector) {
  const auto statement = verify_statement({chain_of(vector)}, vector.payload("statement"));
  if (!statement) return refusal(statement.error());
  TMZ_CHECK(statement->octets() == vector.payload("statement"));
  Outcome out{"ok",
              {{"kind", std::to_string(static_cast<std::uint32_t>(statement->kind()))},
               {"slot", to_hex(statement->slot().view())}}};
  if (statement->time()) out.facts.emplace("time", std::to_string(unix_seconds(*statement->time())));
  return out;
}

const char* name_of(Freshness freshness) {
  switch (freshness) {
    case Freshness::kUnwitnessed: return "unwitnessed";
    case Freshness::kFresh: return "fresh";
    case Freshness::kStale: return "stale";
    case Freshness::kWithheld: return "withheld";
  }
  return "";
}

Outcome run_freshness(const Vector& vector) {
  const auto chain = chain_of(vector);
  std::vector<std::shared_ptr<const VerifiedStatement>> statements;
  for (const auto& octets : vector.all("statement"))
    statements.push_back(std::make_shared<const VerifiedStatement>(verify_statement({chain}, octets).value()));
  const auto leaves = hashes_of(vector.payload("leaves"));
  // Of a part of a log its root is known, and that of the first entries as far as they are there.
  const std::uint64_t size = vector.number("size");
  const auto root_at = [&](std::uint64_t at) -> std::optional<Hash32> {
    if (at == size) return hash_payload(vector, "root");
    if (at > leaves.size()) return std::nullopt;
    CompactRange range;
    for (std::uint64_t i = 0; i < at; ++i) range.append(leaves.at(i));
    return range.root();
  };
  const FreshnessQuestion question{chain.back(), LogId(hash_payload(vector, "log")), size, root_at};
  const auto verdict = judge_freshness(question, statements, timestamp_from_unix(static_cast<std::int64_t>(vector.number("now"))));
  return {name_of(verdict.freshness),
          {{"since", verdict.since ? std::to_string(unix_seconds(*verdict.since)) : "never"},
           {"witnessed", std::to_string(verdict.witnessed)},
           {"contradicted", verdict.contradicted ? "yes" : "no"}}};
}

const char* name_of(const CharterDecision& decision, const Hash32& own) {
  if (decision.winner) return *decision.winner == own ? "one" : "other";
  return decision.can_be_decided() ? "undecided" : "undecidable";
}

Outcome run_charter_decision(const Vector& vector) {
  const auto own = chain_of(vector);
  const std::uint64_t version = vector.number("version");
  auto branch = own;
  branch.resize(version - 1, own.front());
  for (const auto& charter : vector.all("branch")) branch.push_back(verify_charter_update(branch.back(), charter).value());
  std::vector<std::shared_ptr<const VerifiedStatement>> statements;
  for (const auto& octets : vector.all("statement"))
    statements.push_back(std::make_shared<const VerifiedStatement>(verify_statement({own}, octets).value()));
  const CharterFork fork{version, {own.at(version - 1), branch.at(version - 1)}};
  const std::vector<CharterChain> chains{own, branch};
  const auto decision = decide_charter_fork(fork, chains, statements);
  return {name_of(decision, own.at(version - 1).hash()),
          {{"quorum", std::to_string(decision.quorum)},
           {"silent", std::to_string(decision.silent.size())},
           {"contradicting", std::to_string(decision.contradicting.size())}}};
}

BlobId blob_of(const Vector& vector) { return {hash_payload(vector, "root"), vector.number("size")}; }

Outcome run_leaves(const Vector& vector) {
  const auto good = verify_leaves(blob_of(vector), hashes_of(vector.payload("leaves")));
  return good ? Outcome{"ok", {}} : refusal(good.error());
}

Outcome run_block(const Vector& vector) {
  const auto good = verify_block(blob_of(vector), vector.number("index"), vector.payload("block"),
                                 hashes_of(vector.payload("path")));
  return good ? Outcome{"ok", {}} : refusal(good.error());
}

Outcome run_cosigned_head(const Vector& vector) {
  const auto cosigned = parse_cosigned_head(vector.payload("cosigned-head"));
  if (!cosigned) return refusal(cosigned.error());
  if (const auto good = check_cosignature(*cosigned, hash_payload(vector, "key")); !good) return refusal(good.error());
  return {"ok",
          {{"relay", cosigned->relay.text()},
           {"time", std::to_string(unix_seconds(cosigned->time))},
           {"log", log_id(cosigned->checkpoint.project, cosigned->checkpoint.desk).text()},
           {"size", std::to_string(cosigned->checkpoint.size)}}};
}

Outcome run_receipt(const Vector& vector) {
  const auto receipt = parse_receipt(vector.payload("receipt"));
  if (!receipt) return refusal(receipt.error());
  return {"ok",
          {{"log", receipt->log.text()},
           {"size", std::to_string(receipt->size)},
           {"root", to_hex(receipt->root.view())},
           {"time", std::to_string(unix_seconds(receipt->time))},
           {"from", std::to_string(receipt->from)},
           {"to", std::to_string(receipt->to)},
           {"exceptions", std::to_string(receipt->exceptions.size())}}};
}

Outcome run_relay_descriptor(const Vector& vector) {
  const auto descriptor = verify_relay_descriptor(vector.payload("relay-descriptor"));
  if (!descriptor) return refusal(descriptor.error());
  return {"ok",
          {{"relay", descriptor->relay.text()},
           {"witness-key", to_hex(descriptor->witness_key.view())},
           {"mirror-key", to_hex(descriptor->mirror_key.view())},
           {"country", descriptor->country},
           {"addresses", std::to_string(descriptor->addresses.size())}}};
}

}  // namespace

Outcome run_vector(const Vector& vector) {
  using Run = Outcome (*)(const Vector&);
  static const std::map<std::string, Run> runs{
      {"base64", run_base64},   {"id", run_id},           {"seed", run_seed},     {"signature", run_signature},
      {"run", run_root_of_run}, {"checkpoint", run_checkpoint}, {"charter", run_charter}, {"head", run_head},
      {"bundle", run_bundle},   {"header", run_header},   {"body", run_body},     {"archive", run_archive},
      {"sealed-body", run_sealed_body}, {"slot", run_slot}, {"letter", run_letter}, {"submission", run_submission}, {"leaves", run_leaves},   {"block", run_block},
      {"cosigned-head", run_cosigned_head}, {"receipt", run_receipt}, {"relay-descriptor", run_relay_descriptor},
      {"charter-decision", run_charter_decision},
      {"statement", run_statement}, {"freshness", run_freshness}};
  const auto run = runs.find(vector.what);
  TMZ_CHECK(run != runs.end());
  return run->second(vector);
}

}  // namespace tamizdat::format
