#include "relay/daemon/withholding_commands.h"

#include <algorithm>
#include <ostream>
#include <vector>

#include "proto/format/limits.h"
#include "relay/daemon/country.h"
#include "relay/daemon/opened_store.h"
#include "relay/daemon/stopped_relay.h"
#include "relay/os/control_socket.h"

namespace tamizdat::daemon {
namespace {

using store::Withheld;
using withholding::Versions;

constexpr ErrorCode kOrderInvalid{"withhold-order-invalid"};
// An article with many versions in a project of a million entries.
constexpr env::milliseconds kAnswerMax{60'000};

// The words of a line: what stands before the last of them has no spaces.
//
//   withhold <this|all> <readers|everybody> <country> <entry> <reason>
//   lift <this|all> <entry>
//   withholdings
constexpr std::string_view kWithhold = "withhold";
constexpr std::string_view kLift = "lift";
constexpr std::string_view kList = "withholdings";

std::string_view take_word(std::string_view& rest) {
  const auto end = std::min(rest.find(' '), rest.size());
  const auto word = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return word;
}

std::string_view word_of(Versions versions) { return versions == Versions::kAll ? "all" : "this"; }
Versions versions_of_word(std::string_view word) { return word == "all" ? Versions::kAll : Versions::kThisOne; }

struct NamedEntry {
  EntryId entry;
  Versions versions = Versions::kThisOne;
};

Result<NamedEntry> entry_of(std::string_view text) {
  text = text.substr(0, text.find_first_of("?#"));
  const auto slash = text.rfind('/');
  const auto entry = EntryId::parse(slash == std::string_view::npos ? text : text.substr(slash + 1));
  if (!entry && entry.error().code == kIdInvalid)
    return fail(kOrderInvalid, "'" + std::string(text) + "' names no entry: give an id (tzentry1...), or the address of its page here, which "
                               "ends with one");
  if (!entry) return tl::unexpected(entry.error());
  const bool is_article = slash != std::string_view::npos && text.substr(0, slash).ends_with("/a");
  return NamedEntry{*entry, is_article ? Versions::kAll : Versions::kThisOne};
}

// Readers see it as one line.
Result<void> check_reason(std::string_view reason) {
  if (reason.empty()) return fail(kOrderInvalid, "readers are told why: give --reason \"...\"");
  if (reason.size() > format::kWithholdingReasonBytesMax)
    return fail(kOrderInvalid, "the reason has " + std::to_string(reason.size()) + " octets, and at most " +
                                   std::to_string(format::kWithholdingReasonBytesMax) + " are taken: make it shorter");
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7f'; };
  if (!is_utf8(reason) || std::ranges::any_of(reason, is_control))
    return fail(kOrderInvalid, "the reason must be one line of text in UTF-8");
  return {};
}

Result<std::string> line_of(const WithholdOrder& order) {
  const auto named = entry_of(order.entry);
  if (!named) return tl::unexpected(named.error());
  const std::string versions(word_of(named->versions));
  if (order.lift) {
    if (!order.country.empty() || !order.reason.empty() || order.keep_from_peers)
      return fail(kOrderInvalid, "--lift ends what was said: it takes no --country, --reason or --keep-from-peers");
    return std::string(kLift) + " " + versions + " " + named->entry.text();
  }
  if (!is_country_code(order.country))
    return fail(kOrderInvalid, order.country.empty() ? "give --country CC, the country whose law it is, such as GE"
                                                     : "'" + order.country + "' is no country: give two letters of ISO 3166-1, such as GE");
  if (auto fine = check_reason(order.reason); !fine) return tl::unexpected(fine.error());
  return std::string(kWithhold) + " " + versions + (order.keep_from_peers ? " everybody " : " readers ") + order.country + " " +
         named->entry.text() + " " + order.reason;
}

// By the running relay, or without one.
Result<std::string> carry_out(const RelayPlace& relay, const std::string& line) {
  auto installation = load_installation(relay.place);
  if (!installation) return tl::unexpected(installation.error());
  const Config& config = installation->config;
  auto asked = os::ask_running_relay(config.at(config.data_folder), line, kAnswerMax);
  if (asked || asked.error().code != os::kNoRelayRuns) return asked;
  const auto keys = open_keys(config, relay.passphrase_file);
  if (!keys) return pass(keys);
  return with_stopped_relay(config, *keys, [&line](withholding::Withholdings& withholdings) { return obey_withholding(withholdings, line); });
}

int failed(const Error& error, std::ostream& err) {
  err << error.text << '\n';
  return 1;
}

}  // namespace

bool is_withholding_line(std::string_view line) {
  const auto verb = take_word(line);
  return verb == kWithhold || verb == kLift || verb == kList;
}

env::awaitable<Result<std::string>> obey_withholding(withholding::Withholdings& withholdings, std::string line) {
  std::string_view rest = line;
  const auto verb = take_word(rest);
  if (verb == kList) co_return withholdings.list();
  const Versions versions = versions_of_word(take_word(rest));
  withholding::Order order;
  order.versions = versions;
  if (verb == kWithhold) {
    order.from = take_word(rest) == "everybody" ? Withheld::From::kEverybody : Withheld::From::kReaders;
    order.country = take_word(rest);
  }
  const auto entry = EntryId::parse(take_word(rest));
  if (!entry) co_return fail(kWithholdingLineInvalid, "this relay cannot read the command: is it of the same version as the one that asks?");
  order.entry = *entry;
  order.reason = rest;
  if (verb == kLift) {
    auto lifted = co_await withholdings.lift(order.entry, versions);
    co_return lifted;
  }
  auto done = co_await withholdings.withhold(std::move(order));
  co_return done;
}

int withhold(const RelayPlace& relay, const WithholdOrder& order, std::ostream& out, std::ostream& err) {
  const auto line = line_of(order);
  if (!line) return failed(line.error(), err);
  const auto done = carry_out(relay, *line);
  if (!done) return failed(done.error(), err);
  out << (order.lift ? "served again:\n" : "withheld, and readers are told so:\n") << *done << '\n';
  return 0;
}

int list_withholdings(const RelayPlace& relay, std::ostream& out, std::ostream& err) {
  const auto listed = carry_out(relay, std::string(kList));
  if (!listed) return failed(listed.error(), err);
  out << (listed->empty() ? "nothing is withheld here" : *listed) << '\n';
  return 0;
}

}  // namespace tamizdat::daemon
