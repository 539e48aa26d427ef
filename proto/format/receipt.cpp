#include "proto/format/receipt.h"

#include <algorithm>

#include "proto/format/limits.h"
#include "proto/format/merkle.h"
#include "proto/format/message.h"
#include "proto/format/statement_rules.h"
#include "proto/format/tamizdat.pb.h"

namespace tamizdat::format {
namespace {

tl::unexpected<Error> malformed(std::string what) { return fail(kReceiptMalformed, "the receipt " + std::move(what)); }

Result<std::vector<ReceiptException>> exceptions_of(const v1::Receipt& message) {
  if (static_cast<std::size_t>(message.exceptions_size()) > kReceiptExceptionsMax)
    return malformed("names too many exceptions");
  std::vector<ReceiptException> out;
  std::uint64_t end = message.from();
  for (const auto& exception : message.exceptions()) {
    if (exception.from() < end || exception.from() >= exception.to() || exception.to() > message.to())
      return malformed("has exceptions that are empty, overlap, or lie outside of its range");
    if (exception.absence() <= 0) return malformed("has an exception without a reason");
    out.push_back({exception.from(), exception.to(), static_cast<Absence>(exception.absence())});
    end = exception.to();
  }
  return out;
}

}  // namespace

bool Receipt::covers(std::uint64_t begin, std::uint64_t end, std::span<const std::uint64_t> retracted) const {
  if (begin < from || end > to) return false;
  return std::ranges::all_of(exceptions, [&](const ReceiptException& exception) {
    const std::uint64_t first = std::max(begin, exception.from), last = std::min(end, exception.to);
    if (first >= last) return true;
    const auto known = std::ranges::lower_bound(retracted, last) - std::ranges::lower_bound(retracted, first);
    return exception.absence == Absence::kErased && static_cast<std::uint64_t>(known) == last - first;
  });
}

Result<Receipt> parse_receipt(BytesView content) {
  if (content.size() > kReceiptBytesMax) return fail(kReceiptTooLarge, "the receipt is larger than 64 KiB");
  v1::Receipt message;
  if (!parse_message(content, message)) return malformed("is not a valid protobuf message");
  const auto log = Hash32::from(message.log());
  const auto root = Hash32::from(message.root());
  if (!log || !root) return malformed("names a log or a root that is not 32 octets");
  if (message.size() > kLogSizeMax || message.from() > message.to() || message.to() > message.size())
    return malformed("has a range that is not within the log");
  if (message.size() == 0 && *root != empty_root()) return malformed("of an empty log has another root than the empty one");
  if (!are_times({message.time()})) return malformed("has a time outside of the years 0000 to 9999");
  auto exceptions = exceptions_of(message);
  if (!exceptions) return pass(exceptions);
  return Receipt{LogId(*log),    message.size(), *root, timestamp_from_unix(message.time()),
                 message.from(), message.to(),   *std::move(exceptions)};
}

Bytes serialise_receipt(const Receipt& receipt) {
  v1::Receipt message;
  message.set_log(Bytes(receipt.log.view()));
  message.set_size(receipt.size);
  message.set_root(Bytes(receipt.root.view()));
  message.set_time(unix_seconds(receipt.time));
  message.set_from(receipt.from);
  message.set_to(receipt.to);
  for (const auto& exception : receipt.exceptions) {
    auto& item = *message.add_exceptions();
    item.set_from(exception.from);
    item.set_to(exception.to);
    item.set_absence(static_cast<v1::Absence>(exception.absence));
  }
  return serialise_message(message);
}

Result<StatementFacts> verify_receipt(const StatementContext& context, const StatementParts& parts) {
  auto receipt = parse_receipt(parts.content);
  if (!receipt) return pass(receipt);
  const Charter& charter = context.in_force().content();
  const auto is_of = [&](const auto& desk) { return log_id(parts.project, desk.id) == receipt->log; };
  if (std::ranges::none_of(charter.desks, is_of) && std::ranges::none_of(charter.closed_desks, is_of))
    return fail(kReceiptOfUnknownLog, "the receipt is of a log of no desk that the charter lists");
  const PolicyRelay* const relay = find_relay(context, *parts.signer, [](const PolicyRelay& item) { return item.mirror_key; });
  if (relay == nullptr)
    return unknown_signer("the receipt is signed by a key that is no mirror key of the project's policy");
  const Timestamp time = receipt->time;
  return StatementFacts{receipt_slot(receipt->log, relay->mirror_key), time, RelayReceipt{*std::move(receipt), *relay}};
}

Hash32 receipt_slot(const LogId& log, const Hash32& mirror_key) { return slot_of_log(log, mirror_key); }

Bytes make_receipt(const ProjectId& project, const Receipt& receipt, const SigningKey& mirror_key) {
  return sign_statement(StatementKind::kReceipt, project, serialise_receipt(receipt), mirror_key);
}

}  // namespace tamizdat::format
