// links: tamizdat_format
// An archive of charters, as its bytes are and signed anew by two root keys, so that mutations pass the signatures: what
// is verified keeps its bytes, its signers meet the threshold, and an update leaves no desk and no closing out.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "proto/base/check.h"
#include "proto/format/archive.h"
#include "proto/format/limits.h"
#include "tests/vectors/newsroom.h"

namespace {

using namespace tamizdat;
using namespace tamizdat::format;

// The charter signed by root-1 and root-2.
SignedCharter signed_anew(BytesView charter) {
  static const SigningKey first = key_named("root-1");
  static const SigningKey second = key_named("root-2");
  return {Bytes(charter), {sign_charter(charter, first), sign_charter(charter, second)}};
}

std::size_t signers_of(const SignedCharter& signed_charter, const Charter& authority) {
  return static_cast<std::size_t>(std::ranges::count_if(signed_charter.signatures, [&](const auto& signature) {
    return std::ranges::count(authority.root_keys, signature.key) > 0;
  }));
}

// Meaning that survives being written anew, and the rules that a charter keeps by itself.
void check_charter(BytesView bytes) {
  const auto charter = parse_charter(bytes);
  if (!charter) return;
  TMZ_CHECK(charter->threshold >= 1 && charter->threshold <= charter->root_keys.size());
  TMZ_CHECK(is_utf8(charter->title) && charter->erase_delay.count() > 0 && charter->copies.copies > 0);
  for (const auto& desk : charter->desks) TMZ_CHECK(charter->closed_desk(desk.id) == nullptr && is_public_key(desk.id.value));
  const Bytes again = serialise_charter(*charter);
  if (again.size() > kCharterBytesMax) return;  // defaults are written out
  const auto reread = parse_charter(again);
  TMZ_CHECK(reread && serialise_charter(*reread) == again);
}

void check_first(const SignedCharter& signed_charter) {
  const auto content = parse_charter(signed_charter.charter);
  const Bytes bytes = serialise_signed_charter(signed_charter);
  const auto first = verify_first_charter(bytes);
  const bool valid = content && content->version == 1 && signers_of(signed_charter, *content) >= content->threshold;
  TMZ_CHECK(first.has_value() == valid);
  if (!first) return;
  TMZ_CHECK(first->signed_bytes() == bytes && first->hash() == charter_hash(signed_charter.charter));
  TMZ_CHECK(first->project().value == first->hash());
  const auto again = verify_charter_update(*first, bytes);
  TMZ_CHECK(!again && again.error().code == kCharterKnown);
}

void check_update(const VerifiedCharter& current, const SignedCharter& signed_charter) {
  const auto next = verify_charter_update(current, serialise_signed_charter(signed_charter));
  if (!next) return;
  const Charter& content = next->content();
  TMZ_CHECK(next->project() == current.project() && next->version() == current.version() + 1);
  TMZ_CHECK(content.previous == current.hash());
  TMZ_CHECK(signers_of(signed_charter, current.content()) >= current.content().threshold);
  TMZ_CHECK(signers_of(signed_charter, content) >= content.threshold);
  for (const auto& desk : current.content().desks) TMZ_CHECK(content.desk(desk.id) || content.closed_desk(desk.id));
  for (const auto& closed : current.content().closed_desks) {
    const ClosedDesk* const still = content.closed_desk(closed.id);
    TMZ_CHECK(still != nullptr && still->size >= closed.size);
    TMZ_CHECK(still->size > closed.size || still->root == closed.root);
  }
}

// The desk that the vectors close at 5 entries, closed there from the start.
VerifiedCharter with_a_closing() {
  Charter charter = plain_charter();
  charter.desks.clear();
  charter.closed_desks = {{DeskId(public_key_named("desk")), "Екатеринбург", 5, charter_hash("five")}};
  return verified(charter);
}

// The bytes under the successor's version and predecessor, which no mutation finds: the last ones count.
Bytes as_successor_of(const VerifiedCharter& current, BytesView charter) {
  Bytes out(charter);
  out += Bytes("\x08\x02\x12\x20") + Bytes(current.hash().view());
  return out;
}

void check_signed_anew(BytesView charter) {
  static const VerifiedCharter plain = verified(plain_charter());
  static const VerifiedCharter closing = with_a_closing();
  check_first(signed_anew(charter));
  for (const VerifiedCharter* const current : {&plain, &closing}) {
    check_update(*current, signed_anew(charter));
    check_update(*current, signed_anew(as_successor_of(*current, charter)));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto records = parse_archive({reinterpret_cast<const char*>(data), size});
  if (!records) return 0;
  std::vector<Bytes> chain;
  for (const auto& record : *records) {
    const auto signed_charter = parse_signed_charter(record.bytes);
    if (signed_charter) check_charter(signed_charter->charter);
    // A signing is slow; the last record is the one that a mutation of a chain is about.
    if (signed_charter && &record == &records->back()) check_signed_anew(signed_charter->charter);
    chain.push_back(record.bytes);
  }
  const auto charter = verify_charter_chain(chain);
  if (charter) TMZ_CHECK(charter->signed_bytes() == chain.back() && charter->version() == chain.size());
  return 0;
}
