// `withhold` and `withholdings`: what the operator does not serve. Beside a running relay through its control socket, and
// with the relay stopped on its store; both come to obey_withholding() with the same line.
#pragma once

#include <iosfwd>
#include <string>

#include "relay/daemon/installation.h"
#include "relay/withholding/withholdings.h"

namespace tamizdat::daemon {

// As it is typed.
struct WithholdOrder {
  std::string entry;  // an id, or the address of a page: /v/<entry> is that version, /a/<entry> the article with all
  std::string country;
  std::string reason;
  bool keep_from_peers = false;
  bool lift = false;
};

// Lines of the control socket that are ours.
bool is_withholding_line(std::string_view line);
// Carries it out; says what was done. Errors: those of Withholdings, kWithholdingLineInvalid.
inline constexpr ErrorCode kWithholdingLineInvalid{"withholding-line-invalid"};
env::awaitable<Result<std::string>> obey_withholding(withholding::Withholdings& withholdings, std::string line);

int withhold(const RelayPlace& relay, const WithholdOrder& order, std::ostream& out, std::ostream& err);
int list_withholdings(const RelayPlace& relay, std::ostream& out, std::ostream& err);

}  // namespace tamizdat::daemon
