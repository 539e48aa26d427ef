#include "relay/store/intake.h"

#include "proto/format/limits.h"

namespace tamizdat::store {
namespace {

Result<std::vector<format::VerifiedCharter>> verify_chain(const std::vector<Bytes>& signed_charters) {
  if (signed_charters.empty()) return fail(format::kCharterNotFirst, "there is no charter: send the whole chain");
  std::size_t octets = 0;
  for (const Bytes& signed_charter : signed_charters) octets += signed_charter.size();
  if (signed_charters.size() > format::kCharterChainMax || octets > format::kCharterChainBytesMax)
    return fail(kCharterChainTooLong, "the charter chain has more than " + std::to_string(format::kCharterChainMax) +
                                          " versions or 8 MiB: no relay can pass it on");
  std::vector<format::VerifiedCharter> chain;
  for (const Bytes& signed_charter : signed_charters) {
    auto next = chain.empty() ? format::verify_first_charter(signed_charter)
                              : format::verify_charter_update(chain.back(), signed_charter);
    if (!next) return pass(next);
    chain.push_back(*std::move(next));
  }
  return chain;
}

// The part of `chain` that comes after what is held. Empty if nothing does.
Result<Charters> continuation(const format::VerifiedCharter& held, const std::vector<format::VerifiedCharter>& chain) {
  if (chain.size() < held.version())
    return fail(format::kCharterRolledBack, "the chain ends with version " + std::to_string(chain.size()) +
                                                ", in force is version " + std::to_string(held.version()) +
                                                ": fetch the project's newer charters first");
  if (chain[held.version() - 1].hash() != held.hash())
    return fail(format::kCharterForked, "another charter of version " + std::to_string(held.version()) +
                                            " is in force here: two charters of one version contradict each other");
  return Charters{{chain.begin() + static_cast<std::ptrdiff_t>(held.version()), chain.end()}};
}

}  // namespace

env::awaitable<Result<format::VerifiedBundle>> Intake::verify_bundle(Bytes bundle) {
  const auto name = format::peek_log(bundle);
  if (!name) co_return tl::unexpected(name.error());
  const auto charter = store_.charter(name->project);
  if (!charter)
    co_return fail(kUnknownProject, "the project " + name->project.text() + " is not known here: send its charters first");
  const auto held = store_.log(format::log_id(name->project, name->desk));
  auto verify = [&charter, &bundle, &held] {
    return format::verify_bundle(*charter, bundle, held ? &held->head : nullptr);
  };
  auto verified = co_await env::run_blocking(workers_, std::move(verify));
  co_return verified;
}

env::awaitable<Result<Committed>> Intake::commit(format::VerifiedBundle bundle) {
  Batch batch{std::move(bundle), clock_.now()};
  auto committed = co_await writer_.commit(std::move(batch));
  co_return committed;
}

env::awaitable<Result<std::vector<format::VerifiedCharter>>> Intake::verify_charters(
    std::vector<Bytes> signed_charters) {
  auto verify = [&signed_charters] { return verify_chain(signed_charters); };
  auto chain = co_await env::run_blocking(workers_, std::move(verify));
  co_return chain;
}

env::awaitable<Result<format::VerifiedCharter>> Intake::commit(std::vector<format::VerifiedCharter> chain) {
  const format::VerifiedCharter last = chain.back();
  Charters fresh;
  if (const auto held = store_.charter(last.project())) {
    auto rest = continuation(*held, chain);
    if (!rest) co_return pass(rest);
    if (rest->charters.empty()) co_return *held;
    fresh = *std::move(rest);
  } else {
    fresh.charters = std::move(chain);
  }
  Batch batch{std::move(fresh), clock_.now()};
  const auto committed = co_await writer_.commit(std::move(batch));
  if (!committed) co_return tl::unexpected(committed.error());
  co_return last;
}

env::awaitable<Result<void>> Intake::replace(std::vector<format::VerifiedCharter> branch) {
  Batch batch{Charters{std::move(branch), OnFork::kReplace}, clock_.now()};
  const auto committed = co_await writer_.commit(std::move(batch));
  if (!committed) co_return tl::unexpected(committed.error());
  co_return Result<void>();
}

}  // namespace tamizdat::store
