#include "client-lib/letters/assembly.h"

#include <gtest/gtest.h>

#include "proto/format/letter.h"
#include "tests/support/project_builder.h"

namespace tamizdat::letters {
namespace {

Hash32 slot(std::uint64_t number) { return tests::octets_from("slot", number); }

// Parts of "one, two, three" among others; a slot gives the text of its number.
struct Texts {
  std::vector<std::string> texts;
  Result<std::optional<Bytes>> operator()(const Hash32& id) const {
    for (std::uint64_t i = 0; i < texts.size(); ++i)
      if (slot(i) == id) return std::optional<Bytes>(texts[i]);
    return std::optional<Bytes>();
  }
};

const Hash32 kLetter = format::letter_hash("one, two, three");

TEST(Assembly, PutsPartsTogetherInTheirOrder) {
  const std::vector<KeptPart> kept{{slot(2), 2, 3}, {slot(0), 0, 3}, {slot(1), 1, 3}};
  const auto done = *assemble(kLetter, kept, Texts{{"one, ", "two, ", "three"}});
  EXPECT_EQ(done.letter, "one, two, three");
}

TEST(Assembly, WaitsForAllPlaces) {
  const std::vector<KeptPart> kept{{slot(2), 2, 3}, {slot(0), 0, 3}};
  const auto done = *assemble(kLetter, kept, Texts{{"one, ", "two, ", "three"}});
  EXPECT_FALSE(done.letter || done.has_all_places);
  EXPECT_TRUE(done.false_slots.empty());
}

TEST(Assembly, FindsTheTruePartsAmongForgedOnes) {
  const std::vector<KeptPart> kept{{slot(3), 0, 3}, {slot(3), 1, 3}, {slot(3), 2, 3}, {slot(3), 0, 1},
                                   {slot(0), 0, 3}, {slot(1), 1, 3}, {slot(2), 2, 3}};
  const auto done = *assemble(kLetter, kept, Texts{{"one, ", "two, ", "three", "forged"}});
  EXPECT_EQ(done.letter, "one, two, three");
}

TEST(Assembly, ThrowsAwayOnlyWhatAloneIsFalse) {
  const std::vector<KeptPart> kept{{slot(3), 0, 1}, {slot(0), 0, 2}, {slot(3), 1, 2}};
  const auto done = *assemble(kLetter, kept, Texts{{"one, ", "two, ", "three", "forged"}});
  EXPECT_FALSE(done.letter);
  EXPECT_TRUE(done.has_all_places);
  EXPECT_EQ(done.false_slots, std::vector{slot(3)});
}

TEST(Assembly, ManyForgedPartsEndTheSearch) {
  std::vector<KeptPart> kept;
  for (std::uint64_t i = 0; i < 100; ++i)
    for (const std::uint32_t place : {0u, 1u}) kept.push_back({slot(i), place, 2});
  std::size_t opened = 0;
  const auto done = *assemble(kLetter, kept, [&opened](const Hash32&) {
    ++opened;
    return Result<std::optional<Bytes>>(Bytes("forged"));
  });
  EXPECT_TRUE(done.has_all_places);
  EXPECT_EQ(opened, 128u);
}

}  // namespace
}  // namespace tamizdat::letters
