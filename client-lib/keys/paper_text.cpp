#include "client-lib/keys/paper_text.h"

#include <array>
#include <optional>

#include "proto/base/check.h"
#include "proto/format/hash.h"
#include "proto/keys/key_file.h"

namespace tamizdat::keys {
namespace {

constexpr std::string_view kAlphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
constexpr std::size_t kLineBytes = 20, kLineLetters = 32, kCheckLetters = 4, kLines = kKeyFileBytes / kLineBytes;
static_assert(kLines * kLineBytes == kKeyFileBytes && kLineLetters * 5 == kLineBytes * 8 && kLines < 10);

std::string letters_of(BytesView bytes, std::size_t count) {
  std::string out;
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char octet : bytes) {
    bits = (bits << 8) | static_cast<std::uint8_t>(octet);
    for (held += 8; held >= 5; held -= 5) out += kAlphabet[(bits >> (held - 5)) & 31U];
  }
  return out.substr(0, count);
}

Bytes octets_of(std::string_view letters) {
  Bytes out;
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char letter : letters) {
    bits = (bits << 5) | static_cast<std::uint32_t>(kAlphabet.find(letter));
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

// A line with its number, as it was typed.
struct Typed {
  std::size_t number = 0;
  std::string letters;             // small
  std::optional<std::size_t> strange;  // the first of them that is not of our alphabet
};

// Nothing if it is none of ours, as far as its number and its length tell.
std::optional<Typed> typed(std::string_view line) {
  constexpr std::size_t kLetters = kLineLetters + kCheckLetters, kSlips = 6;
  Typed out;
  std::string text;
  for (char c : line) {
    if (c == ' ' || c == '\t' || c == '\r' || c == '-' || c == '.' || c == ':') continue;
    text += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  if (text.empty() || text[0] < '1' || text[0] > static_cast<char>('0' + kLines)) return std::nullopt;
  out.number = static_cast<std::size_t>(text[0] - '0');
  out.letters = text.substr(1);
  const auto strange = out.letters.find_first_not_of(kAlphabet);
  if (strange == std::string::npos) return out;
  out.strange = strange;
  const bool is_like_ours = out.letters.size() + kSlips >= kLetters && out.letters.size() <= kLetters + kSlips;
  return is_like_ours ? std::optional(out) : std::nullopt;
}

// What is wrong with it; empty if nothing is. `octets`: what it holds.
std::string fault_of(const Typed& line, Bytes& octets) {
  const std::string begin = "line " + std::to_string(line.number) + " has a typing error";
  if (line.strange)
    return begin + ": its letter " + std::to_string(*line.strange + 1) + ", \"" + line.letters.substr(*line.strange, 1) +
           "\", is no letter of this alphabet, which has no b, i, o and 1";
  const std::string_view letters = line.letters;
  if (letters.size() != kLineLetters + kCheckLetters)
    return begin + ": it has " + std::to_string(letters.size()) + " letters behind its number, in the place of 36";
  octets = octets_of(letters.substr(0, kLineLetters));
  return letters.substr(kLineLetters) == check_of(line.number, octets) ? std::string() : begin;
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
  std::array<std::string, kLines> wrong;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = typed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line) continue;
    Bytes octets;
    std::string fault = fault_of(*line, octets);
    if (fault.empty())
      lines[line->number - 1] = std::move(octets);
    else
      wrong[line->number - 1] = std::move(fault);
  }
  Bytes out;
  std::string faults;
  for (std::size_t line = 1; line <= kLines; ++line) {
    const std::string& fault = wrong[line - 1];
    if (lines[line - 1].empty()) faults += (faults.empty() ? "" : "; ") + (fault.empty() ? "line " + std::to_string(line) + " is missing" : fault);
    out += lines[line - 1];
  }
  if (!faults.empty())
    return fail(kPaperTextWrong, "this is not the whole text of a key on paper: " + faults + ". Each line has its number, eight "
                                 "groups of four letters and a check of four");
  return out;
}

}  // namespace tamizdat::keys
