#include "client-lib/client/charter_edit.h"

#include <algorithm>

#include "client-lib/article/tags.h"
#include "client-lib/letters/sealing_keys.h"
#include "proto/base/check.h"
#include "proto/format/limits.h"
#include "proto/format/slot.h"
#include "proto/html/text.h"

namespace tamizdat::client {
namespace {

constexpr auto kFreshByDefault = std::chrono::hours(24);

tl::unexpected<Error> invalid(std::string text) { return fail(kCharterEditInvalid, std::move(text)); }

Result<std::string> words(const std::string& text, std::string_view what) {
  std::string out = html::collapse_space(html::clean_text(text));
  if (out.size() > format::kTitleBytesMax) return invalid(std::string(what) + " is longer than 1024 octets");
  return out;
}

Result<std::vector<std::string>> tags(const std::vector<std::string>& texts, Result<std::string> (*parse)(std::string_view)) {
  std::vector<std::string> out;
  for (const auto& text : texts) {
    auto tag = parse(text);
    if (!tag) return pass(tag);
    out.push_back(*std::move(tag));
  }
  return out;
}

// A date as a person writes it, or the word that stands for none.
Result<std::optional<Timestamp>> date_of(const std::string& text, std::string_view none) {
  if (text == none) return std::optional<Timestamp>();
  const auto time = parse_rfc3339(text.size() == 10 ? text + "T00:00:00Z" : text);
  if (!time) return invalid("\"" + text + "\" is no date: write it like 2028-01-31, or " + std::string(none));
  return std::optional(*time);
}

Result<std::optional<Timestamp>> expiry_of(const std::string& text, Timestamp now) {
  const auto time = date_of(text, "never");
  if (time && *time && **time <= now) return invalid("the charter would expire on " + text + ", which is past: choose a later date");
  return time;
}

Result<void> edit_words(format::Charter& charter, const CharterEdit& edit, Timestamp now) {
  if (edit.title) {
    auto title = words(*edit.title, "the project's title");
    if (!title) return pass(title);
    if (title->empty()) return invalid("the project's title is empty");
    charter.title = *std::move(title);
  }
  if (edit.contact) {
    auto contact = words(*edit.contact, "the contact");
    if (!contact) return pass(contact);
    charter.contact = *std::move(contact);
  }
  if (edit.languages) {
    auto languages = tags(*edit.languages, &article::parse_language);
    if (!languages) return pass(languages);
    charter.languages = *std::move(languages);
  }
  if (edit.regions) {
    auto regions = tags(*edit.regions, &article::parse_region);
    if (!regions) return pass(regions);
    charter.regions = *std::move(regions);
  }
  if (edit.expires) {
    const auto expires = expiry_of(*edit.expires, now);
    if (!expires) return tl::unexpected(expires.error());
    charter.expires_at = *expires;
  }
  return {};
}

Result<void> edit_root_keys(format::Charter& charter, const CharterEdit& edit) {
  for (const auto& text : edit.remove_root_keys) {
    const auto key = RootKeyId::parse(text);
    if (!key) return tl::unexpected(key.error());
    if (std::erase(charter.root_keys, *key) == 0)
      return invalid(text + " is no root key of this project: tamizdat project show lists them");
  }
  for (const auto& text : edit.add_root_keys) {
    const auto key = RootKeyId::parse(text);
    if (!key) return tl::unexpected(key.error());
    if (std::ranges::find(charter.root_keys, *key) != charter.root_keys.end())
      return invalid(text + " is a root key of this project already");
    charter.root_keys.push_back(*key);
  }
  if (edit.threshold) charter.threshold = *edit.threshold;
  const std::size_t keys = charter.root_keys.size();
  if (keys > format::kRootKeysMax) return invalid("a project has at most 16 root keys");
  if (charter.threshold == 0) return invalid("the threshold is at least 1, or anybody could sign a charter");
  if (charter.threshold > keys)
    return invalid("the new charter would have " + counted(keys, "root key", "root keys") + " and want " +
                   std::to_string(charter.threshold) + " of them to sign the one after it: nobody could ever update it again. "
                   "Keep or add root keys, or lower the --threshold");
  return {};
}

Result<Hash32> key_of_hex(const std::string& text, std::string_view what) {
  const auto bytes = from_hex(text);
  const auto key = bytes ? Hash32::from(*bytes) : std::optional<Hash32>();
  if (!key) return invalid("\"" + text + "\" is no " + std::string(what) + ": that is 64 hexadecimal digits");
  return *key;
}

// A closing may only be raised, and a closed desk never comes back.
Result<void> close_desk(format::Charter& charter, const DeskClosing& closing) {
  const auto id = DeskId::parse(closing.id);
  if (!id) return tl::unexpected(id.error());
  const auto root = key_of_hex(closing.root, "root");
  if (!root) return tl::unexpected(root.error());
  const auto closed = std::ranges::find(charter.closed_desks, *id, &format::ClosedDesk::id);
  if (closed != charter.closed_desks.end()) {
    if (closing.size <= closed->size)
      return invalid("this desk is closed at " + counted(closed->size, "entry", "entries") + " already, and a closing may only be raised");
    closed->size = closing.size;
    closed->root = *root;
    return {};
  }
  const auto* const desk = charter.desk(*id);
  if (desk == nullptr) return invalid(closing.id + " is no desk of this project: tamizdat project show lists them");
  if (charter.closed_desks.size() == format::kClosedDesksMax) return invalid("a project has at most 240 closed desks");
  charter.closed_desks.push_back({*id, desk->label, closing.size, *root});
  std::erase_if(charter.desks, [&](const format::Desk& listed) { return listed.id == *id; });
  return {};
}

// What a person may choose of a desk, into a desk of the charter.
Result<void> change(format::Desk& desk, const DeskEdit& edit, Timestamp now) {
  if (edit.label) {
    auto label = words(*edit.label, "the desk's label");
    if (!label) return pass(label);
    if (label->empty()) return invalid("the desk's label is empty: name a newsroom or a place, never a person");
    desk.label = *std::move(label);
  }
  if (edit.languages) {
    auto languages = tags(*edit.languages, &article::parse_language);
    if (!languages) return pass(languages);
    desk.languages = *std::move(languages);
  }
  if (edit.regions) {
    auto regions = tags(*edit.regions, &article::parse_region);
    if (!regions) return pass(regions);
    desk.regions = *std::move(regions);
  }
  if (edit.from) {
    const auto from = date_of(*edit.from, "none");
    if (!from) return tl::unexpected(from.error());
    desk.not_before = *from;
  }
  if (edit.until) {
    const auto until = date_of(*edit.until, "none");
    if (!until) return tl::unexpected(until.error());
    if (*until && **until <= now)
      return invalid("the desk could publish until " + *edit.until + ", which is past: choose a later date, or close it with tamizdat desk close");
    desk.not_after = *until;
  }
  if (desk.not_before && desk.not_after && *desk.not_after <= *desk.not_before)
    return invalid("the desk could never publish: it would begin on " + to_rfc3339(*desk.not_before) + " and end on " + to_rfc3339(*desk.not_after));
  if (edit.entries_per_day) desk.entries_per_day = *edit.entries_per_day;
  if (edit.bytes_per_day) desk.bytes_per_day = *edit.bytes_per_day;
  if (desk.bytes_per_day > 0 && desk.bytes_per_day < format::kBodyBytesMax)
    return invalid("a desk's octets a day are at least " + std::to_string(format::kBodyBytesMax) + ", or a long article could never be sent; 0 leaves it to relays");
  return {};
}

Result<void> edit_desks(format::Charter& charter, const CharterEdit& edit, Timestamp now) {
  for (const auto& closing : edit.close_desks)
    if (auto done = close_desk(charter, closing); !done) return done;
  for (const auto& draft : edit.add_desks) {
    format::Desk desk;
    const auto id = DeskId::parse(draft.id);
    if (!id) return tl::unexpected(id.error());
    desk.id = *id;
    if (charter.desk(*id) != nullptr) return invalid(draft.id + " is a desk of this project already");
    if (charter.closed_desk(*id) != nullptr)
      return invalid(draft.id + " was closed, and a closed desk never comes back: make a new one with tamizdat desk new");
    const DeskEdit whole{draft.id, draft.label, draft.languages, draft.regions, draft.from, draft.until, draft.entries_per_day, draft.bytes_per_day};
    if (auto done = change(desk, whole, now); !done) return done;
    charter.desks.push_back(std::move(desk));
  }
  for (const auto& desk_edit : edit.change_desks) {
    const auto id = DeskId::parse(desk_edit.id);
    if (!id) return tl::unexpected(id.error());
    const auto desk = std::ranges::find(charter.desks, *id, &format::Desk::id);
    if (desk == charter.desks.end()) return invalid(desk_edit.id + " is no open desk of this project: tamizdat project show lists them");
    if (auto done = change(*desk, desk_edit, now); !done) return done;
  }
  if (charter.desks.size() > format::kDesksMax) return invalid("a project has at most 64 desks");
  return {};
}

Result<void> edit_sealing_keys(format::Charter& charter, const CharterEdit& edit) {
  for (const auto& text : edit.remove_sealing_keys) {
    const auto key = letters::sealing_key_named(text);
    if (!key) return invalid(key.error().text);
    if (std::erase_if(charter.sealing_keys, [&](const format::SealingKey& sealing) { return sealing.key == *key; }) == 0)
      return invalid(text + " is no sealing key of this project");
  }
  for (const auto& text : edit.add_sealing_keys) {
    const auto key = letters::sealing_key_named(text);
    if (!key) return invalid(key.error().text);
    if (!format::is_sealing_key(*key)) return invalid(text + " is a point of small order: nothing can be sealed to it, and whoever made it knows that");
    if (std::ranges::find(charter.sealing_keys, *key, &format::SealingKey::key) != charter.sealing_keys.end())
      return invalid(text + " is a sealing key of this project already");
    charter.sealing_keys.push_back({*key, std::nullopt, std::nullopt});
  }
  if (charter.sealing_keys.size() > format::kSealingKeysMax) return invalid("a project has at most 16 sealing keys: remove old ones");
  return {};
}

bool is_country(std::string_view text) {
  return text.size() == 2 && std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

// What a browser opens without anybody in between who could alter it.
bool is_mirror_address(std::string_view url) {
  const bool is_https = url.starts_with("https://");
  if (!is_https && !url.starts_with("http://")) return false;
  const bool is_plain = std::ranges::all_of(url, [](char c) { return c > ' ' && c < '\x7F' && c != '"' && c != '<' && c != '>' && c != '\\'; });
  url.remove_prefix(is_https ? 8 : 7);
  url = url.substr(0, url.find_first_of("/?#"));
  if (!is_plain || url.empty() || url.find('@') != std::string_view::npos) return false;
  const auto host = url.substr(0, url.find(':'));
  return is_https ? true : host.ends_with(".onion");
}

Result<void> edit_mirrors(format::Charter& charter, const CharterEdit& edit) {
  for (const auto& url : edit.remove_mirrors)
    if (std::erase_if(charter.mirrors, [&](const format::Mirror& mirror) { return mirror.url == url; }) == 0)
      return invalid(url + " is no mirror of this project");
  for (const auto& draft : edit.add_mirrors) {
    if (!draft.country.empty() && !is_country(draft.country))
      return invalid("\"" + draft.country + "\" is no country: two letters, such as GE");
    if (draft.url.empty() || draft.url.size() > format::kUrlBytesMax) return invalid("a mirror's address has 1 to 2048 octets");
    if (!is_mirror_address(draft.url))
      return invalid("\"" + draft.url + "\" is no address of a mirror: https://..., or http:// of an .onion service");
    if (std::ranges::find(charter.mirrors, draft.url, &format::Mirror::url) != charter.mirrors.end())
      return invalid(draft.url + " is a mirror of this project already");
    charter.mirrors.push_back({draft.url, draft.country, std::nullopt});
  }
  if (charter.mirrors.size() > format::kMirrorsMax) return invalid("a project has at most 64 mirrors");
  return {};
}

Result<format::PolicyRelay> policy_relay(const PolicyRelayDraft& draft) {
  const auto relay = RelayId::parse(draft.relay);
  if (!relay) return tl::unexpected(relay.error());
  if (!is_country(draft.country)) return invalid("\"" + draft.country + "\" is no country: two letters, such as GE");
  const auto witness = key_of_hex(draft.witness_key, "witness key");
  if (!witness) return tl::unexpected(witness.error());
  const auto mirror = key_of_hex(draft.mirror_key, "mirror key");
  if (!mirror) return tl::unexpected(mirror.error());
  return format::PolicyRelay{*relay, draft.country, *witness, *mirror};
}

Result<void> edit_policies(format::Charter& charter, const CharterEdit& edit) {
  auto& witness = charter.witness;
  const auto remove = [&](const RelayId& id) {
    return std::erase_if(witness.relays, [&](const format::PolicyRelay& relay) { return relay.relay == id; });
  };
  for (const auto& text : edit.remove_relays) {
    const auto id = RelayId::parse(text);
    if (!id) return tl::unexpected(id.error());
    if (remove(*id) == 0) return invalid(text + " is no relay of this project's policy");
  }
  for (const auto& draft : edit.add_relays) {
    const auto relay = policy_relay(draft);
    if (!relay) return tl::unexpected(relay.error());
    remove(relay->relay);
    witness.relays.push_back(*relay);
  }
  const auto count = static_cast<std::uint32_t>(witness.relays.size());
  if (count > format::kPolicyRelaysMax) return invalid("a policy has at most 64 relays");
  const std::uint32_t least = format::least_quorum(witness);
  if (edit.quorum)
    witness.quorum = *edit.quorum;
  else if (!edit.add_relays.empty() || !edit.remove_relays.empty())
    witness.quorum = count == 0 ? 0 : least;
  if (witness.quorum > count || (witness.quorum != 0 && witness.quorum < least))
    return invalid("a quorum of the " + counted(count, "relay", "relays") + " of the policy is " + std::to_string(least) + " to " + std::to_string(count) +
                   ": more than half, so that two quorums share a relay, and more than any one country of several has, or who can press them "
                   "all would decide what is fresh, and which of two charters wins");
  if (edit.fresh_hours && *edit.fresh_hours == 0)
    return invalid("a word of a witness cannot be fresh for 0 hours: the least is 1, and without --fresh-hours it is 24");
  if (edit.fresh_hours) witness.fresh_for = std::chrono::hours(*edit.fresh_hours);
  if (count > 0 && witness.fresh_for.count() == 0) witness.fresh_for = kFreshByDefault;
  if (edit.copies) charter.copies.copies = *edit.copies;
  if (edit.countries) charter.copies.countries = *edit.countries;
  if (charter.copies.copies == 0 || charter.copies.countries == 0 || charter.copies.countries > charter.copies.copies)
    return invalid("copies and countries are at least 1, and there are not more countries than copies");
  if (edit.erase_delay_hours) {
    if (*edit.erase_delay_hours == 0)
      return invalid("an erase delay of 0 stands for the default of 72 hours: the least is 1 hour, so that a stolen desk cannot "
                     "erase the archive before it is closed");
    charter.erase_delay = std::chrono::hours(*edit.erase_delay_hours);
  }
  const auto longest = static_cast<std::int64_t>(format::kPolicySecondsMax);
  if (charter.erase_delay.count() > longest || witness.fresh_for.count() > longest)
    return invalid("hours of a policy are at most ten years");
  return {};
}

}  // namespace

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return std::to_string(count) + " " + std::string(count == 1 ? one : many);
}

Result<format::Charter> next_charter(const format::VerifiedCharter& current, const CharterEdit& edit, Timestamp now, Bytes nonce) {
  TMZ_CHECK(nonce.size() == format::kNonceBytes);
  if (current.version() >= format::kCharterChainMax) return invalid("a project has at most 1024 charters, and this one has them all");
  const auto parts = format::parse_signed_charter(current.signed_bytes());
  if (!parts || !format::is_known_whole(parts->charter))
    return fail(kCharterOfLaterVersion, "the charter in force was written by a later version of tamizdat, and this one would lose what it does "
                                        "not know of it: update tamizdat");
  format::Charter next = current.content();
  for (auto* const step : {&edit_root_keys, &edit_sealing_keys, &edit_mirrors, &edit_policies})
    if (auto done = step(next, edit); !done) return pass(done);
  if (auto done = edit_desks(next, edit, now); !done) return pass(done);
  if (auto done = edit_words(next, edit, now); !done) return pass(done);
  if (changes_between(current.content(), next).empty()) return invalid("nothing would be different: see tamizdat project update --help");
  next.version = current.version() + 1;
  next.previous = current.hash();
  next.nonce = std::move(nonce);
  next.issued_at = format::coarse_time(now);
  if (format::serialise_charter(next).size() > format::kCharterBytesMax)
    return invalid("the charter would be larger than 64 KiB: shorten labels and addresses");
  return next;
}

}  // namespace tamizdat::client
