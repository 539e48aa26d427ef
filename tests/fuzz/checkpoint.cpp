// links: tamizdat_format
// A checkpoint has one byte form: what is taken serialises as itself. A head is verified with exactly these bytes, and
// not one bit of it can change.
#include <cstddef>
#include <cstdint>

#include "proto/base/check.h"
#include "proto/format/limits.h"
#include "proto/format/merkle.h"
#include "tests/vectors/newsroom.h"

namespace {

using namespace tamizdat;
using namespace tamizdat::format;

// One bit, picked by the bytes themselves, so that a crash can be repeated.
Bytes with_one_bit_changed(BytesView bytes) {
  const std::uint64_t picked = read_u64_be(sha256({bytes}).view());
  Bytes out(bytes);
  char& octet = out[picked / 8 % out.size()];
  octet = static_cast<char>(octet ^ static_cast<char>(1U << picked % 8));
  return out;
}

void check_head(const VerifiedCharter& charter, BytesView bytes) {
  const auto head = verify_head(charter, bytes);
  if (!head) return;
  TMZ_CHECK(head->bytes() == bytes && head->project() == charter.project());
  TMZ_CHECK(head->log() == log_id(head->project(), head->desk()));
  TMZ_CHECK(!verify_head(charter, with_one_bit_changed(bytes)));
}

// Any size and root that can be signed is read back as it was.
void check_signed(const VerifiedCharter& charter, BytesView bytes) {
  static const SigningKey key = key_named("desk");
  const Hash32 root = sha256({bytes});
  const std::uint64_t size = 1 + read_u64_be(root.view()) % kLogSizeMax;
  const Bytes head = sign_checkpoint(charter.project(), size, root, key);
  TMZ_CHECK(head.size() <= kCheckpointBytesMax);
  const auto verified_head = verify_head(charter, head);
  TMZ_CHECK(verified_head && verified_head->size() == size && verified_head->root() == root);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const VerifiedCharter charter = verified(plain_charter());
  const BytesView bytes(reinterpret_cast<const char*>(data), size);
  const auto checkpoint = parse_checkpoint(bytes);
  if (checkpoint) {
    TMZ_CHECK(serialise_checkpoint(*checkpoint) == bytes);
    TMZ_CHECK(bytes.starts_with(checkpoint->text()));
    TMZ_CHECK(checkpoint->signature.size() == kSignatureBytes && checkpoint->size <= kLogSizeMax);
  }
  check_head(charter, bytes);
  check_signed(charter, bytes);
  return 0;
}
