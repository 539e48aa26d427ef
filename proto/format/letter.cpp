#include "proto/format/letter.h"

#include <algorithm>

#include "proto/base/check.h"
#include "proto/format/hash.h"
#include "proto/format/limits.h"
#include "proto/format/message.h"
#include "proto/format/tamizdat.pb.h"

namespace tamizdat::format {
namespace {

constexpr std::size_t kSubmissionTextBytesMax = 512;

tl::unexpected<Error> malformed() {
  return fail(kLetterMalformed, "what was sealed is no letter: its sender's program is broken, or of a later version");
}

struct ParsedLetter {
  Letter letter;
  Bytes octets;  // that were signed
  Bytes signature;
};

Result<ParsedLetter> parse(BytesView signed_letter) {
  if (signed_letter.size() > kLetterBytesMax + kHeaderBytesMax * 2) return malformed();
  v1::SignedLetter envelope;
  if (!parse_message(signed_letter, envelope) || envelope.alg() != v1::ALG_ED25519) return malformed();
  v1::SealedLetter message;
  if (!parse_message(envelope.letter(), message)) return malformed();
  const auto project = Hash32::from(message.project());
  const auto desk = Hash32::from(message.desk());
  if (!project || !desk || !are_times({message.time()}) || !is_letter_name(message.name()) ||
      message.recipients_size() == 0 || static_cast<std::size_t>(message.recipients_size()) > kSlotRecipients)
    return malformed();
  ParsedLetter out;
  out.letter.project = ProjectId(*project);
  out.letter.desk = DeskId(*desk);
  for (const auto& recipient : message.recipients()) {
    const auto id = Hash32::from(recipient);
    if (!id) return malformed();
    out.letter.recipients.emplace_back(*id);
  }
  out.letter.time = timestamp_from_unix(message.time());
  out.letter.name = message.name();
  out.letter.content = std::move(*message.mutable_content());
  out.octets = std::move(*envelope.mutable_letter());
  out.signature = std::move(*envelope.mutable_signature());
  return out;
}

Bytes submission_text(const RelayId& relay, const Hash32& slot) { return Bytes(relay.view()) + Bytes(slot.view()); }

}  // namespace

bool is_letter_name(std::string_view name) {
  return !name.empty() && name.size() <= kLetterNameBytesMax && name != "." && name != ".." &&
         name.find_first_of(std::string_view("/\\\0", 3)) == std::string_view::npos;
}

Bytes sign_letter(const Letter& letter, const SigningKey& desk_key) {
  v1::SealedLetter message;
  message.set_project(Bytes(letter.project.view()));
  message.set_desk(Bytes(letter.desk.view()));
  for (const auto& recipient : letter.recipients) message.add_recipients(Bytes(recipient.view()));
  message.set_time(unix_seconds(letter.time));
  message.set_name(letter.name);
  message.set_content(letter.content);
  v1::SignedLetter envelope;
  envelope.set_letter(serialise_message(message));
  envelope.set_alg(v1::ALG_ED25519);
  envelope.set_signature(desk_key.sign_in_domain("sealed-letter", envelope.letter()));
  return serialise_message(envelope);
}

Hash32 letter_hash(BytesView signed_letter) { return domain_hash("sealed-letter-id", {signed_letter}); }

std::vector<PartOfSlot> parts_of(BytesView signed_letter) {
  const std::size_t largest = slot_capacity(kSlotSizes.back());
  const auto parts = static_cast<std::uint32_t>((signed_letter.size() + largest - 1) / largest);
  const Hash32 hash = letter_hash(signed_letter);
  std::vector<PartOfSlot> out;
  for (std::uint32_t i = 0; i < parts; ++i) {
    const BytesView octets = signed_letter.substr(i * largest, largest);
    out.push_back({{hash, i, parts, Bytes(octets)}, slot_size_for(octets.size())});
  }
  return out;
}

Result<ProjectId> peek_sender(BytesView signed_letter) {
  const auto parsed = parse(signed_letter);
  if (!parsed) return tl::unexpected(parsed.error());
  return parsed->letter.project;
}

Result<VerifiedLetter> verify_letter(const VerifiedCharter& sender, const ProjectId& us, BytesView signed_letter) {
  auto parsed = parse(signed_letter);
  if (!parsed) return pass(parsed);
  const Letter& letter = parsed->letter;
  if (letter.project != sender.project())
    return fail(kLetterOfAnotherProject, "the letter claims to be of project " + letter.project.text());
  const bool closed = sender.content().closed_desk(letter.desk) != nullptr;
  if (!closed && sender.content().desk(letter.desk) == nullptr)
    return fail(kLetterOfUnknownDesk, "the letter claims to be of project " + letter.project.text() +
                                          ", and no charter known here lists the desk that signed it: a relay is behind, or it is a forgery");
  if (!verify_in_domain(letter.desk.value, "sealed-letter", parsed->octets, parsed->signature))
    return fail(kLetterSignatureInvalid, "the letter claims to be of project " + letter.project.text() +
                                             ", and its signature does not verify: it is a forgery");
  if (std::ranges::find(letter.recipients, us) == letter.recipients.end())
    return fail(kLetterNotForUs, "the letter was written by project " + letter.project.text() +
                                     " to others, and one of them passed it on: its sender did not mean us");
  VerifiedLetter out;
  out.letter_ = std::move(parsed->letter);
  out.of_closed_desk_ = closed;
  return out;
}

std::string sign_submission(const SubmittingDesk& desk, const RelayId& relay, const Hash32& slot, const SigningKey& desk_key) {
  v1::SealedSubmission message;
  message.set_project(Bytes(desk.project.view()));
  message.set_desk(Bytes(desk.desk.view()));
  message.set_alg(v1::ALG_ED25519);
  message.set_signature(desk_key.sign_in_domain("sealed-submission", submission_text(relay, slot)));
  return to_base64url(serialise_message(message));
}

Result<SubmittingDesk> verify_submission(std::string_view text, const RelayId& relay, const Hash32& slot) {
  const auto bytes = text.size() > kSubmissionTextBytesMax ? fail(kEncodingInvalid, "") : from_base64url(text);
  v1::SealedSubmission message;
  if (!bytes || !parse_message(*bytes, message) || message.alg() != v1::ALG_ED25519)
    return fail(kSubmissionMalformed, "the header Tamizdat-Desk is not there or is no submission of a desk");
  const auto project = Hash32::from(message.project());
  const auto desk = Hash32::from(message.desk());
  if (!project || !desk) return fail(kSubmissionMalformed, "the header Tamizdat-Desk names no project or no desk");
  if (!verify_in_domain(*desk, "sealed-submission", submission_text(relay, slot), message.signature()))
    return fail(kSubmissionSignatureInvalid, "the desk's signature is not over this slot and this relay");
  return SubmittingDesk{ProjectId(*project), DeskId(*desk)};
}

}  // namespace tamizdat::format
