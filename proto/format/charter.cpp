#include "proto/format/charter.h"

#include <algorithm>
#include <set>

#include "proto/base/check.h"
#include "proto/format/hash.h"
#include "proto/format/limits.h"
#include "proto/format/tamizdat.pb.h"

namespace tamizdat::format {
namespace {

constexpr std::string_view kSignatureDomain = "charter-signature";

tl::unexpected<Error> malformed(std::string text) { return fail(kCharterMalformed, "the charter " + std::move(text)); }

std::optional<Timestamp> optional_time(std::int64_t unix) {
  if (unix == 0) return std::nullopt;
  return timestamp_from_unix(unix);
}

std::int64_t unix_or_zero(const std::optional<Timestamp>& time) { return time ? unix_seconds(*time) : 0; }

template <typename Repeated>
Result<std::vector<std::string>> tags_of(const Repeated& values, const char* what) {
  if (static_cast<std::size_t>(values.size()) > kTagsMax) return malformed(std::string("lists too many ") + what);
  for (const auto& value : values)
    if (value.empty() || value.size() > kTagBytesMax) return malformed(std::string("has an empty or overlong tag in ") + what);
  return std::vector<std::string>(values.begin(), values.end());
}

// A key field: 32 octets of the one algorithm of this version.
template <typename Message>
Result<Hash32> key_of(const Message& message, const char* what) {
  const auto key = Hash32::from(message.key());
  if (message.alg() != v1::ALG_ED25519 || !key)
    return malformed(std::string("has a ") + what + " that is not 32 octets of a known algorithm");
  return *key;
}

Result<Desk> desk_of(const v1::Desk& message) {
  const auto key = key_of(message, "desk key");
  if (!key) return tl::unexpected(key.error());
  auto languages = tags_of(message.scope().languages(), "a desk's languages");
  if (!languages) return pass(languages);
  auto regions = tags_of(message.scope().regions(), "a desk's regions");
  if (!regions) return pass(regions);
  if (message.label().size() > kTitleBytesMax) return malformed("has an overlong desk label");
  return Desk{DeskId(*key),
              message.label(),
              *std::move(languages),
              *std::move(regions),
              optional_time(message.not_before()),
              optional_time(message.not_after()),
              message.quota().entries_per_day(),
              message.quota().bytes_per_day()};
}

Result<ClosedDesk> closed_desk_of(const v1::ClosedDesk& message) {
  const auto key = key_of(message, "closed desk key");
  if (!key) return tl::unexpected(key.error());
  const auto root = Hash32::from(message.root());
  if (!root || message.size() > kLogSizeMax || message.label().size() > kTitleBytesMax)
    return malformed("closes a desk without a valid size, root and label");
  return ClosedDesk{DeskId(*key), message.label(), message.size(), *root};
}

Result<PolicyRelay> policy_relay_of(const v1::PolicyRelay& message) {
  const auto relay = Hash32::from(message.relay());
  const auto witness = Hash32::from(message.witness_key());
  const auto mirror = Hash32::from(message.mirror_key());
  if (!relay || !witness || !mirror || message.country().size() != 2)
    return malformed("lists a policy relay without three keys and a two-letter country");
  return PolicyRelay{RelayId(*relay), message.country(), *witness, *mirror};
}

Result<Mirror> mirror_of(const v1::Mirror& message) {
  const auto pin = Hash32::from(message.key_pin());
  if (message.url().empty() || message.url().size() > kUrlBytesMax || (!message.key_pin().empty() && !pin))
    return malformed("lists a mirror with a wrong URL or key pin");
  return Mirror{message.url(), message.country(), pin};
}

Result<SealingKey> sealing_key_of(const v1::SealingKey& message) {
  const auto key = Hash32::from(message.key());
  if (!key) return malformed("has a sealing key that is not 32 octets");
  return SealingKey{*key, optional_time(message.not_before()), optional_time(message.not_after())};
}

Result<RootKeyId> root_key_of(const v1::RootKey& message) {
  const auto key = key_of(message, "root key");
  if (!key) return tl::unexpected(key.error());
  return RootKeyId(*key);
}

// Converts a whole repeated field, at most `limit` items.
template <typename Out, typename Repeated, typename Convert>
Result<void> convert_all(const Repeated& messages, std::size_t limit, const char* what, Convert convert,
                         std::vector<Out>& out) {
  if (static_cast<std::size_t>(messages.size()) > limit) return malformed(std::string("lists too many ") + what);
  for (const auto& message : messages) {
    auto value = convert(message);
    if (!value) return pass(value);
    out.push_back(*std::move(value));
  }
  return {};
}

Result<void> convert_lists(const v1::Charter& message, Charter& charter) {
  if (auto done = convert_all(message.root_keys(), kRootKeysMax, "root keys", root_key_of, charter.root_keys); !done)
    return done;
  if (auto done = convert_all(message.desks(), kDesksMax, "desks", desk_of, charter.desks); !done) return done;
  if (auto done = convert_all(message.closed_desks(), kClosedDesksMax, "closed desks", closed_desk_of,
                              charter.closed_desks);
      !done)
    return done;
  if (auto done = convert_all(message.sealing_keys(), kSealingKeysMax, "sealing keys", sealing_key_of,
                              charter.sealing_keys);
      !done)
    return done;
  if (auto done = convert_all(message.mirrors(), kMirrorsMax, "mirrors", mirror_of, charter.mirrors); !done) return done;
  return convert_all(message.witness().relays(), kPolicyRelaysMax, "witness relays", policy_relay_of,
                     charter.witness.relays);
}

Result<void> check_rules(const Charter& charter) {
  if (charter.version == 0) return malformed("has version 0; the first is 1");
  if ((charter.version == 1) == charter.previous.has_value())
    return malformed("must name the charter before it, and the first must name none");
  if (charter.nonce.size() != kNonceBytes) return malformed("has no nonce of 16 octets");
  if (charter.title.empty() || charter.title.size() > kTitleBytesMax || charter.contact.size() > kTitleBytesMax)
    return malformed("has an empty or overlong title or contact");
  if (charter.threshold == 0 || charter.threshold > charter.root_keys.size())
    return malformed("has a threshold that its own root keys cannot meet");
  std::set<Hash32> keys;
  bool fresh = true;
  for (const auto& key : charter.root_keys) fresh = keys.insert(key.value).second && fresh;
  for (const auto& desk : charter.desks) fresh = keys.insert(desk.id.value).second && fresh;
  for (const auto& desk : charter.closed_desks) fresh = keys.insert(desk.id.value).second && fresh;
  if (!fresh) return malformed("uses one key twice or in two roles");
  return {};
}

}  // namespace

const Desk* Charter::desk(const DeskId& id) const {
  const auto found = std::ranges::find(desks, id, &Desk::id);
  return found == desks.end() ? nullptr : &*found;
}

const ClosedDesk* Charter::closed_desk(const DeskId& id) const {
  const auto found = std::ranges::find(closed_desks, id, &ClosedDesk::id);
  return found == closed_desks.end() ? nullptr : &*found;
}

Hash32 charter_hash(BytesView charter) { return domain_hash("charter", {charter}); }

Result<Charter> parse_charter(BytesView bytes) {
  if (bytes.size() > kCharterBytesMax) return fail(kCharterTooLarge, "the charter is larger than 64 KiB");
  v1::Charter message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return malformed("is not a valid protobuf message");
  Charter charter;
  charter.version = message.version();
  if (!message.previous().empty()) {
    charter.previous = Hash32::from(message.previous());
    if (!charter.previous) return malformed("names the charter before it with a hash that is not 32 octets");
  }
  charter.nonce = message.nonce();
  charter.title = message.title();
  charter.contact = message.contact();
  auto languages = tags_of(message.languages(), "languages");
  if (!languages) return pass(languages);
  charter.languages = *std::move(languages);
  auto regions = tags_of(message.regions(), "regions");
  if (!regions) return pass(regions);
  charter.regions = *std::move(regions);
  charter.issued_at = timestamp_from_unix(message.issued_at());
  charter.expires_at = optional_time(message.expires_at());
  charter.threshold = message.threshold();
  charter.witness.quorum = message.witness().quorum();
  charter.witness.fresh_for = seconds(static_cast<std::int64_t>(message.witness().fresh_seconds()));
  charter.copies = {message.copies().copies(), message.copies().countries()};
  charter.erase_delay = seconds(static_cast<std::int64_t>(message.erase_delay_seconds()));
  if (auto lists = convert_lists(message, charter); !lists) return pass(lists);
  if (auto rules = check_rules(charter); !rules) return pass(rules);
  return charter;
}

Result<SignedCharter> parse_signed_charter(BytesView bytes) {
  if (bytes.size() > kSignedCharterBytesMax) return fail(kCharterTooLarge, "the signed charter is larger than 72 KiB");
  v1::SignedCharter message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return malformed("is not a valid protobuf message");
  if (static_cast<std::size_t>(message.signatures_size()) > kCharterSignaturesMax)
    return malformed("carries too many signatures");
  SignedCharter out;
  out.charter = message.charter();
  for (const auto& signature : message.signatures()) {
    const auto key = key_of(signature, "signature key");
    if (!key) return tl::unexpected(key.error());
    if (signature.signature().size() != kSignatureBytes) return malformed("has a signature that is not 64 octets");
    out.signatures.push_back({RootKeyId(*key), signature.signature()});
  }
  return out;
}

Bytes serialise_charter(const Charter& charter) {
  v1::Charter message;
  message.set_version(charter.version);
  if (charter.previous) message.set_previous(Bytes(charter.previous->view()));
  message.set_nonce(charter.nonce);
  message.set_title(charter.title);
  for (const auto& language : charter.languages) message.add_languages(language);
  for (const auto& region : charter.regions) message.add_regions(region);
  message.set_contact(charter.contact);
  message.set_issued_at(unix_seconds(charter.issued_at));
  message.set_expires_at(unix_or_zero(charter.expires_at));
  for (const auto& key : charter.root_keys) {
    auto& item = *message.add_root_keys();
    item.set_alg(v1::ALG_ED25519);
    item.set_key(Bytes(key.view()));
  }
  message.set_threshold(charter.threshold);
  for (const auto& desk : charter.desks) {
    auto& item = *message.add_desks();
    item.set_alg(v1::ALG_ED25519);
    item.set_key(Bytes(desk.id.view()));
    item.set_label(desk.label);
    for (const auto& language : desk.languages) item.mutable_scope()->add_languages(language);
    for (const auto& region : desk.regions) item.mutable_scope()->add_regions(region);
    item.set_not_before(unix_or_zero(desk.not_before));
    item.set_not_after(unix_or_zero(desk.not_after));
    if (desk.entries_per_day != 0 || desk.bytes_per_day != 0) {
      item.mutable_quota()->set_entries_per_day(desk.entries_per_day);
      item.mutable_quota()->set_bytes_per_day(desk.bytes_per_day);
    }
  }
  for (const auto& desk : charter.closed_desks) {
    auto& item = *message.add_closed_desks();
    item.set_alg(v1::ALG_ED25519);
    item.set_key(Bytes(desk.id.view()));
    item.set_label(desk.label);
    item.set_size(desk.size);
    item.set_root(Bytes(desk.root.view()));
  }
  for (const auto& key : charter.sealing_keys) {
    auto& item = *message.add_sealing_keys();
    item.set_key(Bytes(key.key.view()));
    item.set_not_before(unix_or_zero(key.not_before));
    item.set_not_after(unix_or_zero(key.not_after));
  }
  for (const auto& mirror : charter.mirrors) {
    auto& item = *message.add_mirrors();
    item.set_url(mirror.url);
    item.set_country(mirror.country);
    if (mirror.key_pin) item.set_key_pin(Bytes(mirror.key_pin->view()));
  }
  for (const auto& relay : charter.witness.relays) {
    auto& item = *message.mutable_witness()->add_relays();
    item.set_relay(Bytes(relay.relay.view()));
    item.set_country(relay.country);
    item.set_witness_key(Bytes(relay.witness_key.view()));
    item.set_mirror_key(Bytes(relay.mirror_key.view()));
  }
  message.mutable_witness()->set_quorum(charter.witness.quorum);
  message.mutable_witness()->set_fresh_seconds(static_cast<std::uint64_t>(charter.witness.fresh_for.count()));
  message.mutable_copies()->set_copies(charter.copies.copies);
  message.mutable_copies()->set_countries(charter.copies.countries);
  message.set_erase_delay_seconds(static_cast<std::uint64_t>(charter.erase_delay.count()));
  Bytes out;
  TMZ_CHECK(message.SerializeToString(&out));
  return out;
}

CharterSignature sign_charter(BytesView charter, const SigningKey& root_key) {
  return {RootKeyId(root_key.public_key()), root_key.sign_in_domain(kSignatureDomain, charter)};
}

Bytes serialise_signed_charter(const SignedCharter& signed_charter) {
  v1::SignedCharter message;
  message.set_charter(signed_charter.charter);
  for (const auto& signature : signed_charter.signatures) {
    auto& item = *message.add_signatures();
    item.set_alg(v1::ALG_ED25519);
    item.set_key(Bytes(signature.key.view()));
    item.set_signature(signature.signature);
  }
  Bytes out;
  TMZ_CHECK(message.SerializeToString(&out));
  return out;
}

}  // namespace tamizdat::format
