#include "relay/withholding/withholdings.h"

#include <algorithm>

#include "relay/env/workers.h"
#include "relay/statements/withholding.h"
#include "relay/withholding/versions.h"

namespace tamizdat::withholding {
namespace {

using format::StatementKind;
using store::Withheld;

tl::unexpected<Error> not_held(const EntryId& entry) {
  return fail(kEntryNotHeld, "this relay does not hold the entry " + entry.text() + ": look at its page here, and copy the id from there");
}

std::string line_of(const format::Withholding& notice) {
  return notice.entry.text() + " (" + notice.country + ")" + (notice.kept_from_peers ? ", kept from peers too" : "") + ": " +
         notice.reason;
}

// The text of readers is in an article or in what corrects it; what a later version knows may be a text.
Result<void> has_text(const store::StoredEntry& entry) {
  const auto header = format::parse_header(entry.header);
  if (!header) return tl::unexpected(header.error());
  if (header->kind == format::EntryKind::kRetraction)
    return fail(kEntryWithoutText, entry.id.text() + " is a retraction: it has no text to withhold");
  if (header->kind == format::EntryKind::kEmbargoKey)
    return fail(kEntryWithoutText, entry.id.text() + " is the key to a text under embargo: withhold " + header->target->text() +
                                       ", the text itself");
  return {};
}

}  // namespace

Withholdings::Withholdings(env::Environment& env, const store::Store& store, statements::Statements& statements,
                           const format::SigningKey& identity, store::Withheld& withheld)
    : env_(env),
      store_(store),
      statements_(statements),
      identity_(identity),
      self_(identity.public_key()),
      withheld_(withheld),
      statement_changes_(statements.subscribe([this](const statements::StatementChange& change) { on_statement(change); })) {
  for (const auto& statement : in_force()) apply(*statement->as<format::Withholding>());
}

std::vector<statements::StatementPointer> Withholdings::in_force() const {
  std::vector<statements::StatementPointer> out;
  for (const auto& project : store_.projects())
    for (auto& statement : statements_.of(project, StatementKind::kWithholding)) {
      const auto& notice = *statement->as<format::Withholding>();
      if (notice.relay == self_ && !notice.lifted) out.push_back(std::move(statement));
    }
  std::ranges::sort(out, {}, [](const statements::StatementPointer& statement) { return statement->time(); });
  return out;
}

void Withholdings::on_statement(const statements::StatementChange& change) {
  if (change.kind != StatementKind::kWithholding) return;
  const auto statement = statements_.find(change.project, change.kind, change.slot);
  if (statement && statement->as<format::Withholding>()->relay == self_) apply(*statement->as<format::Withholding>());
}

void Withholdings::apply(const format::Withholding& notice) {
  if (notice.lifted)
    withheld_.drop(notice.entry);
  else
    withheld_.put(notice.entry, notice.kept_from_peers ? Withheld::From::kEverybody : Withheld::From::kReaders);
  if (const auto at = store_.find(notice.entry)) changes_.emit(*at);
}

std::vector<store::Store::Position> Withholdings::positions() const {
  std::vector<store::Store::Position> out;
  for (const auto& statement : in_force())
    if (const auto at = store_.find(statement->as<format::Withholding>()->entry)) out.push_back(*at);
  return out;
}

env::awaitable<Result<Withholdings::Named>> Withholdings::look_up(EntryId entry, Versions versions) const {
  auto look = [this, entry, versions]() -> Result<Named> {
    const auto at = store_.find(entry);
    const auto held = at ? store_.entry(at->log, at->index) : Result<store::StoredEntry>(not_held(entry));
    if (!held) return tl::unexpected(held.error());
    if (auto fine = has_text(*held); !fine) return tl::unexpected(fine.error());
    Named out{held->log.project, {entry}};
    if (versions == Versions::kThisOne) return out;
    auto all = versions_of(store_, entry);
    if (!all) return tl::unexpected(all.error());
    out.entries = *std::move(all);
    // A correction may be here before what it corrects.
    std::erase_if(out.entries, [this](const EntryId& other) { return !store_.find(other); });
    return out;
  };
  auto found = co_await env::run_blocking(env_.workers, std::move(look));
  co_return found;
}

env::awaitable<Result<void>> Withholdings::say(ProjectId project, format::WithholdingContent content) {
  // Of notices about one entry the later one counts, by seconds.
  const auto before = statements_.find(project, StatementKind::kWithholding, format::withholding_slot(content.entry, self_));
  if (before) content.time = std::max(content.time, *before->time() + seconds(1));
  Bytes statement = format::make_withholding(project, content, identity_);
  const auto taken = co_await statements_.take(std::move(statement));
  if (!taken) co_return tl::unexpected(taken.error());
  co_return Result<void>();
}

env::awaitable<Result<std::string>> Withholdings::withhold(Order order) {
  const auto named = co_await look_up(order.entry, order.versions);
  if (!named) co_return tl::unexpected(named.error());
  std::string done;
  for (const EntryId& entry : named->entries) {
    format::WithholdingContent content{entry, order.country, order.reason, env_.clock.now(), false,
                                       order.from == Withheld::From::kEverybody};
    const auto said = co_await say(named->project, content);
    if (!said) co_return tl::unexpected(said.error());
    env_.log.info("an entry is withheld", {{"entry", entry.text()}, {"country", order.country}});
    done += (done.empty() ? "" : "\n") + line_of({content, self_});
  }
  co_return done;
}

env::awaitable<Result<std::string>> Withholdings::lift(EntryId entry, Versions versions) {
  const auto named = co_await look_up(entry, versions);
  if (!named) co_return tl::unexpected(named.error());
  std::string done;
  for (const auto& statement : in_force()) {
    format::WithholdingContent content = *statement->as<format::Withholding>();
    if (std::ranges::find(named->entries, content.entry) == named->entries.end()) continue;
    content.time = env_.clock.now();
    content.lifted = true;
    const auto said = co_await say(statement->project(), content);
    if (!said) co_return tl::unexpected(said.error());
    env_.log.info("an entry is withheld no more", {{"entry", content.entry.text()}});
    done += (done.empty() ? "" : "\n") + content.entry.text();
  }
  if (done.empty()) co_return fail(kNotWithheld, "nothing of " + entry.text() + " is withheld here");
  co_return done;
}

std::string Withholdings::list() const {
  std::string out;
  for (const auto& statement : in_force())
    out += (out.empty() ? "" : "\n") + to_rfc3339(*statement->time()) + " " + line_of(*statement->as<format::Withholding>());
  return out;
}

}  // namespace tamizdat::withholding
