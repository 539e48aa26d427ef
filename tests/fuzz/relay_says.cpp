// links: tamizdat_format
// What relays sign, by its octets alone and signed anew: a cosigned head is its head and one line and not one bit of it
// can change; a receipt's meaning survives being written anew, and what it covers is within its range.
#include <cstddef>
#include <cstdint>

#include "proto/base/check.h"
#include "proto/format/cosignature.h"
#include "proto/format/limits.h"
#include "proto/format/receipt.h"
#include "proto/format/relay_descriptor.h"
#include "tests/vectors/newsroom.h"
#include "tests/vectors/wire_writer.h"

namespace {

using namespace tamizdat;
using namespace tamizdat::format;

// One bit, picked by the octets themselves, so that a crash can be repeated.
Bytes with_one_bit_changed(BytesView bytes) {
  const std::uint64_t picked = read_u64_be(sha256({bytes}).view());
  Bytes out(bytes);
  char& octet = out[picked / 8 % out.size()];
  octet = static_cast<char>(octet ^ static_cast<char>(1U << picked % 8));
  return out;
}

bool is_cosigned(BytesView bytes, const Hash32& key) {
  const auto cosigned = parse_cosigned_head(bytes);
  return cosigned && check_cosignature(*cosigned, key);
}

void check_cosigned_head(BytesView bytes) {
  const auto cosigned = parse_cosigned_head(bytes);
  if (!cosigned) return;
  static const SigningKey key = key_named("fuzzed witness");
  TMZ_CHECK(bytes.starts_with(cosigned->checkpoint_bytes) && parse_checkpoint(cosigned->checkpoint_bytes));
  const Bytes anew = cosign(cosigned->checkpoint_bytes, cosigned->relay, key, cosigned->time);
  TMZ_CHECK(anew.size() == bytes.size() && is_cosigned(anew, key.public_key()));
  // The desk's own signature is not the cosigner's to check.
  Bytes text_changed = with_one_bit_changed(anew);
  const auto still = parse_cosigned_head(text_changed);
  if (still && check_cosignature(*still, key.public_key())) TMZ_CHECK(still->signed_text() == parse_cosigned_head(anew)->signed_text());
}

void check_receipt(BytesView bytes) {
  const auto receipt = parse_receipt(bytes);
  if (!receipt) return;
  TMZ_CHECK(receipt->from <= receipt->to && receipt->to <= receipt->size && receipt->size <= kLogSizeMax);
  const Bytes anew = serialise_receipt(*receipt);
  if (anew.size() <= kReceiptBytesMax) {
    const auto again = parse_receipt(anew);
    TMZ_CHECK(again && again->exceptions == receipt->exceptions && again->time == receipt->time && again->log == receipt->log);
  }
  for (const auto& exception : receipt->exceptions)
    TMZ_CHECK(!receipt->covers(exception.from, exception.to));
  TMZ_CHECK(!receipt->covers(receipt->from, receipt->to + 1));
}

void check_descriptor(BytesView bytes) {
  static const SigningKey key = key_named("relay");
  // Under good keys, which no mutation finds: the last ones count.
  Bytes content(bytes);
  content += bytes_field(1, key.public_key().view()) + bytes_field(2, public_key_named("witness").view()) +
             bytes_field(3, public_key_named("mirror").view());
  const Bytes whole = bytes_field(1, content) + number_field(2, 1) + bytes_field(3, key.sign_in_domain("relay-descriptor", content));
  for (const BytesView octets : {bytes, BytesView(whole)}) {
    const auto descriptor = verify_relay_descriptor(octets);
    if (!descriptor) continue;
    TMZ_CHECK(is_utf8(descriptor->label) && descriptor->addresses.size() <= kRelayAddressesMax);
    TMZ_CHECK(descriptor->witness_key != descriptor->mirror_key);
    TMZ_CHECK(!verify_relay_descriptor(with_one_bit_changed(octets)));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView bytes(reinterpret_cast<const char*>(data), size);
  check_cosigned_head(bytes);
  check_receipt(bytes);
  check_descriptor(bytes);
  return 0;
}
