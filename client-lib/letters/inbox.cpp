#include "client-lib/letters/inbox.h"

#include <algorithm>

#include "client-lib/files/files.h"
#include "client-lib/letters/assembly.h"
#include "client-lib/letters/letter_file.h"
#include "proto/format/limits.h"

namespace tamizdat::letters {
namespace {

// A secret is of use until the last slot that was sealed to it has ended; and no slot ends later than that from now.
constexpr seconds kKeyAfterlife{86400 * (format::kSlotDaysMax + 1)};

class InboxReader {
 public:
  explicit InboxReader(const Reading& reading) : reading_(reading), now_(reading.clock.now()) {}

  Result<Inbox> run() {
    if (auto done = letters().forget_ended(now_); !done) return pass(done);
    if (auto done = open_keys(); !done) return pass(done);
    const auto octets = letters().octets_kept();
    if (!octets) return tl::unexpected(octets.error());
    octets_kept_ = *octets;
    for (auto& relay : reading_.relays) {
      const auto done = fetch_from(relay);
      if (!done && is_of_the_desk(done.error())) return tl::unexpected(done.error());
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

  static bool is_of_the_desk(const Error& error) {
    return error.code == desk::kDeskFileFailed || error.code == desk::kDeskFileBusy;
  }

  bool is_current(Timestamp ends) const { return ends > now_ && ends <= now_ + kKeyAfterlife; }

  bool is_listed(const Hash32& key) const {
    return std::ranges::find(reading_.project.charter.content().sealing_keys, key, &format::SealingKey::key) !=
           reading_.project.charter.content().sealing_keys.end();
  }

  // ---- keys ----

  Result<void> open_keys() {
    const auto here = reading_.keys.all();
    if (!here) return tl::unexpected(here.error());
    for (const auto& key : *here) {
      auto secret = reading_.keys.open(key, reading_.desk_key);
      if (secret)
        secrets_.push_back(*std::move(secret));
      else
        out_.keys_unusable.push_back(secret.error());
    }
    for (const auto& secret : secrets_) pairs_.push_back({secret.public_key, secret.secret.view()});
    for (const auto& listed : reading_.project.charter.content().sealing_keys)
      if (std::ranges::find(*here, listed.key) == here->end()) out_.keys_missing.push_back(listed.key);
    return {};
  }

  Result<void> destroy_old_keys() {
    for (const auto& secret : secrets_) {
      const auto since = letters().unlisted_since(secret.public_key, is_listed(secret.public_key), now_);
      if (!since) return tl::unexpected(since.error());
      if (!*since || now_ < **since + kKeyAfterlife) continue;
      if (auto done = reading_.keys.destroy(secret.public_key); done)
        out_.keys_destroyed.push_back(secret.public_key);
      else
        out_.keys_unusable.push_back(done.error());
    }
    return {};
  }

  // ---- slots ----

  Result<void> fetch_from(net::RelayClient& relay) {
    const auto listed = relay.slots();
    if (!listed) return tl::unexpected(listed.error());
    const auto begun = reading_.clock.now();
    std::uint64_t octets = 0;
    for (std::size_t i = 0; i < listed->size(); ++i) {
      const auto& slot = (*listed)[i];
      if (!is_current(slot.ends)) continue;
      const auto seen = letters().is_seen(slot.id);
      if (!seen) return tl::unexpected(seen.error());
      if (*seen) continue;
      if (octets >= reading_.limits.octets_max || reading_.clock.now() - begun >= reading_.limits.time_max)
        return fail(net::kRelayBusy, "it lists more slots than one run fetches of one relay, or is slow: run tamizdat inbox again for the rest");
      reading_.progress("fetching slots from " + relay.host_and_port(), i, listed->size());
      const auto fetched = fetch(relay, slot.id);
      if (!fetched) return tl::unexpected(fetched.error());
      octets += *fetched;
    }
    return {};
  }

  // How many octets came.
  Result<std::uint64_t> fetch(net::RelayClient& relay, const Hash32& id) {
    const auto slot = relay.slot(id);
    if (!slot) return tl::unexpected(slot.error());
    if (!*slot) return 0;  // it ended since
    ++out_.slots_fetched;
    // What is not what was announced another relay may have.
    if (format::slot_id(**slot) == id)
      if (auto done = take(id, **slot); !done) return pass(done);
    return (*slot)->size();
  }

  Result<void> take(const Hash32& id, const Bytes& slot) {
    const auto ends = format::parse_slot(slot);
    if (!ends || !is_current(*ends)) return letters().saw(id, now_ + kKeyAfterlife);
    const auto part = format::open_slot(slot, pairs_);
    if (part && part->parts > letter_parts_max()) {
      out_.refused.push_back({format::kPartMalformed, "a sealed part claims to be of a letter larger than any: its sender's program is broken"});
      return letters().saw(id, *ends);
    }
    if (!part && part.error().code != format::kSlotNotOurs) out_.refused.push_back(part.error());
    if (!part) return letters().saw(id, *ends);
    // Not as seen: it is fetched again when others have ended.
    if (octets_kept_ + slot.size() > kPartsKeptBytesMax)
      return fail(net::kRelayBusy, "parts of letters that are not whole fill 2 GiB here, and no more are taken until some end");
    if (auto done = letters().keep_part(id, {part->letter, part->part, part->parts, slot}, *ends); !done) return done;
    octets_kept_ += slot.size();
    return letters().saw(id, *ends);
  }

  // ---- letters ----

  // Puts a letter together if all of it is here. What is no letter is told once, and forgotten.
  Result<void> finish(const Hash32& letter) {
    const auto known = letters().is_received(letter);
    if (!known) return tl::unexpected(known.error());
    if (*known) return letters().received(letter);
    const auto kept = parts_of(letter);
    if (!kept) return tl::unexpected(kept.error());
    auto assembly = assemble(letter, *kept, [this](const Hash32& slot) { return octets_of(slot); });
    if (!assembly) return pass(assembly);
    if (!assembly->letter) return tell_incomplete(*assembly);
    return open(letter, *assembly->letter);
  }

  Result<std::vector<KeptPart>> parts_of(const Hash32& letter) {
    const auto rows = letters().parts_of(letter);
    if (!rows) return tl::unexpected(rows.error());
    std::vector<KeptPart> out;
    for (const auto& row : *rows) out.push_back({row.slot, row.part, row.parts});
    return out;
  }

  Result<std::optional<Bytes>> octets_of(const Hash32& slot) {
    const auto octets = letters().part_octets(slot);
    if (!octets) return tl::unexpected(octets.error());
    auto part = format::open_slot(*octets, pairs_);
    return part ? std::optional(std::move(part->octets)) : std::nullopt;
  }

  Result<void> tell_incomplete(const Assembly& assembly) {
    for (const auto& slot : assembly.false_slots) {
      out_.refused.push_back({format::kLetterMalformed, "a sealed part claims to be a letter that it is not, and was dropped: somebody "
                                                        "who knows of the letter forged it, or the sender's program is broken"});
      if (auto done = letters().drop_part(slot); !done) return done;
    }
    if (assembly.has_all_places)
      out_.waiting.push_back("parts that claim to be of one letter do not make it: some are forged. If the letter does not come "
                             "within days, ask whoever may have written to send it again, to you alone");
    else if (assembly.false_slots.empty())
      ++out_.letters_not_whole;
    return {};
  }

  Result<void> open(const Hash32& hash, BytesView signed_letter) {
    const auto sender = format::peek_sender(signed_letter);
    if (!sender) return refuse(hash, sender.error());
    const auto found = reading_.directory.find(*sender);
    if (!found && is_of_the_desk(found.error())) return tl::unexpected(found.error());
    // A relay may be behind, or lie; the next run may have the charter.
    if (!found) return wait("a letter claims to be of project " + sender->text() + ", of whose charter this is known: " + found.error().text);
    if (!*found)
      return wait("a letter claims to be of project " + sender->text() +
                  ", and no relay of this desk has its charter: add a relay that this newsroom publishes to, with tamizdat relay add");
    const auto letter = format::verify_letter((*found)->chain.in_force(), reading_.project.charter.project(), signed_letter);
    if (!letter && letter.error().code == format::kLetterOfUnknownDesk) return wait(letter.error().text);
    if (!letter) return refuse(hash, letter.error());
    return write(hash, *letter, **found);
  }

  Result<void> wait(std::string why) {
    out_.waiting.push_back(std::move(why));
    return {};
  }
  Result<void> refuse(const Hash32& hash, const Error& error) {
    out_.refused.push_back(error);
    return letters().received(hash);
  }

  Result<void> write(const Hash32& hash, const format::VerifiedLetter& letter, const charters::Found& sender) {
    const auto& content = letter.content();
    const auto file = write_letter_file(reading_.folder, hash, content.name, content.content);
    if (!file) {
      out_.not_written.push_back(file.error());
      return {};
    }
    const auto& charter = sender.chain.in_force().content();
    const auto* const desk = charter.desk(content.desk);
    const auto* const closed = charter.closed_desk(content.desk);
    const std::string label = desk != nullptr ? desk->label : closed != nullptr ? closed->label : std::string();
    out_.letters.push_back({content.project, charter.title, label, letter.is_of_closed_desk(), sender.frozen_since, content.time, *file});
    return letters().received(hash);
  }

  const Reading& reading_;
  Timestamp now_;
  std::vector<SealingSecret> secrets_;
  std::vector<format::SealingPair> pairs_;
  std::uint64_t octets_kept_ = 0;
  Inbox out_;
};

}  // namespace

Result<Inbox> read_inbox(const Reading& reading) { return InboxReader(reading).run(); }

}  // namespace tamizdat::letters
