// How a link takes what its peer announces and sends: charters before the logs they vouch for, then bundles in order.
#include <algorithm>
#include <utility>
#include <vector>

#include "relay/federation/link.h"
#include "relay/statements/withholding.h"
#include "relay/store/retraction.h"

namespace tamizdat::federation {
namespace {

constexpr env::MetricName kRefusedMetric{"tamizdat_link_refused_total", "What peers sent and this relay did not take."};

// With a full disk nothing gets better sooner.
constexpr env::milliseconds kStoreRetryDelay{10'000};

// Errors by which a bundle is no lie of this peer: another charter is in force there, or somebody gave it entries
// without their bodies. Only this log is not taken from it.
bool spoils_one_log(ErrorCode code) {
  return code == store::kUnknownProject || code == format::kHeadOfUnknownDesk || code == format::kHeadOfClosedDesk ||
         code == policy::kBodyMissing;
}

}  // namespace

// ---- what the peer announces ----

void Link::consider(const sync::ProjectState& project) {
  if (refused_.contains(project.project)) return;
  if (auto allowed = policy::admit_project(context_.admission, project.project); !allowed)
    return refuse_project(project.project, allowed.error());
  const auto charter = context_.store.charter(project.project);
  if (!charter || charter->version() < project.charter_version) return await_charter(project);
  // Only the charters themselves prove that there are two of one version.
  if (charter->version() == project.charter_version && charter->hash() != project.charter_hash) return await_charter(project);
  offer_logs(*charter, project);
}

void Link::await_charter(const sync::ProjectState& project) {
  const auto [waiting, first] = awaiting_charter_.try_emplace(project.project, project);
  if (awaiting_charter_.size() > kProjectsMax) return end_flood("the peer announces too many projects");
  const bool asked = !first && waiting->second.charter_version == project.charter_version &&
                     waiting->second.charter_hash == project.charter_hash;
  merge(project, waiting->second);
  if (waiting->second.logs.size() > sync::kProjectLogsMax)
    return end_flood("the peer announces more logs of a project than a charter can have desks");
  if (!asked) post(sync::CharterRequest{project.project});
}

void Link::offer_logs(const format::VerifiedCharter& charter, const sync::ProjectState& project) {
  for (const auto& log : project.logs) {
    const format::ClosedDesk* const closed = charter.content().closed_desk(log.desk);
    if (closed == nullptr && charter.content().desk(log.desk) == nullptr) continue;
    if (closed != nullptr && log.size > closed->size) continue;  // of a peer that has not taken the charter yet
    const format::LogName name{project.project, log.desk};
    const LogId id = format::log_id(name.project, name.desk);
    const auto held = context_.store.log(id);
    const std::uint64_t held_size = held ? held->size : 0;
    if (is_stopped(charter, log.desk)) {
      hold_back(name, log);
      continue;
    }
    if (held) look_into(name, log, *held);
    // A source that announces the log has ended the subscription when it took the charter (announce_closed_logs).
    if (closed != nullptr && context_.sources.source(id) == number_ && log.size > held_size) subscribe(name);
    apply(context_.sources.offer(number_, name, log.size, held_size, context_.env.clock.monotonic()));
  }
}

void Link::apply(const std::optional<Sources::Move>& move) {
  if (move) context_.move_source(*move);
}

// ---- charters ----

// Within the reading coroutine, so that nothing that depends on the charters is looked at before they are durable.
env::awaitable<Result<void>> Link::take_charters(sync::Charters message) {
  for (auto& charter : message.signed_charters) {
    chain_octets_ += charter.size();
    chain_.push_back(std::move(charter));
  }
  if (chain_.size() > format::kCharterChainMax || chain_octets_ > format::kCharterChainBytesMax)
    co_return fail(kPeerFloods, "the peer sends a charter chain without an end");
  if (message.more) co_return Result<void>();
  chain_octets_ = 0;
  auto chain = co_await context_.intake.verify_charters(std::exchange(chain_, {}));
  if (!chain) co_return tl::unexpected(chain.error());
  const ProjectId project = chain->front().project();
  if (auto allowed = policy::admit_project(context_.admission, project); !allowed) {
    refuse(project, allowed.error());
    co_return Result<void>();
  }
  const auto taken = co_await context_.charter_forks.take(*std::move(chain));
  if (!taken && (taken.error().code == store::kStoreFailed || taken.error().code == statements::kStatementsFailed)) {
    if (awaiting_charter_.contains(project) && asking_again_.insert(project).second) {
      context_.env.log.error("cannot store charters that peers send", {{"error", taken.error()}});
      tasks_.spawn(ask_again(project, tasks_.token()));
    }
  } else if (!taken) {
    refuse(project, taken.error());
  }
  co_return Result<void>();
}

// Beside the reader, which goes on taking what needs no disk.
env::awaitable<void> Link::ask_again(ProjectId project, std::stop_token stop) {
  co_await context_.env.clock.sleep_for(kStoreRetryDelay, stop);
  asking_again_.erase(project);
  if (!stop.stop_requested() && awaiting_charter_.contains(project)) post(sync::CharterRequest{project});
}

// ---- bundles ----

env::awaitable<void> Link::take_bundles(std::stop_token stop) {
  while (!stop.stop_requested()) {
    if (arrived_.empty()) {
      co_await arrived_event_.wait(stop);
      continue;
    }
    // A freeze or a fork proof that came before these entries stops them.
    if (statements_under_way()) {
      co_await statements_taken_.wait(stop);
      continue;
    }
    Bytes bytes = std::move(arrived_.front());
    arrived_.pop_front();
    const std::size_t octets = bytes.size();
    const auto name = format::peek_log(bytes);
    auto bundle = co_await context_.intake.verify_bundle(std::move(bytes));
    Result<void> usable;
    if (!bundle)
      usable = tl::unexpected(bundle.error());
    else
      usable = admit(*bundle);
    if (const auto grows = usable ? may_grow(*bundle) : Result<void>(); !grows) {
      refuse(name->project, grows.error());
      outstanding_ -= octets;
      post(sync::Credit{octets});
      continue;
    }
    if (usable) {
      tasks_.spawn(commit_bundle(*std::move(bundle), octets, stop));
      continue;
    }
    refuse(name ? name->project : ProjectId(), usable.error());
    if (!name || !spoils_one_log(usable.error().code)) co_return end(std::move(usable));
    outstanding_ -= octets;
    post(sync::Credit{octets});
    // A branch that a closing ended was under way before the peer took the charter; then it ends the subscription itself,
    // and what its closing left may be subscribed to by now.
    if (usable.error().code != format::kHeadOfClosedDesk) give_up(*name);
  }
}

void Link::ask_for_text(const format::LogName& name, std::uint64_t index) {
  asked_texts_[format::log_id(name.project, name.desk)] = index;
  post(sync::Subscribe{name, index});
}

// What was asked for has come, or comes without its text: back to what is new.
void Link::end_asking(const format::LogName& name, std::uint64_t from, std::uint64_t to) {
  const LogId id = format::log_id(name.project, name.desk);
  const auto asked = asked_texts_.find(id);
  if (asked == asked_texts_.end() || asked->second < from || asked->second >= to) return;
  asked_texts_.erase(asked);
  if (context_.sources.source(id) == number_)
    subscribe(name);
  else
    unsubscribe(name);
}

// An entry without its text takes nothing away where it is held, with its text or without.
Result<void> Link::admit(const format::VerifiedBundle& bundle) const {
  const ProjectId& project = bundle.head().project();
  return policy::admit_bundle(context_.admission, bundle, [&](const format::VerifiedEntry& entry) {
    if (entry.absence() == format::Absence::kWithheld)
      return statements::is_kept_from_peers(context_.statements, project, entry.id()) || context_.store.find(entry.id());
    return entry.absence() == format::Absence::kErased &&
           (context_.statements.find(project, format::StatementKind::kRetraction, entry.id().value) != nullptr ||
            store::is_retracted(context_.store, bundle, entry) || context_.store.find(entry.id()));
  });
}

// Runs beside the next bundle's verification, so that the writer can gather a group. Credit follows durability.
env::awaitable<void> Link::commit_bundle(format::VerifiedBundle bundle, std::size_t octets, std::stop_token stop) {
  const format::LogName name{bundle.head().project(), bundle.head().desk()};
  const LogId id = bundle.head().log();
  const std::uint64_t from = bundle.from(), to = bundle.to();
  const bool lacks_text = std::ranges::any_of(bundle.entries(), [&](const format::VerifiedEntry& entry) {
    return !entry.body() && !store::is_retracted(context_.store, bundle, entry);
  });
  const auto committed = co_await context_.intake.commit(std::move(bundle), peer_);
  if (!committed && committed.error().code == store::kStoreFailed) {
    context_.env.log.error("cannot store what peers send", {{"error", committed.error()}});
    co_await context_.env.clock.sleep_for(kStoreRetryDelay, stop);
  }
  if (stop.stop_requested()) co_return;
  outstanding_ -= octets;
  post(sync::Credit{octets});
  if (committed) {
    end_asking(name, from, to);
    if (lacks_text && committed->size_after > committed->size_before) context_.came_without_text();
    context_.sources.progress(id, committed->size_after, context_.env.clock.monotonic());
  } else if (committed.error().code == store::kLogForked) {
    refuse(name.project, committed.error());
    give_up(name);
  } else if (context_.sources.source(id) == number_) {
    subscribe(name);  // a gap, or another charter since: from what is held now
  }
}

// Another peer may bring the log whole.
void Link::give_up(const format::LogName& name) {
  unsubscribe(name);
  apply(context_.sources.give_up(number_, format::log_id(name.project, name.desk), context_.env.clock.monotonic()));
}

// ---- refusing ----

// Told once a link. A peer that may have many projects may announce them all; above what is remembered they are only
// counted.
void Link::refuse_project(const ProjectId& project, const Error& error) {
  if (refused_.size() >= kProjectsMax) return count_refusal(error.code);
  refused_.insert(project);
  refuse(project, error);
}

void Link::count_refusal(ErrorCode code) {
  context_.env.metrics.counter(kRefusedMetric, {{"reason", code.name()}}).add();
}

void Link::refuse(const ProjectId& project, const Error& error) {
  count_refusal(error.code);
  refused_log_.write(project, error.code.name(), error.text);
  post(sync::Refusal{project, std::string(error.code.name()), error.text});
}

}  // namespace tamizdat::federation
