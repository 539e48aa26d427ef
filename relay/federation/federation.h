// The relay among its peers: keeps one link to each configured peer, dials with backoff and jitter, takes the links that
// peers open, and tells every link what is new. Loop thread only.
#pragma once

#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "proto/format/keys.h"
#include "relay/env/environment.h"
#include "relay/env/event.h"
#include "relay/env/task_group.h"
#include "relay/federation/fork_watch.h"
#include "relay/federation/link.h"
#include "relay/federation/lost_texts.h"
#include "relay/federation/puller.h"
#include "relay/federation/sources.h"
#include "relay/federation/upgrade.h"

namespace tamizdat::federation {

inline constexpr ErrorCode kPeerUnknown{"peer-unknown"};

struct Settings {
  std::vector<sync::RelayAddress> peers;  // whom this relay dials, and the only ones whose links it takes
  policy::AdmissionRules admission;
};

class Federation {
 public:
  // First wait after a link is lost; doubled up to the maximum, each with jitter of one half, and back to the first
  // after a link that lived longer than the maximum.
  static constexpr env::milliseconds kRetryDelayMin{500};
  static constexpr env::milliseconds kRetryDelayMax{60'000};

  Federation(env::Environment& env, store::Store& store, store::Writer& writer, store::Intake& intake,
             forks::CharterForks& charter_forks, store::Blobs& blobs, statements::Statements& statements, const format::SigningKey& identity,
             Settings settings);
  ~Federation();

  // Slots of the sealed pool go over links that begin from now on. It outlives the federation.
  void use_pool(sealed::Pool& pool) { context_.pool = &pool; }
  // Puts new settings in force while it runs. Links to peers that are the same go on; those to peers that are gone, or
  // that have another address line now, end. Where the rules of admission are others, all links begin anew: each remembers
  // what it refused.
  void use_settings(Settings settings);

  // Dials and watches until stopped; the links that this relay opened have ended when it returns.
  env::awaitable<void> run(std::stop_token stop);

  // The responder's half of the handshake: checks the hello of an Upgrade request that came over a TLS connection with
  // this exporter. Errors: sync's hello errors, kPeerUnknown. The caller answers 404 whatever the error is.
  struct Welcome {
    sync::LinkEnds ends;
    std::string hello;  // for the 101
  };
  Result<Welcome> welcome(std::string_view hello, const Hash32& exporter) const;
  // Takes over the stream behind the 101. Returns when the link has ended, soon after a stop.
  env::awaitable<void> serve_link(sync::LinkEnds ends, env::Stream& stream, Bytes read_ahead, std::stop_token stop);

 private:
  struct OpenLink {
    Link* link;  // lives in the frame of its run_link()
    sync::LinkEnds ends;
  };

  struct Dialler {
    sync::RelayAddress peer;
    std::stop_source stop;
  };

  void start_and_stop_diallers(std::vector<Dialler>& diallers, env::TaskGroup& tasks);
  env::awaitable<void> keep_dialling(sync::RelayAddress peer, std::stop_token stop);
  env::awaitable<Result<void>> run_link(sync::LinkEnds ends, env::Stream& stream, Bytes read_ahead,
                                        std::stop_token stop);
  env::awaitable<void> watch_sources(std::stop_token stop);
  bool replace_older(const sync::LinkEnds& ends);
  const sync::RelayAddress* configured(const RelayId& peer) const;
  bool linked_to(const RelayId& peer) const;
  void on_change(const store::Change& change);
  void on_statement(const statements::StatementChange& change);
  void note_kept_back();
  Link* link_of(LinkNumber number) const;
  void ask_all(const format::LogName& log);
  std::vector<LostTexts::Peer> linked_peers() const;
  void move_source(const Sources::Move& move);
  RelayId other_end(const sync::LinkEnds& ends) const;

  env::Environment& env_;
  const format::SigningKey& identity_;
  RelayId self_;
  Settings settings_;
  Sources sources_;
  Puller puller_;
  LinkContext context_;
  ForkWatch fork_watch_;
  LostTexts lost_texts_;
  std::map<LinkNumber, OpenLink> links_;
  LinkNumber next_link_ = 1;
  env::Event links_changed_;
  env::Event settings_changed_;
  store::Writer::Subscription changes_;
  statements::Statements::Changes::Subscription statement_changes_;
};

}  // namespace tamizdat::federation
