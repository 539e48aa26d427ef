#include "client-lib/keys/paper_text.h"

#include <array>
#include <optional>

#include "client-lib/keys/key_file.h"
#include "proto/base/check.h"
#include "proto/format/hash.h"

namespace tamizdat::keys {
namespace {

constexpr std::string_view kLetters = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
constexpr std::size_t kLineBytes = 20, kLineLetters = 32, kCheckLetters = 4, kLines = kKeyFileBytes / kLineBytes;
static_assert(kLines * kLineBytes == kKeyFileBytes && kLineLetters * 5 == kLineBytes * 8 && kLines < 10);

std::string letters_of(BytesView bytes, std::size_t count) {
  std::string out;
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char octet : bytes) {
    bits = (bits << 8) | static_cast<std::uint8_t>(octet);
    for (held += 8; held >= 5; held -= 5) out += kLetters[(bits >> (held - 5)) & 31U];
  }
  return out.substr(0, count);
}

Bytes octets_of(std::string_view letters) {
  Bytes out;
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char letter : letters) {
    bits = (bits << 5) | static_cast<std::uint32_t>(kLetters.find(letter));
    held += 5;
    if (held < 8) continue;
    held -= 8;
    out += static_cast<char>((bits >> held) & 255U);
  }
  return out;
}

std::string check_of(std::size_t line, BytesView bytes) {
  const Hash32 hash = format::sha256({"tamizdat/v1/paper", std::string(1, '\0'), std::to_string(line), bytes});
  return letters_of(hash.view(), kCheckLetters);
}

// The letters and digits of a line, small; nothing if it is empty or has others than ours and the number before them.
std::optional<std::string> squeezed(std::string_view line) {
  std::string out;
  for (char c : line) {
    if (c == ' ' || c == '\t' || c == '\r' || c == '-' || c == '.' || c == ':') continue;
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (!out.empty() && kLetters.find(c) == std::string_view::npos) return std::nullopt;
    out += c;
  }
  if (out.empty() || out[0] < '1' || out[0] > static_cast<char>('0' + kLines)) return std::nullopt;
  return out;
}

}  // namespace

std::string paper_text(BytesView file) {
  TMZ_CHECK(file.size() == kKeyFileBytes);
  std::string out;
  for (std::size_t line = 1; line <= kLines; ++line) {
    const BytesView bytes = file.substr((line - 1) * kLineBytes, kLineBytes);
    const std::string letters = letters_of(bytes, kLineLetters);
    out += std::to_string(line);
    for (std::size_t at = 0; at < kLineLetters; at += 4) out += " " + letters.substr(at, 4);
    out += "  " + check_of(line, bytes) + "\n";
  }
  return out;
}

Result<Bytes> read_paper_text(std::string_view text) {
  std::array<Bytes, kLines> lines;
  std::array<bool, kLines> is_wrong{};
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = squeezed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line) continue;
    const auto number = static_cast<std::size_t>((*line)[0] - '0');
    const std::string_view letters = std::string_view(*line).substr(1);
    const Bytes octets = octets_of(letters.substr(0, kLineLetters));
    if (letters.size() == kLineLetters + kCheckLetters && letters.substr(kLineLetters) == check_of(number, octets))
      lines[number - 1] = octets;
    else
      is_wrong[number - 1] = true;
  }
  Bytes out;
  std::string faults;
  for (std::size_t line = 1; line <= kLines; ++line) {
    if (lines[line - 1].empty()) faults += (faults.empty() ? "" : "; ") + ("line " + std::to_string(line)) + (is_wrong[line - 1] ? " has a typing error" : " is missing");
    out += lines[line - 1];
  }
  if (!faults.empty())
    return fail(kPaperTextWrong, "this is not the whole text of a key on paper: " + faults + ". Each line has its number, eight "
                                 "groups of four letters and a check of four");
  return out;
}

}  // namespace tamizdat::keys
