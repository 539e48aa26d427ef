#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "relay/http/headers.h"

namespace tamizdat::http {
namespace {

using namespace std::string_view_literals;

Headers three() {
  Headers headers;
  headers.add("Vary", "a");
  headers.add("Content-Type", "text/plain");
  headers.add("vary", "b");
  return headers;
}

TEST(Headers, AreTheLinesOfAHead) {
  EXPECT_EQ(three().lines(), "Vary: a\r\nContent-Type: text/plain\r\nvary: b\r\n");
  EXPECT_EQ(Headers().lines(), "");
}

TEST(Headers, AreFoundWithoutRegardToCase) {
  EXPECT_EQ(three().find("content-TYPE"), "text/plain");
  EXPECT_EQ(three().find("VARY"), "a");
  EXPECT_EQ(three().find("Content"), std::nullopt);
  EXPECT_EQ(three().joined("Vary"), "a, b");
  EXPECT_EQ(three().count("vary"), 2U);
  EXPECT_EQ(three().count("Host"), 0U);
}

TEST(Headers, ComeInTheirOrder) {
  std::string text;
  const Headers headers = three();
  for (const auto& [name, value] : headers.fields()) (text += name) += value;
  EXPECT_EQ(text, "VaryaContent-Typetext/plainvaryb");
}

TEST(Headers, SetReplacesAllOfThatName) {
  Headers headers = three();
  headers.set("VARY", "c");
  EXPECT_EQ(headers.lines(), "Content-Type: text/plain\r\nVARY: c\r\n");
  headers.set("Content-Type", "");
  EXPECT_EQ(headers.lines(), "VARY: c\r\nContent-Type: \r\n");
  EXPECT_EQ(headers.find("Vary"), "c");
  EXPECT_EQ(headers.find("Content-Type"), "");
  headers.set("Allow", "GET");
  EXPECT_EQ(headers.lines(), "VARY: c\r\nContent-Type: \r\nAllow: GET\r\n");
}

TEST(Headers, AValueStaysOnItsLine) {
  Headers headers;
  headers.add("Location", "/a\r\nSet-Cookie: b\0\n"sv);
  headers.add("Allow", "GET");
  EXPECT_EQ(headers.lines(), "Location: /aSet-Cookie: b\r\nAllow: GET\r\n");
  EXPECT_EQ(headers.find("Location"), "/aSet-Cookie: b");
  EXPECT_EQ(headers.find("Allow"), "GET");
}

}  // namespace
}  // namespace tamizdat::http
