// A relay's receipt: what it holds durably of one log, bodies and attachments, and what not and why. Content of a signed
// statement (kind receipt, mirror key); plain values here.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "proto/format/verify.h"

namespace tamizdat::format {

inline constexpr ErrorCode kReceiptTooLarge{"receipt-too-large"};
inline constexpr ErrorCode kReceiptMalformed{"receipt-malformed"};
inline constexpr ErrorCode kReceiptOfUnknownLog{"receipt-of-unknown-log"};

// Entries [from, to) whose body, or an attachment that it names, is not held.
struct ReceiptException {
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  Absence absence = Absence::kNotHeld;
  friend bool operator==(const ReceiptException&, const ReceiptException&) = default;
};

struct Receipt {
  LogId log;
  std::uint64_t size = 0;  // entries held without a gap
  Hash32 root;             // of exactly these
  Timestamp time;
  std::uint64_t from = 0;  // of entries [from, to) bodies and attachments are held, but for the exceptions
  std::uint64_t to = 0;
  std::vector<ReceiptException> exceptions;  // ascending, apart from one another, within [from, to)

  // True if all of [begin, end) is held with bodies and attachments. What the relay says it erased is not missing where
  // `retracted`, ascending indexes, has it: who asks knows which entries were retracted, and a relay erases no others.
  bool covers(std::uint64_t begin, std::uint64_t end, std::span<const std::uint64_t> retracted = {}) const;
};

// Errors: kReceiptTooLarge, kReceiptMalformed.
Result<Receipt> parse_receipt(BytesView content);
// The caller keeps the rules and limits.
Bytes serialise_receipt(const Receipt& receipt);

// The content of a statement of kind receipt.
struct RelayReceipt {
  Receipt receipt;
  PolicyRelay relay;  // whose word it is
};

// The slot of the receipts for this log that this mirror key signs.
Hash32 receipt_slot(const LogId& log, const Hash32& mirror_key);

// The statement. Before it leaves, all that it says is durable.
Bytes make_receipt(const ProjectId& project, const Receipt& receipt, const SigningKey& mirror_key);

}  // namespace tamizdat::format
