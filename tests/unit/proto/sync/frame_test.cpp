#include "proto/sync/frame.h"

#include <vector>

#include <gtest/gtest.h>

namespace tamizdat::sync {
namespace {

TEST(Frame, ComesOutAsItWentInWhateverTheCuts) {
  const Bytes stream = frame("first") + frame("") + frame(Bytes(70000, 'x'));
  for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{4096}, stream.size()}) {
    FrameReader reader;
    std::vector<Bytes> messages;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      reader.add(BytesView(stream).substr(at, piece));
      for (auto next = reader.next(); next && *next; next = reader.next()) messages.push_back(**next);
    }
    ASSERT_EQ(messages.size(), 3U);
    EXPECT_EQ(messages[0], "first");
    EXPECT_EQ(messages[1], "");
    EXPECT_EQ(messages[2], Bytes(70000, 'x'));
    EXPECT_TRUE(reader.finish());
  }
}

TEST(Frame, HoldsNoMoreThanWasAddedLastWhenFramesEndWhereReadsEnd) {
  const Bytes one = frame(Bytes(1000, 'x'));
  FrameReader reader;
  for (int i = 0; i < 1000; ++i) {
    reader.add(one);
    ASSERT_EQ(reader.octets_held(), one.size());
    const auto message = reader.next();
    ASSERT_TRUE(message && *message);
    const auto end = reader.next();
    ASSERT_TRUE(end && !*end);
  }
  EXPECT_TRUE(reader.finish());
}

TEST(Frame, RefusesALengthAboveTheLimitBeforeItsBytesArrive) {
  FrameReader reader;
  Bytes length;
  append_u32_be(length, static_cast<std::uint32_t>(kFrameBytesMax + 1));
  reader.add(length);
  const auto next = reader.next();
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().code, kFrameTooLarge);
}

TEST(Frame, TellsAnEndInTheMiddle) {
  FrameReader reader;
  reader.add(frame("whole") + frame("cut").substr(0, 5));
  ASSERT_TRUE(reader.next());
  ASSERT_TRUE(reader.next());
  const auto end = reader.finish();
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().code, kFrameTruncated);
}

}  // namespace
}  // namespace tamizdat::sync
