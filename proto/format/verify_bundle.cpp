#include "proto/format/limits.h"
#include "proto/format/message.h"
#include "proto/format/tamizdat.pb.h"
#include "proto/format/verify.h"
#include "proto/format/wire.h"

namespace tamizdat::format {
namespace {

// Counts what the library would make objects of, before it makes any: a bundle of empty entries would grow thirtyfold.
Result<void> check_counts(BytesView bundle) {
  std::size_t entries = 0;
  std::size_t hashes = 0;
  WireReader fields(bundle);
  while (const auto field = fields.next()) {
    if (field->type != WireType::kBytes) continue;
    if (field->number == v1::Bundle::kEntriesFieldNumber) ++entries;
    if (field->number == v1::Bundle::kProofFieldNumber) ++hashes;
  }
  if (fields.failed()) return fail(kBundleMalformed, "the bundle is not a valid protobuf message");
  if (entries == 0) return fail(kBundleEmpty, "the bundle has no entries");
  if (entries > kBundleEntriesMax)
    return fail(kBundleMalformed, "the bundle has more than " + std::to_string(kBundleEntriesMax) + " entries");
  if (hashes > kProofHashesMax) return fail(kProofTooLong, "the proof has more hashes than any run needs");
  return {};
}

}  // namespace

Result<VerifiedHead> verify_head(const VerifiedCharter& charter, BytesView checkpoint) {
  auto parsed = parse_checkpoint(checkpoint);
  if (!parsed) return pass(parsed);
  if (parsed->project != charter.project())
    return fail(kHeadOfAnotherProject, "the head belongs to project " + parsed->project.text());
  const Charter& content = charter.content();
  const ClosedDesk* const closed = content.closed_desk(parsed->desk);
  if (closed != nullptr) {
    if (closed->size != parsed->size || closed->root != parsed->root)
      return fail(kHeadOfClosedDesk, "desk " + parsed->desk.text() + " was closed at " + std::to_string(closed->size) +
                                         " entries with another root than this head's");
  } else if (content.desk(parsed->desk) == nullptr) {
    return fail(kHeadOfUnknownDesk, "the project's charter does not list desk " + parsed->desk.text());
  }
  // What is left of a stolen desk must not hang on its key, nor on whether somebody kept its head of that very size.
  const bool charter_vouches = closed != nullptr && is_unsigned(*parsed);
  if (!charter_vouches && !verify_raw(parsed->desk.value, parsed->text(), parsed->signature))
    return fail(kHeadSignatureInvalid, "the head's signature by desk " + parsed->desk.text() + " does not verify");
  VerifiedHead head;
  head.log_ = log_id(parsed->project, parsed->desk);
  head.charter_version_ = charter.version();
  head.charter_hash_ = charter.hash();
  head.checkpoint_ = *std::move(parsed);
  head.bytes_ = Bytes(checkpoint);
  return head;
}

Result<VerifiedHead> closing_head(const VerifiedCharter& charter, const DeskId& desk) {
  const ClosedDesk* const closed = charter.content().closed_desk(desk);
  if (closed == nullptr) return fail(kHeadOfUnknownDesk, "the project's charter does not close desk " + desk.text());
  return verify_head(charter, closing_checkpoint(charter.project(), desk, closed->size, closed->root));
}

// Turns the parts of a parsed message into verified entries, in the order of the design: form, then meaning.
class BundleVerifier {
 public:
  explicit BundleVerifier(VerifiedHead head) : bundle_(std::move(head)) {}

  Result<VerifiedBundle> verify(v1::Bundle& message) {
    bundle_.from_ = message.from();
    bundle_.entries_.reserve(static_cast<std::size_t>(message.entries_size()));
    for (auto& entry : *message.mutable_entries())
      if (auto taken = take_entry(entry); !taken) return pass(taken);
    for (const auto& hash : message.proof()) {
      const auto value = Hash32::from(hash);
      if (!value) return fail(kBundleMalformed, "the bundle's proof has a hash that is not 32 octets");
      bundle_.proof_.push_back(*value);
    }
    if (auto tied = check_root(); !tied) return pass(tied);
    return std::move(bundle_);
  }

 private:
  Result<void> take_entry(v1::Entry& message) {
    auto header = parse_header(message.header());
    if (!header) return pass(header);
    if (header->project != bundle_.head().project() || header->desk != bundle_.head().desk())
      return fail(kEntryOfAnotherLog, "an entry's header names another project or desk than the head");
    if (header->index != bundle_.to())
      return fail(kEntryIndexWrong, "an entry's header has index " + std::to_string(header->index) + " at place " +
                                        std::to_string(bundle_.to()));
    VerifiedEntry entry;
    entry.id_ = entry_id(message.header());
    entry.header_ = *std::move(header);
    entry.header_bytes_ = std::move(*message.mutable_header());
    if (auto taken = take_content(message, entry); !taken) return taken;
    leaves_.push_back(entry.id_.value);
    bundle_.entries_.push_back(std::move(entry));
    return {};
  }

  static Result<void> take_content(v1::Entry& message, VerifiedEntry& entry) {
    if (!message.has_body()) {
      if (message.absence() <= 0)
        return fail(kBodyMissingReason, "an entry has neither a body nor a reason for its absence");
      entry.absence_ = static_cast<Absence>(message.absence());
      return {};
    }
    if (message.body().size() > kBodyBytesMax)
      return fail(kBodyTooLarge, "a body is larger than " + std::to_string(kBodyBytesMax) + " octets");
    if (message.body().size() != entry.header_.body_size)
      return fail(kBodySizeWrong, "a body does not have the size that its header states");
    if (body_commitment(message.body()) != entry.header_.body_commitment)
      return fail(kBodyCommitmentWrong, "a body is not the one that its header commits to");
    entry.body_ = std::move(*message.mutable_body());
    return {};
  }

  Result<void> check_root() {
    const VerifiedHead& head = bundle_.head();
    const auto root = root_of_run(head.size(), bundle_.from_, leaves_, bundle_.proof_);
    if (!root) return tl::unexpected(root.error());
    if (*root != head.root())
      return fail(kBundleRootMismatch, "the entries and the proof do not lead to the root that the head states");
    bundle_.before_count_ = cover(0, bundle_.from_, head.size()).size();
    return {};
  }

  VerifiedBundle bundle_;
  std::vector<Hash32> leaves_;
};

Result<VerifiedBundle> verify_bundle(const VerifiedCharter& charter, BytesView bundle, const VerifiedHead* known) {
  if (bundle.size() > kBundleBytesMax) return fail(kBundleTooLarge, "the bundle is larger than 1 MiB");
  if (auto counts = check_counts(bundle); !counts) return pass(counts);
  v1::Bundle message;
  if (!parse_message(bundle, message))
    return fail(kBundleMalformed, "the bundle is not a valid protobuf message");
  if (known != nullptr && known->charter_hash() == charter.hash() && known->bytes() == message.head())
    return BundleVerifier(*known).verify(message);
  auto head = verify_head(charter, message.head());
  if (!head) return pass(head);
  return BundleVerifier(*std::move(head)).verify(message);
}

}  // namespace tamizdat::format
