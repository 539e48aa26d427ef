#include <algorithm>
#include <set>

#include "client-lib/client/charter_edit.h"

namespace tamizdat::client {
namespace {

std::string joined(const std::vector<std::string>& parts) {
  std::string out;
  for (const auto& part : parts) out += (out.empty() ? "" : " ") + part;
  return out.empty() ? "none" : out;
}

std::string date_of(const std::optional<Timestamp>& time) { return time ? to_rfc3339(*time).substr(0, 10) : "never"; }

std::string hours(seconds duration) { return counted(static_cast<std::uint64_t>(duration.count() / 3600), "hour", "hours"); }

class Changes {
 public:
  void turned(std::string_view what, const std::string& before, const std::string& after) {
    if (before != after) add(std::string(what) + ": " + before + " -> " + after);
  }
  void add(std::string text) { out_.push_back(std::move(text)); }
  // What is in one list and not in the other, each told by `name`.
  template <typename T, typename Id, typename Name>
  void list(const std::vector<T>& before, const std::vector<T>& after, std::string_view what, Id id, Name name) {
    const auto has = [&](const std::vector<T>& values, const T& value) {
      return std::ranges::any_of(values, [&](const T& other) { return id(other) == id(value); });
    };
    for (const auto& value : before)
      if (!has(after, value)) add("without " + std::string(what) + " " + name(value));
    for (const auto& value : after)
      if (!has(before, value)) add("new " + std::string(what) + " " + name(value));
  }
  std::vector<std::string> take() { return std::move(out_); }

 private:
  std::vector<std::string> out_;
};

void compare_desk(const format::Desk& before, const format::Desk& after, Changes& out) {
  const std::string which = "desk " + before.label + " (" + before.id.text() + "), ";
  const auto all = [](const std::vector<std::string>& values) { return values.empty() ? "all" : joined(values); };
  const auto time = [](const std::optional<Timestamp>& value) { return value ? to_rfc3339(*value) : "none"; };
  const auto quota = [](std::uint64_t value) { return value == 0 ? "as relays allow" : std::to_string(value); };
  out.turned(which + "label", before.label, after.label);
  out.turned(which + "languages", all(before.languages), all(after.languages));
  out.turned(which + "regions", all(before.regions), all(after.regions));
  out.turned(which + "may publish from", time(before.not_before), time(after.not_before));
  out.turned(which + "may publish until", time(before.not_after), time(after.not_after));
  out.turned(which + "entries a day", quota(before.entries_per_day), quota(after.entries_per_day));
  out.turned(which + "octets a day", quota(before.bytes_per_day), quota(after.bytes_per_day));
}

void compare_desks(const format::Charter& before, const format::Charter& after, Changes& out) {
  for (const auto& desk : after.closed_desks) {
    const auto* const closed = before.closed_desk(desk.id);
    if (closed != nullptr && closed->size == desk.size) continue;
    out.add((closed == nullptr ? "closes desk " : "raises the closing of desk ") + desk.label + " (" + desk.id.text() + ") at " +
            counted(desk.size, "entry", "entries") + ": these stay valid for ever, whatever it signs after them is refused everywhere");
  }
  for (const auto& desk : after.desks) {
    if (const auto* const known = before.desk(desk.id)) {
      compare_desk(*known, desk, out);
      continue;
    }
    std::string scope;
    if (!desk.languages.empty()) scope += ", only in " + joined(desk.languages);
    if (!desk.regions.empty()) scope += ", only for " + joined(desk.regions);
    if (desk.not_before) scope += ", from " + to_rfc3339(*desk.not_before) + " on";
    if (desk.not_after) scope += ", until " + to_rfc3339(*desk.not_after);
    if (desk.entries_per_day > 0) scope += ", at most " + counted(desk.entries_per_day, "entry", "entries") + " a day";
    if (desk.bytes_per_day > 0) scope += ", at most " + counted(desk.bytes_per_day, "octet", "octets") + " a day";
    out.add("new desk " + desk.label + " (" + desk.id.text() + ")" + scope);
  }
}

void compare_policies(const format::Charter& before, const format::Charter& after, Changes& out) {
  const auto id = [](const format::PolicyRelay& relay) {
    return relay.relay.text() + relay.country + to_hex(relay.witness_key.view()) + to_hex(relay.mirror_key.view());
  };
  out.list(before.witness.relays, after.witness.relays, "relay of the policy", id,
           [](const format::PolicyRelay& relay) { return relay.country + " " + relay.relay.text(); });
  out.turned("witness quorum", std::to_string(before.witness.quorum), std::to_string(after.witness.quorum));
  out.turned("fresh for", hours(before.witness.fresh_for), hours(after.witness.fresh_for));
  const auto copies = [](const format::CopiesPolicy& policy) {
    return std::to_string(policy.copies) + " in " + counted(policy.countries, "country", "countries");
  };
  out.turned("copies wanted", copies(before.copies), copies(after.copies));
  out.turned("erase delay", hours(before.erase_delay), hours(after.erase_delay));
}

}  // namespace

std::vector<std::string> changes_between(const format::Charter& before, const format::Charter& after) {
  Changes out;
  out.turned("title", before.title, after.title);
  const auto shown = [](const std::string& text) { return text.empty() ? "none" : text; };
  out.turned("contact", shown(before.contact), shown(after.contact));
  out.turned("languages", joined(before.languages), joined(after.languages));
  out.turned("regions", joined(before.regions), joined(after.regions));
  out.turned("expires", date_of(before.expires_at), date_of(after.expires_at));
  const auto text = [](const RootKeyId& key) { return key.text(); };
  out.list(before.root_keys, after.root_keys, "root key", text, text);
  const auto keys = [](const format::Charter& charter) {
    return std::to_string(charter.threshold) + " of " + counted(charter.root_keys.size(), "root key", "root keys");
  };
  out.turned("who signs a charter", keys(before), keys(after));
  compare_desks(before, after, out);
  const auto sealing = [](const format::SealingKey& key) { return to_hex(key.key.view()); };
  out.list(before.sealing_keys, after.sealing_keys, "sealing key", sealing, sealing);
  const auto url = [](const format::Mirror& mirror) { return mirror.url; };
  out.list(before.mirrors, after.mirrors, "mirror", url, url);
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
