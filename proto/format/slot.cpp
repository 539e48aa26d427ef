#include "proto/format/slot.h"

#include <sodium.h>

#include <algorithm>
#include <array>

#include "proto/base/check.h"
#include "proto/format/hash.h"
#include "proto/format/keys.h"
#include "proto/format/limits.h"
#include "proto/format/message.h"
#include "proto/format/tamizdat.pb.h"

namespace tamizdat::format {
namespace {

constexpr std::size_t kKeyBytes = crypto_secretstream_xchacha20poly1305_KEYBYTES;
constexpr std::size_t kPublicBytes = crypto_box_curve25519xchacha20poly1305_PUBLICKEYBYTES;
constexpr std::size_t kBoxBytes = kPublicBytes + crypto_box_curve25519xchacha20poly1305_MACBYTES + kKeyBytes;
constexpr std::size_t kBoxesAt = 8;
constexpr std::size_t kHeaderAt = kBoxesAt + kSlotRecipients * kBoxBytes;
constexpr std::size_t kStreamAt = kHeaderAt + crypto_secretstream_xchacha20poly1305_HEADERBYTES;
constexpr std::size_t kLengthBytes = 4;
static_assert(kBoxBytes == 80 && kHeaderAt == 1288 && kStreamAt == 1312);
// Field tags, hash, two numbers and a length of a SealedPart.
constexpr std::size_t kPartOverheadMax = 2 + 32 + 6 + 6 + 6;
constexpr std::int64_t kDaySeconds = 86400;

unsigned char* writable(Bytes& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

std::size_t plaintext_size(std::size_t slot_size) {
  return slot_size - kStreamAt - crypto_secretstream_xchacha20poly1305_ABYTES;
}

bool is_slot_size(std::size_t size) { return std::ranges::find(kSlotSizes, size) != kSlotSizes.end(); }

Bytes associated_data(BytesView slot) { return domain_prefix("sealed-slot") + Bytes(slot.substr(0, kHeaderAt)); }

// crypto_box_curve25519xchacha20poly1305_seal, with the ephemeral secret given: vectors need the same octets twice.
Result<Bytes> seal_box(BytesView key, const Hash32& recipient, BytesView ephemeral) {
  Hash32 public_key;
  std::array<unsigned char, crypto_box_curve25519xchacha20poly1305_NONCEBYTES> nonce{};
  crypto_scalarmult_base(public_key.octets.data(), octets(ephemeral));
  const Bytes both = Bytes(public_key.view()) + Bytes(recipient.view());
  crypto_generichash(nonce.data(), nonce.size(), octets(both), both.size(), nullptr, 0);
  Bytes sealed(kBoxBytes - kPublicBytes, '\0');
  if (crypto_box_curve25519xchacha20poly1305_easy(writable(sealed), octets(key), key.size(), nonce.data(),
                                                  recipient.octets.data(), octets(ephemeral)) != 0)
    return fail(kKeyInvalid, "a recipient's sealing key is no key");
  return Bytes(public_key.view()) + sealed;
}

// The places of the boxes: a permutation out of 16 random octets.
std::array<std::size_t, kSlotRecipients> places_of(BytesView random) {
  std::array<std::size_t, kSlotRecipients> out{};
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = i;
  for (std::size_t i = out.size() - 1; i > 0; --i) std::swap(out[i], out[octets(random)[i] % (i + 1)]);
  return out;
}

Bytes padded_part(const SealedPart& part, std::size_t slot_size) {
  v1::SealedPart message;
  message.set_letter(Bytes(part.letter.view()));
  message.set_part(part.part);
  message.set_parts(part.parts);
  message.set_octets(part.octets);
  const Bytes bytes = serialise_message(message);
  Bytes out;
  append_u32_be(out, static_cast<std::uint32_t>(bytes.size()));
  out += bytes;
  TMZ_CHECK(out.size() <= plaintext_size(slot_size));
  out.resize(plaintext_size(slot_size), '\0');
  return out;
}

tl::unexpected<Error> malformed_part() {
  return fail(kPartMalformed, "the sender's program sealed something that is no part of a letter");
}

Result<SealedPart> parse_part(BytesView plaintext) {
  const std::size_t size = read_u32_be(plaintext.substr(0, kLengthBytes));
  if (size > plaintext.size() - kLengthBytes) return malformed_part();
  const BytesView padding = plaintext.substr(kLengthBytes + size);
  if (padding.find_first_not_of('\0') != BytesView::npos) return malformed_part();
  v1::SealedPart message;
  if (!parse_message(plaintext.substr(kLengthBytes, size), message)) return malformed_part();
  const auto letter = Hash32::from(message.letter());
  if (!letter || message.parts() == 0 || message.part() >= message.parts() || message.octets().empty()) return malformed_part();
  return SealedPart{*letter, message.part(), message.parts(), std::move(*message.mutable_octets())};
}

std::optional<Bytes> open_box(BytesView box, const SealingPair& key) {
  Bytes out(kKeyBytes, '\0');
  if (crypto_box_curve25519xchacha20poly1305_seal_open(writable(out), octets(box), box.size(), key.public_key.octets.data(),
                                                       octets(key.secret)) != 0)
    return std::nullopt;
  return out;
}

Result<Bytes> open_stream(BytesView slot, BytesView key) {
  crypto_secretstream_xchacha20poly1305_state state;
  const BytesView stream = slot.substr(kStreamAt);
  const Bytes data = associated_data(slot);
  Bytes out(plaintext_size(slot.size()), '\0');
  unsigned char tag = 0;
  const bool good = crypto_secretstream_xchacha20poly1305_init_pull(&state, octets(slot) + kHeaderAt, octets(key)) == 0 &&
                    crypto_secretstream_xchacha20poly1305_pull(&state, writable(out), nullptr, &tag, octets(stream),
                                                               stream.size(), octets(data), data.size()) == 0 &&
                    tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
  sodium_memzero(&state, sizeof state);
  if (!good) return fail(kSlotDamaged, "a letter for us was altered on its way and does not open: ask its sender to send it again");
  return out;
}

}  // namespace

Hash32 slot_id(BytesView slot) { return domain_hash("sealed-slot-id", {slot}); }

Result<Timestamp> parse_slot(BytesView slot) {
  if (!is_slot_size(slot.size())) return fail(kSlotSizeWrong, "a slot of the sealed pool has 16 KiB, 128 KiB or 1 MiB");
  const auto seconds = static_cast<std::int64_t>(read_u64_be(slot.substr(0, kBoxesAt)));
  if (seconds <= 0 || seconds % kDaySeconds != 0 || !are_times({seconds}))
    return fail(kSlotEndWrong, "a slot of the sealed pool ends at the end of a day");
  return timestamp_from_unix(seconds);
}

std::size_t slot_capacity(std::size_t slot_size) { return plaintext_size(slot_size) - kLengthBytes - kPartOverheadMax; }

std::size_t slot_size_for(std::size_t octets) {
  for (const auto size : kSlotSizes)
    if (octets <= slot_capacity(size)) return size;
  return kSlotSizes.back();
}

Result<Bytes> seal_slot(const SealedPart& part, std::span<const Hash32> recipients, Timestamp expires, std::size_t slot_size,
                        BytesView random) {
  TMZ_CHECK(random.size() == kSlotRandomBytes && is_slot_size(slot_size));
  TMZ_CHECK(!recipients.empty() && recipients.size() <= kSlotRecipients);
  const auto take = [&random](std::size_t count) {
    const BytesView out = random.substr(0, count);
    random.remove_prefix(count);
    return out;
  };
  const BytesView ephemerals = take(kSlotRecipients * 32), nobodies = take(kSlotRecipients * 32), order = take(16);
  const BytesView key = take(kKeyBytes), header = take(crypto_secretstream_xchacha20poly1305_HEADERBYTES);
  Bytes slot;
  append_u64_be(slot, static_cast<std::uint64_t>(unix_seconds(expires)));
  slot.resize(kHeaderAt, '\0');
  const auto places = places_of(order);
  for (std::size_t i = 0; i < kSlotRecipients; ++i) {
    const auto nobody = sealing_public_key(nobodies.substr(i * 32, 32));
    if (!nobody) return tl::unexpected(nobody.error());
    const auto box = seal_box(key, i < recipients.size() ? recipients[i] : *nobody, ephemerals.substr(i * 32, 32));
    if (!box) return tl::unexpected(box.error());
    slot.replace(kBoxesAt + places[i] * kBoxBytes, kBoxBytes, *box);
  }
  const Bytes data = associated_data(slot);
  const Bytes plaintext = padded_part(part, slot_size);
  // The state that a push with this header has; init_push would draw the header itself.
  crypto_secretstream_xchacha20poly1305_state state;
  crypto_secretstream_xchacha20poly1305_init_pull(&state, octets(header), octets(key));
  Bytes stream(slot_size - kStreamAt, '\0');
  crypto_secretstream_xchacha20poly1305_push(&state, writable(stream), nullptr, octets(plaintext), plaintext.size(),
                                             octets(data), data.size(), crypto_secretstream_xchacha20poly1305_TAG_FINAL);
  sodium_memzero(&state, sizeof state);
  slot += header;
  slot += stream;
  return slot;
}

Result<SealedPart> open_slot(BytesView slot, std::span<const SealingPair> keys) {
  if (const auto end = parse_slot(slot); !end) return tl::unexpected(end.error());
  for (const auto& pair : keys)
    for (std::size_t i = 0; i < kSlotRecipients; ++i) {
      auto key = open_box(slot.substr(kBoxesAt + i * kBoxBytes, kBoxBytes), pair);
      if (!key) continue;
      const auto plaintext = open_stream(slot, *key);
      sodium_memzero(key->data(), key->size());
      if (!plaintext) return tl::unexpected(plaintext.error());
      return parse_part(*plaintext);
    }
  return fail(kSlotNotOurs, "no box of the slot opens with these keys");
}

Result<Hash32> sealing_public_key(BytesView secret) {
  Hash32 out;
  if (secret.size() != crypto_scalarmult_SCALARBYTES) return fail(kKeyInvalid, "a sealing key has 32 octets");
  crypto_scalarmult_base(out.octets.data(), octets(secret));
  return out;
}

bool is_sealing_key(const Hash32& public_key) {
  const Hash32 any_scalar{};  // clamped to one that is not 0
  Hash32 shared;
  return crypto_scalarmult(shared.octets.data(), any_scalar.octets.data(), public_key.octets.data()) == 0;
}

}  // namespace tamizdat::format
