// A charter update on its way to its signatures: a file that goes from one holder of a root key to the next, on a stick or
// by mail, and at last to the relays. It is an archive (proto/README.md, "Archive"): the project's charters up to the one
// in force, and behind them the next one with the signatures that it has so far. So whoever signs needs nothing else
// to see what would change, of which project.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "client-lib/charters/chain.h"
#include "proto/format/keys.h"

namespace tamizdat::charters {

inline constexpr ErrorCode kNotARequest{"not-a-charter-request"};
inline constexpr ErrorCode kRequestOfAnotherCharter{"request-of-another-charter"};
inline constexpr ErrorCode kNotARootKey{"not-a-root-key"};

struct Request {
  Chain chain;  // up to the charter in force
  format::ProposedCharter proposed;

  // Signatures that are still missing for the threshold of the charter in force, and for the proposed one's own.
  unsigned missing_of_current() const;
  unsigned missing_of_proposed() const;
  bool is_complete() const { return missing_of_current() == 0 && missing_of_proposed() == 0; }
  // Root keys of either charter that have not signed, those that count for both first.
  std::vector<RootKeyId> may_sign() const;
};

// Errors: those of the format's rules for an update.
Result<Request> make_request(Chain chain, const format::Charter& next);
// Errors: kNotARequest, those of the charters.
Result<Request> parse_request(BytesView file);
Bytes serialise_request(const Request& request);
// Errors: as parse_request, those of the file.
Result<Request> read_request(const std::filesystem::path& path);

// Whether the key is a root key of one of the two charters. Errors: kNotARootKey.
Result<void> check_may_sign(const Request& request, const format::SigningKey& root_key);
// Signing again changes nothing. Errors: kNotARootKey.
Result<void> sign_request(Request& request, const format::SigningKey& root_key);
// Takes over the signatures of a copy that somebody else signed. Errors: kRequestOfAnotherCharter.
Result<void> merge_signatures(Request& request, const Request& other);
// The chain with the proposed charter in force. Errors: kCharterBelowThreshold, with who may sign.
Result<Chain> finished_chain(const Request& request);

}  // namespace tamizdat::charters
