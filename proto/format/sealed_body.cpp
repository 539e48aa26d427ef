#include "proto/format/sealed_body.h"

#include <sodium.h>

#include "proto/base/check.h"
#include "proto/format/hash.h"
#include "proto/format/limits.h"
#include "proto/format/tamizdat.pb.h"
#include "proto/format/wire.h"

namespace tamizdat::format {
namespace {

constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
static_assert(kBodyNonceBytes == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
static_assert(kBodyKeyBytes == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
static_assert(kSealedBodyOverheadBytes == kBodyNonceBytes + kTagBytes);

unsigned char* writable(Bytes& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

Bytes place_of(const EntryHeader& header) {
  Bytes out = domain_prefix("sealed-body");
  out += header.project.view();
  out += header.desk.view();
  append_u64_be(out, header.index);
  return out;
}

}  // namespace

Hash32 key_commitment(BytesView key) { return domain_hash("body-key", {key}); }

Bytes seal_body(const EntryHeader& header, BytesView body, BytesView key, BytesView nonce) {
  TMZ_CHECK(key.size() == kBodyKeyBytes && nonce.size() == kBodyNonceBytes);
  const Bytes place = place_of(header);
  Bytes sealed(body.size() + kTagBytes, '\0');
  crypto_aead_xchacha20poly1305_ietf_encrypt(writable(sealed), nullptr, octets(body), body.size(), octets(place),
                                             place.size(), nullptr, octets(nonce), octets(key));
  return Bytes(nonce) + sealed;
}

Result<Bytes> open_body(const EntryHeader& header, BytesView sealed, BytesView key) {
  if (!header.key_commitment) return fail(kBodyNotSealed, "the entry's body is not sealed: it needs no key");
  if (key.size() != kBodyKeyBytes || key_commitment(key) != *header.key_commitment)
    return fail(kBodyKeyWrong, "this is not the key that the entry's header commits to");
  if (sealed.size() < kSealedBodyOverheadBytes) return fail(kSealedBodyWrong, "the sealed body is too short to be one");
  const BytesView ciphertext = sealed.substr(kBodyNonceBytes);
  const Bytes place = place_of(header);
  Bytes body(ciphertext.size() - kTagBytes, '\0');
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(writable(body), nullptr, nullptr, octets(ciphertext), ciphertext.size(),
                                                 octets(place), place.size(), octets(sealed), octets(key)) != 0)
    return fail(kSealedBodyWrong, "the sealed body does not open in this place: it was altered, or copied from another entry");
  return body;
}

std::optional<BodyKey> body_key_of(const EntryHeader& header, BytesView body) {
  if (header.kind != EntryKind::kEmbargoKey || !header.target) return std::nullopt;
  auto parsed = parse_body(body);
  if (!parsed || parsed->key.empty()) return std::nullopt;
  return BodyKey{header.project, *header.target, std::move(parsed->key)};
}

std::vector<BodyKey> body_keys_in(BytesView bundle) {
  std::vector<BodyKey> out;
  WireReader fields(bundle);
  while (const auto field = fields.next()) {
    if (field->number != v1::Bundle::kEntriesFieldNumber || field->type != WireType::kBytes) continue;
    BytesView header, body;
    WireReader parts(field->bytes);
    while (const auto part = parts.next()) {
      if (part->number == v1::Entry::kHeaderFieldNumber) header = part->bytes;
      if (part->number == v1::Entry::kBodyFieldNumber) body = part->bytes;
    }
    const auto parsed = parse_header(header);
    if (!parsed) continue;
    if (auto key = body_key_of(*parsed, body)) out.push_back(*std::move(key));
  }
  return out;
}

}  // namespace tamizdat::format
