// Importing again and again: each feed has a time at which it is due, and a round asks those whose time has come.
#include <algorithm>
#include <map>
#include <utility>

#include "client-lib/client/import_run.h"
#include "client-lib/publish/openings.h"

namespace tamizdat::client {
namespace {

struct Watched {
  Timestamp due;
  unsigned failures = 0;  // in a row
  importer::Pace pace;
};

// Trouble that passes by itself: it is told, and tried again.
bool may_pass(const Problem& problem) {
  return problem.kind == ProblemKind::kUnreachable || problem.kind == ProblemKind::kRefused ||
         problem.kind == ProblemKind::kNotVerified || problem.code == desk::kDeskFileBusy.name() ||
         problem.code == importer::kSourceUnavailable.name();
}

class Watch {
 public:
  Watch(Desk& desk, Desk::Parts& parts, const ImportOptions& options, const format::SigningKey& key, Pause& pause,
        const OnRound& on_round)
      : desk_(desk), parts_(parts), options_(options), key_(key), pause_(pause), on_round_(on_round) {}

  Outcome<void> run() {
    while (!pause_.is_over()) {
      auto round = this->round();
      if (!round && pause_.is_over()) return {};  // given up, as wanted
      if (!round && !may_pass(round.error())) return tl::unexpected(round.error());
      // Whoever began a watch of something that is no feed shall see it at once.
      if (round && is_first_ && !is_list_ && !round->failed.empty() && !may_pass(round->failed.front().problem))
        return tl::unexpected(round->failed.front().problem);
      is_first_ = is_first_ && !round;
      schedule(desk_trouble_, !round, {});
      const Timestamp next = next_round();
      on_round_(round, next);
      pause_.until(next);
    }
    return {};
  }

 private:
  Timestamp now() const { return parts_.edges.clock.now(); }

  Outcome<ImportReport> round() {
    // Anew each time: what `on_round` does with the desk has its own reasons to give up.
    parts_.http->give_up_when([this] { return pause_.is_over(); });
    auto run = ImportRun::start(parts_, options_, &key_);
    if (!run) return tl::unexpected(run.error());
    std::optional<importer::Source> read;
    if (!is_known_ || (is_list_ && list_.due <= now()))
      if (auto done = read_list(*run, read); !done) return tl::unexpected(done.error());
    for (auto& [feed, watched] : feeds_) {
      if (watched.due > now() || pause_.is_over()) continue;
      const auto poll = run->import_feed(feed, std::exchange(read, std::nullopt), is_list_);
      if (!poll) return tl::unexpected(poll.error());
      importer::Pace pace = poll->pace;
      if (poll->unchanged || poll->failed) {  // then nobody has heard what the feed itself wants
        pace.ttl = watched.pace.ttl;
        pace.skip_hours = watched.pace.skip_hours;
      }
      schedule(watched, poll->failed, pace);
    }
    return run->finish(desk_);
  }

  // Learns which feeds there are. Errors, where none is known from before: those of ImportRun::sources().
  Outcome<void> read_list(ImportRun& run, std::optional<importer::Source>& read) {
    auto sources = run.sources();
    if (!sources && feeds_.empty()) return problem(sources);
    if (!sources || (is_list_ && !sources->is_list)) {
      schedule(list_, true, sources && sources->read ? sources->read->pace : importer::Pace{});
      run.note("the list of feeds could not be read, and is as it was before: " +
               (sources ? options_.source + " is no list now" : sources.error().text));
      return {};
    }
    is_list_ = sources->is_list;
    is_known_ = is_list_ || !sources->read->refusal;
    if (is_list_) schedule(list_, false, sources->pace);
    std::map<std::string, Watched> feeds;
    for (const auto& feed : sources->feeds) feeds[feed] = feeds_[feed];  // a new one is due since 1970
    feeds_ = std::move(feeds);
    read = std::move(sources->read);
    return {};
  }

  void schedule(Watched& watched, bool failed, const importer::Pace& pace) {
    watched.failures = failed ? watched.failures + 1 : 0;
    watched.pace = pace;
    watched.due = importer::next_poll(pace, watched.failures, now(), parts_.edges.random);
  }

  Timestamp next_round() const {
    if (desk_trouble_.failures > 0) return desk_trouble_.due;
    Timestamp next = is_list_ ? list_.due : kTimestampMax;
    for (const auto& [feed, watched] : feeds_) next = std::min(next, watched.due);
    // An embargo ends in time; a file that cannot be asked is told by the next round.
    if (const auto opening = publish::next_opening(parts_.store); opening && *opening) next = std::min(next, **opening);
    // Feeds of a long list come in groups, not one by one.
    return std::max(next, now() + std::chrono::minutes(1));
  }

  Desk& desk_;
  Desk::Parts& parts_;
  const ImportOptions& options_;
  const format::SigningKey& key_;
  Pause& pause_;
  const OnRound& on_round_;
  bool is_first_ = true;
  bool is_known_ = false;  // whether it is a list
  bool is_list_ = false;
  Watched list_;
  Watched desk_trouble_;  // of rounds that failed as a whole
  std::map<std::string, Watched> feeds_;
};

}  // namespace

Outcome<void> Desk::watch_source(const ImportOptions& options, const Passphrase& passphrase, Pause& pause,
                                 const OnRound& on_round) {
  if (const auto project = parts_->store.project(); !project) return problem(project);
  const auto key = parts_->desk_key(passphrase);
  if (!key) return problem(key);
  auto done = Watch(*this, *parts_, options, *key, pause, on_round).run();
  parts_->http->give_up_when({});
  return done;
}

}  // namespace tamizdat::client
