#include "client-lib/charters/closing.h"

#include <algorithm>

#include "proto/format/archive.h"
#include "proto/format/statement.h"

namespace tamizdat::charters {
namespace {

// What one relay holds of the log.
struct Held {
  net::RelayClient* relay = nullptr;
  std::uint64_t size = 0;
  Hash32 root;  // of these entries
};

std::string entries(std::uint64_t count) { return std::to_string(count) + (count == 1 ? " entry" : " entries"); }

class Finder {
 public:
  Finder(const format::VerifiedCharter& charter, const DeskId& desk)
      : charter_(charter), log_(format::log_id(charter.project(), desk)) {}

  // Nothing if the relay does not have the log.
  Result<std::optional<Held>> ask(net::RelayClient& relay) const {
    const auto theirs = relay.head(log_);
    if (!theirs) return tl::unexpected(theirs.error());
    if (!*theirs) return std::optional<Held>();
    const auto head = format::verify_head(charter_, (*theirs)->checkpoint);
    if (!head) return tl::unexpected(head.error());
    if (head->log() != log_) return fail(net::kRelayAnswerInvalid, "the relay shows the head of another log");
    Held held{&relay, std::min((*theirs)->held, head->size()), {}};
    const auto root = root_at(held, held.size);
    if (!root) return tl::unexpected(root.error());
    held.root = *root;
    return std::optional(held);
  }

  // The root of the first `size` entries, proven by a bundle of the relay that holds them.
  Result<Hash32> root_at(const Held& held, std::uint64_t size) const {
    if (size == 0) return format::empty_root();
    const std::uint64_t from = size - 1;
    const auto bundle = bundle_at(held, from, 1);
    if (!bundle) return tl::unexpected(bundle.error());
    auto tree = format::CompactRange::restore(from, {bundle->before().begin(), bundle->before().end()});
    if (!tree) return tl::unexpected(tree.error());
    tree->append(bundle->entries().front().id().value);
    return tree->root();
  }

  // Found in the headers, which are there also where the entry is hidden: who stole a desk may have retracted it.
  Result<std::uint64_t> index_of(const Held& held, const EntryId& id, const Progress& progress) const {
    if (const auto index = shown_index(held, id)) return *index;
    constexpr std::uint64_t kAtOnce = 64;
    for (std::uint64_t to = held.size; to > 0;) {  // as a rule it is one of the last
      const std::uint64_t from = to > kAtOnce ? to - kAtOnce : 0;
      progress("looking for the entry at " + held.relay->host_and_port(), held.size - to, held.size);
      for (std::uint64_t next = from; next < to;) {
        const auto bundle = bundle_at(held, next, to - next);
        if (!bundle) return tl::unexpected(bundle.error());
        for (const auto& entry : bundle->entries())
          if (entry.id() == id) return entry.header().index;
        next = bundle->to();
      }
      to = from;
    }
    return fail(kClosingBeyondHeld, held.relay->host_and_port() + " holds " + entries(held.size) + " of this desk, and " + id.text() + " is none of them");
  }

 private:
  Result<format::VerifiedBundle> bundle_at(const Held& held, std::uint64_t from, std::uint64_t count) const {
    const auto bytes = held.relay->bundle(log_, from, count);
    if (!bytes) return tl::unexpected(bytes.error());
    if (!*bytes) return fail(net::kRelayAnswerInvalid, "the relay does not give the entries that it says it holds");
    auto bundle = format::verify_bundle(charter_, **bytes);
    if (bundle && (bundle->head().log() != log_ || bundle->from() != from))
      return fail(net::kRelayAnswerInvalid, "the relay gives other entries than were asked for");
    return bundle;
  }

  // One request, where the entry is shown.
  std::optional<std::uint64_t> shown_index(const Held& held, const EntryId& id) const {
    const auto archive = held.relay->entry(id);
    const auto records = archive && *archive ? format::parse_archive(**archive) : fail(net::kRelayAnswerInvalid, "");
    if (!records) return std::nullopt;
    for (const auto& record : *records) {
      const auto bundle = record.kind == format::RecordKind::kBundle ? format::verify_bundle(charter_, record.bytes) : fail(net::kRelayAnswerInvalid, "");
      if (!bundle || bundle->head().log() != log_) continue;
      for (const auto& entry : bundle->entries())
        if (entry.id() == id) return entry.header().index;
    }
    return std::nullopt;
  }

  const format::VerifiedCharter& charter_;
  LogId log_;
};

bool is_named(const net::RelayClient& relay, const std::string& name) {
  return name == relay.host_and_port() || name == relay.address().relay.text();
}

// The history that counts: that of the relay that was named, else the longest.
Result<Held> choose(const std::vector<Held>& held, const std::string& as_held_by) {
  if (as_held_by.empty()) return *std::ranges::max_element(held, {}, &Held::size);
  const auto named = std::ranges::find_if(held, [&](const Held& one) { return is_named(*one.relay, as_held_by); });
  if (named == held.end())
    return fail(kNoRelayHolds, "none of the relays that were asked and hold this log is " + as_held_by + ": give its --relay LINE");
  return *named;
}

std::string told(const std::vector<Held>& held) {
  std::string out;
  for (const auto& one : held)
    out += (out.empty() ? "" : "; ") + one.relay->host_and_port() + " holds " + entries(one.size) + ", root " + to_hex(one.root.view());
  return out;
}

// What each relay that answers holds, and of whom nobody knows.
struct Answers {
  std::vector<Held> held;
  std::vector<std::string> not_asked;
  std::size_t answered = 0;
};

Answers ask_all(const Finder& finder, const format::VerifiedCharter& charter, std::span<net::RelayClient> relays, const Progress& progress) {
  Answers out;
  for (std::size_t i = 0; i < relays.size(); ++i) {
    progress("asking " + relays[i].host_and_port(), i, relays.size());
    const auto one = finder.ask(relays[i]);
    if (!one) {
      out.not_asked.push_back(relays[i].host_and_port() + ": " + one.error().text);
      continue;
    }
    ++out.answered;
    if (*one && (*one)->size > 0) out.held.push_back(**one);
  }
  for (const auto& listed : charter.content().witness.relays) {
    const auto is_it = [&](const net::RelayClient& relay) { return relay.address().relay == listed.relay; };
    if (std::ranges::none_of(relays, is_it))
      out.not_asked.push_back(listed.relay.text() + " (" + listed.country + ") of the charter's policy: no address line of it is known here");
  }
  return out;
}

std::string joined(const std::vector<std::string>& sentences) {
  std::string out;
  for (const auto& sentence : sentences) out += " " + sentence + ";";
  return out;
}

Result<Closing> empty_closing(const format::VerifiedCharter& charter, const ClosingQuestion& question, const Answers& answers) {
  if (question.size.value_or(0) > 0 || question.before) return fail(kNoRelayHolds, "no relay holds an entry of this desk");
  const bool has_policy = !charter.content().witness.relays.empty();
  if (!question.size && !(has_policy && answers.not_asked.empty()))
    return fail(kNoRelayHolds, "no relay that answers holds an entry of this desk, and " +
                                   (answers.not_asked.empty() ? std::string("the charter lists none that would have to:") : "these could not be asked:" + joined(answers.not_asked)) +
                                   " closing it empty would refuse all that others may hold, for ever. Ask more relays (--relay LINE), or say that "
                                   "nothing is good with --size 0");
  return Closing{0, format::empty_root(), 0, {}, answers.not_asked};
}

// Where no person said how much is good.
Result<void> check_known(const ClosingQuestion& question, const Closing& closing) {
  if (question.size || question.before) return {};
  for (const auto& known : question.known)
    if (known.size > closing.size)
      return fail(kClosingBelowKnown, "the relays that could be asked hold " + entries(closing.size) + " of this desk, and " + known.by + " " +
                                          entries(known.size) + ": the rest would be refused for ever." +
                                          (closing.not_asked.empty() ? "" : " Not asked:" + joined(closing.not_asked)) +
                                          " Ask more relays (--relay LINE), or send what waits (tamizdat send); or, if the rest is not good, say so with "
                                          "--size or --before");
  return {};
}

}  // namespace

std::vector<KnownSize> cosigned_sizes(const Chain& chain, const DeskId& desk, std::span<const RelayChain> answers) {
  const LogId log = format::log_id(chain.project(), desk);
  std::vector<KnownSize> out;
  for (const auto& answer : answers)
    for (const Bytes& statement : answer.statements) {
      const auto name = format::peek_statement(statement);
      if (!name || name->kind != format::StatementKind::kCosignedHead) continue;
      const auto verified = format::verify_statement({chain.charters()}, statement);
      const auto* const head = verified ? verified->as<format::WitnessedHead>() : nullptr;
      if (head != nullptr && head->log == log) out.push_back({head->cosigned.checkpoint.size, head->relay.relay.text() + " has cosigned"});
    }
  return out;
}

Result<Closing> find_closing(const format::VerifiedCharter& charter, const ClosingQuestion& question,
                             std::span<net::RelayClient> relays, const Progress& progress) {
  if (charter.content().desk(question.desk) == nullptr && charter.content().closed_desk(question.desk) == nullptr)
    return fail(kDeskNotListed, "charter version " + std::to_string(charter.version()) + " lists no desk " + question.desk.text());
  const Finder finder(charter, question.desk);
  const Answers answers = ask_all(finder, charter, relays, progress);
  if (answers.answered == 0)
    return fail(kNoRelayHolds, "no relay could be asked what it holds of this desk:" + joined(answers.not_asked) + " give --relay LINE");
  const std::vector<Held>& held = answers.held;
  if (held.empty()) {
    auto empty = empty_closing(charter, question, answers);
    if (empty)
      if (auto known = check_known(question, *empty); !known) return pass(known);
    return empty;
  }
  const auto good = choose(held, question.as_held_by);
  if (!good) return tl::unexpected(good.error());
  Closing out{good->size, good->root, good->size, {}, answers.not_asked};
  for (const auto& other : held) {
    const auto root = finder.root_at(*good, std::min(other.size, good->size));
    if (!root) return tl::unexpected(root.error());
    const bool is_longer = other.size > good->size;
    const auto theirs = is_longer ? finder.root_at(other, good->size) : Result<Hash32>(other.root);
    if (!theirs) return tl::unexpected(theirs.error());
    if (*root == *theirs)
      out.relays.push_back(other.relay->host_and_port());
    else if (question.as_held_by.empty())
      return fail(kHistoriesDiffer, "relays hold two histories of this desk: " + told(held) +
                                        ". Look at both on the pages of these relays, and name the good one with --as-held-by RELAY");
    out.held = std::max(out.held, other.size);
  }
  if (question.before) {
    const auto index = finder.index_of(*good, *question.before, progress);
    if (!index) return tl::unexpected(index.error());
    out.size = *index;
  } else if (question.size) {
    out.size = *question.size;
  }
  if (auto known = check_known(question, out); !known) return pass(known);
  if (out.size > good->size)
    return fail(kClosingBeyondHeld, "the relays hold " + entries(good->size) + " of this desk, and the closing would name " +
                                        std::to_string(out.size) + ": only what relays hold can be kept");
  const auto root = finder.root_at(*good, out.size);
  if (!root) return tl::unexpected(root.error());
  out.root = *root;
  return out;
}

}  // namespace tamizdat::charters
