#include <curl/curl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <span>

#include "client-lib/net/http.h"
#include "client-lib/net/public_address.h"
#include "proto/base/bytes.h"
#include "proto/base/check.h"

namespace tamizdat::net {
namespace {

constexpr long kConnectSeconds = 20;
constexpr long kSilentSeconds = 60;
// Less is no line but somebody who holds us up; the slowest lines carry thirty times as much.
constexpr long kOctetsPerSecondMin = 64;
constexpr unsigned kRedirectsMax = 5;
constexpr std::size_t kHeaderBytesMax = 64 * 1024;

struct FreeEasy {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

std::unique_ptr<CURL, FreeEasy> new_handle() {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  TMZ_CHECK(started == CURLE_OK);
  return std::unique_ptr<CURL, FreeEasy>(curl_easy_init());
}

struct Receiver {
  HttpAnswer answer;
  std::uint64_t body_bytes_max = 0;
  std::size_t header_bytes = 0;
  bool too_large = false;
};

std::size_t on_body(char* data, std::size_t, std::size_t size, void* context) {
  auto& receiver = *static_cast<Receiver*>(context);
  receiver.too_large = size > receiver.body_bytes_max - receiver.answer.body.size();
  if (receiver.too_large) return 0;
  receiver.answer.body.append(data, size);
  return size;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return text;
}

std::size_t on_header(char* data, std::size_t, std::size_t size, void* context) {
  auto& receiver = *static_cast<Receiver*>(context);
  receiver.header_bytes += size;
  receiver.too_large = receiver.header_bytes > kHeaderBytesMax;
  if (receiver.too_large) return 0;
  const std::string_view line(data, size);
  if (line.starts_with("HTTP/")) receiver.answer.headers.clear();  // the answer after a "100 Continue"
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return size;
  std::string name(line.substr(0, colon));
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  receiver.answer.headers[std::move(name)] = trimmed(line.substr(colon + 1));
  return size;
}

std::string host_of(const std::string& url) {
  const auto scheme = url.find("://");
  const auto begin = scheme == std::string::npos ? 0 : scheme + 3;
  return url.substr(begin, url.find_first_of("/?#", begin) - begin);
}

// Of a request that may reach public addresses only; see CURLOPT_OPENSOCKETFUNCTION.
curl_socket_t open_public(void* context, curlsocktype, curl_sockaddr* address) {
  if (!is_public(address->addr)) {
    *static_cast<bool*>(context) = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// That curl would take for `url`; empty if there is none. HTTP_PROXY is left out: a web server sets it from a header.
std::string proxy_of_environment(std::string_view url) {
  constexpr std::array kOfHttps{"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
  constexpr std::array kOfHttp{"http_proxy", "all_proxy", "ALL_PROXY"};
  for (const char* const name : url.starts_with("https:") ? std::span<const char* const>(kOfHttps) : kOfHttp) {
    const char* const value = std::getenv(name);
    if (value != nullptr && *value != '\0') return value;
  }
  return {};
}

// As curl reads it: "0x7f.1" is 127.0.0.1.
bool leads_inside_as_written(const std::string& url) {
  const std::unique_ptr<CURLU, FreeUrl> parsed(curl_url());
  char* host = nullptr;
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK ||
      curl_url_get(parsed.get(), CURLUPART_HOST, &host, 0) != CURLUE_OK)
    return false;
  const bool out = is_written_as_private(host);
  curl_free(host);
  return out;
}

struct Reporter {
  const TransferProgress& progress;
  const std::function<bool()>& give_up;
  std::string host;
};

// See CURLOPT_XFERINFOFUNCTION; what is sent is done when the answer begins.
int on_transfer(void* context, curl_off_t to_receive, curl_off_t received, curl_off_t to_send, curl_off_t sent) {
  const auto& reporter = *static_cast<const Reporter*>(context);
  if (reporter.give_up && reporter.give_up()) return 1;
  if (!reporter.progress) return 0;
  const auto octets = [](curl_off_t count) { return static_cast<std::uint64_t>(count); };
  if (received > 0)
    reporter.progress("receiving octets from " + reporter.host, octets(received), octets(to_receive));
  else if (sent > 0)
    reporter.progress("sending octets to " + reporter.host, octets(sent), octets(to_send));
  else
    reporter.progress("waiting for " + reporter.host, 0, 0);
  return 0;
}

tl::unexpected<Error> failure(CURLcode code, const HttpRequest& request, const Receiver& receiver, const char* detail) {
  const std::string host = host_of(request.url);
  if (receiver.too_large)
    return fail(kAnswerTooLarge, "the answer of " + host + " is larger than " + std::to_string(request.answer_bytes_max) +
                                     " octets and was not taken");
  switch (code) {
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
      return fail(kKeyPinMismatch, "the server at " + host +
                                       " does not have the key of the relay's address: somebody stands in between, or "
                                       "the operator changed the key; ask the operator for the new address line");
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return fail(kCertificateInvalid, "the certificate of " + host +
                                           " is not one that this machine trusts; if it is a relay, give its address "
                                           "line with --relay");
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL: return fail(kUrlInvalid, "not a web address (http or https): " + request.url);
    case CURLE_COULDNT_RESOLVE_HOST: return fail(kUnreachable, "no address is known for the name " + host);
    case CURLE_COULDNT_CONNECT: return fail(kUnreachable, "nothing answers at " + host);
    case CURLE_OPERATION_TIMEDOUT: return fail(kUnreachable, host + " did not answer in time");
    case CURLE_ABORTED_BY_CALLBACK: return fail(kUnreachable, "asking " + host + " was given up, as you wanted");
    default: return fail(kUnreachable, "the connection to " + host + " failed: " + (*detail ? detail : curl_easy_strerror(code)));
  }
}

class CurlHttp final : public Http {
 public:
  explicit CurlHttp(std::string proxy) : proxy_(std::move(proxy)) {
    TMZ_CHECK(anywhere_ != nullptr && public_only_ != nullptr);
  }

  // Redirects are followed here and not by curl, which would go from https to http.
  Result<HttpAnswer> send(const HttpRequest& request) override {
    HttpRequest hop = request;
    for (unsigned redirects = 0;; ++redirects) {
      std::string target;
      auto answer = send_once(hop, target);
      if (!answer || target.empty() || request.redirects == Redirects::kRefuse) return answer;
      if (redirects == kRedirectsMax)
        return fail(kRedirectRefused, host_of(hop.url) + " sends us from one address to the next without end");
      if (auto may = check_redirect(hop.url, target); !may) return pass(may);
      hop.time_max -= time_taken();
      if (hop.time_max <= hop.time_max.zero()) return fail(kUnreachable, host_of(request.url) + " did not answer in time");
      hop.reach = reach_after(hop.reach, hop.url, target);
      hop.url = std::move(target);
    }
  }

 private:
  using HeaderList = std::unique_ptr<curl_slist, FreeList>;

  // `target`: where the answer sends us, absolute; empty if it does not.
  Result<HttpAnswer> send_once(const HttpRequest& request, std::string& target) {
    handle_ = request.reach == Reach::kPublicOnly ? public_only_.get() : anywhere_.get();
    curl_easy_reset(handle_);  // keeps the connections
    Receiver receiver;
    receiver.body_bytes_max = request.answer_bytes_max;
    const auto headers = header_list(request);
    char detail[CURL_ERROR_SIZE] = "";
    set(CURLOPT_ERRORBUFFER, detail);
    set(CURLOPT_HTTPHEADER, headers.get());
    set(CURLOPT_HEADERFUNCTION, &on_header);
    set(CURLOPT_HEADERDATA, &receiver);
    set(CURLOPT_WRITEFUNCTION, &on_body);
    set(CURLOPT_WRITEDATA, &receiver);
    const Reporter reporter{progress_, give_up_, host_of(request.url)};
    if (progress_ || give_up_) {
      set(CURLOPT_NOPROGRESS, 0L);
      set(CURLOPT_XFERINFOFUNCTION, &on_transfer);
      set(CURLOPT_XFERINFODATA, &reporter);
    }
    set_target(request);
    set_limits(request);
    bool is_private = false;
    if (request.reach == Reach::kPublicOnly) keep_public(request.url, is_private);
    const CURLcode code = is_private ? CURLE_COULDNT_CONNECT : curl_easy_perform(handle_);
    if (is_private && code != CURLE_OK)
      return fail(kAddressRefused, host_of(request.url) + " is an address of this machine or its own network, where what a "
                                                          "stranger names is not fetched");
    if (code != CURLE_OK) return failure(code, request, receiver, detail);
    long status = 0;
    char* url = nullptr;
    char* redirect = nullptr;
    curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(handle_, CURLINFO_EFFECTIVE_URL, &url);
    curl_easy_getinfo(handle_, CURLINFO_REDIRECT_URL, &redirect);
    if (redirect != nullptr) target = redirect;
    receiver.answer.status = static_cast<int>(status);
    receiver.answer.url = url == nullptr ? request.url : url;
    return std::move(receiver.answer);
  }

  // By the request that has just ended.
  std::chrono::milliseconds time_taken() const {
    curl_off_t microseconds = 0;
    curl_easy_getinfo(handle_, CURLINFO_TOTAL_TIME_T, &microseconds);
    return std::chrono::milliseconds(microseconds / 1000);
  }

  template <typename T>
  void set(CURLoption option, T value) {
    TMZ_CHECK(curl_easy_setopt(handle_, option, value) == CURLE_OK);
  }

  // A proxy opens the connection itself, from another network than this machine's; then it opens them all, and can be told
  // by what is written only.
  void keep_public(const std::string& url, bool& is_private) {
    const std::string proxy = proxy_.empty() ? proxy_of_environment(url) : proxy_;
    set(CURLOPT_PROXY, proxy.c_str());  // if empty, none
    set(CURLOPT_NOPROXY, "");
    if (!proxy.empty()) {
      is_private = leads_inside_as_written(url);
      return;
    }
    set(CURLOPT_OPENSOCKETFUNCTION, &open_public);
    set(CURLOPT_OPENSOCKETDATA, &is_private);
  }

  static HeaderList header_list(const HttpRequest& request) {
    // Without it curl waits a second for a "100 Continue" that few servers send.
    HeaderList list(curl_slist_append(nullptr, "Expect:"));
    for (const auto& header : request.headers) curl_slist_append(list.get(), header.c_str());
    return list;
  }

  void set_target(const HttpRequest& request) {
    set(CURLOPT_URL, request.url.c_str());
    set(CURLOPT_ACCEPT_ENCODING, "");  // all that curl can: gzip, brotli, zstd; on_body() counts what comes out
    if (request.method != "GET") {
      set(CURLOPT_POSTFIELDS, request.body.data());
      set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
      set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }
    set(CURLOPT_PROTOCOLS_STR, request.key_pin ? "https" : "http,https");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    if (request.key_pin) {
      const std::string pin = "sha256//" + to_base64(request.key_pin->view());
      set(CURLOPT_PINNEDPUBLICKEY, pin.c_str());
      set(CURLOPT_SSL_VERIFYPEER, 0L);
      set(CURLOPT_SSL_VERIFYHOST, 0L);
      set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_3));
    }
  }

  void set_limits(const HttpRequest& request) {
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
    set(CURLOPT_LOW_SPEED_LIMIT, kOctetsPerSecondMin);
    set(CURLOPT_LOW_SPEED_TIME, kSilentSeconds);
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(request.time_max.count()));
    if (!proxy_.empty()) set(CURLOPT_PROXY, proxy_.c_str());
  }

  std::string proxy_;
  // Each keeps its own connections: one that was opened without the question leads anywhere.
  std::unique_ptr<CURL, FreeEasy> anywhere_ = new_handle();
  std::unique_ptr<CURL, FreeEasy> public_only_ = new_handle();
  CURL* handle_ = nullptr;  // of the request under way
};

}  // namespace

std::string_view HttpAnswer::header(std::string_view lower_case_name) const {
  const auto found = headers.find(std::string(lower_case_name));
  return found == headers.end() ? std::string_view{} : std::string_view(found->second);
}

Result<void> check_redirect(const std::string& from, const std::string& to) {
  if (to.starts_with("https://") || (to.starts_with("http://") && !from.starts_with("https://"))) return {};
  if (to.starts_with("http://"))
    return fail(kRedirectRefused, host_of(from) + " sends us from https to http, where anybody can alter what comes: tell "
                                                  "whoever runs it");
  return fail(kRedirectRefused, host_of(from) + " sends us to what is no web address (http or https)");
}

std::unique_ptr<Http> make_curl_http(std::string proxy) { return std::make_unique<CurlHttp>(std::move(proxy)); }

}  // namespace tamizdat::net
