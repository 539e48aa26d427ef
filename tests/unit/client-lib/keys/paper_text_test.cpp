#include "client-lib/keys/paper_text.h"

#include <gtest/gtest.h>

#include "client-lib/keys/key_files.h"
#include "tests/unit/client-lib/support/test_edges.h"

namespace tamizdat::keys {
namespace {

class PaperText : public testing::Test {
 protected:
  PaperText() {
    auto key = generate_key(random_);
    file_ = *seal_key(key, KeyRole::kRoot, "correct horse", tests::kCheapKey, random_.bytes(kSaltAndNonceBytes));
    text_ = paper_text(file_);
  }
  std::string line(std::size_t number) const {
    std::size_t from = 0;
    for (std::size_t i = 1; i < number; ++i) from = text_.find('\n', from) + 1;
    return text_.substr(from, text_.find('\n', from) - from);
  }
  std::string fault(const std::string& text) const {
    const auto read = read_paper_text(text);
    return read ? "" : read.error().text;
  }
  tests::SeededRandom random_;
  Bytes file_;
  std::string text_;
};

TEST_F(PaperText, ComesBackAsItWas) { EXPECT_EQ(*read_paper_text(text_), file_); }

TEST_F(PaperText, CaseSpacesOrderAndOtherLinesDoNotMatter) {
  std::string typed = "Root key of Ural Notes\n1 of 3\n\n";
  for (std::size_t number = 8; number >= 1; --number) {
    std::string capital = line(number) + "\r\n";
    std::erase(capital, ' ');
    for (char& c : capital) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    typed += capital;
  }
  EXPECT_EQ(*read_paper_text(typed), file_);
}

TEST_F(PaperText, EveryWrongLetterIsToldByItsLine) {
  for (std::size_t number = 1; number <= 8; ++number)
    for (std::size_t at = 2; at < line(number).size(); ++at) {
      std::string typed = text_;
      char& letter = typed[text_.find(line(number)) + at];
      if (letter == ' ') continue;
      letter = letter == 'q' ? 'p' : 'q';
      EXPECT_NE(fault(typed).find("line " + std::to_string(number) + " has a typing error"), std::string::npos);
    }
}

TEST_F(PaperText, LinesOfAnotherNumberOrThatAreMissingAreTold) {
  std::string typed = text_;
  typed.replace(text_.find(line(3)), 1, "4");
  EXPECT_NE(fault(typed).find("line 3 is missing"), std::string::npos);
  EXPECT_NE(fault("").find("line 1 is missing; line 2 is missing"), std::string::npos);
}

TEST_F(PaperText, ALetterThatNoKeyHasIsToldByItsPlace) {
  for (const char strange : {'b', 'i', 'o', '1', 'B', '?'}) {
    std::string typed = text_;
    typed[text_.find(line(3)) + 2 + 5] = strange;  // the fifth letter: groups of four
    EXPECT_NE(fault(typed).find("line 3 has a typing error: its letter 5, "), std::string::npos) << fault(typed);
  }
  std::string typed = text_;
  typed.erase(text_.find(line(4)) + 4, 1);
  EXPECT_NE(fault(typed).find("line 4 has a typing error: it has 35 letters"), std::string::npos) << fault(typed);
  // A line that is right counts, whatever a wrong one of its number says.
  EXPECT_EQ(*read_paper_text(typed + line(4) + "\n"), file_);
}

}  // namespace
}  // namespace tamizdat::keys
