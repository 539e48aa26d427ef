#include "client-lib/attachments/file_type.h"

#include <gtest/gtest.h>

namespace tamizdat::attachments {
namespace {

using namespace std::string_view_literals;

TEST(FileType, KnowsPicturesByTheirContent) {
  for (const auto file : {"\xFF\xD8\xFF\xE1.."sv, "\x89PNG\r\n\x1A\n"sv, "GIF89a"sv, "GIF87a"sv, "RIFF\x10\0\0\0WEBPVP8 "sv,
                          "II*\0\x08"sv, "MM\0*"sv, "\0\0\0\x18" "ftypheic"sv, "\0\0\0\x18" "ftypmif1"sv, "\0\0\0\x20" "ftypavif"sv}) {
    EXPECT_TRUE(is_picture(file)) << file;
    EXPECT_EQ(media_type_as_is(file), "") << file;
  }
}

TEST(FileType, KnowsWhatGoesAsItIs) {
  const std::pair<BytesView, std::string_view> kKnown[] = {
      {"%PDF-1.7\n", "application/pdf"},
      {"ID3\x04\0"sv, "audio/mpeg"},
      {"\xFF\xFB\x90\x64"sv, "audio/mpeg"},
      {"\0\0\0\x20" "ftypM4A isom"sv, "audio/mp4"},
      {"\0\0\0\x20" "ftypisom\0\0\2\0"sv, "video/mp4"},
      {"\0\0\0\x1C" "ftypmp42\0\0\0\0"sv, "video/mp4"},
      {"OggS\0\2................\x01\x13OpusHead"sv, "audio/ogg"},
      {"OggS\0\2......................\x80theora"sv, "video/ogg"},
      {"\x1A\x45\xDF\xA3\x9F\x42\x86\x81\x01\x42\x82\x84webm"sv, "video/webm"},
  };
  for (const auto& [file, media_type] : kKnown) {
    EXPECT_EQ(media_type_as_is(file), media_type);
    EXPECT_FALSE(is_picture(file));
  }
}

TEST(FileType, KnowsNothingElse) {
  for (const auto file : {""sv, "\xFF"sv, "\xFF\xFE"sv, "hello"sv, "<svg>"sv, "PK\3\4"sv, "RIFF\x10\0\0\0WAVE"sv,
                          "\x1A\x45\xDF\xA3\x9Fmatroska"sv, "#!/bin/sh"sv, "<html>"sv, "\xFF\xFF\xFF\xFF"sv,
                          "\0\0\0\x18" "ftypcrx "sv, "\0\0\0\x18" "ftypmif2"sv, "\0\0\0\x18" "ftypheif"sv, "\0\0\0\x14" "ftypqt  "sv}) {
    EXPECT_FALSE(is_picture(file)) << file;
    EXPECT_EQ(media_type_as_is(file), "") << file;
  }
}

}  // namespace
}  // namespace tamizdat::attachments
