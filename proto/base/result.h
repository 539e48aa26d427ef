// The one error channel of Tamizdat: whatever the world can cause comes back as a Result<T>.
// Codes are string constants declared beside the code that raises them (`inline constexpr ErrorCode kX{"x"}`), so that
// no file collects the errors of every layer; they are stable, appear in vectors, metrics and JSON output.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace tamizdat {

class ErrorCode {
 public:
  constexpr explicit ErrorCode(std::string_view name) : name_(name) {}
  constexpr std::string_view name() const { return name_; }
  friend constexpr bool operator==(ErrorCode a, ErrorCode b) { return a.name_ == b.name_; }

 private:
  std::string_view name_;  // always a string literal
};

// `text` is one sentence for the person who must act: what is wrong, and what to do.
struct Error {
  ErrorCode code;
  std::string text;
};

// A tl::expected that the compiler does not let you drop.
template <typename T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
  Result(tl::expected<T, Error> other) : tl::expected<T, Error>(std::move(other)) {}
};

inline tl::unexpected<Error> fail(ErrorCode code, std::string text) {
  return tl::unexpected<Error>(Error{code, std::move(text)});
}

// Passes an error of one Result type on as another: `if (!x) return pass(x);`
template <typename R>
tl::unexpected<Error> pass(R& result) {
  return tl::unexpected<Error>(std::move(result).error());
}

}  // namespace tamizdat
