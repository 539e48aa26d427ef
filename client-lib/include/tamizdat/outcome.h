// How every call of the client library answers: with a value, or with a problem that says what to do. The library
// throws only for broken programs.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include <tl/expected.hpp>

namespace tamizdat::client {

// Stable: these are the exit codes of the command `tamizdat`.
enum class ProblemKind : std::uint8_t {
  kFailed = 1,         // a file, the disk, a passphrase, an article, a source
  kUsage = 2,          // asked for in a way that cannot be meant
  kNotVerified = 3,    // something is not what it claims to be
  kUnreachable = 4,    // no relay or server answers
  kRefused = 5,        // relays answer and take it from nobody like us
  kHistoryBehind = 6,  // this home is an old copy of its desk: nothing was signed
};

struct Problem {
  ProblemKind kind = ProblemKind::kFailed;
  std::string code = {};  // stable, for programs: "passphrase-wrong"
  std::string text = {};  // one sentence for a person: what is wrong, and what to do
};

template <typename T>
class [[nodiscard]] Outcome : public tl::expected<T, Problem> {
 public:
  using tl::expected<T, Problem>::expected;
  Outcome(tl::expected<T, Problem> other) : tl::expected<T, Problem>(std::move(other)) {}
};

}  // namespace tamizdat::client
