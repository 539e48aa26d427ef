#include "client-lib/feeds/decode.h"

#include <algorithm>
#include <optional>

#include "client-lib/feeds/charset.h"
#include "client-lib/feeds/limits.h"
#include "proto/html/text.h"

namespace tamizdat::feeds {
namespace {

struct Marked {  // encodings that the first octets give away
  std::string_view charset;
  std::size_t mark_bytes;
};

std::optional<Marked> by_first_octets(BytesView bytes) {
  using namespace std::string_view_literals;
  if (bytes.starts_with("\xFF\xFE\0\0"sv)) return Marked{"utf-32le", 4};
  if (bytes.starts_with("\0\0\xFE\xFF"sv)) return Marked{"utf-32be", 4};
  if (bytes.starts_with("\xFF\xFE")) return Marked{"utf-16le", 2};
  if (bytes.starts_with("\xFE\xFF")) return Marked{"utf-16be", 2};
  if (bytes.starts_with("<\0?\0"sv)) return Marked{"utf-16le", 0};
  if (bytes.starts_with("\0<\0?"sv)) return Marked{"utf-16be", 0};
  return std::nullopt;
}

// The value after `key` and '=' in `text`, up to what may end it; empty if there is none.
std::string_view value_after(std::string_view text, std::string_view key) {
  const std::size_t at = text.find(key);
  if (at == std::string_view::npos) return {};
  std::string_view rest = text.substr(at + key.size());
  const std::size_t sign = rest.find_first_not_of(" \t\r\n");
  if (sign == std::string_view::npos || rest[sign] != '=') return {};
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r\n\"'", sign + 1), rest.size()));
  return rest.substr(0, rest.find_first_of(" \t\r\n\"';?>"));
}

std::string_view xml_declaration_charset(BytesView bytes) {
  const std::string_view head = bytes.substr(0, 1024);
  const std::size_t at = head.find("<?xml");
  if (at == std::string_view::npos) return {};
  return value_after(head.substr(at, head.find("?>", at) - at), "encoding");
}

struct Utf8Census {
  std::size_t characters = 0;  // well-formed ones outside ASCII
  std::size_t broken = 0;      // octets
};

Utf8Census census_of(BytesView bytes) {
  Utf8Census census;
  for (std::size_t i = 0; i < bytes.size();) {
    const auto lead = static_cast<unsigned char>(bytes[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    const bool whole = is_utf8(bytes.substr(i, length));
    census.characters += whole && length > 1 ? 1 : 0;
    census.broken += whole ? 0 : 1;
    i += whole ? length : 1;
  }
  return census;
}

// A script that cuts texts after so many octets breaks a character here and there.
bool is_utf8_with_scars(BytesView bytes) {
  const Utf8Census census = census_of(bytes);
  return census.broken * 10 <= census.characters;
}

bool may_be_a_server_default(std::string_view charset) { return charset == "windows-1252" || charset == "utf-8"; }

// The charset of octets that are not UTF-8.
std::string_view eight_bit_charset(BytesView bytes, std::optional<std::string_view> declared) {
  const auto best = best_cyrillic(bytes);
  if (declared == "utf-16") declared.reset();  // it would have shown
  if (declared && is_cyrillic(*declared)) {
    // A close race is decided by the declaration: koi8-r and koi8-u differ in eight letters.
    constexpr double kClearlyBetter = 0.2;
    return best && cyrillic_score(bytes, *best) > cyrillic_score(bytes, *declared) + kClearlyBetter ? *best : *declared;
  }
  if (declared && !may_be_a_server_default(*declared)) return *declared;
  return best.value_or("windows-1252");
}

DecodedText decoded(BytesView bytes, std::string_view charset, std::string_view declared) {
  DecodedText out{charset == "utf-8" ? html::clean_text(bytes) : html::clean_text(to_utf8(bytes, charset)),
                  std::string(charset), {}};
  const auto known = charset_named(declared);
  const bool same = known == charset || (known == "utf-16" && charset.starts_with("utf-16"));
  if (!declared.empty() && !same)
    out.note = "the feed is declared as '" + html::clean_text(html::cut_utf8(declared, 40)) + "' but was read as " +
               std::string(charset);
  return out;
}

}  // namespace

Result<DecodedText> decode(BytesView bytes, std::string_view content_type) {
  if (bytes.size() > kFeedBytesMax)
    return fail(kFeedTooLarge, "the feed has " + std::to_string(bytes.size()) + " octets, more than " +
                                   std::to_string(kFeedBytesMax) + ": ask its server for fewer items");
  const std::string_view http = value_after(content_type, "charset");
  const std::string_view xml = xml_declaration_charset(bytes);
  const std::string_view label = charset_named(http) ? http : xml.empty() ? http : xml;

  if (const auto marked = by_first_octets(bytes))
    return decoded(bytes.substr(marked->mark_bytes), marked->charset, {});
  const bool utf8_mark = bytes.starts_with("\xEF\xBB\xBF");
  if (utf8_mark) bytes.remove_prefix(3);
  if (bytes.find_first_not_of(" \t\r\n") == BytesView::npos)
    return fail(kFeedEmpty, "the feed is empty: check its address, and that its server does not limit you");
  // Pure ASCII is the same in all encodings that we take, so it is no lie.
  const bool is_ascii = std::ranges::all_of(bytes, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (is_ascii) return decoded(bytes, "utf-8", charset_named(label) ? std::string_view() : label);
  if (utf8_mark || is_utf8_with_scars(bytes)) return decoded(bytes, "utf-8", label);
  // The second declaration counts where the first is a default that the octets contradict.
  const auto first = charset_named(http), second = charset_named(xml);
  const bool prefer_second = second && (!first || may_be_a_server_default(*first));
  return decoded(bytes, eight_bit_charset(bytes, prefer_second ? second : first), label);
}

}  // namespace tamizdat::feeds
