#include "proto/sync/link_message.h"

#include <algorithm>

#include "proto/format/limits.h"
#include "proto/format/message.h"
#include "proto/format/tamizdat.pb.h"

namespace tamizdat::sync {
namespace {

tl::unexpected<Error> malformed(std::string_view what) {
  return fail(kLinkMessageMalformed, "a link message " + std::string(what));
}

// At most so many octets, and no part of a character.
std::string cut(std::string_view text, std::size_t bytes_max) {
  std::size_t end = std::min(text.size(), bytes_max);
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return std::string(text.substr(0, end));
}

// ---- writing ----

void write(const FrontierDigest& from, v1::LinkMessage& to) {
  to.mutable_digest()->set_digest(Bytes(from.digest.view()));
}

void write(const Frontier& from, v1::LinkMessage& to) {
  auto& frontier = *to.mutable_frontier();
  frontier.set_more(from.more);
  for (const auto& project : from.projects) {
    auto& item = *frontier.add_projects();
    item.set_project(Bytes(project.project.view()));
    item.set_charter_version(project.charter_version);
    item.set_charter_hash(Bytes(project.charter_hash.view()));
    for (const auto& log : project.logs) {
      auto& state = *item.add_logs();
      state.set_desk(Bytes(log.desk.view()));
      state.set_size(log.size);
      state.set_root(Bytes(log.root.view()));
    }
  }
}

void write(const CharterRequest& from, v1::LinkMessage& to) {
  to.mutable_charter_request()->set_project(Bytes(from.project.view()));
}

void write(const Charters& from, v1::LinkMessage& to) {
  to.mutable_charters()->set_more(from.more);
  for (const auto& charter : from.signed_charters) to.mutable_charters()->add_signed_charters(charter);
}

void write(const Subscribe& from, v1::LinkMessage& to) {
  to.mutable_subscribe()->set_project(Bytes(from.log.project.view()));
  to.mutable_subscribe()->set_desk(Bytes(from.log.desk.view()));
  to.mutable_subscribe()->set_from(from.from);
}

void write(const Unsubscribe& from, v1::LinkMessage& to) {
  to.mutable_unsubscribe()->set_project(Bytes(from.log.project.view()));
  to.mutable_unsubscribe()->set_desk(Bytes(from.log.desk.view()));
}

void write(const BundleMessage& from, v1::LinkMessage& to) { to.set_bundle(from.bundle); }
void write(const Credit& from, v1::LinkMessage& to) { to.mutable_credit()->set_octets(from.octets); }

void write(const Refusal& from, v1::LinkMessage& to) {
  to.mutable_refusal()->set_project(Bytes(from.project.view()));
  to.mutable_refusal()->set_code(cut(from.code, kRefusalCodeBytesMax));
  to.mutable_refusal()->set_text(cut(from.text, kRefusalTextBytesMax));
}

void write(const Ping& from, v1::LinkMessage& to) { to.mutable_ping()->set_token(from.token); }
void write(const Pong& from, v1::LinkMessage& to) { to.mutable_pong()->set_token(from.token); }

template <typename Message>
void write_blob(const BlobId& from, Message& to) {
  to.set_root(Bytes(from.root.view()));
  to.set_size(from.size);
}

template <typename Message>
void write_run(const BlobRun& from, Message& to) {
  write_blob(from.blob, to);
  to.set_part(static_cast<v1::BlobPart>(from.part));
  to.set_first(from.first);
  to.set_count(from.count);
}

void write(const BlobRequest& from, v1::LinkMessage& to) { write_run(from.run, *to.mutable_blob_request()); }
void write(const BlobNotHeld& from, v1::LinkMessage& to) { write_run(from.run, *to.mutable_blob_not_held()); }
void write(const BlobHeld& from, v1::LinkMessage& to) { write_blob(from.blob, *to.mutable_blob_held()); }

void write(const BlobBlock& from, v1::LinkMessage& to) {
  auto& block = *to.mutable_blob_block();
  write_blob(from.run.blob, block);
  block.set_part(static_cast<v1::BlobPart>(from.run.part));
  block.set_index(from.run.first);
  block.set_octets(from.octets);
}

void write(const StatementMessage& from, v1::LinkMessage& to) {
  to.mutable_statement()->set_sequence(from.sequence);
  to.mutable_statement()->set_statement(from.statement);
}

void write(const StatementsFrom& from, v1::LinkMessage& to) {
  to.mutable_statements_from()->set_epoch(from.epoch);
  to.mutable_statements_from()->set_after(from.after);
}

void write(const StatementsOfProject& from, v1::LinkMessage& to) {
  to.mutable_statements_from()->set_project(Bytes(from.project.view()));
}

void write(const StatementsEpoch& from, v1::LinkMessage& to) {
  to.mutable_statements_epoch()->set_epoch(from.epoch);
  to.mutable_statements_epoch()->set_last(from.last);
}

void write(const SealedHeld& from, v1::LinkMessage& to) {
  auto& held = *to.mutable_sealed_held();
  if (from.digest) held.set_digest(Bytes(from.digest->view()));
  for (const auto& slot : from.slots) held.add_slots(Bytes(slot.view()));
}

void write(const SealedRequest& from, v1::LinkMessage& to) {
  auto& request = *to.mutable_sealed_request();
  for (const auto& slot : from.slots) request.add_slots(Bytes(slot.view()));
}

void write(const SealedSlot& from, v1::LinkMessage& to) {
  to.mutable_sealed_slot()->set_id(Bytes(from.id.view()));
  to.mutable_sealed_slot()->set_slot(from.slot);
}

void write(const UnknownMessage&, v1::LinkMessage&) {}

// ---- reading ----

Result<ProjectState> read(const v1::ProjectState& from) {
  const auto project = Hash32::from(from.project());
  const auto charter = Hash32::from(from.charter_hash());
  if (!project || !charter || from.charter_version() == 0) return malformed("has a project state without its ids");
  ProjectState out{ProjectId(*project), from.charter_version(), *charter, {}};
  if (static_cast<std::size_t>(from.logs_size()) > kProjectLogsMax)
    return malformed("has more logs of a project than it can have desks");
  for (const auto& log : from.logs()) {
    const auto desk = Hash32::from(log.desk());
    const auto root = Hash32::from(log.root());
    if (!desk || !root || log.size() > format::kLogSizeMax) return malformed("has a log state without its ids");
    out.logs.push_back({DeskId(*desk), log.size(), *root});
  }
  return out;
}

Result<LinkMessage> read(const v1::Frontier& from) {
  Frontier out;
  out.more = from.more();
  std::size_t states = 0;
  for (const auto& item : from.projects()) {
    auto project = read(item);
    if (!project) return pass(project);
    states += 1 + project->logs.size();
    if (states > 2 * kFrontierLogsMax) return malformed("has a frontier with too many states");
    out.projects.push_back(*std::move(project));
  }
  return out;
}

template <typename Message>
Result<format::LogName> read_log_name(const Message& from) {
  const auto project = Hash32::from(from.project());
  const auto desk = Hash32::from(from.desk());
  if (!project || !desk) return malformed("does not name its log");
  return format::LogName{ProjectId(*project), DeskId(*desk)};
}

Result<LinkMessage> read(const v1::Charters& from) {
  if (from.signed_charters_size() == 0 || static_cast<std::size_t>(from.signed_charters_size()) > format::kCharterChainMax)
    return malformed("has no charters or too many");
  return Charters{{from.signed_charters().begin(), from.signed_charters().end()}, from.more()};
}

Result<LinkMessage> read(const v1::Refusal& from) {
  const auto project = Hash32::from(from.project());
  if (!project || from.code().size() > kRefusalCodeBytesMax || from.text().size() > kRefusalTextBytesMax)
    return malformed("refuses something without naming it");
  return Refusal{ProjectId(*project), from.code(), from.text()};
}

template <typename Message>
Result<BlobId> read_blob(const Message& from) {
  const auto root = Hash32::from(from.root());
  if (!root || from.size() == 0 || from.size() > format::kAttachmentBytesMax)
    return malformed("does not name an attachment");
  return BlobId{*root, from.size()};
}

// `count` is not 0, and the blocks are there.
Result<BlobRun> checked_run(Result<BlobId> blob, v1::BlobPart part, std::uint64_t first, std::uint64_t count) {
  if (!blob) return pass(blob);
  if (part != v1::BLOB_PART_LEAVES && part != v1::BLOB_PART_CONTENT)
    return malformed("names no part of an attachment that is known");
  const BlobRun run{*blob, static_cast<BlobPart>(part), first, count};
  const auto blocks = part_blocks(run.blob, run.part);
  if (count == 0 || first >= blocks || count > blocks - first)
    return malformed("names blocks that the attachment has not");
  return run;
}

template <typename Message>
Result<BlobRun> read_run(const Message& from) {
  return checked_run(read_blob(from), from.part(), from.first(), from.count());
}

Result<LinkMessage> read(const v1::BlobRequest& from) {
  const auto run = read_run(from);
  if (!run) return pass(run);
  return BlobRequest{*run};
}

Result<LinkMessage> read(const v1::BlobNotHeld& from) {
  const auto run = read_run(from);
  if (!run) return pass(run);
  return BlobNotHeld{*run};
}

Result<LinkMessage> read(const v1::BlobHeld& from) {
  const auto blob = read_blob(from);
  if (!blob) return pass(blob);
  return BlobHeld{*blob};
}

Result<LinkMessage> read(v1::BlobBlock& from) {
  const auto run = checked_run(read_blob(from), from.part(), from.index(), 1);
  if (!run) return pass(run);
  if (from.octets().size() != part_block_size(run->blob, run->part, run->first))
    return malformed("has a block of another length");
  return BlobBlock{*run, std::move(*from.mutable_octets())};
}

Result<LinkMessage> read(v1::StatementMessage& from) {
  if (from.statement().empty() || from.statement().size() > format::kStatementBytesMax)
    return malformed("has no statement or one that is too large");
  return StatementMessage{from.sequence(), std::move(*from.mutable_statement())};
}

Result<LinkMessage> read(const v1::StatementsFrom& from) {
  if (!from.project().empty()) {
    const auto project = Hash32::from(from.project());
    if (!project) return malformed("asks for statements of something that is no project");
    return StatementsOfProject{ProjectId(*project)};
  }
  if (!from.epoch().empty() && from.epoch().size() != kEpochBytes)
    return malformed("asks for statements of no epoch");
  return StatementsFrom{from.epoch(), from.after()};
}

Result<LinkMessage> read(const v1::StatementsEpoch& from) {
  if (from.epoch().size() != kEpochBytes) return malformed("counts statements in no epoch");
  return StatementsEpoch{from.epoch(), from.last()};
}

template <typename Ids>
Result<std::vector<Hash32>> read_slots(const Ids& from, std::size_t most) {
  if (static_cast<std::size_t>(from.size()) > most) return malformed("names too many slots");
  std::vector<Hash32> out;
  for (const auto& item : from) {
    const auto id = Hash32::from(item);
    if (!id) return malformed("names a slot with no 32 octets");
    out.push_back(*id);
  }
  return out;
}

Result<LinkMessage> read(const v1::SealedHeld& from) {
  auto slots = read_slots(from.slots(), kSealedHeldMax);
  if (!slots) return pass(slots);
  const auto digest = Hash32::from(from.digest());
  if (!from.digest().empty() && !digest) return malformed("has a digest that is not 32 octets");
  return SealedHeld{digest, *std::move(slots)};
}

Result<LinkMessage> read(const v1::SealedRequest& from) {
  auto slots = read_slots(from.slots(), kSealedAskedMax);
  if (!slots) return pass(slots);
  return SealedRequest{*std::move(slots)};
}

Result<LinkMessage> read(v1::SealedSlot& from) {
  const auto id = Hash32::from(from.id());
  if (!id || from.slot().size() > format::kSlotSizes.back()) return malformed("does not name its slot, or has a longer one than there is");
  return SealedSlot{*id, std::move(*from.mutable_slot())};
}

}  // namespace

Bytes serialise_link_message(const LinkMessage& message) {
  v1::LinkMessage out;
  std::visit([&out](const auto& value) { write(value, out); }, message);
  return format::serialise_message(out);
}

Result<LinkMessage> parse_link_message(BytesView bytes) {
  v1::LinkMessage message;
  if (!format::parse_message(bytes, message))
    return malformed("is not a valid protobuf message");
  switch (message.message_case()) {
    case v1::LinkMessage::kDigest: {
      const auto digest = Hash32::from(message.digest().digest());
      if (!digest) return malformed("has a digest that is not 32 octets");
      return FrontierDigest{*digest};
    }
    case v1::LinkMessage::kFrontier:
      return read(message.frontier());
    case v1::LinkMessage::kCharterRequest: {
      const auto project = Hash32::from(message.charter_request().project());
      if (!project) return malformed("asks for charters without naming a project");
      return CharterRequest{ProjectId(*project)};
    }
    case v1::LinkMessage::kCharters:
      return read(message.charters());
    case v1::LinkMessage::kSubscribe: {
      const auto log = read_log_name(message.subscribe());
      if (!log) return tl::unexpected(log.error());
      if (message.subscribe().from() > format::kLogSizeMax) return malformed("subscribes from beyond any log");
      return Subscribe{*log, message.subscribe().from()};
    }
    case v1::LinkMessage::kUnsubscribe: {
      const auto log = read_log_name(message.unsubscribe());
      if (!log) return tl::unexpected(log.error());
      return Unsubscribe{*log};
    }
    case v1::LinkMessage::kBundle:
      return BundleMessage{std::move(*message.mutable_bundle())};
    case v1::LinkMessage::kCredit:
      return Credit{message.credit().octets()};
    case v1::LinkMessage::kRefusal:
      return read(message.refusal());
    case v1::LinkMessage::kPing:
      return Ping{message.ping().token()};
    case v1::LinkMessage::kPong:
      return Pong{message.pong().token()};
    case v1::LinkMessage::kBlobRequest:
      return read(message.blob_request());
    case v1::LinkMessage::kBlobBlock:
      return read(*message.mutable_blob_block());
    case v1::LinkMessage::kBlobNotHeld:
      return read(message.blob_not_held());
    case v1::LinkMessage::kBlobHeld:
      return read(message.blob_held());
    case v1::LinkMessage::kStatement:
      return read(*message.mutable_statement());
    case v1::LinkMessage::kStatementsFrom:
      return read(message.statements_from());
    case v1::LinkMessage::kStatementsEpoch:
      return read(message.statements_epoch());
    case v1::LinkMessage::kSealedHeld:
      return read(message.sealed_held());
    case v1::LinkMessage::kSealedRequest:
      return read(message.sealed_request());
    case v1::LinkMessage::kSealedSlot:
      return read(*message.mutable_sealed_slot());
    case v1::LinkMessage::MESSAGE_NOT_SET:
      break;
  }
  return UnknownMessage{};
}

}  // namespace tamizdat::sync
