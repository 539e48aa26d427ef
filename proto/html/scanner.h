// A tokenizer for hostile HTML that touches each octet a bounded number of times: it finds tags, comments and text by
// the rules of the HTML standard (section 13.2.5) as far as they move those borders, and decodes nothing. Private to
// proto/html; the balancer is its only user.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tamizdat::html {

struct RawAttribute {
  std::string name;        // lower case; empty if longer than kNameBytesMax
  std::string_view value;  // as it stands in the input, references and all
};

struct Token {
  enum class Kind : std::uint8_t { kText, kStartTag, kEndTag };
  Kind kind = Kind::kText;
  std::string_view text;                 // of a text; "<" alone if it opens no tag
  std::string name;                      // of a tag, lower case; empty if longer than kNameBytesMax
  std::vector<RawAttribute> attributes;  // of a start tag, at most kAttributesMax
};

class Scanner {
 public:
  // `html` outlives the scanner and its tokens.
  explicit Scanner(std::string_view html) : rest_(html) {}

  // False at the end. Comments, declarations and a tag cut off by the end are no tokens.
  bool next(Token& token);
  // Drops everything up to and including the end tag of `name`, or all the rest without one.
  void skip_raw_text(std::string_view name);

 private:
  bool read_markup(Token& token);
  bool read_tag(Token& token);
  bool read_attribute(Token& token);
  std::string_view take_until(std::string_view stops);
  void skip_space();
  void skip_comment();
  void skip_past(char c);

  std::string_view rest_;
};

}  // namespace tamizdat::html
