#include "relay/forks/charter_forks.h"

#include <algorithm>
#include <utility>

#include "relay/statements/standing.h"

namespace tamizdat::forks {
namespace {

using Chain = CharterForks::Chain;

constexpr env::MetricName kForksMetric{"tamizdat_charter_forks_proven_total",
                                       "Projects of which this relay proved that their root keys signed two charters of one version."};
constexpr env::milliseconds kStoreRetryDelay{10'000};

// The first version of which both have another charter.
std::optional<std::uint64_t> parting(const Chain& held, const Chain& chain) {
  for (std::size_t i = 0; i < std::min(held.size(), chain.size()); ++i)
    if (held[i].hash() != chain[i].hash()) return i + 1;
  return std::nullopt;
}

const format::VerifiedCharter& at(std::span<const format::VerifiedCharter> chain, std::uint64_t version) {
  return chain[static_cast<std::size_t>(version - 1)];
}

}  // namespace

CharterForks::CharterForks(env::Environment& env, const store::Store& store, store::Intake& intake,
                           statements::Statements& statements)
    : env_(env),
      store_(store),
      intake_(intake),
      statements_(statements),
      statement_changes_(
          statements.subscribe([this](const statements::StatementChange& change) { on_statement(change); })) {}

void CharterForks::on_statement(const statements::StatementChange& change) {
  if (change.kind != format::StatementKind::kCharterFork && change.kind != format::StatementKind::kCharterSeen) return;
  if (statements_.of(change.project, format::StatementKind::kCharterFork).empty()) return;
  to_decide_.insert(change.project);
  decide_event_.notify_all();
}

env::awaitable<void> CharterForks::run(std::stop_token stop) {
  for (const ProjectId& project : store_.projects())
    if (!statements_.of(project, format::StatementKind::kCharterFork).empty()) to_decide_.insert(project);
  while (!stop.stop_requested()) {
    if (to_decide_.empty()) {
      co_await decide_event_.wait(stop);
      continue;
    }
    const ProjectId project = to_decide_.extract(to_decide_.begin()).value();
    const auto followed = co_await follow_in_turn(project);
    if (followed) continue;
    env_.log.error("cannot go over to the charters that relays have decided for", {{"project", project.text()}, {"error", followed.error()}});
    to_decide_.insert(project);
    co_await env_.clock.sleep_for(kStoreRetryDelay, stop);
  }
}

env::awaitable<Result<format::VerifiedCharter>> CharterForks::take(Chain chain) {
  const env::Turn turn = co_await turns_.take();
  const ProjectId project = chain.front().project();
  const Chain held = store_.charter_chain(project);
  const auto parted = parting(held, chain);
  if (!parted) {
    const auto contested = cut_contested(held, chain);
    auto taken = co_await intake_.commit(std::move(chain));
    if (taken && contested) co_return tl::unexpected(*contested);
    co_return taken;
  }
  const auto proven = co_await prove(at(held, *parted), at(chain, *parted));
  if (!proven) co_return tl::unexpected(proven.error());
  const Hash32 wanted = chain.back().hash();
  remember(std::move(chain));
  const auto followed = co_await follow(project);
  if (!followed) co_return tl::unexpected(followed.error());
  const Chain now = store_.charter_chain(project);
  if (std::ranges::find(now, wanted, &format::VerifiedCharter::hash) != now.end()) co_return now.back();
  const auto dispute = statements::dispute_of(statements_, now.back());
  co_return fail(format::kCharterForked, "another charter of version " + std::to_string(*parted) + " is in force here: " +
                                             (dispute ? statements::text_of(*dispute)
                                                      : "the relays that have a say decided for that one"));
}

env::awaitable<Result<void>> CharterForks::prove(const format::VerifiedCharter& one, const format::VerifiedCharter& other) {
  const auto taken = co_await statements_.take(format::make_charter_fork(one, other));
  if (!taken) co_return tl::unexpected(taken.error());
  if (!taken->is_new) co_return Result<void>();
  env_.metrics.counter(kForksMetric).add();
  env_.log.error("the root keys of a project signed two charters of one version: nothing more of it is taken until its "
                 "relays have decided",
                 {{"project", one.project().text()}, {"version", one.version()}});
  co_return Result<void>();
}

void CharterForks::remember(Chain chain) {
  std::erase_if(other_branches_, [&](const Chain& other) {
    return other.front().project() == chain.front().project() && parting(other, chain) == std::nullopt && other.size() <= chain.size();
  });
  other_branches_.push_back(std::move(chain));
  if (other_branches_.size() > kOtherBranchesMax) other_branches_.pop_front();
}

std::vector<format::CharterChain> CharterForks::chains_of(const Chain& held, const Chain* offered) const {
  std::vector<format::CharterChain> out{held};
  if (offered != nullptr) out.emplace_back(*offered);
  for (const Chain& other : other_branches_)
    if (other.front().project() == held.front().project()) out.emplace_back(other);
  return out;
}

// While nobody has decided between two charters of a version, no later one counts; and one that lost does not either.
// Takes those away, and says why.
std::optional<Error> CharterForks::cut_contested(const Chain& held, Chain& chain) const {
  if (held.empty() || chain.size() <= held.size()) return std::nullopt;
  for (const auto& [fork, decision] : statements::decisions_of(statements_, chains_of(held, &chain))) {
    if (fork.version > chain.size() || decision.winner == at(chain, fork.version).hash()) continue;
    const std::uint64_t size = std::max<std::uint64_t>(held.size(), decision.winner ? fork.version - 1 : fork.version);
    if (size >= chain.size()) return std::nullopt;
    chain.erase(chain.begin() + static_cast<std::ptrdiff_t>(size), chain.end());
    return Error{format::kCharterForked, statements::text_of(decision)};
  }
  return std::nullopt;
}

// Those that take the place of the ones held; empty if these are of the branches that won, or nothing is decided.
Chain CharterForks::winning_charters(const ProjectId& project) const {
  const Chain held = store_.charter_chain(project);
  if (held.empty()) return {};
  const auto chains = chains_of(held);
  for (const auto& [fork, decision] : statements::decisions_of(statements_, chains)) {
    if (!decision.winner) return {};
    if (fork.version <= held.size() && at(held, fork.version).hash() == *decision.winner) continue;
    for (const auto chain : chains)
      if (fork.version <= chain.size() && at(chain, fork.version).hash() == *decision.winner)
        return Chain(chain.begin() + static_cast<std::ptrdiff_t>(fork.version - 1), chain.end());
    const auto branch = std::ranges::find(fork.branches, *decision.winner, &format::VerifiedCharter::hash);
    if (branch != fork.branches.end()) return {*branch};
    return {};  // a third one: who has it sends it
  }
  return {};
}

env::awaitable<Result<void>> CharterForks::follow_in_turn(ProjectId project) {
  const env::Turn turn = co_await turns_.take();
  auto followed = co_await follow(project);
  co_return followed;
}

env::awaitable<Result<void>> CharterForks::follow(ProjectId project) {
  for (;;) {
    Chain winning = winning_charters(project);
    if (winning.empty()) co_return Result<void>();
    const std::uint64_t version = winning.front().version();
    const Hash32 hash = winning.front().hash();
    const auto replaced = co_await intake_.replace(std::move(winning));
    if (!replaced) co_return tl::unexpected(replaced.error());
    env_.log.warning("two charters of one version: a quorum of relays has decided, and this relay goes over to theirs",
                     {{"project", project.text()}, {"version", version}, {"charter", to_hex(hash.view())}});
  }
}

}  // namespace tamizdat::forks
