#include "client-lib/attachments/article_attachments.h"

#include <gtest/gtest.h>

#include <fstream>

#include "client-lib/files/files.h"
#include "proto/format/limits.h"
#include "tests/support/project_builder.h"
#include "tests/support/temporary_folder.h"

namespace tamizdat::attachments {
namespace {

namespace fs = std::filesystem;
using tests::must;

// A picture says "picture" first.
Result<std::vector<pictures::Picture>> reencode(BytesView file) {
  if (!file.starts_with("picture")) return fail(pictures::kImageTypeUnknown, "no picture");
  return std::vector<pictures::Picture>{{"image/jpeg", 480, 300, "small " + Bytes(file)},
                                        {"image/png", 1000, 600, "clean " + Bytes(file)}};
}

class ArticleAttachmentsTest : public testing::Test {
 protected:
  tests::TemporaryFolder home_;
  fs::path articles_ = home_.path() / "articles";
  blobs::BlobFolder blobs_{home_.path() / "attachments"};
  std::vector<GivenFile> given_;
  Reencode reencode_ = &reencode;
  ArticleAttachments attachments_{articles_, given_, reencode_, blobs_};

  void SetUp() override { fs::create_directories(articles_ / "photos"); }
  fs::path write(const std::string& name, BytesView bytes) {
    std::ofstream(articles_ / name, std::ios::binary) << bytes;
    return articles_ / name;
  }
  std::optional<BlobId> place(const std::string& written, const std::string& url = "", const std::string& alt = "A",
                              const std::string& title = "") {
    return attachments_.place({written, url, alt, title});
  }
  std::vector<format::Attachment> finish() { return must(attachments_.finish()); }
};

TEST_F(ArticleAttachmentsTest, APictureBesideTheArticleIsEncodedAnewAndKept) {
  write("roof.jpg", "picture 1");
  const auto blob = place("roof.jpg", "", "A  roof", "Снег");
  ASSERT_TRUE(blob);
  const auto all = finish();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].blob, *blob);
  EXPECT_EQ(all[0].media_type, "image/png");
  EXPECT_EQ(all[0].width, 1000U);
  EXPECT_EQ(all[0].alt, "A roof");
  EXPECT_EQ(all[0].caption, "Снег");
  EXPECT_EQ(all[0].name, "");  // IMG_20261125_Anna.jpg would tell too much
  ASSERT_EQ(all[0].renditions.size(), 1U);
  EXPECT_EQ(all[0].renditions[0].width, 480U);
  EXPECT_EQ(must(must(blobs_.open(*blob)).blocks(0, 1)), "clean picture 1");
  EXPECT_EQ(must(must(blobs_.open(all[0].renditions[0].blob)).blocks(0, 1)), "small picture 1");
  EXPECT_TRUE(attachments_.notes().empty());
}

TEST_F(ArticleAttachmentsTest, NamesArePercentEncodedOrNot) {
  write("photos/снег на крыше.jpg", "picture 1");
  write("100%.jpg", "picture 2");
  const auto blob = place("photos/снег на крыше.jpg");
  EXPECT_EQ(place("photos/%D1%81%D0%BD%D0%B5%D0%B3%20на%20крыше.jpg"), blob);
  EXPECT_EQ(place("./photos/../photos/снег на крыше.jpg"), blob);
  EXPECT_TRUE(place("100%.jpg"));
  EXPECT_EQ(finish().size(), 2U);
}

TEST_F(ArticleAttachmentsTest, NothingOutsideOfTheFolderIsTaken) {
  const auto outside = home_.path() / "passport.jpg";
  std::ofstream(outside) << "picture of a passport";
  fs::create_symlink(outside, articles_ / "link.jpg");
  fs::create_directory(home_.path() / "articles-2");
  std::ofstream(home_.path() / "articles-2/a.jpg") << "picture";
  for (const std::string written : {"../passport.jpg", "photos/../../passport.jpg", "link.jpg", "%2e%2e/passport.jpg",
                                    "../articles-2/a.jpg"}) {
    ArticleAttachments attachments(articles_, given_, reencode_, blobs_);
    EXPECT_FALSE(attachments.place({written, "", "", ""})) << written;
    const auto all = attachments.finish();
    ASSERT_FALSE(all) << written;
    EXPECT_EQ(all.error().code, kPictureOutside) << written;
  }
  ArticleAttachments attachments(articles_, given_, reencode_, blobs_);
  EXPECT_FALSE(attachments.place({outside.string(), "", "", ""}));
  EXPECT_FALSE(attachments.finish());
  EXPECT_FALSE(fs::exists(home_.path() / "attachments"));
}

TEST_F(ArticleAttachmentsTest, WhatIsGivenByNameMayLieElsewhereAndItsWordsWin) {
  const auto outside = home_.path() / "roof.jpg";
  std::ofstream(outside) << "picture";
  given_ = {{outside, "Better words", "", "Анна", Treatment::kEncodeAnew}};
  EXPECT_TRUE(place("../roof.jpg", "", "Words", "Caption"));
  const auto all = finish();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].alt, "Better words");
  EXPECT_EQ(all[0].caption, "Caption");
  EXPECT_EQ(all[0].credit, "Анна");
}

TEST_F(ArticleAttachmentsTest, ThoseOfTheTextComeFirst) {
  given_ = {{write("b.jpg", "picture b"), "B", "", "", Treatment::kEncodeAnew},
            {write("talk.mp3", "ID3 sound"), "", "Разговор", "", Treatment::kAsIs}};
  write("a.jpg", "picture a");
  place("a.jpg");
  const auto all = finish();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[1].alt, "B");
  EXPECT_EQ(all[2].media_type, "audio/mpeg");
  EXPECT_EQ(all[2].name, "talk.mp3");
  EXPECT_EQ(all[2].caption, "Разговор");
  EXPECT_EQ(all[2].width, 0U);
  EXPECT_EQ(must(must(blobs_.open(all[2].blob)).blocks(0, 1)), "ID3 sound");
}

TEST_F(ArticleAttachmentsTest, APictureThatIsNotThereIsAnErrorUnlessItLiesOnTheSite) {
  EXPECT_FALSE(place("photo.jpg", "https://news.example/photo.jpg"));
  EXPECT_TRUE(finish().empty());
  EXPECT_EQ(attachments_.notes(), std::vector<std::string>{"there is no file photo.jpg beside the article: the picture stays a "
                                                           "link to https://news.example/photo.jpg"});
  place("photo.jpg");
  EXPECT_EQ(attachments_.finish().error().text,
            "the text shows the picture photo.jpg, and there is no file " + (articles_ / "photo.jpg").string() +
                ": put it there, or take the picture out of the text");
}

TEST_F(ArticleAttachmentsTest, AFileMayHaveAColonInItsNameAndWhatIsNoFileIsNamed) {
  write("pic 12:30.png", "picture");
  EXPECT_TRUE(place("pic%2012:30.png"));
  EXPECT_EQ(finish().size(), 1U);
  for (const std::string written : {"file:///home/anna/foto.png", "C:%5Cfoto.png", "//host.example/x.png", "blob:x"}) {
    ArticleAttachments attachments(articles_, given_, reencode_, blobs_);
    EXPECT_FALSE(attachments.place({written, "", "", ""})) << written;
    const auto all = attachments.finish();
    ASSERT_FALSE(all) << written;
    EXPECT_EQ(all.error().text, "the text shows the picture " + written + ", which is no file beside the article: save it there "
                                "and write only its name, or take it out of the text");
    EXPECT_TRUE(attachments.notes().empty()) << written;
  }
}

TEST_F(ArticleAttachmentsTest, SaysWhichFilesItTookAndTakesNoneInTwoWays) {
  const auto roof = write("roof.jpg", "picture"), talk = write("talk.mp3", "ID3 sound");
  given_ = {{roof, "", "", "", Treatment::kEncodeAnew}, {talk, "", "", "", Treatment::kAsIs}};
  place("roof.jpg");
  EXPECT_EQ(finish().size(), 2U);
  ASSERT_EQ(attachments_.files().size(), 2U);
  EXPECT_EQ(attachments_.files()[0].path.filename(), "roof.jpg");
  EXPECT_EQ(attachments_.files()[0].by, ShownBy::kText);
  EXPECT_EQ(attachments_.files()[1].path, talk);
  EXPECT_EQ(attachments_.files()[1].treatment, Treatment::kAsIs);
  EXPECT_EQ(attachments_.files()[1].by, ShownBy::kOption);
  given_ = {{roof, "", "", "", Treatment::kAsIs}};
  const auto both = attachments_.finish();
  ASSERT_FALSE(both);
  EXPECT_EQ(both.error().code, kTreatmentsDiffer);
}

TEST_F(ArticleAttachmentsTest, NothingIsFetched) {
  EXPECT_FALSE(place("https://cdn.example/a.jpg", "https://cdn.example/a.jpg"));
  EXPECT_FALSE(place("//cdn.example/a.jpg", "https://cdn.example/a.jpg"));
  EXPECT_FALSE(place("DATA:image/png;base64,AAAA"));
  EXPECT_TRUE(finish().empty());
  EXPECT_EQ(attachments_.notes(),
            (std::vector<std::string>{"the picture https://cdn.example/a.jpg stays a link: fetching it would tell its server who "
                                      "publishes. Save it beside the article and name the file instead",
                                      "a picture inside of the text itself is left out: save it as a file beside the article"}));
}

TEST_F(ArticleAttachmentsTest, SoundIsNoPictureAndAPictureDoesNotGoAsItIs) {
  given_ = {{write("talk.mp3", "ID3 sound"), "", "", "", Treatment::kEncodeAnew}};
  EXPECT_EQ(attachments_.finish().error().code, pictures::kImageTypeUnknown);
  given_ = {{write("roof.pdf", "\xFF\xD8\xFF\xE0"), "", "", "", Treatment::kAsIs}};
  EXPECT_EQ(attachments_.finish().error().text,
            (articles_ / "roof.pdf").string() + ": this is a picture: give it with --attach, which takes out what it tells of "
                                                "place, device and person");
  given_ = {{write("page.mp3", "<html>"), "", "", "", Treatment::kAsIs}};
  EXPECT_EQ(attachments_.finish().error().code, kNotForAsIs);
  given_ = {{articles_, "", "", "", Treatment::kAsIs}};
  EXPECT_EQ(attachments_.finish().error().code, files::kFileFailed);
  given_ = {{articles_ / "nothing.mp3", "", "", "", Treatment::kAsIs}};
  EXPECT_EQ(attachments_.finish().error().code, files::kFileMissing);
}

TEST_F(ArticleAttachmentsTest, APictureWithoutWordsIsNoted) {
  write("roof.jpg", "picture");
  place("roof.jpg", "", "");
  finish();
  ASSERT_EQ(attachments_.notes().size(), 1U);
  EXPECT_TRUE(attachments_.notes()[0].starts_with("roof.jpg has no words for those who do not see it: "));
}

TEST_F(ArticleAttachmentsTest, ThereIsALimit) {
  for (std::size_t i = 0; i <= format::kAttachmentsMax; ++i) {
    const std::string number = std::to_string(i);
    given_.push_back({write(number, "picture " + number), "", "", "", Treatment::kEncodeAnew});
  }
  EXPECT_EQ(attachments_.finish().error().code, kTooManyAttachments);
}

}  // namespace
}  // namespace tamizdat::attachments
