#include <functional>

#include "proto/format/limits.h"
#include "tests/vectors/cases.h"
#include "tests/vectors/newsroom.h"
#include "tests/vectors/odd_signatures.h"
#include "tests/vectors/wire_writer.h"

namespace tamizdat::format {
namespace {

constexpr const char* kMalformed = "charter-malformed";

// A signed first charter of these bytes, whatever they are.
void add_bytes(Cases& cases, const std::string& name, std::string expect, std::string comment, BytesView charter) {
  cases["charter/" + name] = {
      "charter", std::move(expect), std::move(comment), {}, {{"charter", sign_bytes(charter)}}};
}

// The plain charter, altered.
void add(Cases& cases, const std::string& name, std::string expect, std::string comment,
         const std::function<void(Charter&)>& alter) {
  Charter charter = plain_charter();
  alter(charter);
  add_bytes(cases, name, std::move(expect), std::move(comment), serialise_charter(charter));
}

// The plain charter with fields behind it.
void add_field(Cases& cases, const std::string& name, std::string expect, std::string comment, BytesView fields) {
  add_bytes(cases, name, std::move(expect), std::move(comment), serialise_charter(plain_charter()) + Bytes(fields));
}

PolicyRelay relay_named(const std::string& name) {
  return {RelayId(public_key_named(name)), "DE", public_key_named(name + "-witness"), public_key_named(name + "-mirror")};
}

void add_full(Cases& cases) {
  add(cases, "every-field", "ok", "each field of the schema", [](Charter& charter) {
    charter.expires_at = *parse_rfc3339("2030-01-01T00:00:00Z");
    Desk second;
    second.id = DeskId(public_key_named("desk-2"));
    second.label = "Тбилиси";
    second.languages = {"ru", "be-tarask"};
    second.regions = {"RU-SVE"};
    second.not_before = *parse_rfc3339("2026-01-01T00:00:00Z");
    second.not_after = *parse_rfc3339("2028-01-01T00:00:00Z");
    second.entries_per_day = 200;
    second.bytes_per_day = 50'000'000;
    charter.desks.push_back(second);
    charter.closed_desks = {{DeskId(public_key_named("desk-0")), "Пермь", 17, charter_hash("root")}};
    charter.sealing_keys = {{charter_hash("sealing"), charter.issued_at, std::nullopt}};
    charter.mirrors = {{"https://mirror.example/", "RS", charter_hash("pin")}, {"http://x.onion/", "", std::nullopt}};
    charter.witness.relays = {relay_named("relay-1"), relay_named("relay-2"), relay_named("relay-3")};
    charter.witness.quorum = 2;
    charter.witness.fresh_for = seconds(3600);
    charter.copies = {5, 4};
    charter.erase_delay = seconds(86400);
  });
  add_field(cases, "sealing-key-of-later-algorithm", "ok", "passed over: no relay uses it",
            bytes_field(14, number_field(1, 9) + bytes_field(2, Bytes(1184, 'k'))));
}

void add_identity(Cases& cases) {
  add(cases, "version-zero", kMalformed, "the first is 1", [](Charter& c) { c.version = 0; });
  add(cases, "first-names-previous", kMalformed, "there is none before 1",
      [](Charter& c) { c.previous = charter_hash("x"); });
  add(cases, "second-names-none", kMalformed, "version 2 without the hash of 1", [](Charter& c) { c.version = 2; });
  add_field(cases, "previous-31-octets", kMalformed, "a hash has 32",
            number_field(1, 2) + bytes_field(2, Bytes(31, 'p')));
  add(cases, "nonce-15-octets", kMalformed, "a nonce has 16", [](Charter& c) { c.nonce.pop_back(); });
  add(cases, "title-empty", kMalformed, "a title is required", [](Charter& c) { c.title.clear(); });
  add(cases, "title-too-long", kMalformed, "1025 octets", [](Charter& c) { c.title.assign(1025, 't'); });
  add_field(cases, "title-not-utf8", kMalformed, "texts are UTF-8", bytes_field(4, "\xff"));
  add_field(cases, "title-surrogate", kMalformed, "a surrogate is not UTF-8", bytes_field(4, "\xed\xa0\x80"));
  add_field(cases, "mirror-not-utf8", kMalformed, "in a nested message too",
            bytes_field(15, bytes_field(1, "https://\xff/")));
  add(cases, "language-with-space", kMalformed, "letters, digits and hyphens", [](Charter& c) { c.languages = {"ru ru"}; });
  add(cases, "region-empty", kMalformed, "a tag has a character", [](Charter& c) { c.regions = {""}; });
  add(cases, "region-too-long", kMalformed, "65 octets", [](Charter& c) { c.regions = {std::string(65, 'r')}; });
  add(cases, "regions-too-many", kMalformed, "257", [](Charter& c) { c.regions.assign(257, "RU"); });
  add(cases, "year-10000", kMalformed, "issued at 10000-01-01",
      [](Charter& c) { c.issued_at = kTimestampMax + seconds(1); });
  add(cases, "year-9999", "ok", "issued in the last second of 9999", [](Charter& c) { c.issued_at = kTimestampMax; });
  add_field(cases, "expiry-far-below", kMalformed, "the least int64", number_field(9, std::uint64_t{1} << 63));
}

void add_keys(Cases& cases) {
  add(cases, "threshold-zero", kMalformed, "nobody would need to sign", [](Charter& c) { c.threshold = 0; });
  add(cases, "threshold-above-keys", kMalformed, "four of three", [](Charter& c) { c.threshold = 4; });
  add(cases, "root-key-twice", kMalformed, "one key, two votes", [](Charter& c) { c.root_keys[2] = c.root_keys[0]; });
  add(cases, "root-key-is-desk", kMalformed, "one key in two roles",
      [](Charter& c) { c.desks[0].id = DeskId(c.root_keys[0].value); });
  add(cases, "closed-desk-is-desk", kMalformed, "a desk that is both",
      [](Charter& c) { c.closed_desks = {{c.desks[0].id, "", 1, charter_hash("x")}}; });
  add(cases, "relay-key-in-two-roles", kMalformed, "C2SP wants them distinct", [](Charter& c) {
    c.witness.relays = {relay_named("relay-1")};
    c.witness.relays[0].mirror_key = c.witness.relays[0].witness_key;
  });
  add(cases, "relay-twice", kMalformed, "one relay, two votes", [](Charter& c) {
    c.witness.relays = {relay_named("relay-1"), relay_named("relay-1")};
  });
  add(cases, "desk-key-mixed-order", kMalformed, "a key plus a point of order eight",
      [](Charter& c) { c.desks[0].id = DeskId(mixed_order_key("desk")); });
  add(cases, "root-key-small-order", kMalformed, "the identity as a third root key",
      [](Charter& c) { c.root_keys[2] = RootKeyId(*Hash32::from(from_hex(kSmallOrderPoints[0]).value())); });
  add(cases, "root-key-no-point", kMalformed, "y = 2 is not on the curve",
      [](Charter& c) { c.root_keys[2] = RootKeyId(*Hash32::from("\x02" + Bytes(31, '\0'))); });
  const Bytes key(public_key_named("root-4").view());
  add_field(cases, "root-key-without-algorithm", kMalformed, "the algorithm is required",
            bytes_field(10, bytes_field(2, key)));
  add_field(cases, "root-key-of-later-algorithm", kMalformed, "this version cannot judge its signatures",
            bytes_field(10, number_field(1, 9) + bytes_field(2, key)));
  add_field(cases, "root-key-31-octets", kMalformed, "a key has 32",
            bytes_field(10, number_field(1, 1) + bytes_field(2, key.substr(1))));
  add_field(cases, "desk-of-later-algorithm", kMalformed, "this version cannot judge its heads",
            bytes_field(12, number_field(1, 9) + bytes_field(2, key)));
  add_field(cases, "sealing-key-without-algorithm", kMalformed, "the algorithm is required",
            bytes_field(14, bytes_field(2, key)));
  add_field(cases, "sealing-key-33-octets", kMalformed, "X25519 keys have 32",
            bytes_field(14, number_field(1, 2) + bytes_field(2, key + 'x')));
}

void add_policies(Cases& cases) {
  const auto four_relays = [](Charter& c) {
    c.witness.relays = {relay_named("relay-1"), relay_named("relay-2"), relay_named("relay-3"), relay_named("relay-4")};
  };
  add(cases, "quorum-half", kMalformed, "two of four: two quorums need not share a relay", [&](Charter& c) {
    four_relays(c);
    c.witness.quorum = 2;
  });
  add(cases, "quorum-above-relays", kMalformed, "five of four", [&](Charter& c) {
    four_relays(c);
    c.witness.quorum = 5;
  });
  const auto abroad = [](std::size_t relays, std::uint32_t quorum) {
    return [relays, quorum](Charter& c) {
      for (const std::string name : {"relay-1", "relay-2", "relay-3", "relay-4"}) c.witness.relays.push_back(relay_named(name));
      for (std::size_t i = 0; i < relays; ++i) c.witness.relays[i].country = "RS";
      c.witness.quorum = quorum;
    };
  };
  add(cases, "quorum-of-one-country", kMalformed, "three of four, and three are in one country", abroad(1, 3));
  add(cases, "quorum-of-two-countries", "ok", "three of four, and two are in each country", abroad(2, 3));
  add(cases, "quorum-of-all-in-two-countries", "ok", "four of four, and three are in one country", abroad(3, 4));
  add(cases, "quorum-of-all-in-one-country", "ok", "three of four in the only country that there is", abroad(4, 3));
  add(cases, "quorum-without-relays", kMalformed, "one of none", [](Charter& c) { c.witness.quorum = 1; });
  add(cases, "relay-country-lower-case", kMalformed, "two capital letters", [](Charter& c) {
    c.witness.relays = {relay_named("relay-1")};
    c.witness.relays[0].country = "de";
  });
  add(cases, "countries-above-copies", kMalformed, "two copies in three countries", [](Charter& c) { c.copies = {2, 3}; });
  add_field(cases, "erase-delay-too-long", kMalformed, "above ten years", number_field(18, ~std::uint64_t{0}));
  add_field(cases, "freshness-too-long", kMalformed, "above ten years",
            bytes_field(16, number_field(3, kPolicySecondsMax + 1)));
  add(cases, "mirror-without-url", kMalformed, "a mirror has a URL", [](Charter& c) { c.mirrors = {{"", "DE", {}}}; });
  add(cases, "mirror-country", kMalformed, "two capital letters or nothing",
      [](Charter& c) { c.mirrors = {{"https://m.example/", "DEU", {}}}; });
  add_field(cases, "mirror-pin-31-octets", kMalformed, "a pin has 32",
            bytes_field(15, bytes_field(1, "https://m.example/") + bytes_field(3, Bytes(31, 'p'))));
  add(cases, "closing-above-limit", kMalformed, "2^48 + 1", [](Charter& c) {
    c.closed_desks = {{DeskId(public_key_named("desk-0")), "", kLogSizeMax + 1, charter_hash("x")}};
  });
  add(cases, "closing-empty-log", kMalformed, "at size 0 with a root that is not the empty one", [](Charter& c) {
    c.closed_desks = {{DeskId(public_key_named("desk-0")), "", 0, charter_hash("x")}};
  });
}

void add_wire(Cases& cases) {
  add_bytes(cases, "no-message", kMalformed, "a text", "this is no message");
  add_field(cases, "group", kMalformed, "groups are refused, also in unknown fields", group_field(900));
  add_field(cases, "field-number-zero", kMalformed, "there is no field 0", Bytes("\0\1", 2));
  add_field(cases, "tag-of-six-octets", kMalformed, "a tag has at most five", varint(900 << 3, 6) + '\1');
  add_field(cases, "tag-above-32-bits", kMalformed, "the tag of field 1 plus 2^32",
            varint((std::uint64_t{1} << 32) + 8) + '\1');
  add_field(cases, "varint-above-64-bits", kMalformed, "2^64", varint(900 << 3) + Bytes(9, '\x80') + '\2');
  add_field(cases, "varint-of-eleven-octets", kMalformed, "at most ten", varint(900 << 3) + Bytes(10, '\x80') + '\0');
  add_field(cases, "cut", kMalformed, "a field that ends behind the message", bytes_field(901, "of a later").substr(0, 8));
  add_field(cases, "nested-group", kMalformed, "in the scope of a desk",
            bytes_field(12, number_field(1, 1) + bytes_field(2, public_key_named("desk-2").view()) +
                                bytes_field(4, group_field(900))));
  add_field(cases, "unknown-bytes-are-opaque", "ok", "nobody looks into the octets of an unknown field",
            bytes_field(904, group_field(900)));
}

void add_limits(Cases& cases) {
  const Bytes plain = serialise_charter(plain_charter());
  const std::size_t room = kCharterBytesMax - plain.size() - 6;
  add_field(cases, "largest", "ok", "64 KiB", bytes_field(904, Bytes(room, 'x'), {1, 4}));
  add_field(cases, "too-large", "charter-too-large", "64 KiB and one octet", bytes_field(904, Bytes(room + 1, 'x'), {1, 4}));
  cases["charter/envelope-too-large"] = {
      "charter", "charter-too-large", "72 KiB and one octet", {}, {{"charter", Bytes(kSignedCharterBytesMax + 1, 'x')}}};
  add(cases, "root-keys-too-many", kMalformed, "17", [](Charter& c) {
    for (std::size_t i = c.root_keys.size(); i <= kRootKeysMax; ++i)
      c.root_keys.emplace_back(public_key_named("many-" + std::to_string(i)));
  });
  add(cases, "mirrors-too-many", kMalformed, "65",
      [](Charter& c) { c.mirrors.assign(kMirrorsMax + 1, {"https://m.example/", "", {}}); });
  const Bytes signature = bytes_field(2, number_field(1, 1) + bytes_field(2, public_key_named("stranger").view()) +
                                             bytes_field(3, Bytes(64, 's')));
  Bytes many = sign_bytes(plain);
  for (std::size_t i = 0; i + 1 < kCharterSignaturesMax; ++i) many += signature;
  const auto add_envelope = [&](const std::string& name, std::string comment, Bytes envelope) {
    cases["charter/" + name] = {"charter", kMalformed, std::move(comment), {}, {{"charter", std::move(envelope)}}};
  };
  add_envelope("signatures-too-many", "33", many);
  add_envelope("signature-63-octets", "a signature has 64",
               sign_bytes(plain) + bytes_field(2, number_field(1, 1) + bytes_field(2, public_key_named("root-3").view()) +
                                                      bytes_field(3, Bytes(63, 's'))));
  add_envelope("signature-without-algorithm", "the algorithm is required",
               sign_bytes(plain) + bytes_field(2, bytes_field(2, public_key_named("root-3").view()) +
                                                      bytes_field(3, Bytes(64, 's'))));
  add_envelope("envelope-group", "groups are refused", sign_bytes(plain) + group_field(900));
}

}  // namespace

void add_charter_form_cases(Cases& cases) {
  add_full(cases);
  add_identity(cases);
  add_keys(cases);
  add_policies(cases);
  add_wire(cases);
  add_limits(cases);
}

}  // namespace tamizdat::format
