#include "proto/format/archive.h"

#include <gtest/gtest.h>

#include "proto/format/limits.h"

namespace tamizdat::format {
namespace {

Bytes two_records() {
  Bytes archive;
  append_record(archive, RecordKind::kSignedCharter, "the charter");
  append_record(archive, RecordKind::kBundle, Bytes("the\0bundle", 10));
  return archive;
}

void expect_the_two_records(const std::vector<ArchiveRecord>& records) {
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].kind, RecordKind::kSignedCharter);
  EXPECT_EQ(records[0].bytes, "the charter");
  EXPECT_EQ(records[1].kind, RecordKind::kBundle);
  EXPECT_EQ(records[1].bytes, Bytes("the\0bundle", 10));
}

TEST(Archive, GivesRecordsBackInTheirOrder) {
  const auto records = parse_archive(two_records());
  ASSERT_TRUE(records);
  expect_the_two_records(*records);
}

TEST(Archive, MayBeEmptyAndItsRecordsToo) {
  EXPECT_TRUE(parse_archive("").value().empty());
  Bytes archive;
  append_record(archive, RecordKind::kBundle, "");
  EXPECT_EQ(parse_archive(archive).value().size(), 1U);
}

TEST(Archive, ReadsTheSameHoweverItIsCut) {
  const Bytes archive = two_records();
  for (std::size_t step = 1; step < archive.size(); ++step) {
    ArchiveReader reader;
    std::vector<ArchiveRecord> all;
    for (std::size_t at = 0; at < archive.size(); at += step) {
      reader.add(BytesView(archive).substr(at, step));
      auto taken = reader.take();
      ASSERT_TRUE(taken);
      all.insert(all.end(), taken->begin(), taken->end());
    }
    EXPECT_TRUE(reader.finish());
    expect_the_two_records(all);
  }
}

TEST(Archive, PassesOverKindsOfLaterVersions) {
  Bytes archive = *from_hex("00000004" "22020801" "00000000");
  archive += two_records();
  expect_the_two_records(parse_archive(archive).value());
}

TEST(Archive, CutAnywhereIsTruncated) {
  const Bytes archive = two_records();
  Bytes first;
  append_record(first, RecordKind::kSignedCharter, "the charter");
  for (std::size_t size = 1; size < archive.size(); ++size) {
    const auto records = parse_archive(archive.substr(0, size));
    if (size == first.size()) {
      EXPECT_EQ(records.value().size(), 1U);
      continue;
    }
    ASSERT_FALSE(records) << size;
    EXPECT_EQ(records.error().code, kArchiveTruncated);
  }
}

TEST(Archive, RefusesALengthAboveTheLimitBeforeWaitingForIt) {
  Bytes archive;
  append_u32_be(archive, static_cast<std::uint32_t>(kArchiveRecordBytesMax + 1));
  EXPECT_EQ(parse_archive(archive).error().code, kArchiveMalformed);
  EXPECT_EQ(parse_archive("<!DOCTYPE html>").error().code, kArchiveMalformed);
}

TEST(Archive, TakesTheLargestBundle) {
  Bytes archive;
  append_record(archive, RecordKind::kBundle, Bytes(kBundleBytesMax, 'x'));
  EXPECT_EQ(parse_archive(archive).value().front().bytes.size(), kBundleBytesMax);
}

TEST(Archive, RefusesARecordThatIsNoMessage) {
  EXPECT_EQ(parse_archive(*from_hex("000000020c00")).error().code, kArchiveMalformed);
}

TEST(Archive, GivesWhatWasWholeBeforeTheFault) {
  ArchiveReader reader;
  reader.add(two_records() + "\xff\xff\xff\xff");
  const auto before = reader.take();
  ASSERT_TRUE(before);
  expect_the_two_records(*before);
  EXPECT_EQ(reader.take().error().code, kArchiveMalformed);
  EXPECT_EQ(reader.take().error().code, kArchiveMalformed);
  EXPECT_FALSE(parse_archive(two_records() + "\xff\xff\xff\xff"));
}

}  // namespace
}  // namespace tamizdat::format
