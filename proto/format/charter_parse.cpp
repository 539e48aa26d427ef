#include <algorithm>

#include "proto/format/charter_rules.h"
#include "proto/format/country.h"
#include "proto/format/limits.h"
#include "proto/format/message.h"
#include "proto/format/tamizdat.pb.h"

namespace tamizdat::format {
namespace {

bool is_tag_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

bool is_tag(std::string_view text) {
  return !text.empty() && text.size() <= kTagBytesMax && std::ranges::all_of(text, is_tag_character);
}

template <typename Repeated>
Result<std::vector<std::string>> tags_of(const Repeated& values, const char* what) {
  if (static_cast<std::size_t>(values.size()) > kTagsMax)
    return malformed_charter(std::string("lists too many ") + what);
  if (!std::ranges::all_of(values, is_tag))
    return malformed_charter(std::string("has a tag of wrong form in ") + what);
  return std::vector<std::string>(values.begin(), values.end());
}

// A key field: 32 octets of the one algorithm of this version. A root or desk key of another algorithm cannot be passed
// over: relays that know it and relays that do not would count different signatures.
template <typename Message>
Result<Hash32> key_of(const Message& message, const char* what) {
  const auto key = Hash32::from(message.key());
  if (message.alg() != v1::ALG_ED25519 || !key)
    return malformed_charter(std::string("has a ") + what + " that is not 32 octets of a known algorithm");
  return *key;
}

Result<RootKeyId> root_key_of(const v1::RootKey& message) {
  const auto key = key_of(message, "root key");
  if (!key) return tl::unexpected(key.error());
  return RootKeyId(*key);
}

Result<Desk> desk_of(const v1::Desk& message) {
  const auto key = key_of(message, "desk key");
  if (!key) return tl::unexpected(key.error());
  auto languages = tags_of(message.scope().languages(), "a desk's languages");
  if (!languages) return pass(languages);
  auto regions = tags_of(message.scope().regions(), "a desk's regions");
  if (!regions) return pass(regions);
  if (message.label().size() > kTitleBytesMax || !are_times({message.not_before(), message.not_after()}))
    return malformed_charter("lists a desk with an overlong label or an impossible time");
  return Desk{DeskId(*key),
              message.label(),
              *std::move(languages),
              *std::move(regions),
              time_or_none(message.not_before()),
              time_or_none(message.not_after()),
              message.quota().entries_per_day(),
              message.quota().bytes_per_day()};
}

Result<ClosedDesk> closed_desk_of(const v1::ClosedDesk& message) {
  const auto key = key_of(message, "closed desk key");
  if (!key) return tl::unexpected(key.error());
  const auto root = Hash32::from(message.root());
  if (!root || message.size() > kLogSizeMax || message.label().size() > kTitleBytesMax)
    return malformed_charter("closes a desk without a valid size, root and label");
  return ClosedDesk{DeskId(*key), message.label(), message.size(), *root};
}

Result<SealingKey> sealing_key_of(const v1::SealingKey& message) {
  const auto key = Hash32::from(message.key());
  if (!key || !are_times({message.not_before(), message.not_after()}))
    return malformed_charter("has a sealing key that is not 32 octets, or an impossible time of it");
  return SealingKey{*key, time_or_none(message.not_before()), time_or_none(message.not_after())};
}

Result<Mirror> mirror_of(const v1::Mirror& message) {
  const auto pin = Hash32::from(message.key_pin());
  if (message.url().empty() || message.url().size() > kUrlBytesMax || (!message.key_pin().empty() && !pin) ||
      (!message.country().empty() && !is_country(message.country())))
    return malformed_charter("lists a mirror with a wrong URL, country or key pin");
  return Mirror{message.url(), message.country(), pin};
}

Result<PolicyRelay> policy_relay_of(const v1::PolicyRelay& message) {
  const auto relay = Hash32::from(message.relay());
  const auto witness = Hash32::from(message.witness_key());
  const auto mirror = Hash32::from(message.mirror_key());
  if (!relay || !witness || !mirror || !is_country(message.country()))
    return malformed_charter("lists a policy relay without three keys and a country of two capital letters");
  return PolicyRelay{RelayId(*relay), message.country(), *witness, *mirror};
}

// Converts a whole repeated field, at most `limit` items.
template <typename Out, typename Repeated, typename Convert>
Result<void> convert_all(const Repeated& messages, std::size_t limit, const char* what, Convert convert,
                         std::vector<Out>& out) {
  if (static_cast<std::size_t>(messages.size()) > limit)
    return malformed_charter(std::string("lists too many ") + what);
  for (const auto& message : messages) {
    auto value = convert(message);
    if (!value) return pass(value);
    out.push_back(*std::move(value));
  }
  return {};
}

// Sealing keys of an algorithm unknown to this version are passed over: no relay uses them, so none can disagree.
Result<void> convert_sealing_keys(const v1::Charter& message, Charter& charter) {
  if (static_cast<std::size_t>(message.sealing_keys_size()) > kSealingKeysMax)
    return malformed_charter("lists too many sealing keys");
  for (const auto& item : message.sealing_keys()) {
    if (item.alg() == v1::ALG_UNSPECIFIED) return malformed_charter("has a sealing key without its algorithm");
    if (item.alg() != v1::ALG_X25519) continue;
    auto key = sealing_key_of(item);
    if (!key) return pass(key);
    charter.sealing_keys.push_back(*std::move(key));
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
  if (auto done = convert_all(message.mirrors(), kMirrorsMax, "mirrors", mirror_of, charter.mirrors); !done) return done;
  if (auto done = convert_all(message.witness().relays(), kPolicyRelaysMax, "witness relays", policy_relay_of,
                              charter.witness.relays);
      !done)
    return done;
  return convert_sealing_keys(message, charter);
}

Result<void> convert_texts(const v1::Charter& message, Charter& charter) {
  charter.nonce = message.nonce();
  charter.title = message.title();
  charter.contact = message.contact();
  auto languages = tags_of(message.languages(), "languages");
  if (!languages) return pass(languages);
  charter.languages = *std::move(languages);
  auto regions = tags_of(message.regions(), "regions");
  if (!regions) return pass(regions);
  charter.regions = *std::move(regions);
  return {};
}

// 0 in a policy stands for its default: a field that was forgotten must not mean "erase at once" or "no copies".
Result<void> convert_numbers(const v1::Charter& message, Charter& charter) {
  const auto& witness = message.witness();
  if (!are_times({message.issued_at(), message.expires_at()}))
    return malformed_charter("has a time outside of the years 0000 to 9999");
  if (message.erase_delay_seconds() > kPolicySecondsMax || witness.fresh_seconds() > kPolicySecondsMax)
    return malformed_charter("has an erase delay or a freshness of more than ten years");
  charter.version = message.version();
  charter.issued_at = timestamp_from_unix(message.issued_at());
  charter.expires_at = time_or_none(message.expires_at());
  charter.threshold = message.threshold();
  charter.witness.quorum = witness.quorum();
  charter.witness.fresh_for = seconds(static_cast<std::int64_t>(witness.fresh_seconds()));
  if (message.copies().copies() != 0) charter.copies.copies = message.copies().copies();
  if (message.copies().countries() != 0) charter.copies.countries = message.copies().countries();
  if (message.erase_delay_seconds() != 0)
    charter.erase_delay = seconds(static_cast<std::int64_t>(message.erase_delay_seconds()));
  return {};
}

}  // namespace

Result<Charter> parse_charter(BytesView bytes) {
  if (bytes.size() > kCharterBytesMax) return fail(kCharterTooLarge, "the charter is larger than 64 KiB");
  v1::Charter message;
  if (!parse_message(bytes, message)) return malformed_charter("is not a valid protobuf message");
  Charter charter;
  if (!message.previous().empty()) {
    charter.previous = Hash32::from(message.previous());
    if (!charter.previous) return malformed_charter("names the charter before it with a hash that is not 32 octets");
  }
  if (auto texts = convert_texts(message, charter); !texts) return pass(texts);
  if (auto numbers = convert_numbers(message, charter); !numbers) return pass(numbers);
  if (auto lists = convert_lists(message, charter); !lists) return pass(lists);
  if (auto rules = check_charter_rules(charter); !rules) return pass(rules);
  return charter;
}

bool is_known_whole(BytesView charter) {
  v1::Charter message;
  if (!parse_message(charter, message)) return false;
  const std::size_t octets = message.ByteSizeLong();
  message.DiscardUnknownFields();
  const auto is_of_later_version = [](const v1::SealingKey& key) { return key.alg() != v1::ALG_X25519; };
  return message.ByteSizeLong() == octets && std::ranges::none_of(message.sealing_keys(), is_of_later_version);
}

}  // namespace tamizdat::format
