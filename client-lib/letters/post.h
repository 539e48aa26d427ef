// Writing to other newsrooms: a file becomes a signed letter, the letter slots that only its recipients can open, and each
// slot goes to the first relay that takes it. What was sealed is in the home before anything is sent, and goes out the same
// again until a relay has it.
#pragma once

#include <string>
#include <vector>

#include "client-lib/charters/chain.h"
#include "client-lib/desk/desk_store.h"
#include "client-lib/edges/edges.h"
#include "client-lib/net/relay_client.h"
#include "proto/format/letter.h"

namespace tamizdat::letters {

inline constexpr ErrorCode kNoSealingKey{"no-sealing-key"};
inline constexpr ErrorCode kLetterTooLarge{"letter-too-large"};
inline constexpr ErrorCode kDaysWrong{"letter-days-wrong"};
inline constexpr ErrorCode kRecipientsWrong{"letter-recipients-wrong"};
inline constexpr ErrorCode kLetterNameWrong{"letter-name-wrong"};

// Long enough for a newsroom that opens its inbox once a week, and then twice.
inline constexpr unsigned kDaysDefault = 14;

// The key that a letter written now is sealed to. Errors: kNoSealingKey.
Result<Hash32> sealing_key_of(const format::VerifiedCharter& charter, Timestamp now);

struct Post {
  desk::DeskStore& store;
  const desk::Project& project;
  const format::SigningKey& desk_key;
  const edges::Clock& clock;
  edges::Random& random;
};

struct File {
  std::string name;
  Bytes content;
};

struct Sealed {
  Hash32 letter;
  std::vector<Hash32> slots;
  Timestamp ends;
};

// Durable when it returns. `relays`: those to which the slots may be handed in later. Errors: as above, those of the home.
Result<Sealed> seal(const Post& post, const std::vector<charters::Chain>& recipients, File file, unsigned days,
                    const std::vector<RelayId>& relays);

struct HandedIn {
  std::size_t taken = 0;
  std::size_t waiting = 0;
  std::size_t ended = 0;              // before a relay took them; they are gone
  bool all_refused = false;           // relays answer, and none takes what waits
  std::vector<std::string> troubles;  // of relays, a sentence each
};
// All slots that wait, also of earlier letters. Errors: those of the home; what relays do is in the result.
Result<HandedIn> hand_in(desk::DeskStore& store, const desk::Project& project, std::vector<net::RelayClient>& relays, Timestamp now);

}  // namespace tamizdat::letters
