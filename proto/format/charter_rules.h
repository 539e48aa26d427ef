// The rules that a charter keeps by itself, without a look at any other: they complete parse_charter(), whose other half
// is the form of each field.
#pragma once

#include <string>

#include "proto/format/charter.h"

namespace tamizdat::format {

// kCharterMalformed with "the charter " in front of what is wrong.
tl::unexpected<Error> malformed_charter(std::string what);

// Version and predecessor, nonce and title, threshold within the root keys, a quorum that the relays can meet and least_quorum() allows, no key
// twice or in two roles, every key one that all verifiers judge alike. Errors: kCharterMalformed.
Result<void> check_charter_rules(const Charter& charter);

}  // namespace tamizdat::format
