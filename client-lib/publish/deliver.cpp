#include "client-lib/publish/deliver.h"

#include <algorithm>

#include "client-lib/publish/attachments.h"
#include "client-lib/publish/resume.h"
#include "client-lib/publish/statements.h"

namespace tamizdat::publish {
namespace {

constexpr std::string_view kAdvice =
    " Nothing was signed. This home is an old copy of the desk: run it again, or find the newest copy of the folder. If "
    "it is lost, publish nothing from this one and ask those who hold the project's root keys; a desk that goes on from "
    "an old copy writes two histories, and relays stop taking both";

std::string entries(std::uint64_t count) { return std::to_string(count) + (count == 1 ? " entry" : " entries"); }

// What a relay's head of our own log says about this home. A head that is not ours is that relay's trouble; of a larger
// one this home takes back what it lacks. Our size is read after the relay answered: another command of this desk may
// have signed and sent until then.
Result<void> compare_history(desk::DeskStore& store, const desk::Project& project, const net::RelayHead& theirs,
                             RelayView& relay, const Progress& progress) {
  const auto head = format::verify_head(project.charter, theirs.checkpoint);
  if (!head || head->log() != project.log) {
    relay.trouble = Error{net::kRelayAnswerInvalid, "the relay shows a head of this log that this desk never signed"};
    return {};
  }
  auto own = store.log().head();
  if (!own) return tl::unexpected(own.error());
  if (head->size() > own->size) {
    const auto resumed = resume_from(store, project, relay, progress);
    if (!resumed && resumed.error().code != kHistoryForked)
      return fail(kHistoryBehind, "the relay " + relay.name() + " knows " + entries(head->size()) +
                                      " of this desk, and this home knows " + std::to_string(own->size) +
                                      ". They could not be taken back: " + resumed.error().text + "." +
                                      std::string(kAdvice));
    if (!resumed) return fail(kHistoryForked, resumed.error().text + "." + std::string(kAdvice));
    relay.sealed_for_ever = *resumed;
    own = store.log().head();
    if (!own) return tl::unexpected(own.error());
  }
  const auto own_root = store.log().root_at(head->size());
  if (!own_root) return tl::unexpected(own_root.error());
  if (*own_root != head->root())
    return fail(kHistoryForked, "the relay " + relay.name() + " knows other contents of this desk's first " +
                                    entries(head->size()) + " than this home does." + std::string(kAdvice));
  relay.held = std::min(theirs.held, head->size());
  return {};
}

Result<void> ask(desk::DeskStore& store, const desk::Project& project, RelayView& relay, const Progress& progress) {
  if (relay.trouble) return {};
  auto self = relay.client.self();
  if (!self) {
    relay.trouble = std::move(self).error();
    return {};
  }
  relay.self = *std::move(self);
  const auto head = relay.client.head(project.log);
  if (!head) {
    relay.trouble = head.error();
    return {};
  }
  relay.held = 0;
  if (*head) return compare_history(store, project, **head, relay, progress);
  return {};
}

// One delivery to one relay.
class Delivery {
 public:
  Delivery(desk::DeskStore& store, const desk::Project& project, RelayView& relay, const Progress& progress)
      : store_(store), project_(project), relay_(relay), progress_(progress) {}

  // Errors are those of the desk's file; what the relay does wrong ends the delivery with relay_.trouble.
  Result<void> run() {
    if (relay_.charter_version < project_.charter.version()) {
      if (auto done = send_charters(); !done) return done;
    }
    if (!relay_.trouble)
      if (auto done = send_statements(store_, project_, relay_); !done) return done;
    while (!relay_.trouble) {
      // Each time anew: bundles go under the newest head, also if another command of this desk signed meanwhile.
      const auto own = store_.log().head();
      if (!own) return tl::unexpected(own.error());
      if (relay_.held >= own->size) break;
      progress_("sending to " + relay_.name(), relay_.held, own->size);
      if (auto done = send_bundle(); !done) return done;
    }
    return store_.relays().heard(relay_.client.address().relay, relay_.held);
  }

 private:
  Result<void> send_charters() {
    sent_charters_ = true;
    const auto version = relay_.client.put_charters(project_.chain);
    if (!version) {
      relay_.trouble = version.error();
      return {};
    }
    relay_.charter_version = project_.charter.version();
    return store_.relays().took_charter(relay_.client.address().relay, relay_.charter_version);
  }

  Result<void> send_bundle() {
    const auto bundle = store_.log().bundle(relay_.held);
    if (!bundle) return tl::unexpected(bundle.error());
    const auto answer = relay_.client.put_bundle(*bundle);
    if (!answer) {
      relay_.trouble = answer.error();
      return {};
    }
    const auto own = store_.log().head();
    if (!own) return tl::unexpected(own.error());
    switch (answer->outcome) {
      case net::PutAnswer::Outcome::kCharterNeeded:
        if (!sent_charters_) return send_charters();
        return stop("the relay took the charter and still asks for it");
      case net::PutAnswer::Outcome::kGap:
        // Once is a relay that lost its newest entries; twice would be a game without end.
        if (answered_gap_ || answer->held >= relay_.held) return stop("the relay contradicts itself about what it holds");
        answered_gap_ = true;
        relay_.held = answer->held;
        return {};
      case net::PutAnswer::Outcome::kTaken:
        if (answer->held <= relay_.held || answer->held > own->size)
          return stop("the relay says that it took the entries, and does not have them");
        relay_.held = answer->held;
        relay_.receipt = answer->receipt;
        return {};
    }
    return {};
  }

  Result<void> stop(std::string_view why) {
    relay_.trouble = Error{net::kRelayAnswerInvalid, std::string(why)};
    return {};
  }

  desk::DeskStore& store_;
  const desk::Project& project_;
  RelayView& relay_;
  const Progress& progress_;
  bool sent_charters_ = false;
  bool answered_gap_ = false;
};

}  // namespace

std::string RelayView::name() const {
  return self.label.empty() ? client.host_and_port() : self.label + " (" + client.host_and_port() + ")";
}

bool RelayView::has_wrong_key() const { return trouble && trouble->code == net::kKeyPinMismatch; }

Result<std::vector<RelayView>> relay_views(desk::DeskStore& store, net::Http& http, std::span<const std::string> lines) {
  std::vector<RelayView> out;
  const auto add = [&](const sync::RelayAddress& address, std::uint64_t charter_version, std::uint64_t held) {
    const auto same = [&](const RelayView& view) { return view.client.address().relay == address.relay; };
    if (std::ranges::any_of(out, same)) return;
    out.push_back({net::RelayClient(http, address), {}, std::nullopt, charter_version, held});
    out.back().held_before = held;
  };
  const auto known = store.relays().all();
  if (!known) return tl::unexpected(known.error());
  for (const auto& line : lines) {
    const auto address = sync::RelayAddress::parse(line);
    if (!address) return tl::unexpected(address.error());
    const auto same = std::ranges::find(*known, address->relay, &desk::KnownRelay::id);
    add(*address, same == known->end() ? 0 : same->charter_version, same == known->end() ? 0 : same->held);
  }
  for (const auto& relay : *known) {
    const auto address = sync::RelayAddress::parse(relay.address);
    if (!address) return tl::unexpected(address.error());
    add(*address, relay.charter_version, relay.held);
  }
  if (auto done = count_waiting_statements(store, out); !done) return pass(done);
  return out;
}

Result<void> ask_relays(desk::DeskStore& store, const desk::Project& project, std::span<RelayView> relays,
                        const Progress& progress) {
  for (std::size_t i = 0; i < relays.size(); ++i) {
    progress("asking " + relays[i].name(), i, relays.size());
    if (auto done = ask(store, project, relays[i], progress); !done) return done;
    if (relays[i].trouble) continue;
    if (auto done = store.relays().heard(relays[i].client.address().relay, relays[i].held); !done) return done;
  }
  return {};
}

Result<void> ask_for_attachments(desk::DeskStore& store, std::span<RelayView> relays, const Progress& progress) {
  for (auto& relay : relays) {
    if (relay.trouble) continue;
    if (auto done = bring_attachments(store, relay, Sending::kAskOnly, progress); !done) return done;
  }
  return {};
}

Result<void> deliver(desk::DeskStore& store, const desk::Project& project, std::span<RelayView> relays,
                     const Progress& progress) {
  for (auto& relay : relays) {
    if (relay.trouble) continue;
    if (auto done = Delivery(store, project, relay, progress).run(); !done) return done;
  }
  // Texts reach every relay before the first picture goes to one.
  for (auto& relay : relays) {
    if (relay.trouble) continue;
    if (auto done = bring_attachments(store, relay, Sending::kSend, progress); !done) return done;
  }
  return count_waiting_statements(store, relays);
}

}  // namespace tamizdat::publish
