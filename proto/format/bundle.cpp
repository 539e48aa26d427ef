#include "proto/format/bundle.h"

#include <bit>

#include "proto/base/check.h"
#include "proto/format/limits.h"
#include "proto/format/message.h"
#include "proto/format/tamizdat.pb.h"
#include "proto/format/wire.h"

namespace tamizdat::format {
namespace {

// Tag and length of a field below 2 MiB.
constexpr std::size_t kFieldOverhead = 5;
constexpr std::uint32_t kHeadField = v1::Bundle::kHeadFieldNumber;

}  // namespace

Bytes serialise_bundle(BytesView head, std::uint64_t from, std::span<const BundleEntry> entries,
                       std::span<const Hash32> proof) {
  v1::Bundle message;
  message.set_head(Bytes(head));
  message.set_from(from);
  for (const auto& entry : entries) {
    auto& item = *message.add_entries();
    item.set_header(Bytes(entry.header));
    if (entry.body)
      item.set_body(Bytes(*entry.body));
    else
      item.set_absence(static_cast<v1::Absence>(entry.absence));
  }
  for (const auto& hash : proof) message.add_proof(Bytes(hash.view()));
  return serialise_message(message);
}

std::size_t bundle_entry_size(const BundleEntry& entry) {
  return entry.header.size() + (entry.body ? entry.body->size() : 1) + 3 * kFieldOverhead;
}

std::size_t bundle_overhead_max(std::uint64_t log_size) {
  const std::size_t proof_hashes = 2 * static_cast<std::size_t>(std::bit_width(log_size));
  return kCheckpointBytesMax + kFieldOverhead + 11 + proof_hashes * (32 + kFieldOverhead);
}

std::optional<Bytes> without_bodies(BytesView bundle, const AbsenceReason& reason) {
  v1::Bundle message;
  TMZ_CHECK(parse_message(bundle, message));
  bool any = false;
  for (auto& entry : *message.mutable_entries()) {
    if (!entry.has_body()) continue;
    const auto absence = reason(entry.header());
    if (!absence) continue;
    entry.set_absence(static_cast<v1::Absence>(*absence));
    any = true;
  }
  if (!any) return std::nullopt;
  return serialise_message(message);
}

Result<LogName> peek_log(BytesView bundle) {
  if (bundle.size() > kBundleBytesMax) return fail(kBundleTooLarge, "the bundle is larger than 1 MiB");
  WireReader fields(bundle);
  BytesView head;
  while (const auto field = fields.next())
    if (field->number == kHeadField && field->type == WireType::kBytes) head = field->bytes;  // the last one counts
  if (fields.failed()) return fail(kBundleMalformed, "the bundle is not a valid protobuf message");
  const auto checkpoint = parse_checkpoint(head);
  if (!checkpoint) return tl::unexpected(checkpoint.error());
  return LogName{checkpoint->project, checkpoint->desk};
}

}  // namespace tamizdat::format
