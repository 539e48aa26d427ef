#include <unistd.h>

#include <cstdlib>

#include "client-lib/pictures/limits.h"
#include "tests/unit/client-lib/pictures/fixture.h"

namespace tamizdat::pictures {
namespace {

ErrorCode code_of(const Result<std::vector<Picture>>& result) {
  EXPECT_FALSE(result.has_value());
  return result ? ErrorCode("none") : result.error().code;
}

TEST(Reencode, GivesTheSmallestFirstAndTheFullOneLast) {
  const auto pictures = reencode(picture_file("photo.jpg"), real_tool());
  ASSERT_TRUE(pictures) << pictures.error().text;
  ASSERT_EQ(pictures->size(), 2u);
  EXPECT_EQ(pictures->front().media_type, "image/jpeg");
  EXPECT_EQ(pictures->front().width, 480u);
  EXPECT_EQ(pictures->front().height, 360u);
  EXPECT_EQ(pictures->back().width, 640u);
  EXPECT_EQ(pictures->back().height, 480u);
  EXPECT_LT(pictures->front().octets.size(), pictures->back().octets.size());
}

TEST(Reencode, TellsWhatIsWrongWithAPicture) {
  const Bytes photo = picture_file("photo.jpg");
  EXPECT_EQ(code_of(reencode(BytesView(photo).substr(0, photo.size() / 2), real_tool())), kImageBroken);
  EXPECT_EQ(code_of(reencode("<svg xmlns='http://www.w3.org/2000/svg'/>", real_tool())), kImageTypeUnknown);
  EXPECT_EQ(code_of(reencode("", real_tool())), kImageTypeUnknown);
  EXPECT_EQ(code_of(reencode(Bytes(kFileBytesMax + 1, '\0'), real_tool())), kImageTooLarge);
}

TEST(Reencode, TellsHowToGetAMissingTool) {
  const auto pictures = reencode(picture_file("photo.jpg"), {.tool = "/nowhere/tamizdat-image"});
  EXPECT_EQ(code_of(pictures), kImageToolMissing);
  EXPECT_NE(pictures.error().text.find("install"), std::string::npos);
}

TEST(Reencode, FindsTheToolInAFolderOfPath) {
  const FakeTool fake("exit 0");
  ::setenv("PATH", ("relative:" + fake.path().parent_path().string()).c_str(), 1);
  const auto found = find_tool();
  ASSERT_TRUE(found) << found.error().text;
  EXPECT_EQ(*found, fake.path());
}

TEST(Reencode, NeverFindsAToolInTheFolderItHappensToBeIn) {
  const FakeTool fake("exit 0");
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(fake.path().parent_path());
  ::setenv("PATH", ":.:", 1);
  const auto found = find_tool();
  std::filesystem::current_path(before);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, kImageToolMissing);
}

TEST(Reencode, EndsAToolThatHangs) {
  for (const char* script : {"exec sleep 1000", "exec >&- 2>&-; exec sleep 1000"}) {
    const FakeTool fake(script);
    Options options = fake.options();
    options.time_max = std::chrono::milliseconds(200);
    EXPECT_EQ(code_of(reencode(picture_file("photo.jpg"), options)), kImageTimeout);
  }
}

TEST(Reencode, EndsAToolThatNeverStopsWriting) {
  const FakeTool fake("exec yes");
  EXPECT_EQ(code_of(reencode("", fake.options())), kImageToolFailed);
}

TEST(Reencode, TakesNoComplaintLongerThanALine) {
  const FakeTool fake("yes | head -c 1000000 >&2; exit 65");
  const auto pictures = reencode("", fake.options());
  EXPECT_EQ(code_of(pictures), kImageBroken);
  EXPECT_EQ(pictures.error().text, "y");
}

TEST(Reencode, PassesNothingOnThatCommandsATerminal) {
  const FakeTool fake("printf 'bad \\033[2J\\r\\303\\251 picture\\n' >&2; exit 65");
  const auto pictures = reencode("", fake.options());
  EXPECT_EQ(code_of(pictures), kImageBroken);
  EXPECT_EQ(pictures.error().text, "bad [2J picture");
}

TEST(Reencode, GivesTheToolNoEnvironmentAndNoOpenFile) {
  ::setenv("TAMIZDAT_SECRET", "1", 1);
  ASSERT_EQ(::dup2(0, 57), 57);
  const FakeTool fake("echo \"$(tr '\\0' ' ' </proc/$$/environ)$([ -e /proc/$$/fd/57 ] && echo 57)nothing\" >&2; exit 70");
  const auto pictures = reencode("", fake.options());
  ::close(57);
  EXPECT_EQ(code_of(pictures), kImageToolFailed);
  EXPECT_EQ(pictures.error().text, "nothing");
}

TEST(Reencode, SurvivesAToolThatReadsNothing) {
  const FakeTool fake("exit 66");
  EXPECT_EQ(code_of(reencode(Bytes(10'000'000, 'x'), fake.options())), kImageToolFailed);
}

TEST(Reencode, CallsAPictureBrokenThatKillsTheTool) {
  const FakeTool fake("kill -SYS $$");
  EXPECT_EQ(code_of(reencode("", fake.options())), kImageBroken);
}

TEST(Reencode, TakesNothingFromAToolThatLies) {
  const FakeTool bait("");
  std::ofstream(bait.path().parent_path() / "photo") << picture_file("photo.jpg");
  const std::string octets = std::to_string(picture_file("photo.jpg").size());
  const std::string photo = "; cat " + (bait.path().parent_path() / "photo").string();
  for (const std::string& script : {
           std::string("echo end"),
           std::string("echo"),
           "echo image/jpeg 640 480 " + octets + photo + "; echo end",             // with all its metadata
           "echo image/jpeg 641 480 " + octets + photo + "; echo end",
           "echo image/png 640 480 " + octets + photo + "; echo end",
           "echo image/svg+xml 640 480 " + octets + photo + "; echo end",
           "echo image/jpeg 640 480 99999999999999999999" + photo + "; echo end",
           "echo image/jpeg 640 480 -1" + photo + "; echo end",
           std::string("echo image/jpeg 640 480 0; echo end"),
           "echo image/jpeg 0 0 " + octets + photo + "; echo end",
           std::string("yes | head -c 100 | tr -d '\\n'"),
       }) {
    const FakeTool fake(script);
    EXPECT_EQ(code_of(reencode("", fake.options())), kImageToolFailed) << script;
  }
}

TEST(Reencode, TakesNothingFromAToolThatEndsEarly) {
  const FakeTool fake(std::string(TAMIZDAT_IMAGE) + " | head -c 20000");
  EXPECT_EQ(code_of(reencode(picture_file("photo.jpg"), fake.options())), kImageToolFailed);
}

}  // namespace
}  // namespace tamizdat::pictures
