#include "client-lib/charters/closing.h"

#include <algorithm>

#include "proto/format/archive.h"

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
    const auto bytes = held.relay->bundle(log_, from, 1);
    if (!bytes) return tl::unexpected(bytes.error());
    if (!*bytes) return fail(net::kRelayAnswerInvalid, "the relay does not give the entries that it says it holds");
    const auto bundle = format::verify_bundle(charter_, **bytes);
    if (!bundle) return tl::unexpected(bundle.error());
    if (bundle->head().log() != log_ || bundle->from() != from)
      return fail(net::kRelayAnswerInvalid, "the relay gives other entries than were asked for");
    auto tree = format::CompactRange::restore(from, {bundle->before().begin(), bundle->before().end()});
    if (!tree) return tl::unexpected(tree.error());
    tree->append(bundle->entries().front().id().value);
    return tree->root();
  }

  Result<std::uint64_t> index_of(const Held& held, const EntryId& id) const {
    const auto archive = held.relay->entry(id);
    if (!archive) return tl::unexpected(archive.error());
    if (!*archive) return fail(kClosingBeyondHeld, held.relay->host_and_port() + " does not hold the entry " + id.text());
    const auto records = format::parse_archive(**archive);
    if (!records) return tl::unexpected(records.error());
    for (const auto& record : *records) {
      if (record.kind != format::RecordKind::kBundle) continue;
      const auto bundle = format::verify_bundle(charter_, record.bytes);
      if (!bundle) return tl::unexpected(bundle.error());
      if (bundle->head().log() != log_) return fail(kClosingBeyondHeld, id.text() + " is an entry of another desk");
      for (const auto& entry : bundle->entries())
        if (entry.id() == id) return entry.header().index;
    }
    return fail(net::kRelayAnswerInvalid, "the relay gives another entry than was asked for");
  }

 private:
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

}  // namespace

Result<Closing> find_closing(const format::VerifiedCharter& charter, const ClosingQuestion& question,
                             std::span<net::RelayClient> relays, const Progress& progress) {
  if (charter.content().desk(question.desk) == nullptr && charter.content().closed_desk(question.desk) == nullptr)
    return fail(kDeskNotListed, "charter version " + std::to_string(charter.version()) + " lists no desk " + question.desk.text());
  const Finder finder(charter, question.desk);
  std::vector<Held> held;
  std::string troubles;
  std::size_t answered = 0;
  for (std::size_t i = 0; i < relays.size(); ++i) {
    progress("asking " + relays[i].host_and_port(), i, relays.size());
    const auto one = finder.ask(relays[i]);
    if (!one) {
      troubles += " " + relays[i].host_and_port() + ": " + one.error().text + ";";
      continue;
    }
    ++answered;
    if (*one) held.push_back(**one);
  }
  if (answered == 0) return fail(kNoRelayHolds, "no relay could be asked what it holds of this desk:" + troubles + " give --relay LINE");
  if (held.empty()) {
    if (question.size.value_or(0) > 0 || question.before) return fail(kNoRelayHolds, "no relay holds an entry of this desk");
    return Closing{0, format::empty_root(), 0, {}};
  }
  const auto good = choose(held, question.as_held_by);
  if (!good) return tl::unexpected(good.error());
  Closing out{good->size, good->root, good->size, {}};
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
    const auto index = finder.index_of(*good, *question.before);
    if (!index) return tl::unexpected(index.error());
    out.size = *index;
  } else if (question.size) {
    out.size = *question.size;
  }
  if (out.size > good->size)
    return fail(kClosingBeyondHeld, "the relays hold " + entries(good->size) + " of this desk, and the closing would name " +
                                        std::to_string(out.size) + ": only what relays hold can be kept");
  const auto root = finder.root_at(*good, out.size);
  if (!root) return tl::unexpected(root.error());
  out.root = *root;
  return out;
}

}  // namespace tamizdat::charters
