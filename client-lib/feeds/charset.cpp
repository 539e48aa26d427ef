#include "client-lib/feeds/charset.h"

#include <unicode/ucnv.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "proto/base/check.h"

namespace tamizdat::feeds {
namespace {

struct Charset {
  std::string_view name;  // ICU knows it by this name too
  std::vector<std::string_view> aliases;
};

// Latin-1 and ASCII are read as windows-1252, as browsers do.
const std::vector<Charset>& charsets() {
  static const std::vector<Charset> kCharsets{
      {"utf-8", {"utf8", "unicode-1-1-utf-8"}},
      {"utf-16", {"utf-16le", "utf-16be", "utf16", "ucs-2", "unicode", "iso-10646-ucs-2"}},
      {"windows-1251", {"cp1251", "x-cp1251", "win-1251", "win1251", "windows1251", "cp-1251"}},
      {"koi8-r", {"koi8r", "koi", "koi8", "cskoi8r", "koi-8"}},
      {"koi8-u", {"koi8u", "koi8-ru"}},
      {"ibm866", {"cp866", "866", "csibm866", "dos-866"}},
      {"iso-8859-5", {"iso8859-5", "iso_8859-5", "cyrillic", "csisolatincyrillic"}},
      {"x-mac-cyrillic", {"x-mac-ukrainian", "maccyrillic"}},
      {"windows-1252",
       {"cp1252", "x-cp1252", "iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "l1", "us-ascii", "ascii"}},
      {"windows-1250", {"cp1250", "x-cp1250"}},
      {"windows-1253", {"cp1253", "x-cp1253"}},
      {"windows-1254", {"cp1254", "x-cp1254", "iso-8859-9", "latin5"}},
      {"windows-1255", {"cp1255", "x-cp1255"}},
      {"windows-1256", {"cp1256", "x-cp1256"}},
      {"windows-1257", {"cp1257", "x-cp1257"}},
      {"windows-1258", {"cp1258", "x-cp1258"}},
      {"iso-8859-2", {"iso8859-2", "iso_8859-2", "latin2"}},
      {"iso-8859-4", {"iso8859-4", "latin4"}},
      {"iso-8859-7", {"iso8859-7", "greek"}},
      {"iso-8859-8", {"iso8859-8", "hebrew"}},
      {"iso-8859-13", {"iso8859-13"}},
      {"iso-8859-15", {"iso8859-15", "latin9"}},
      {"gb18030", {"gbk", "gb2312", "x-gbk"}},
      {"big5", {"big5-hkscs", "x-x-big5"}},
      {"euc-jp", {"x-euc-jp"}},
      {"shift_jis", {"sjis", "shift-jis", "x-sjis"}},
      {"euc-kr", {"ks_c_5601-1987", "korean"}},
  };
  return kCharsets;
}

constexpr std::array<std::string_view, 6> kCyrillic{"windows-1251", "koi8-r",     "koi8-u",
                                                    "ibm866",       "iso-8859-5", "x-mac-cyrillic"};

std::string lower_trimmed(std::string_view label) {
  constexpr std::string_view kAround = " \t\n\f\r\"'";
  const std::size_t first = label.find_first_not_of(kAround);
  if (first == std::string_view::npos) return {};
  std::string out(label.substr(first, label.find_last_not_of(kAround) - first + 1));
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

icu::UnicodeString to_unicode(BytesView bytes, std::string_view charset) {
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<UConverter, void (*)(UConverter*)> converter(ucnv_open(std::string(charset).c_str(), &status),
                                                                    &ucnv_close);
  TMZ_CHECK(U_SUCCESS(status));  // every name in our table is one of ICU's
  return {bytes.data(), static_cast<std::int32_t>(bytes.size()), converter.get(), status};
}

enum class Shape : std::uint8_t { kOther, kLower, kUpper };
struct Character {
  Shape shape = Shape::kOther;
  double weight = 0;  // as a letter: how common; else how odd it is between Russian words
};

// Three classes of letters are enough to tell encodings apart: they disagree about nearly all of them.
Character judged(char16_t c) {
  constexpr std::u16string_view kCommon = u"оеаинтсрвл", kUsual = u"кмдпуяыьгзбчйхі", kRare = u"жшюцщэфъёїєґў";
  constexpr std::u16string_view kUsualUpper = u"ОЕАИНТСРВЛКМДПУЯГЗБЧХІ", kRareUpper = u"ЖШЮЦЩЭФЪЫЬЙЁЇЄҐЎ";
  constexpr std::u16string_view kPunctuation = u"«»—–…№“”„‘’\u00A0\u00AD•·°§€©";
  const auto in = [c](std::u16string_view set) { return set.find(c) != std::u16string_view::npos; };
  if (in(kCommon)) return {Shape::kLower, 1.3};
  if (in(kUsual)) return {Shape::kLower, 1.0};
  if (in(kRare)) return {Shape::kLower, 0.5};
  if (in(kUsualUpper)) return {Shape::kUpper, 0.6};
  if (in(kRareUpper)) return {Shape::kUpper, 0.3};
  return {Shape::kOther, in(kPunctuation) ? 0.0 : -1.0};
}

bool is_ascii_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace

std::optional<std::string_view> charset_named(std::string_view label) {
  const std::string wanted = lower_trimmed(label);
  for (const Charset& charset : charsets())
    if (charset.name == wanted || std::ranges::find(charset.aliases, wanted) != charset.aliases.end()) return charset.name;
  return std::nullopt;
}

bool is_cyrillic(std::string_view charset) { return std::ranges::find(kCyrillic, charset) != kCyrillic.end(); }

std::string to_utf8(BytesView bytes, std::string_view charset) {
  std::string out;
  return to_unicode(bytes, charset).toUTF8String(out);
}

double cyrillic_score(BytesView bytes, std::string_view charset) {
  std::string high;
  for (int octet = 0x80; octet <= 0xFF; ++octet) high += static_cast<char>(octet);
  const icu::UnicodeString characters = to_unicode(high, charset);
  std::array<Character, 128> table;
  for (std::size_t i = 0; i < table.size(); ++i) table[i] = judged(characters[static_cast<std::int32_t>(i)]);

  constexpr std::size_t kSampleMax = 65'536;
  double sum = 0;
  std::size_t count = 0;
  Shape before = Shape::kOther;
  for (std::size_t i = 0; i < bytes.size() && count < kSampleMax; ++i) {
    const auto octet = static_cast<unsigned char>(bytes[i]);
    if (octet < 0x80) {
      before = Shape::kOther;
      continue;
    }
    const Character& character = table[octet - 0x80U];
    const bool is_letter = character.shape != Shape::kOther;
    const bool in_latin_word = is_letter && ((i > 0 && is_ascii_letter(bytes[i - 1])) ||
                                             (i + 1 < bytes.size() && is_ascii_letter(bytes[i + 1])));
    const bool capital_inside = character.shape == Shape::kUpper && before == Shape::kLower;
    sum += in_latin_word || capital_inside ? -1.0 : character.weight;
    count += is_letter || character.weight < 0 ? 1 : 0;
    before = character.shape;
  }
  return count == 0 ? 0 : sum / static_cast<double>(count);
}

std::optional<std::string_view> best_cyrillic(BytesView bytes) {
  constexpr double kMakesSense = 0.6;
  std::optional<std::string_view> best;
  double best_score = kMakesSense;
  for (const std::string_view charset : kCyrillic) {
    const double score = cyrillic_score(bytes, charset);
    if (score <= best_score) continue;
    best = charset;
    best_score = score;
  }
  return best;
}

}  // namespace tamizdat::feeds
