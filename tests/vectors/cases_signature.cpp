#include "tests/vectors/cases.h"
#include "tests/vectors/newsroom.h"
#include "tests/vectors/odd_signatures.h"

namespace tamizdat::format {
namespace {

Bytes octets_of(std::string_view hex) { return from_hex(hex).value(); }

void add_signature(Cases& cases, const std::string& name, std::string expect, std::string comment, Bytes key,
                   Bytes message, Bytes signature) {
  cases["signature/" + name] = {
      "signature",
      std::move(expect),
      std::move(comment),
      {},
      {{"key", std::move(key)}, {"message", std::move(message)}, {"signature", std::move(signature)}}};
}

void add_published(Cases& cases) {
  add_signature(cases, "rfc8032-1", "ok", "RFC 8032 section 7.1, TEST 1",
                octets_of("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"), "",
                octets_of("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
                          "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"));
  add_signature(cases, "rfc8032-2", "ok", "RFC 8032 section 7.1, TEST 2",
                octets_of("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"), "r",
                octets_of("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                          "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"));
  add_signature(
      cases, "c2sp-note", "ok", "C2SP signed-note, \"Example\", without its key id",
      from_base64("AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k").value().substr(1), "This is an example message.\n",
      from_base64("Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=")
          .value()
          .substr(4));
}

}  // namespace

void add_signature_cases(Cases& cases) {
  add_published(cases);
  const Bytes key(public_key_named("desk").view());
  const Bytes good = key_named("desk").sign_raw("text");
  add_signature(cases, "good", "ok", "an ordinary signature", key, "text", good);
  add_signature(cases, "other-message", "refused", "of another text", key, "texts", good);
  add_signature(cases, "63-octets", "refused", "one octet short", key, "text", good.substr(0, 63));
  add_signature(cases, "65-octets", "refused", "one octet more", key, "text", good + '\0');
  add_signature(cases, "s-not-reduced", "refused", "S + L: the same number modulo the order L", key, "text",
                with_s_plus_order(good));
  add_signature(cases, "r-mixed-order", "refused", "the equation holds with the cofactor only", key, "text",
                signature_with_mixed_order_r("desk", "text"));
  add_signature(cases, "r-identity", "refused", "the equation holds, but R is of small order", key, "text",
                signature_with_identity_r("desk", "text", octets_of(kSmallOrderPoints[0])));
  add_signature(cases, "r-identity-not-canonical", "refused", "R = 1 is written as p + 1", key, "text",
                signature_with_identity_r("desk", "text", octets_of(kSmallOrderPoints[12])));
  add_signature(cases, "key-identity", "refused", "the equation holds for every text: the key is of small order",
                octets_of(kSmallOrderPoints[0]), "text", signature_for_identity_key());
  add_signature(cases, "key-identity-not-canonical", "refused", "the same key written as p + 1",
                octets_of(kSmallOrderPoints[12]), "text", signature_for_identity_key());
  add_signature(cases, "key-order-two", "refused", "the key is of order two",
                octets_of(kSmallOrderPoints[2]), "text", signature_for_identity_key());

  const Bytes seed = octets_of("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
  cases["seed/rfc8032-1"] = {"seed", "ok", "RFC 8032 section 7.1, TEST 1", {}, {{"seed", seed}}};
  cases["seed/31-octets"] = {"seed", "key-invalid", "a seed has 32 octets", {}, {{"seed", seed.substr(1)}}};
}

}  // namespace tamizdat::format
