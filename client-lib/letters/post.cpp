#include "client-lib/letters/post.h"

#include <algorithm>

#include "proto/base/check.h"
#include "proto/format/limits.h"
#include "proto/keys/secret.h"

namespace tamizdat::letters {
namespace {

constexpr std::int64_t kDaySeconds = 86400;
// Of one slot; others may be signed for the relay.
constexpr ErrorCode kNotSignedForRelay{"submission-missing"};

// The end of the day, so that it tells nobody the hour of its writing.
Timestamp end_of(Timestamp now, unsigned days) {
  return timestamp_from_unix((unix_seconds(now) / kDaySeconds + days + 1) * kDaySeconds);
}

Result<void> keep_slot(const Post& post, const Bytes& slot, const Hash32& id, Timestamp ends, const std::vector<RelayId>& relays) {
  auto& letters = post.store.letters();
  if (auto done = letters.add_slot({id, slot}, ends); !done) return done;
  const format::SubmittingDesk desk{post.project.charter.project(), post.project.desk};
  for (const auto& relay : relays)
    if (auto done = letters.add_submission(id, relay, format::sign_submission(desk, relay, id, post.desk_key)); !done) return done;
  return {};
}

bool is_of_the_desk(const Error& error) {
  return error.code == desk::kDeskFileFailed || error.code == desk::kDeskFileBusy;
}

bool is_refusal(const Error& error) {
  return error.code == net::kRelayRefused || error.code == net::kRelayBusy || error.code == net::kRelayLacksCharter ||
         error.code == kNotSignedForRelay;
}

// Hands one slot to one relay, and its charters first where it does not know us.
Result<void> hand_in_to(desk::DeskStore& store, const desk::Project& project, net::RelayClient& relay, const Hash32& id) {
  const auto slot = store.letters().slot(id);
  if (!slot) return tl::unexpected(slot.error());
  const auto submission = store.letters().submission(id, relay.address().relay);
  if (!submission) return tl::unexpected(submission.error());
  if (!*slot || !*submission)
    return fail(kNotSignedForRelay, "the letter was sealed before this relay was added, and signed for others: send it anew");
  auto taken = relay.put_slot(**slot, **submission);
  if (!taken && taken.error().code == net::kRelayLacksCharter) {
    if (const auto put = relay.put_charters(project.chain); !put) return tl::unexpected(put.error());
    taken = relay.put_slot(**slot, **submission);
  }
  return taken;
}

}  // namespace

Result<Hash32> sealing_key_of(const format::VerifiedCharter& charter, Timestamp now) {
  const format::SealingKey* best = nullptr;
  for (const auto& key : charter.content().sealing_keys) {
    if ((key.not_before && now < *key.not_before) || (key.not_after && now > *key.not_after)) continue;
    const auto begins = [](const format::SealingKey& of) { return of.not_before.value_or(kTimestampMin); };
    if (best == nullptr || begins(*best) <= begins(key)) best = &key;  // of two alike the later one in the charter
  }
  if (best == nullptr)
    return fail(kNoSealingKey, "\"" + charter.content().title + "\" (" + charter.project().text() +
                                   ") has no sealing key in its charter: ask the newsroom to make one with tamizdat sealing-key new");
  return best->key;
}

Result<Sealed> seal(const Post& post, const std::vector<charters::Chain>& recipients, File file, unsigned days,
                    const std::vector<RelayId>& relays) {
  if (recipients.empty() || recipients.size() > format::kSlotRecipients)
    return fail(kRecipientsWrong, "a letter goes to 1 to " + std::to_string(format::kSlotRecipients) + " newsrooms");
  if (days == 0 || days + 1 >= static_cast<unsigned>(format::kSlotDaysMax))
    return fail(kDaysWrong, "a letter is kept for 1 to " + std::to_string(format::kSlotDaysMax - 2) + " days");
  if (!is_utf8(file.name))
    return fail(kLetterNameWrong, "the name of the file is not UTF-8, and its readers could not open the letter: give it another name");
  if (!format::is_letter_name(file.name))
    return fail(kLetterNameWrong, "a letter's file needs a name of 1 to 255 octets: give it a shorter one");
  if (file.content.size() > format::kLetterBytesMax)
    return fail(kLetterTooLarge, file.name + " has more than 64 MiB: send it in parts");
  const auto now = post.clock.now();
  format::Letter letter{post.project.charter.project(), post.project.desk, {}, now, std::move(file.name), std::move(file.content)};
  std::vector<Hash32> keys;
  for (const auto& chain : recipients) {
    const auto key = sealing_key_of(chain.in_force(), now);
    if (!key) return tl::unexpected(key.error());
    keys.push_back(*key);
    letter.recipients.push_back(chain.project());
  }
  const Bytes signed_letter = format::sign_letter(letter, post.desk_key);
  Sealed out{format::letter_hash(signed_letter), {}, end_of(now, days)};
  auto transaction = post.store.letters().begin();
  if (!transaction) return pass(transaction);
  for (const auto& part : format::parts_of(signed_letter)) {
    keys::Secret random(format::kSlotRandomBytes);
    post.random.fill(random.writable());
    const auto slot = format::seal_slot(part.part, keys, out.ends, part.slot_size, random.view());
    if (!slot) return tl::unexpected(slot.error());
    out.slots.push_back(format::slot_id(*slot));
    if (auto done = keep_slot(post, *slot, out.slots.back(), out.ends, relays); !done) return pass(done);
  }
  if (auto done = transaction->commit(); !done) return pass(done);
  return out;
}

Result<HandedIn> hand_in(desk::DeskStore& store, const desk::Project& project, std::vector<net::RelayClient>& relays, Timestamp now) {
  HandedIn out;
  const auto ended = store.letters().drop_ended_slots(now);
  if (!ended) return tl::unexpected(ended.error());
  out.ended = *ended;
  const auto waiting = store.letters().slots_waiting();
  if (!waiting) return tl::unexpected(waiting.error());
  std::vector<std::optional<Error>> troubles(relays.size());
  for (const auto& id : *waiting) {
    bool taken = false;
    for (std::size_t i = 0; i < relays.size() && !taken; ++i) {
      if (troubles[i] && troubles[i]->code != kNotSignedForRelay) continue;
      const auto done = hand_in_to(store, project, relays[i], id);
      if (!done && is_of_the_desk(done.error())) return tl::unexpected(done.error());
      taken = done.has_value();
      if (!taken) troubles[i] = done.error();
    }
    if (taken)
      if (auto done = store.letters().slot_taken(id); !done) return pass(done);
    ++(taken ? out.taken : out.waiting);
  }
  out.all_refused = out.waiting > 0;
  for (std::size_t i = 0; i < relays.size(); ++i) {
    if (!troubles[i]) continue;
    out.troubles.push_back(relays[i].host_and_port() + ": " + troubles[i]->text);
    out.all_refused = out.all_refused && is_refusal(*troubles[i]);
  }
  return out;
}

}  // namespace tamizdat::letters
