// One HTTP request and its answer, and the interface that sends them: libcurl in the program, a fake relay in tests.
// Everything has a limit. No cookie, no state between requests but kept-alive connections.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client-lib/net/reach.h"
#include "proto/base/hash32.h"
#include "proto/base/result.h"

namespace tamizdat::net {

inline constexpr ErrorCode kUrlInvalid{"url-invalid"};
inline constexpr ErrorCode kUnreachable{"unreachable"};  // name, connection, time, TLS
inline constexpr ErrorCode kKeyPinMismatch{"key-pin-mismatch"};
inline constexpr ErrorCode kCertificateInvalid{"certificate-invalid"};
inline constexpr ErrorCode kAnswerTooLarge{"answer-too-large"};
inline constexpr ErrorCode kAddressRefused{"address-refused"};    // not public, see Reach
inline constexpr ErrorCode kRedirectRefused{"redirect-refused"};  // too many, to no web address, or from https to http

enum class Redirects : std::uint8_t {
  kRefuse,
  kFollow,  // at most five; http and https only, and never from https to http
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  // SHA-256 of the server's SubjectPublicKeyInfo. With it the key is the server's proof and the CA system is not
  // asked; TLS 1.3 only. Without it the CA system decides.
  std::optional<Hash32> key_pin;
  std::vector<std::string> headers;  // "Name: value"
  Bytes body;
  std::uint64_t answer_bytes_max = std::uint64_t{1} << 20;  // after decompression, and while it goes on
  // For all of it, redirects too. A line of 16 kbit/s takes nine minutes for a full bundle.
  std::chrono::milliseconds time_max = std::chrono::minutes(15);
  Redirects redirects = Redirects::kRefuse;
  Reach reach = Reach::kAnywhere;
};

struct HttpAnswer {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case; of the last answer after redirects
  Bytes body;
  std::string url;  // after redirects

  // Empty if absent.
  std::string_view header(std::string_view lower_case_name) const;
};

// What is being waited for or moved, and how many octets of how many (0: nobody knows).
using TransferProgress = std::function<void(std::string_view doing, std::uint64_t done, std::uint64_t of)>;

class Http {
 public:
  virtual ~Http() = default;
  // Called from within send(), some times a second.
  void report_to(TransferProgress progress) { progress_ = std::move(progress); }
  // Asked from within send(), some times a second: true ends it with kUnreachable.
  void give_up_when(std::function<bool()> give_up) { give_up_ = std::move(give_up); }
  bool gives_up() const { return give_up_ && give_up_(); }
  // Any status is an answer. Errors: kUrlInvalid, kUnreachable, kKeyPinMismatch, kCertificateInvalid, kAnswerTooLarge,
  // kAddressRefused, kRedirectRefused.
  virtual Result<HttpAnswer> send(const HttpRequest& request) = 0;

 protected:
  TransferProgress progress_;
  std::function<bool()> give_up_;
};

// Whether what was asked for at `from` may be taken from `to` instead; both are absolute, with schemes in lower case.
// Errors: kRedirectRefused.
Result<void> check_redirect(const std::string& from, const std::string& to);

// By libcurl. `proxy`: as curl takes it, "socks5h://127.0.0.1:9050" for Tor; empty: the environment (ALL_PROXY). One
// thread.
std::unique_ptr<Http> make_curl_http(std::string proxy);

}  // namespace tamizdat::net
