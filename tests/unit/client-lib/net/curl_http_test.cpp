// libcurl against a real socket: a server on loopback that gives prepared answers.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "client-lib/net/http.h"
#include "proto/base/check.h"

namespace tamizdat::net {
namespace {

// Gives one answer a connection, in order, and ends.
class Server {
 public:
  explicit Server(std::vector<std::string> answers, std::string host = "127.0.0.1") : answers_(std::move(answers)), host_(std::move(host)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    TMZ_CHECK(::inet_pton(AF_INET, host_.c_str(), &address.sin_addr) == 1);
    socklen_t size = sizeof address;
    auto* const raw = reinterpret_cast<sockaddr*>(&address);
    TMZ_CHECK(::bind(listener_, raw, size) == 0 && ::listen(listener_, 8) == 0 && ::getsockname(listener_, raw, &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~Server() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  std::string url(const std::string& path = "/") const { return "http://" + host_ + ":" + std::to_string(port_) + path; }

 private:
  void serve() {
    for (const auto& answer : answers_) {
      const int connection = ::accept(listener_, nullptr, nullptr);
      if (connection < 0) return;
      char buffer[4096];
      std::string request;
      while (request.find("\r\n\r\n") == std::string::npos) {
        const ssize_t got = ::recv(connection, buffer, sizeof buffer, 0);
        if (got <= 0) break;
        request.append(buffer, static_cast<std::size_t>(got));
      }
      for (std::size_t sent = 0; sent < answer.size();) {
        const ssize_t count = ::send(connection, answer.data() + sent, answer.size() - sent, MSG_NOSIGNAL);
        if (count <= 0) break;
        sent += static_cast<std::size_t>(count);
      }
      ::close(connection);
    }
  }

  std::vector<std::string> answers_;
  std::string host_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

std::string answer(const std::string& head, const std::string& body = "") {
  return "HTTP/1.1 " + head + "\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

class CurlHttp : public testing::Test {
 protected:
  std::unique_ptr<Http> http_ = make_curl_http("");

  Result<HttpAnswer> get(const std::string& url, Redirects redirects = Redirects::kRefuse, std::uint64_t bytes_max = 1000) {
    HttpRequest request;
    request.url = url;
    request.redirects = redirects;
    request.answer_bytes_max = bytes_max;
    return http_->send(request);
  }
};

TEST_F(CurlHttp, BringsStatusHeadersAndBody) {
  const Server server({answer("404 Not Found\r\nX-Word:  a b ", "gone")});
  const auto got = get(server.url());
  ASSERT_TRUE(got) << got.error().text;
  EXPECT_EQ(got->status, 404);
  EXPECT_EQ(got->header("x-word"), "a b");
  EXPECT_EQ(got->body, "gone");
}

TEST_F(CurlHttp, TakesNoAnswerAboveTheLimit) {
  const Server server({answer("200 OK", std::string(1000, 'x')), answer("200 OK", std::string(1001, 'x')),
                       answer("200 OK\r\nX-Long: " + std::string(70'000, 'x'))});
  EXPECT_EQ(get(server.url())->body.size(), 1000U);
  EXPECT_EQ(get(server.url()).error().code, kAnswerTooLarge);
  EXPECT_FALSE(get(server.url()).has_value());
}

TEST_F(CurlHttp, FollowsARedirectOnlyIfAsked) {
  const std::string moved = answer("302 Found\r\nLocation: /there\r\nX-Only-Here: 1");
  const Server server({moved, moved, answer("200 OK", "there")});
  EXPECT_EQ(get(server.url())->status, 302);
  const auto there = get(server.url(), Redirects::kFollow);
  ASSERT_TRUE(there) << there.error().text;
  EXPECT_EQ(there->body, "there");
  EXPECT_EQ(there->url, server.url("/there"));
  EXPECT_EQ(there->header("x-only-here"), "");
}

TEST_F(CurlHttp, FollowsSomeRedirectsAndNoMore) {
  const std::string moved = answer("302 Found\r\nLocation: /again");
  std::vector<std::string> answers(5, moved);
  answers.push_back(answer("200 OK", "there"));
  const Server five(answers);
  EXPECT_EQ(get(five.url(), Redirects::kFollow)->body, "there");
  answers[5] = moved;
  const Server six(answers);
  EXPECT_EQ(get(six.url(), Redirects::kFollow).error().code, kRedirectRefused);
}

TEST(CheckRedirect, AllowsTheWebAndNoWayBackFromHttps) {
  EXPECT_TRUE(check_redirect("http://a.example/", "http://b.example/"));
  EXPECT_TRUE(check_redirect("http://a.example/", "https://b.example/"));
  EXPECT_TRUE(check_redirect("https://a.example/", "https://b.example/"));
  const auto down = check_redirect("https://a.example/x", "http://a.example/x");
  ASSERT_FALSE(down);
  EXPECT_EQ(down.error().code, kRedirectRefused);
  EXPECT_TRUE(down.error().text.starts_with("a.example sends us from https to http")) << down.error().text;
  for (const char* to : {"file:///etc/passwd", "ftp://a.example/", "gopher://a.example/", "javascript:alert(1)"})
    EXPECT_FALSE(check_redirect("http://a.example/", to)) << to;
}

std::string from_hex(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    out += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return out;
}

TEST_F(CurlHttp, UnpacksWhatIsPackedAndCountsWhatComesOut) {
  // 1,000 letters x.
  const std::string gzip = from_hex("1f8b0800000000000203aba81805a360140c770000e6c9413be8030000");
  const std::string brotli = from_hex("1be703f825f0a2b1402034");
  // 40 MiB of them in 67 octets.
  const std::string bomb = from_hex(
      "cbffff3ff825f0e2b14020f7fe8fffff7ff04b00c4611180eefd1fffffffe0970088c30200ddfb3ffeffffc12f0110870500baf77ff9ffff875f"
      "02200e0b0074efff00");
  const Server server({answer("200 OK\r\nContent-Encoding: gzip", gzip), answer("200 OK\r\nContent-Encoding: br", brotli),
                       answer("200 OK\r\nContent-Encoding: gzip", gzip), answer("200 OK\r\nContent-Encoding: br", bomb),
                       answer("200 OK\r\nContent-Encoding: gzip", "no gzip")});
  const std::string plain(1000, 'x');
  EXPECT_EQ(get(server.url())->body, plain);
  EXPECT_EQ(get(server.url())->body, plain);
  EXPECT_EQ(get(server.url(), Redirects::kRefuse, 999).error().code, kAnswerTooLarge);
  EXPECT_EQ(get(server.url(), Redirects::kRefuse, 1'000'000).error().code, kAnswerTooLarge);
  EXPECT_EQ(get(server.url()).error().code, kUnreachable);
}

TEST_F(CurlHttp, GivesUpWhenItIsToldTo) {
  const Server server({answer("200 OK", "there")});
  http_->give_up_when([] { return true; });
  const auto answer = get(server.url());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, kUnreachable);
  EXPECT_NE(answer.error().text.find("given up"), std::string::npos) << answer.error().text;
}

TEST_F(CurlHttp, LeavesTheWebForNobody) {
  const Server server({answer("302 Found\r\nLocation: file:///etc/passwd")});
  EXPECT_EQ(get(server.url(), Redirects::kFollow).error().code, kRedirectRefused);
  EXPECT_EQ(get("file:///etc/passwd").error().code, kUrlInvalid);
}

TEST_F(CurlHttp, APinAllowsHttpsOnly) {
  const Server server({answer("200 OK", "plain")});
  HttpRequest request;
  request.url = server.url();
  request.key_pin = Hash32{};
  EXPECT_EQ(http_->send(request).error().code, kUrlInvalid);
}

TEST_F(CurlHttp, NobodyThereIsUnreachable) {
  std::string url;
  {
    const Server server({});
    url = server.url();
  }
  EXPECT_EQ(get(url).error().code, kUnreachable);
}

TEST_F(CurlHttp, TellsHowManyOctetsCame) {
  const Server server({answer("200 OK", std::string(500'000, 'x'))});
  std::uint64_t last = 0, of = 0;
  http_->report_to([&](std::string_view doing, std::uint64_t done, std::uint64_t all) {
    if (!doing.starts_with("receiving octets from 127.0.0.1:")) return;
    EXPECT_GE(done, last);
    last = done;
    of = all;
  });
  ASSERT_TRUE(get(server.url(), Redirects::kRefuse, 1'000'000));
  EXPECT_EQ(last, 500'000U);
  EXPECT_EQ(of, 500'000U);
}

TEST_F(CurlHttp, WhatMayReachPublicAddressesOnlyDoesNotReachThisMachine) {
  const Server server({answer("200 OK", "x"), answer("200 OK", "y")});
  HttpRequest request;
  request.url = server.url();
  // Also over a connection that an earlier request could keep.
  EXPECT_EQ(http_->send(request)->body, "x");
  request.reach = Reach::kPublicOnly;
  for (const std::string host : {"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0x7f.1", "0"}) {
    request.url = server.url();
    request.url.replace(7, 9, host);
    const auto refused = http_->send(request);
    ASSERT_FALSE(refused.has_value()) << host;
    EXPECT_EQ(refused.error().code, kAddressRefused) << host << refused.error().text;
  }
  request.reach = Reach::kAnywhere;
  request.url = server.url();
  EXPECT_EQ(http_->send(request)->body, "y");
}

// A variable of the environment while this lives.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
  ~Variable() { ::unsetenv(name_); }

 private:
  const char* name_;
};

TEST_F(CurlHttp, AProxyForOtherAddressesOpensNoWayToThisMachine) {
  const Variable proxy("https_proxy", "http://127.0.0.1:1");
  const Server server({answer("200 OK", "x")});
  HttpRequest request;
  request.url = server.url();
  request.reach = Reach::kPublicOnly;
  const auto refused = http_->send(request);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, kAddressRefused);
}

TEST_F(CurlHttp, AProxyIsAskedForNamesAndForNoAddressOfANetworkOfItsOwn) {
  const Server proxy({answer("200 OK", "of the environment"), answer("200 OK", "given")});
  HttpRequest request;
  request.reach = Reach::kPublicOnly;
  request.url = "http://news.example/";
  {
    const Variable named("http_proxy", proxy.url());
    const Variable not_for("no_proxy", "*");
    EXPECT_EQ(http_->send(request)->body, "of the environment");
  }
  http_ = make_curl_http(proxy.url());
  EXPECT_EQ(http_->send(request)->body, "given");
  for (const std::string host : {"127.0.0.1", "0x7f.1", "[::1]", "intranet"}) {
    request.url = "http://" + host + "/";
    const auto refused = http_->send(request);
    ASSERT_FALSE(refused.has_value()) << host;
    EXPECT_EQ(refused.error().code, kAddressRefused) << host;
  }
}

TEST_F(CurlHttp, ARedirectToAnotherHostLeadsToPublicAddressesOnly) {
  const Server other({answer("200 OK", "secret")}, "127.0.0.2");
  const auto to = [](const std::string& url) { return answer("302 Found\r\nLocation: " + url); };
  const Server beside({answer("200 OK", "beside")});
  const Server first({to(beside.url()), to(other.url())});
  EXPECT_EQ(get(first.url(), Redirects::kFollow)->body, "beside");
  const auto refused = get(first.url(), Redirects::kFollow);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, kAddressRefused);
}

}  // namespace
}  // namespace tamizdat::net
