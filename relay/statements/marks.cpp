// What a relay has to remember beside statements: how far each peer got, what it signed itself, that it was restored.
#include "relay/statements/statements.h"

namespace tamizdat::statements {

Bytes Statements::peer_key(const RelayId& peer) { return Bytes("peer/") + Bytes(peer.view()); }

std::optional<PeerMark> Statements::mark_of(const RelayId& peer) const {
  const auto value = mark(peer_key(peer));
  if (!value || value->size() != kEpochBytes + 8) return std::nullopt;
  return PeerMark{value->substr(0, kEpochBytes), read_u64_be(BytesView(*value).substr(kEpochBytes))};
}

std::optional<Bytes> Statements::mark(BytesView key) const {
  const auto found = marks_.find(Bytes(key));
  if (found == marks_.end()) return std::nullopt;
  return found->second;
}

// In `marks` where it stands lower there, or here.
void Statements::raise(const OwnWords::Mark& word, std::map<Bytes, Bytes>& marks) const {
  const auto coming = marks.find(word.key);
  const auto standing = coming != marks.end() ? std::optional(coming->second) : mark(word.key);
  if (!standing) {
    marks[word.key] = word.value;
  } else if (auto value = OwnWords::raised(*standing, word)) {
    marks[word.key] = *std::move(value);
  }
}

std::optional<Bytes> Statements::mark_after(BytesView key) const {
  const auto next = marks_.upper_bound(Bytes(key));
  if (next == marks_.end()) return std::nullopt;
  return next->first;
}

env::awaitable<Result<std::vector<bool>>> Statements::replace_marks(std::vector<MarkChange> changes) {
  const env::Turn turn = co_await turns_.take();
  StatementTable::Change change;
  std::vector<bool> out;
  for (auto& item : changes) {
    out.push_back(mark(item.key) == item.before);
    if (out.back()) change.marks.emplace(std::move(item.key), std::move(item.value));
  }
  const auto committed = co_await commit(std::move(change));
  if (!committed) co_return tl::unexpected(committed.error());
  co_return out;
}

void Statements::have_no_peers(bool none) {
  const bool silent = !may_sign();
  has_no_peers_ = none;
  if (silent && may_sign()) may_sign_again_.emit();
}

env::awaitable<Result<void>> Statements::be_complete() {
  if (!is_restored()) co_return Result<void>();
  Bytes key(kRestoredMark);
  auto done = co_await put_mark(std::move(key), Bytes());
  if (!done) co_return done;
  env_.log.info("a peer has given all that it holds of statements: this relay signs again after its restore", {});
  may_sign_again_.emit();
  co_return Result<void>();
}

env::awaitable<Result<void>> Statements::put_mark(Bytes key, Bytes value) {
  const env::Turn turn = co_await turns_.take();
  StatementTable::Change change;
  change.marks.emplace(std::move(key), std::move(value));
  auto committed = co_await commit(std::move(change));
  co_return committed;
}

env::awaitable<Result<Bytes>> Statements::put_mark_once(Bytes key, Bytes value) {
  const env::Turn turn = co_await turns_.take();
  if (auto standing = mark(key)) co_return *std::move(standing);
  StatementTable::Change change;
  change.marks.emplace(std::move(key), value);
  const auto committed = co_await commit(std::move(change));
  if (!committed) co_return tl::unexpected(committed.error());
  co_return value;
}

}  // namespace tamizdat::statements
