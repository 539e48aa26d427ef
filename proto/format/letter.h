// A letter from one newsroom to others, behind the encryption of its slots: who sends it to whom, and a file, signed by a
// desk. Only who opens it learns any of that.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "proto/format/slot.h"
#include "proto/format/verify.h"

namespace tamizdat::format {

inline constexpr ErrorCode kLetterMalformed{"letter-malformed"};
inline constexpr ErrorCode kLetterOfAnotherProject{"letter-of-another-project"};
inline constexpr ErrorCode kLetterOfUnknownDesk{"letter-of-unknown-desk"};
inline constexpr ErrorCode kLetterSignatureInvalid{"letter-signature-invalid"};
inline constexpr ErrorCode kLetterNotForUs{"letter-not-for-us"};

struct Letter {
  ProjectId project;  // of the sender
  DeskId desk;
  std::vector<ProjectId> recipients;
  Timestamp time;
  std::string name;  // of the file, without any folder
  Bytes content;
};

// 1 to 255 octets without "/", "\\" and zero, neither "." nor "..".
bool is_letter_name(std::string_view name);

// For senders: the octets that are signed once and cut into parts. Everything fits the limits.
Bytes sign_letter(const Letter& letter, const SigningKey& desk_key);
// What names a signed letter in its parts.
Hash32 letter_hash(BytesView signed_letter);
// The parts of a signed letter, each with its size of slot: as few as the largest slots allow.
struct PartOfSlot {
  SealedPart part;
  std::size_t slot_size = 0;
};
std::vector<PartOfSlot> parts_of(BytesView signed_letter);

class VerifiedLetter {
 public:
  const Letter& content() const { return letter_; }
  // The desk was closed by now: what it signed before and after that cannot be told apart.
  bool is_of_closed_desk() const { return of_closed_desk_; }

 private:
  VerifiedLetter() = default;
  Letter letter_;
  bool of_closed_desk_ = false;
  friend Result<VerifiedLetter> verify_letter(const VerifiedCharter& sender, const ProjectId& us, BytesView signed_letter);
};

// Whose letter it claims to be, so that the charter can be looked for. Errors: kLetterMalformed.
Result<ProjectId> peek_sender(BytesView signed_letter);
// Errors: kLetterMalformed, kLetterOfAnotherProject (not the charter's), kLetterOfUnknownDesk, kLetterSignatureInvalid,
// kLetterNotForUs (`us` is not among its recipients: one of them passed it on, and the sender did not mean us).
Result<VerifiedLetter> verify_letter(const VerifiedCharter& sender, const ProjectId& us, BytesView signed_letter);

// ---- the first relay ----

// What a desk shows to the relay that it hands a slot to, beside the slot: base64url of a SealedSubmission. The signature is over
// this relay and this slot, and worth nothing elsewhere.
inline constexpr ErrorCode kSubmissionMalformed{"submission-malformed"};
inline constexpr ErrorCode kSubmissionSignatureInvalid{"submission-signature-invalid"};

struct SubmittingDesk {
  ProjectId project;
  DeskId desk;
};
std::string sign_submission(const SubmittingDesk& desk, const RelayId& relay, const Hash32& slot, const SigningKey& desk_key);
// Whether the charter lets this desk publish is for the relay. Errors: as above.
Result<SubmittingDesk> verify_submission(std::string_view text, const RelayId& relay, const Hash32& slot);

}  // namespace tamizdat::format
