#include <algorithm>
#include <set>

#include "client-lib/client/charter_edit.h"
#include "proto/base/sealing_key_id.h"

namespace tamizdat::client {
namespace {

using Texts = std::vector<std::string>;

std::string joined(const Texts& parts, std::string_view none) {
  std::string out;
  for (const auto& part : parts) out += (out.empty() ? "" : " ") + part;
  return out.empty() ? std::string(none) : out;
}

// A date where it is midnight, as a person wrote it, else to the second.
std::string date(Timestamp time) {
  const std::string text = to_rfc3339(time);
  return text.ends_with("T00:00:00Z") ? text.substr(0, 10) : text;
}

std::string duration(seconds time) {
  const auto count = static_cast<std::uint64_t>(time.count());
  return count % 3600 == 0 ? counted(count / 3600, "hour", "hours") : counted(count, "second", "seconds");
}

std::string key_text(const Hash32& key) { return to_hex(key.view()); }

class Changes {
 public:
  // `name` tells a value; two that differ and have one name are told too.
  template <typename T, typename Name>
  void turned(std::string_view what, const T& before, const T& after, const Name& name) {
    if (before != after) add(std::string(what) + ": " + name(before) + " -> " + name(after));
  }
  void turned(std::string_view what, const std::string& before, const std::string& after) {
    turned(what, before, after, [](const std::string& text) { return text; });
  }
  void add(std::string text) { out_.push_back(std::move(text)); }
  // Two lists whose members are told by all that they are: what went, what came, and another order of what stayed.
  void list(std::string_view what, const Texts& before, const Texts& after) {
    const Texts gone = without(before, after), come = without(after, before);
    for (const auto& text : gone) add("without " + std::string(what) + " " + text);
    for (const auto& text : come) add("new " + std::string(what) + " " + text);
    if (without(before, gone) != without(after, come)) add("another order: " + std::string(what) + " " + joined(after, ""));
  }
  Texts take() { return std::move(out_); }

 private:
  static Texts without(Texts all, const Texts& others) {
    for (const auto& other : others)
      if (const auto found = std::ranges::find(all, other); found != all.end()) all.erase(found);
    return all;
  }
  Texts out_;
};

template <typename T, typename Name>
Texts named(const std::vector<T>& values, const Name& name) {
  Texts out;
  for (const auto& value : values) out.push_back(name(value));
  return out;
}

void compare_desk(const format::Desk& before, const format::Desk& after, Changes& out) {
  const std::string which = "desk " + before.label + " (" + before.id.text() + "), ";
  const auto all = [](const Texts& values) { return joined(values, "all"); };
  const auto time = [](const std::optional<Timestamp>& value) { return value ? to_rfc3339(*value) : "none"; };
  const auto quota = [](std::uint64_t value) { return value == 0 ? "as relays allow" : std::to_string(value); };
  out.turned(which + "label", before.label, after.label);
  out.turned(which + "languages", before.languages, after.languages, all);
  out.turned(which + "regions", before.regions, after.regions, all);
  out.turned(which + "may publish from", before.not_before, after.not_before, time);
  out.turned(which + "may publish until", before.not_after, after.not_after, time);
  out.turned(which + "entries a day", before.entries_per_day, after.entries_per_day, quota);
  out.turned(which + "octets a day", before.bytes_per_day, after.bytes_per_day, quota);
}

std::string new_desk(const format::Desk& desk) {
  std::string out = desk.label + " (" + desk.id.text() + ")";
  if (!desk.languages.empty()) out += ", only in " + joined(desk.languages, "");
  if (!desk.regions.empty()) out += ", only for " + joined(desk.regions, "");
  if (desk.not_before) out += ", from " + to_rfc3339(*desk.not_before) + " on";
  if (desk.not_after) out += ", until " + to_rfc3339(*desk.not_after);
  if (desk.entries_per_day > 0) out += ", at most " + counted(desk.entries_per_day, "entry", "entries") + " a day";
  if (desk.bytes_per_day > 0) out += ", at most " + counted(desk.bytes_per_day, "octet", "octets") + " a day";
  return out;
}

void compare_closed_desks(const format::Charter& before, const format::Charter& after, Changes& out) {
  for (const auto& desk : after.closed_desks) {
    const auto* const closed = before.closed_desk(desk.id);
    const auto* const open = before.desk(desk.id);
    const std::string which = desk.label + " (" + desk.id.text() + ")";
    const bool is_same = closed != nullptr && closed->size == desk.size && closed->root == desk.root;
    if (!is_same)
      out.add((closed == nullptr ? "closes desk " : "raises the closing of desk ") + which + " at " + counted(desk.size, "entry", "entries") + ", root " +
              key_text(desk.root) + ": these stay valid for ever, whatever it signs after them is refused everywhere");
    if (closed != nullptr || open != nullptr) out.turned("closed desk " + which + ", label", closed != nullptr ? closed->label : open->label, desk.label);
  }
}

void compare_desks(const format::Charter& before, const format::Charter& after, Changes& out) {
  compare_closed_desks(before, after, out);
  Texts stay_before, stay_after;  // where both list a desk, in whatever state
  for (const auto& desk : before.desks)
    if (after.desk(desk.id) != nullptr) stay_before.push_back(desk.id.text());
  for (const auto& desk : after.desks) {
    const auto* const known = before.desk(desk.id);
    if (known == nullptr) {
      out.add("new desk " + new_desk(desk));
      continue;
    }
    stay_after.push_back(desk.id.text());
    compare_desk(*known, desk, out);
  }
  out.list("desk", stay_before, stay_after);
  const auto id = [](const format::ClosedDesk& desk) { return desk.id.text(); };
  Texts closed_before = named(before.closed_desks, id), closed_after = named(after.closed_desks, id);
  std::erase_if(closed_after, [&](const std::string& text) { return std::ranges::find(closed_before, text) == closed_before.end(); });
  out.list("closed desk", closed_before, closed_after);
}

std::string sealing_key(const format::SealingKey& key) {
  return SealingKeyId(key.key).text() + (key.not_before ? ", from " + date(*key.not_before) + " on" : "") + (key.not_after ? ", until " + date(*key.not_after) : "");
}

// An address that could hold what stands behind it is told by its length too.
std::string mirror(const format::Mirror& mirror) {
  const bool is_plain = mirror.url.find_first_of(" ,") == std::string::npos;
  return mirror.url + (is_plain ? "" : " (an address of " + counted(mirror.url.size(), "octet", "octets") + ")") + (mirror.country.empty() ? "" : " " + mirror.country) + (mirror.key_pin ? ", key pin " + key_text(*mirror.key_pin) : "");
}

std::string policy_relay(const format::PolicyRelay& relay) {
  return relay.country + " " + relay.relay.text() + ", witness key " + key_text(relay.witness_key) + ", mirror key " + key_text(relay.mirror_key);
}

void compare_policies(const format::Charter& before, const format::Charter& after, Changes& out) {
  const auto number = [](std::uint32_t value) { return std::to_string(value); };
  out.list("relay of the policy", named(before.witness.relays, policy_relay), named(after.witness.relays, policy_relay));
  out.turned("witness quorum", before.witness.quorum, after.witness.quorum, number);
  out.turned("fresh for", before.witness.fresh_for, after.witness.fresh_for, duration);
  const auto copies = [](const format::CopiesPolicy& policy) {
    return std::to_string(policy.copies) + " in " + counted(policy.countries, "country", "countries");
  };
  out.turned("copies wanted", copies(before.copies), copies(after.copies));
  out.turned("erase delay", before.erase_delay, after.erase_delay, duration);
}

}  // namespace

std::vector<std::string> changes_between(const format::Charter& before, const format::Charter& after) {
  Changes out;
  out.turned("title", before.title, after.title);
  const auto tags = [](const Texts& values) { return joined(values, "none"); };
  out.turned("contact", before.contact, after.contact, [](const std::string& text) { return text.empty() ? "none" : text; });
  out.turned("languages", before.languages, after.languages, tags);
  out.turned("regions", before.regions, after.regions, tags);
  out.turned("expires", before.expires_at, after.expires_at, [](const std::optional<Timestamp>& time) { return time ? date(*time) : "never"; });
  const auto root_key = [](const RootKeyId& key) { return key.text(); };
  out.list("root key", named(before.root_keys, root_key), named(after.root_keys, root_key));
  const auto keys = [](const format::Charter& charter) {
    return std::to_string(charter.threshold) + " of " + counted(charter.root_keys.size(), "root key", "root keys");
  };
  out.turned("who signs a charter", keys(before), keys(after));
  compare_desks(before, after, out);
  out.list("sealing key", named(before.sealing_keys, sealing_key), named(after.sealing_keys, sealing_key));
  out.list("mirror", named(before.mirrors, mirror), named(after.mirrors, mirror));
  compare_policies(before, after, out);
  return out.take();
}

std::vector<std::string> warnings_about(const format::Charter& before, const format::Charter& after) {
  std::vector<std::string> out;
  if (after.threshold < 2 && before.threshold >= 2)
    out.push_back("one root key alone would rule the project: whoever steals one takes it over");
  if (after.threshold == after.root_keys.size() && after.threshold > 1)
    out.push_back("every root key would be needed: the loss of one freezes the charter for ever");
  if (after.desks.empty()) out.push_back("no desk would be left: nobody could publish for this project");
  std::set<std::string> countries;
  for (const auto& relay : after.witness.relays) countries.insert(relay.country);
  if (!after.witness.relays.empty() &&
      (after.copies.copies > after.witness.relays.size() || after.copies.countries > countries.size()))
    out.push_back("the project wants " + std::to_string(after.copies.copies) + " copies in " +
                  counted(after.copies.countries, "country", "countries") + ", and only relays of its policy count: these are " +
                  std::to_string(after.witness.relays.size()) + " in " + std::to_string(countries.size()) +
                  ", so it can never be met. Add relays, or lower --copies and --countries");
  const std::size_t relays = after.witness.relays.size(), quorum = after.witness.quorum;
  for (const auto& country : countries) {
    const auto there = static_cast<std::size_t>(std::ranges::count(after.witness.relays, country, &format::PolicyRelay::country));
    if (quorum == 0 || there + quorum <= relays) continue;
    out.push_back("the quorum of " + std::to_string(quorum) + " cannot be met without " + country +
                  ": if that country goes, nothing counts as fresh" +
                  (there < quorum ? "" : ". And its relays alone are a quorum: who can press them all decides what is fresh, and which of "
                                         "two charters wins"));
  }
  return out;
}

}  // namespace tamizdat::client
