#include "relay/os/stderr_log.h"

#include <vector>

#include <gtest/gtest.h>

namespace tamizdat::os {
namespace {

std::string line(std::vector<env::LogField> fields) { return log_line("peer connected", fields); }

TEST(StderrLog, PrintsKeysAndValuesBehindTheEvent) {
  EXPECT_EQ(line({}), "peer connected");
  EXPECT_EQ(line({{"peer", "tzrelay1xyz"}, {"logs", 3}}), "peer connected peer=tzrelay1xyz logs=3");
}

TEST(StderrLog, QuotesWhatWouldReadAsSomethingElse) {
  EXPECT_EQ(line({{"reason", "no room"}}), "peer connected reason=\"no room\"");
  EXPECT_EQ(line({{"reason", ""}}), "peer connected reason=\"\"");
  EXPECT_EQ(line({{"reason", "a=b"}}), "peer connected reason=\"a=b\"");
  EXPECT_EQ(line({{"reason", "say \"\\\""}}), "peer connected reason=\"say \\\"\\\\\\\"\"");
}

TEST(StderrLog, OneEventIsOneLineWhateverAPeerSent) {
  EXPECT_EQ(line({{"reason", "x\n2026 error forged\x1b[2J"}}),
            "peer connected reason=\"x\\x0a2026 error forged\\x1b[2J\"");
}

TEST(StderrLog, WritesTimeLevelAndLineAndDropsWhatIsBelowItsLevel) {
  testing::internal::CaptureStderr();
  StderrLog log(env::LogLevel::kInfo);
  log.debug("not this");
  log.warning("disk is nearly full", {{"free", "5%"}});
  const std::string out = testing::internal::GetCapturedStderr();
  EXPECT_TRUE(out.ends_with("Z warning disk is nearly full free=5%\n")) << out;
  EXPECT_EQ(out.find("not this"), std::string::npos);
  EXPECT_EQ(out.find('T'), 10U) << out;
}

}  // namespace
}  // namespace tamizdat::os
