#include "relay/federation/federation.h"

#include <algorithm>
#include <iterator>

#include "relay/statements/standing.h"

namespace tamizdat::federation {
namespace {

constexpr env::MetricName kLinksMetric{"tamizdat_links", "Links to peers that are open now."};
constexpr env::milliseconds kWatchInterval{1'000};

}  // namespace

Federation::Federation(env::Environment& env, store::Store& store, store::Writer& writer, store::Intake& intake,
                       forks::CharterForks& charter_forks, store::Blobs& blobs, statements::Statements& statements, const format::SigningKey& identity,
                       Settings settings)
    : env_(env),
      identity_(identity),
      self_(identity.public_key()),
      settings_(std::move(settings)),
      puller_(env, store, blobs),
      context_{env, store, intake, charter_forks, blobs, statements, puller_, settings_.admission, sources_,
               [this](const Sources::Move& move) { move_source(move); }},
      fork_watch_(env, store, writer, statements, [this](const format::LogName& log) { ask_all(log); }),
      lost_texts_(env, store, writer, statements, sources_, [this] { return linked_peers(); },
                  [this](LinkNumber link, const LostText& text) { link_of(link)->ask_for_text(text.log, text.index); }),
      changes_(writer.subscribe([this](const store::Change& change) { on_change(change); })),
      statement_changes_(
          statements.subscribe([this](const statements::StatementChange& change) { on_statement(change); })) {
  context_.came_without_text = [this] { lost_texts_.look_again(); };
  note_kept_back();
}

Federation::~Federation() = default;

void Federation::use_settings(Settings settings) {
  std::swap(settings, settings_);
  const Settings& old = settings;
  for (const auto& [number, open] : links_) {
    const sync::RelayAddress* const peer = configured(open.link->peer());
    const bool same = peer != nullptr && std::ranges::find(old.peers, *peer) != old.peers.end();
    if (!same || old.admission != settings_.admission) open.link->close();
  }
  settings_changed_.notify_all();
}

env::awaitable<void> Federation::run(std::stop_token stop) {
  env::TaskGroup tasks(env_.executor, stop);
  tasks.spawn(watch_sources(tasks.token()));
  tasks.spawn(puller_.run(tasks.token()));
  tasks.spawn(fork_watch_.run(tasks.token()));
  tasks.spawn(lost_texts_.run(tasks.token()));
  std::vector<Dialler> diallers;
  while (!stop.stop_requested()) {
    start_and_stop_diallers(diallers, tasks);
    co_await settings_changed_.wait(stop);
  }
  for (auto& dialler : diallers) dialler.stop.request_stop();
  co_await tasks.join();
}

void Federation::start_and_stop_diallers(std::vector<Dialler>& diallers, env::TaskGroup& tasks) {
  std::erase_if(diallers, [this](Dialler& dialler) {
    if (std::ranges::find(settings_.peers, dialler.peer) != settings_.peers.end()) return false;
    dialler.stop.request_stop();
    return true;
  });
  for (const auto& peer : settings_.peers) {
    if (std::ranges::find(diallers, peer, &Dialler::peer) != diallers.end()) continue;
    diallers.push_back({peer, {}});
    tasks.spawn(keep_dialling(peer, diallers.back().stop.get_token()));
  }
}

// ---- links that this relay opens ----

env::awaitable<void> Federation::keep_dialling(sync::RelayAddress peer, std::stop_token stop) {
  const sync::LinkEnds ends{self_, peer.relay};
  env::milliseconds delay = kRetryDelayMin;
  // Both ends may be configured to dial: the one with the larger id lets the other go first.
  if (peer.relay < self_) co_await env_.clock.sleep_for(2 * kRetryDelayMin, stop);
  while (!stop.stop_requested()) {
    if (linked_to(peer.relay)) {
      co_await links_changed_.wait(stop);
      continue;
    }
    const env::MonotonicTime started = env_.clock.monotonic();
    auto opened = co_await open_link(env_, peer, identity_, stop);
    Result<void> ended;
    if (opened)
      ended = co_await run_link(ends, *opened->stream, std::move(opened->read_ahead), stop);
    else
      ended = tl::unexpected(opened.error());
    if (stop.stop_requested()) break;
    if (!ended) env_.log.warning("link lost", {{"peer", peer.relay.text()}, {"error", ended.error()}});
    if (env_.clock.monotonic() - started > kRetryDelayMax) delay = kRetryDelayMin;
    co_await env_.clock.sleep_for(env_.random.between(delay / 2, delay), stop);
    delay = std::min(2 * delay, kRetryDelayMax);
  }
}

// ---- links that peers open ----

Result<Federation::Welcome> Federation::welcome(std::string_view hello, const Hash32& exporter) const {
  const auto ends = sync::verify_link_hello(sync::LinkRole::kInitiator, hello, self_, exporter);
  if (!ends) return tl::unexpected(ends.error());
  if (configured(ends->initiator) == nullptr)
    return fail(kPeerUnknown, "relay " + ends->initiator.text() + " is not among the configured peers");
  return Welcome{*ends, sync::make_link_hello(sync::LinkRole::kResponder, *ends, exporter, identity_)};
}

env::awaitable<void> Federation::serve_link(sync::LinkEnds ends, env::Stream& stream, Bytes read_ahead,
                                            std::stop_token stop) {
  const auto ended = co_await run_link(ends, stream, std::move(read_ahead), stop);
  if (!ended) env_.log.warning("link lost", {{"peer", ends.initiator.text()}, {"error", ended.error()}});
}

// ---- both ----

env::awaitable<Result<void>> Federation::run_link(sync::LinkEnds ends, env::Stream& stream, Bytes read_ahead,
                                                  std::stop_token stop) {
  // The peer may have left the settings since the handshake began.
  if (configured(other_end(ends)) == nullptr || !replace_older(ends)) {
    stream.close();
    co_return Result<void>();
  }
  const LinkNumber number = next_link_++;
  Link link(context_, number, other_end(ends), stream, std::move(read_ahead));
  links_.emplace(number, OpenLink{&link, ends});
  links_changed_.notify_all();
  env_.metrics.gauge(kLinksMetric).set(static_cast<double>(links_.size()));
  env_.log.info("link open", {{"peer", link.peer().text()}});
  lost_texts_.ask_again();
  auto ended = co_await link.run(stop);
  links_.erase(number);
  env_.metrics.gauge(kLinksMetric).set(static_cast<double>(links_.size()));
  for (const auto& move : sources_.forget(number, env_.clock.monotonic())) move_source(move);
  links_changed_.notify_all();
  co_return ended;
}

// Two relays keep one link. If both dialled at once, both keep the one that the smaller id opened; a second one from the
// same end means that this end has lost the first.
bool Federation::replace_older(const sync::LinkEnds& ends) {
  const RelayId peer = other_end(ends);
  for (const auto& [number, open] : links_) {
    if (open.link->peer() != peer) continue;
    const bool same_end = open.ends.initiator == ends.initiator;
    if (!same_end && ends.initiator > open.ends.initiator) return false;
    open.link->close();
  }
  return true;
}

RelayId Federation::other_end(const sync::LinkEnds& ends) const {
  return ends.initiator == self_ ? ends.responder : ends.initiator;
}

const sync::RelayAddress* Federation::configured(const RelayId& peer) const {
  const auto found = std::ranges::find(settings_.peers, peer, &sync::RelayAddress::relay);
  return found == settings_.peers.end() ? nullptr : &*found;
}

bool Federation::linked_to(const RelayId& peer) const {
  return std::ranges::any_of(links_, [&](const auto& open) { return open.second.link->peer() == peer; });
}

env::awaitable<void> Federation::watch_sources(std::stop_token stop) {
  for (;;) {
    const env::Wake wake = co_await env_.clock.sleep_for(kWatchInterval, stop);
    if (wake == env::Wake::kStopped) co_return;
    for (const auto& move : sources_.watch(env_.clock.monotonic())) move_source(move);
  }
}

void Federation::on_change(const store::Change& change) {
  if (const auto* const changed = std::get_if<store::CharterChanged>(&change))
    if (const auto charter = context_.store.charter(changed->project)) sources_.recheck(*charter);
  for (const auto& [number, open] : links_) open.link->announce(change);
  if (const auto* const grown = std::get_if<store::LogGrown>(&change))
    puller_.on_grown(*grown, sources_.source(grown->log));
}

void Federation::on_statement(const statements::StatementChange& change) {
  if (statements::concerns_growth(context_.statements, change)) {
    stop_growth(context_, change.project, [this](LinkNumber number) { return link_of(number); });
    for (const auto& [number, open] : links_) open.link->look_again(change.project);
  }
  if (change.kind == format::StatementKind::kWithholding) note_kept_back();
  for (const auto& [number, open] : links_) open.link->announce_statements();
}

void Federation::note_kept_back() {
  context_.keeps_back = std::ranges::any_of(context_.store.projects(), [this](const ProjectId& project) {
    const auto notices = context_.statements.of(project, format::StatementKind::kWithholding);
    return std::ranges::any_of(notices, [this](const statements::StatementPointer& statement) {
      const auto& notice = *statement->as<format::Withholding>();
      return notice.relay == self_ && notice.kept_from_peers && !notice.lifted;
    });
  });
}

Link* Federation::link_of(LinkNumber number) const {
  const auto open = links_.find(number);
  return open == links_.end() ? nullptr : open->second.link;
}

void Federation::ask_all(const format::LogName& log) {
  for (const auto& [number, open] : links_) open.link->subscribe(log);
}

std::vector<LostTexts::Peer> Federation::linked_peers() const {
  std::vector<LostTexts::Peer> out;
  for (const auto& [number, open] : links_) out.push_back({number, open.link->peer()});
  return out;
}

void Federation::move_source(const Sources::Move& move) {
  if (move.from)
    if (const auto open = links_.find(*move.from); open != links_.end()) open->second.link->unsubscribe(move.log);
  if (const auto open = links_.find(move.to); open != links_.end()) open->second.link->subscribe(move.log);
}

}  // namespace tamizdat::federation
