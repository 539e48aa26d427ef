// One conversation with one peer over an open stream: tells what is held here, subscribes to what the peer has more of,
// sends what the peer subscribed to and asked for, takes what it sends. Two coroutines, one that reads and one that writes, and two
// that take bundles and statements in order; all end together. Loop thread only.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string_view>
#include <vector>

#include "proto/sync/frame.h"
#include "proto/sync/link_message.h"
#include "relay/env/deadline.h"
#include "relay/env/environment.h"
#include "relay/env/event.h"
#include "relay/env/task_group.h"
#include "relay/federation/blob_lane.h"
#include "relay/federation/outbox.h"
#include "relay/federation/puller.h"
#include "relay/federation/refusal_log.h"
#include "relay/federation/slot_lane.h"
#include "relay/federation/sources.h"
#include "relay/federation/statement_lane.h"
#include "relay/forks/charter_forks.h"
#include "relay/policy/admission.h"
#include "relay/statements/statements.h"
#include "relay/store/intake.h"

namespace tamizdat::federation {

inline constexpr ErrorCode kPeerSilent{"peer-silent"};
inline constexpr ErrorCode kCreditExceeded{"credit-exceeded"};
inline constexpr ErrorCode kPeerFloods{"peer-floods"};

// What a link needs of its relay. Outlives the link.
struct LinkContext {
  env::Environment& env;
  store::Store& store;
  store::Intake& intake;
  forks::CharterForks& charter_forks;
  store::Blobs& blobs;
  statements::Statements& statements;
  Puller& puller;
  const policy::AdmissionRules& admission;
  Sources& sources;
  std::function<void(const Sources::Move&)> move_source;  // carries a decision of `sources` to the links it concerns
  bool keeps_back = false;  // the operator withholds some text from peers too
  sealed::Pool* pool = nullptr;  // none: slots are neither given nor taken
  std::function<void()> came_without_text = [] {};  // an entry, and no retraction of it is held
};

class Link {
 public:
  // Octets of bundles that may be under way to us: a bandwidth-delay product of 300 ms at 200 Mbit/s, and what one
  // peer may make us hold unverified.
  static constexpr std::uint64_t kWindowOctets = 8 * 1024 * 1024;
  static constexpr env::milliseconds kPingInterval{20'000};
  // Three pings without an octet: the peer or the line is dead.
  static constexpr env::milliseconds kSilenceMax{65'000};
  // Answers that may wait for a peer that asks without reading.
  static constexpr std::size_t kControlMax = 8192;
  // Projects whose charters may be asked for at once; and that are remembered as refused.
  static constexpr std::size_t kProjectsMax = 4096;

  // `read_ahead`: octets of the link that were read together with the Upgrade.
  Link(LinkContext& context, LinkNumber number, RelayId peer, env::Stream& stream, Bytes read_ahead);

  // The whole conversation. Returns why it ended; an orderly end by the peer or a stop is no error.
  env::awaitable<Result<void>> run(std::stop_token stop);
  // Ends the conversation from outside.
  void close();

  LinkNumber number() const { return number_; }
  const RelayId& peer() const { return peer_; }

  // The store changed.
  void announce(const store::Change& change);
  // The log may not grow for now: what the peer announced of it is looked at again with the next charter.
  void hold_back(const format::LogName& log, const sync::LogState& announced);
  // Logs of the project that may grow again: what was held back of them.
  void look_again(const ProjectId& project);
  // The entry is held without its text: have the peer send it once more.
  void ask_for_text(const format::LogName& log, std::uint64_t index);
  // There are new statements.
  void announce_statements();
  // Decisions of Sources.
  void subscribe(const format::LogName& log);
  void unsubscribe(const format::LogName& log);

 private:
  env::awaitable<void> read_messages();
  env::awaitable<void> take_bundles(std::stop_token stop);
  Result<void> admit(const format::VerifiedBundle& bundle) const;
  env::awaitable<void> commit_bundle(format::VerifiedBundle bundle, std::size_t octets, std::stop_token stop);
  env::awaitable<Result<void>> read_frames();
  env::awaitable<Result<void>> write_all();
  env::awaitable<Result<void>> write_message(sync::LinkMessage message);
  env::awaitable<Result<void>> write_statement(StatementLane::Message statement);
  env::awaitable<Result<void>> write_range(Outbox::Range range);
  env::awaitable<Result<void>> answer_blob_request(sync::BlobRun run);
  env::awaitable<Result<Bytes>> read_blob_run(sync::BlobRun run);
  env::awaitable<Result<void>> say_not_held(Error why);
  env::awaitable<Result<void>> answer_not_held(sync::BlobRun run);
  env::awaitable<std::uint64_t> count_missing(sync::BlobRun run);
  env::awaitable<Result<void>> answer_slot_request(Hash32 id);
  env::awaitable<void> take_slot(Bytes slot);
  void post_slot_messages();
  env::awaitable<void> say_farewell();

  void ask_for_statements();
  env::awaitable<void> arrive(sync::StatementMessage message);
  env::awaitable<void> take_statements(std::stop_token stop);
  env::awaitable<void> take_statement_group(std::vector<Bytes> group, std::optional<statements::PeerMark> count,
                                            std::stop_token stop);
  // Not yet durable, or not yet refused.
  bool statements_under_way() const { return taking_statements_ || !arrived_statements_.empty(); }

  // One for each kind of message; an error ends the link.
  env::awaitable<Result<void>> take_charters(sync::Charters message);
  env::awaitable<void> ask_again(ProjectId project, std::stop_token stop);
  Result<void> on(sync::FrontierDigest& message);
  Result<void> on(sync::Frontier& message);
  Result<void> on(sync::CharterRequest& message);
  Result<void> on(sync::Charters& message);
  Result<void> on(sync::Subscribe& message);
  Result<void> on(sync::Unsubscribe& message);
  Result<void> on(sync::BundleMessage& message);
  Result<void> on(sync::Credit& message);
  Result<void> on(sync::Refusal& message);
  Result<void> on(sync::Ping& message);
  Result<void> on(sync::Pong& message);
  Result<void> on(sync::BlobRequest& message);
  Result<void> on(sync::BlobBlock& message);
  Result<void> on(sync::BlobNotHeld& message);
  Result<void> on(sync::BlobHeld& message);
  Result<void> on(sync::StatementMessage& message);
  Result<void> on(sync::StatementsFrom& message);
  Result<void> on(sync::StatementsOfProject& message);
  Result<void> on(sync::StatementsEpoch& message);
  Result<void> on(sync::SealedHeld& message);
  Result<void> on(sync::SealedRequest& message);
  Result<void> on(sync::SealedSlot& message);
  Result<void> on(sync::UnknownMessage& message);

  void consider(const sync::ProjectState& project);
  void await_charter(const sync::ProjectState& project);
  void offer_logs(const format::VerifiedCharter& charter, const sync::ProjectState& project);
  void announce_closed_logs(const ProjectId& project);
  void look_into(const format::LogName& log, const sync::LogState& announced, const store::LogState& held);
  bool is_stopped(const format::VerifiedCharter& charter, const DeskId& desk) const;
  Result<void> may_grow(const format::VerifiedBundle& bundle) const;
  void apply(const std::optional<Sources::Move>& move);
  void give_up(const format::LogName& log);
  void end_asking(const format::LogName& log, std::uint64_t from, std::uint64_t to);
  bool is_kept_back(const BlobId& blob) const;
  void join_puller();
  void on_blob(const BlobId& blob, store::BlobState state);
  void refuse_project(const ProjectId& project, const Error& error);
  void refuse(const ProjectId& project, const Error& error);
  void count_refusal(ErrorCode code);
  void post(sync::LinkMessage message);
  void end(Result<void> outcome);
  void end_flood(std::string_view why);

  LinkContext& context_;
  LinkNumber number_;
  RelayId peer_;
  env::Stream& stream_;
  sync::FrameReader frames_;
  Outbox outbox_;
  BlobLane blob_lane_;
  StatementLane statement_lane_;
  std::optional<SlotLane> slot_lane_;  // none: this relay keeps no sealed pool
  std::optional<env::Signal<const std::optional<Hash32>&>::Subscription> slot_changes_;
  store::Blobs::Changes::Subscription blob_changes_;
  env::Event to_send_;
  bool digest_taken_ = false;
  // What the peer holds of projects whose charter here is older than its own.
  std::map<ProjectId, sync::ProjectState> awaiting_charter_;
  // The same of logs that may not grow: their project is frozen, or they are forked.
  std::map<ProjectId, sync::ProjectState> held_back_;
  std::set<ProjectId> asking_again_;  // of these, those whose charters could not be stored
  std::vector<Bytes> chain_;  // parts of a charter chain that has not arrived whole
  std::size_t chain_octets_ = 0;
  std::set<ProjectId> refused_;  // not looked at again on this link
  RefusalLog refused_log_;
  RefusalLog refused_by_peer_log_;
  std::vector<Bytes> arrived_statements_;  // unverified
  std::size_t statement_octets_ = 0;       // of these
  statements::PeerMark peer_count_;        // with the last of these; no epoch: the peer has told none
  bool count_is_new_ = false;
  bool bundle_was_last_ = false;  // on the line
  bool asked_for_all_ = false;  // of a relay that was restored
  int epochs_told_ = 0;         // with the second one the peer has sent all that it had
  bool taking_statements_ = false;
  env::Event statements_event_;
  env::Event statements_taken_;
  std::map<LogId, std::uint64_t> asked_texts_;  // logs that the peer sends from an entry on which is held without its text
  std::deque<Bytes> arrived_;  // bundles in order, unverified
  env::Event arrived_event_;
  std::uint64_t outstanding_ = 0;  // octets of bundles not yet durable, at most the window and one bundle
  env::TaskGroup tasks_;
  Result<void> outcome_;
  bool ended_ = false;
  std::optional<env::Deadline> farewell_limit_;  // from the end on
};

// A freeze or the proof of a fork has come: logs of the project that may not grow any more have no source. What links announced
// of them they hold back. `link_of` gives an open link, or null.
void stop_growth(LinkContext& context, const ProjectId& project, const std::function<Link*(LinkNumber)>& link_of);

}  // namespace tamizdat::federation
