#include "relay/reader/newest_first.h"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

namespace tamizdat::reader {
namespace {

// The same done the slow way.
std::vector<StoryNumber> sorted_below(std::vector<StoryNumber> stories, const std::vector<StoryKey>& keys,
                                      StoryKey before, std::size_t count) {
  std::erase_if(stories, [&](StoryNumber story) { return keys[story] >= before; });
  std::sort(stories.begin(), stories.end(), [&](StoryNumber a, StoryNumber b) {
    return std::pair(keys[a], a) > std::pair(keys[b], b);
  });
  stories.resize(std::min(stories.size(), count));
  return stories;
}

void compare_with_sorting(std::uint64_t key_range) {
  std::mt19937 random(7);
  std::vector<StoryKey> keys;
  NewestFirst list(keys);
  std::vector<StoryNumber> listed;
  for (StoryNumber story = 0; story < 6000; ++story) {
    keys.push_back(random() % key_range);
    list.insert(story);
    listed.push_back(story);
    if (story % 5 == 0) {
      const auto gone = listed.begin() + static_cast<std::ptrdiff_t>(random() % listed.size());
      list.erase(*gone);
      listed.erase(gone);
    }
  }
  ASSERT_EQ(list.size(), listed.size());
  for (int i = 0; i < 50; ++i) {
    const auto before = random() % (key_range + 1);
    EXPECT_EQ(list.below(before, 30), sorted_below(listed, keys, before, 30));
  }
  EXPECT_EQ(list.below(~StoryKey{0}, 10'000), sorted_below(listed, keys, ~StoryKey{0}, 10'000));
}

TEST(NewestFirst, IsASortedListHoweverStoriesCome) {
  compare_with_sorting(1'000'000);
  compare_with_sorting(40);  // many of one key
}

TEST(NewestFirst, TakesStoriesInOrderAndInReverse) {
  for (const bool ascending : {true, false}) {
    std::vector<StoryKey> keys;
    NewestFirst list(keys);
    for (StoryNumber story = 0; story < 3000; ++story) {
      keys.push_back(ascending ? story : 3000 - story);
      list.insert(story);
    }
    const auto all = list.below(~StoryKey{0}, 5000);
    ASSERT_EQ(all.size(), 3000u);
    EXPECT_EQ(all.front(), ascending ? 2999u : 0u);
    EXPECT_EQ(all.back(), ascending ? 0u : 2999u);
  }
}

TEST(NewestFirst, ErasingWhatIsNotListedDoesNothing) {
  std::vector<StoryKey> keys{5, 6};
  NewestFirst list(keys);
  list.erase(0);
  list.insert(0);
  list.erase(1);
  EXPECT_EQ(list.size(), 1u);
  list.erase(0);
  EXPECT_TRUE(list.below(~StoryKey{0}, 1).empty());
}

}  // namespace
}  // namespace tamizdat::reader
