// A list of stories in the order of their keys, newest first: a sorted sequence cut into chunks, so that a story that
// comes in the middle (an import of ten years' articles) moves a few hundred numbers and not a million. Four octets a
// story and the slack of its chunk. Used by the catalog, which owns the keys; loop thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tamizdat::reader {

using StoryNumber = std::uint32_t;
// Time in the high half, a tie-break in the low half: see Catalog.
using StoryKey = std::uint64_t;

class NewestFirst {
 public:
  // `keys`, indexed by story number, outlives the list. A story's key does not change while it is listed.
  explicit NewestFirst(const std::vector<StoryKey>& keys) : keys_(&keys) {}

  void insert(StoryNumber story);
  void erase(StoryNumber story);  // nothing if it is not listed
  std::size_t size() const { return size_; }
  // At most `count` stories with keys below `before`, newest first.
  std::vector<StoryNumber> below(StoryKey before, std::size_t count) const;

 private:
  using Chunk = std::vector<StoryNumber>;  // ascending, never empty

  bool less(StoryNumber a, StoryNumber b) const;
  // The chunk where `story` is or belongs.
  std::vector<Chunk>::iterator chunk_of(StoryNumber story);

  const std::vector<StoryKey>* keys_;
  std::vector<Chunk> chunks_;  // ascending
  std::size_t size_ = 0;
};

}  // namespace tamizdat::reader
