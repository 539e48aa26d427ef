// links: tamizdat_format
// A bundle as its bytes are, against an independent reading of its fields: what is verified is that head, those headers
// and bodies, octet for octet, and no bit of them or of the proof can change. And its entries under a head that signs
// them, so that mutations pass the signature: exactly the entries that keep the rules are taken.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "proto/base/check.h"
#include "proto/format/bundle.h"
#include "proto/format/wire.h"
#include "tests/vectors/newsroom.h"

namespace {

using namespace tamizdat;
using namespace tamizdat::format;

struct ReadEntry {
  BytesView message;
  BytesView header;
  std::optional<BytesView> body;
};

struct ReadBundle {
  BytesView head;
  std::vector<ReadEntry> entries;
  std::vector<BytesView> proof;
};

ReadEntry read_entry(BytesView message) {
  ReadEntry out{message, {}, {}};
  WireReader fields(message);
  while (const auto field = fields.next()) {
    if (field->type == WireType::kBytes && field->number == 1) out.header = field->bytes;
    if (field->type == WireType::kBytes && field->number == 2) out.body = field->bytes;
    if (field->type == WireType::kVarint && field->number == 3) out.body.reset();
  }
  return out;
}

ReadBundle read_bundle(BytesView bundle) {
  ReadBundle out;
  WireReader fields(bundle);
  while (const auto field = fields.next()) {
    if (field->type != WireType::kBytes) continue;
    if (field->number == 1) out.head = field->bytes;
    if (field->number == 3) out.entries.push_back(read_entry(field->bytes));
    if (field->number == 4) out.proof.push_back(field->bytes);
  }
  return out;
}

// The octets of the input that a verified bundle rests on.
std::vector<BytesView> parts_of(const ReadBundle& bundle) {
  std::vector<BytesView> out{bundle.head};
  out.insert(out.end(), bundle.proof.begin(), bundle.proof.end());
  for (const auto& entry : bundle.entries) {
    out.push_back(entry.header);
    if (entry.body && !entry.body->empty()) out.push_back(*entry.body);
  }
  return out;
}

void check_one_bit(const VerifiedCharter& charter, BytesView bundle, const ReadBundle& read) {
  const std::uint64_t picked = read_u64_be(sha256({bundle}).view());
  const std::vector<BytesView> parts = parts_of(read);
  const BytesView part = parts[picked % parts.size()];
  const std::uint64_t bit = (picked >> 16) % (8 * part.size());
  Bytes changed(bundle);
  char& octet = changed[static_cast<std::size_t>(part.data() - bundle.data()) + bit / 8];
  octet = static_cast<char>(octet ^ static_cast<char>(1U << bit % 8));
  TMZ_CHECK(!verify_bundle(charter, changed));
}

void check_same(const VerifiedBundle& bundle, const ReadBundle& read) {
  TMZ_CHECK(bundle.head().bytes() == read.head && bundle.entries().size() == read.entries.size());
  TMZ_CHECK(bundle.before().size() + bundle.after().size() == read.proof.size());
  for (std::size_t i = 0; i < read.entries.size(); ++i) {
    const VerifiedEntry& entry = bundle.entries()[i];
    TMZ_CHECK(entry.header_bytes() == read.entries[i].header && entry.id() == entry_id(entry.header_bytes()));
    TMZ_CHECK(entry.body().has_value() == read.entries[i].body.has_value());
    TMZ_CHECK(entry.body().has_value() != entry.absence().has_value());
    if (entry.body()) TMZ_CHECK(*entry.body() == *read.entries[i].body);
  }
}

// The envelope may be made anew: the parts stay.
void check_envelope(const VerifiedCharter& charter, const VerifiedBundle& bundle, const ReadBundle& read) {
  std::vector<BundleEntry> entries;
  std::size_t size_max = bundle_overhead_max(bundle.head().size());
  for (const auto& entry : bundle.entries()) {
    entries.push_back({entry.header_bytes(), entry.body(), entry.absence().value_or(Absence::kNotHeld)});
    size_max += bundle_entry_size(entries.back());
  }
  std::vector<Hash32> proof(bundle.before().begin(), bundle.before().end());
  proof.insert(proof.end(), bundle.after().begin(), bundle.after().end());
  const Bytes again = serialise_bundle(bundle.head().bytes(), bundle.from(), entries, proof);
  TMZ_CHECK(again.size() <= size_max);
  const auto known = verify_bundle(charter, again, &bundle.head());
  TMZ_CHECK(known && known->from() == bundle.from());
  check_same(*known, read);
}

void check_bundle(const VerifiedCharter& charter, BytesView bytes) {
  const auto bundle = verify_bundle(charter, bytes);
  if (!bundle) return;
  const auto name = peek_log(bytes);
  TMZ_CHECK(name && name->project == bundle->head().project() && name->desk == bundle->head().desk());
  const ReadBundle read = read_bundle(bytes);
  check_same(*bundle, read);
  check_envelope(charter, *bundle, read);
  check_one_bit(charter, bytes, read);
}

void append_field(Bytes& message, unsigned number, BytesView content) {
  message += static_cast<char>(number << 3 | 2U);
  std::size_t size = content.size();
  for (; size >= 0x80; size >>= 7) message += static_cast<char>(size % 0x80 + 0x80);
  message += static_cast<char>(size);
  message += content;
}

bool belongs(const ReadEntry& entry, const DeskId& desk, const ProjectId& project, std::uint64_t index) {
  const auto header = parse_header(entry.header);
  if (!header || header->project != project || header->desk != desk || header->index != index) return false;
  return !entry.body ||
         (entry.body->size() == header->body_size && body_commitment(*entry.body) == header->body_commitment);
}

// The entries, octet for octet, from 0 on under a head that signs their tree.
void check_under_their_head(const VerifiedCharter& charter, BytesView bytes) {
  static const SigningKey key = key_named("desk");
  const DeskId desk(key.public_key());
  const ReadBundle read = read_bundle(bytes);
  if (read.entries.empty() || read.entries.size() > 64) return;
  std::vector<Hash32> leaves;
  for (const auto& entry : read.entries) leaves.push_back(sha256({BytesView("\0", 1), entry.header}));
  Bytes bundle;
  append_field(bundle, 1, sign_checkpoint(charter.project(), leaves.size(), plain_root(leaves, 0, leaves.size()), key));
  for (const auto& entry : read.entries) append_field(bundle, 3, entry.message);
  const auto verified_bundle = verify_bundle(charter, bundle);
  bool all_belong = true;
  for (std::size_t i = 0; i < read.entries.size(); ++i)
    all_belong = all_belong && belongs(read.entries[i], desk, charter.project(), i);
  TMZ_CHECK(!verified_bundle || all_belong);
  // Of what belongs only a missing reason, or a message of wrong form, is refused.
  if (!verified_bundle && all_belong)
    TMZ_CHECK(verified_bundle.error().code == kBodyMissingReason || verified_bundle.error().code == kBundleMalformed);
  check_bundle(charter, bundle);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const VerifiedCharter charter = verified(plain_charter());
  const BytesView bytes(reinterpret_cast<const char*>(data), size);
  check_bundle(charter, bytes);
  check_under_their_head(charter, bytes);
  return 0;
}
