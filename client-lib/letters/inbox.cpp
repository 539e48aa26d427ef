#include "client-lib/letters/inbox.h"

#include <algorithm>

#include "client-lib/files/files.h"
#include "proto/format/limits.h"

namespace tamizdat::letters {
namespace {

// A secret is of use until the last slot that was sealed to it has ended.
constexpr seconds kKeyAfterlife{86400 * (format::kSlotDaysMax + 1)};

class InboxReader {
 public:
  explicit InboxReader(const Reading& reading) : reading_(reading) {}

  Result<Inbox> run() {
    if (auto done = letters().forget_ended(reading_.clock.now()); !done) return pass(done);
    if (auto done = open_keys(); !done) return pass(done);
    for (auto& relay : reading_.relays) {
      const auto done = fetch_from(relay);
      if (!done && is_of_the_home(done.error())) return tl::unexpected(done.error());
      if (!done) out_.troubles.push_back(relay.host_and_port() + ": " + done.error().text);
      out_.any_relay_answered = out_.any_relay_answered || done.has_value();
    }
    const auto begun = letters().letters_begun();
    if (!begun) return tl::unexpected(begun.error());
    for (const auto& letter : *begun)
      if (auto done = finish(letter); !done) return pass(done);
    if (auto done = destroy_old_keys(); !done) return pass(done);
    return std::move(out_);
  }

 private:
  desk::Letters& letters() { return reading_.store.letters(); }

  static bool is_of_the_home(const Error& error) {
    return error.code == desk::kDeskFileFailed || error.code == desk::kDeskFileBusy || error.code == files::kFileFailed;
  }

  bool is_listed(const Hash32& key) const {
    return std::ranges::find(reading_.project.charter.content().sealing_keys, key, &format::SealingKey::key) !=
           reading_.project.charter.content().sealing_keys.end();
  }

  Result<void> open_keys() {
    const auto here = reading_.keys.all();
    if (!here) return tl::unexpected(here.error());
    for (const auto& key : *here) {
      auto secret = reading_.keys.open(key, reading_.desk_key);
      if (!secret) return pass(secret);
      secrets_.push_back(*std::move(secret));
    }
    for (const auto& secret : secrets_) pairs_.push_back({secret.public_key, secret.secret.view()});
    for (const auto& listed : reading_.project.charter.content().sealing_keys)
      if (std::ranges::find(*here, listed.key) == here->end()) out_.keys_missing.push_back(listed.key);
    return {};
  }

  Result<void> destroy_old_keys() {
    const auto now = reading_.clock.now();
    for (const auto& secret : secrets_) {
      const auto since = letters().unlisted_since(secret.public_key, is_listed(secret.public_key), now);
      if (!since) return tl::unexpected(since.error());
      if (!*since || now < **since + kKeyAfterlife) continue;
      if (auto done = reading_.keys.destroy(secret.public_key); !done) return done;
      out_.keys_destroyed.push_back(secret.public_key);
    }
    return {};
  }

  Result<void> fetch_from(net::RelayClient& relay) {
    auto position = letters().position(relay.address().relay);
    if (!position) return tl::unexpected(position.error());
    while (true) {
      const auto list = relay.slots(position->epoch, position->after);
      if (!list) return tl::unexpected(list.error());
      for (const auto& slot : list->slots)
        if (auto done = fetch(relay, slot); !done) return done;
      *position = {list->epoch, list->last};
      if (auto done = letters().remember_position(relay.address().relay, *position); !done) return done;
      if (!list->more) return {};
    }
  }

  Result<void> fetch(net::RelayClient& relay, const Hash32& id) {
    const auto seen = letters().is_seen(id);
    if (!seen) return tl::unexpected(seen.error());
    if (*seen) return {};
    reading_.progress("fetching from " + relay.host_and_port(), out_.slots_fetched, 0);
    const auto slot = relay.slot(id);
    if (!slot) return tl::unexpected(slot.error());
    // It ended since, or is not what was announced: another relay may have the true one.
    if (!*slot || format::slot_id(**slot) != id) return {};
    ++out_.slots_fetched;
    const auto ends = format::parse_slot(**slot);
    if (!ends) return {};
    const auto part = format::open_slot(**slot, pairs_);
    if (part)
      if (auto done = letters().keep_part(id, {part->letter, part->part, part->parts, **slot}, *ends); !done) return done;
    if (!part && part.error().code != format::kSlotNotOurs) out_.refused.push_back(part.error());
    return letters().saw(id, *ends);
  }

  // Puts a letter together if all of it is here. What is no letter is told once, and forgotten.
  Result<void> finish(const Hash32& letter) {
    const auto known = letters().is_received(letter);
    if (!known) return tl::unexpected(known.error());
    const auto parts = letters().parts_of(letter);
    if (!parts) return tl::unexpected(parts.error());
    if (*known) return letters().received(letter, end_of_memory());
    Bytes signed_letter;
    std::uint32_t next = 0;
    for (const auto& part : *parts) {
      if (part.part != next) continue;  // the same part again
      const auto opened = format::open_slot(part.octets, pairs_);
      if (!opened) break;
      signed_letter += opened->octets;
      ++next;
    }
    if (parts->empty() || next < parts->front().parts) {
      ++out_.letters_not_whole;
      return {};
    }
    auto written = write(letter, signed_letter);
    if (written) {
      out_.letters.push_back(*std::move(written));
    } else {
      if (is_of_the_home(written.error())) return pass(written);
      // The charter may be had the next time.
      if (written.error().code == kSenderUnknown) {
        out_.troubles.push_back(written.error().text);
        return {};
      }
      out_.refused.push_back(written.error());
    }
    return letters().received(letter, end_of_memory());
  }

  // A replay of it would have ended by then.
  Timestamp end_of_memory() const { return reading_.clock.now() + kKeyAfterlife; }

  Result<Received> write(const Hash32& hash, BytesView signed_letter) {
    if (format::letter_hash(signed_letter) != hash)
      return fail(format::kLetterMalformed, "the parts of a letter do not make the letter that they name: ask its sender to send it again");
    const auto sender = format::peek_sender(signed_letter);
    if (!sender) return tl::unexpected(sender.error());
    const auto chain = charter_of(reading_.store, *sender, reading_.relays, reading_.progress);
    if (!chain) return tl::unexpected(chain.error());
    const auto letter = format::verify_letter(chain->in_force(), reading_.project.charter.project(), signed_letter);
    if (!letter) return tl::unexpected(letter.error());
    return write(*letter, hash, chain->in_force().content());
  }

  Result<Received> write(const format::VerifiedLetter& letter, const Hash32& hash, const format::Charter& sender) {
    const auto& content = letter.content();
    if (auto made = files::make_folder(reading_.folder, files::Visibility::kOwner); !made) return pass(made);
    // Two letters may bring files of one name; one letter never overwrites another.
    const auto file = reading_.folder / (to_hex(hash.view().substr(0, 4)) + "-" + content.name);
    if (auto done = files::replace_file(file, content.content, files::Visibility::kOwner); !done) return pass(done);
    const auto* const desk = sender.desk(content.desk);
    const auto* const closed = sender.closed_desk(content.desk);
    return Received{content.project, sender.title, desk != nullptr ? desk->label : closed != nullptr ? closed->label : std::string(),
                    letter.is_of_closed_desk(), content.time, file};
  }

  const Reading& reading_;
  std::vector<SealingSecret> secrets_;
  std::vector<format::SealingPair> pairs_;
  Inbox out_;
};

}  // namespace

Result<Inbox> read_inbox(const Reading& reading) { return InboxReader(reading).run(); }

Result<charters::Chain> charter_of(desk::DeskStore& store, const ProjectId& project, std::vector<net::RelayClient>& relays,
                                   const charters::Progress& progress) {
  const auto kept = store.letters().contact(project);
  if (!kept) return tl::unexpected(kept.error());
  std::optional<charters::Chain> known;
  if (auto chain = charters::Chain::verify(*kept); chain && chain->project() == project) known = *std::move(chain);
  auto newest = charters::newest(std::move(known), charters::ask_for_chains(project, relays, progress));
  if (!newest) return pass(newest);
  if (!*newest)
    return fail(kSenderUnknown, "no relay of this desk has the charter of project " + project.text() +
                                    ": add a relay that this newsroom publishes to, with tamizdat relay add");
  if (auto done = store.letters().remember_contact(project, (*newest)->signed_charters()); !done) return pass(done);
  return **std::move(newest);
}

}  // namespace tamizdat::letters
