#include "client-lib/publish/audit.h"

#include <algorithm>

#include "client-lib/publish/other_desks.h"
#include "proto/format/attachment.h"
#include "proto/format/hash.h"

namespace tamizdat::publish {
namespace {

// Of each relay in one run. Who dropped a tenth of an archive is found out by one run in four, and by a month of daily ones
// for sure.
constexpr std::size_t kEntriesAsked = 3;
constexpr std::size_t kBlocksAsked = 3;

class RelayAudit {
 public:
  // `retracted`: entries that relays may have erased, ascending.
  RelayAudit(desk::DeskStore& store, const desk::Project& project, std::span<const std::uint64_t> retracted, RelayView& relay,
             edges::Random& random, Timestamp now, AuditedRelay& out)
      : store_(store), project_(project), retracted_(retracted), relay_(relay), random_(random), now_(now), out_(out) {}

  // Errors: those of the desk's file.
  Result<void> run() {
    check_erased();
    for (std::size_t i = 0; i < kEntriesAsked && !out_.trouble; ++i)
      if (const auto index = some_covered_entry())
        if (auto done = ask_for_entry(*index); !done) return done;
    const auto& receipt = *out_.receipt;
    const auto named = store_.log().blobs_named_by(receipt.from, receipt.to);
    if (!named) return tl::unexpected(named.error());
    std::vector<desk::NamedBlob> covered;
    for (const auto& item : *named)
      if (is_promised(item.index)) covered.push_back(item);
    for (std::size_t i = 0; i < kBlocksAsked && !covered.empty() && !out_.trouble; ++i) ask_for_block(covered[below(covered.size())]);
    return {};
  }

 private:
  // What nobody retracted, no relay may erase.
  void check_erased() {
    for (const auto& exception : out_.receipt->exceptions) {
      if (exception.absence != format::Absence::kErased) continue;
      std::uint64_t index = exception.from;
      while (index < exception.to && is_retracted(index)) ++index;
      if (index == exception.to) continue;
      out_.broken.push_back("it says in its receipt of " + to_rfc3339(out_.receipt->time) + " that it erased entry number " +
                            std::to_string(index) + ", and nobody has retracted that entry");
      break;
    }
  }

  bool is_retracted(std::uint64_t index) const { return std::ranges::binary_search(retracted_, index); }

  std::uint64_t below(std::uint64_t bound) { return read_u64_be(random_.bytes(8)) % bound; }

  bool is_promised(std::uint64_t index) const {
    return std::ranges::none_of(out_.receipt->exceptions, [&](const format::ReceiptException& exception) {
      return exception.from <= index && index < exception.to;
    });
  }

  std::optional<std::uint64_t> some_covered_entry() {
    const auto& receipt = *out_.receipt;
    if (receipt.from == receipt.to) return std::nullopt;
    constexpr unsigned kTries = 64;  // most of a log is there, or there is little to promise
    for (unsigned i = 0; i < kTries; ++i) {
      const std::uint64_t index = receipt.from + below(receipt.to - receipt.from);
      if (is_promised(index)) return index;
    }
    return std::nullopt;
  }

  // "the receipt of 2026-... says that it holds"
  void is_broken(const std::string& what) {
    out_.broken.push_back(what + ", which its receipt of " + to_rfc3339(out_.receipt->time) + " says that it holds");
  }

  Result<format::VerifiedEntry> own_entry(std::uint64_t index) {
    const auto own = store_.log().bundle(index);
    if (!own) return tl::unexpected(own.error());
    const auto bundle = format::verify_bundle(project_.charter, *own);
    if (!bundle) return tl::unexpected(bundle.error());
    return bundle->entries().front();
  }

  // Relays hold it, and give it to nobody before its time.
  bool is_under_plain_embargo(const format::EntryHeader& header) const {
    return !header.key_commitment && header.not_before && *header.not_before > now_;
  }

  Result<void> ask_for_entry(std::uint64_t index) {
    const auto own = own_entry(index);
    if (!own) return tl::unexpected(own.error());
    if (is_under_plain_embargo(own->header())) return {};
    const EntryId& id = own->id();
    const auto given = relay_.client.bundle(project_.log, index);
    if (!given) return note(given.error(), "entry " + id.text());
    const auto bundle = *given ? format::verify_bundle(project_.charter, **given) : fail(net::kRelayRefused, "");
    const bool is_it = bundle && bundle->from() == index && bundle->entries().front().id() == id;
    if (is_it && bundle->entries().front().body()) {
      ++out_.entries;
      return {};
    }
    // What was retracted is given out no more from that moment on, and erased, and proven, later.
    if (is_it && is_retracted(index)) return {};
    const auto by_others = is_it ? is_retracted_by_other_desk(project_, relay_, id) : Result<bool>(false);
    if (!by_others) return note(by_others.error(), "the logs of other desks");
    if (!*by_others) is_broken("it does not give the text of entry " + id.text());
    return {};
  }

  void ask_for_block(const desk::NamedBlob& item) {
    const auto named_by = own_entry(item.index);
    if (!named_by || is_under_plain_embargo(named_by->header())) return;
    const auto own = store_.attachments().open(item.blob);
    if (!own) return;  // lost here too: nothing to compare with
    const std::uint64_t block = below(own->leaves().size());
    const auto given = relay_.client.blocks(item.blob, block, 1);
    if (!given) {
      static_cast<void>(note(given.error(), "attachment " + item.blob.text()).has_value());
      return;
    }
    if (!*given || format::sha256({**given}) != own->leaves()[block])
      is_broken("it does not give block " + std::to_string(block) + " of attachment " + item.blob.text());
    else
      ++out_.blocks;
  }

  // No answer proves nothing; a refusal of what was signed for is an answer.
  Result<void> note(const Error& error, const std::string& what) {
    if (error.code == net::kRelayRefused)
      is_broken("it refuses " + what);
    else
      out_.trouble = error;
    return {};
  }

  desk::DeskStore& store_;
  const desk::Project& project_;
  std::span<const std::uint64_t> retracted_;
  RelayView& relay_;
  edges::Random& random_;
  Timestamp now_;
  AuditedRelay& out_;
};

}  // namespace

Result<std::vector<AuditedRelay>> audit(desk::DeskStore& store, const desk::Project& project, std::span<RelayView> relays,
                                        const witnessing::StatementSet& statements, edges::Random& random,
                                        Timestamp now, const Progress& progress) {
  const auto copies = copies_of(store, project, statements, 0, 0, now);
  if (!copies) return tl::unexpected(copies.error());
  const auto retracted = retracted_entries(store, project, statements);
  if (!retracted) return tl::unexpected(retracted.error());
  std::vector<AuditedRelay> out;
  for (auto& relay : relays) {
    out.push_back({relay.name(), relay.client.address().relay, std::nullopt, 0, 0, {}, relay.trouble});
    AuditedRelay& audited = out.back();
    const auto copy = std::ranges::find(copies->relays, audited.relay, &witnessing::Copy::relay);
    if (copy != copies->relays.end()) audited.receipt = copy->receipt;
    if (audited.trouble || !audited.receipt) continue;
    progress("auditing " + audited.name, 0, 0);
    if (auto done = RelayAudit(store, project, *retracted, relay, random, now, audited).run(); !done) return tl::unexpected(done.error());
  }
  return out;
}

}  // namespace tamizdat::publish
