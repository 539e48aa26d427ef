#include "relay/policy/admission.h"

#include <gtest/gtest.h>

#include "tests/support/project_builder.h"

namespace tamizdat::policy {
namespace {

using tests::kTestTime;
using tests::ProjectBuilder;

class AdmissionTest : public testing::Test {
 protected:
  // The verdict on the desk's first article under the charter in force.
  Result<void> submit(Timestamp now = kTestTime) {
    if (project.log().size() == 0) project.log().append_articles(1);
    const auto bundle = project.log().bundle(0, 1);
    return admit_submission(project.charter(), bundle, now);
  }
  void change_desk(const std::function<void(format::Desk&)>& change) {
    project.update_charter([&](format::Charter& charter) { change(charter.desks.front()); });
  }
  ProjectBuilder project;
};

TEST_F(AdmissionTest, AnOpenRelayTakesEveryProject) {
  EXPECT_TRUE(admit_project({Admission::kOpen, {}}, project.id()));
}

TEST_F(AdmissionTest, AListedRelayTakesWhatIsListedAndNamesTheIdThatIsNot) {
  EXPECT_TRUE(admit_project({Admission::kListed, {project.id()}}, project.id()));
  const auto refused = admit_project({Admission::kListed, {}}, project.id());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, kProjectNotListed);
  EXPECT_NE(refused.error().text.find(project.id().text()), std::string::npos);
}

TEST_F(AdmissionTest, ABundleIsTakenWithAllItsBodiesOnly) {
  const AdmissionRules rules{Admission::kListed, {project.id()}};
  project.log().append_articles(3);
  EXPECT_TRUE(admit_bundle(rules, project.log().bundle(0, 3)));
  const auto refused = admit_bundle(rules, project.log().bundle(1, 3, {.bodies = false}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, kBodyMissing);
  EXPECT_NE(refused.error().text.find("entry 1"), std::string::npos);
  EXPECT_EQ(admit_bundle({Admission::kListed, {}}, project.log().bundle(0, 3)).error().code, kProjectNotListed);
}

TEST_F(AdmissionTest, ABodyMayLackForAKnownReason) {
  const AdmissionRules rules{Admission::kListed, {project.id()}};
  project.log().append_articles(2);
  const auto bundle = project.log().bundle(0, 2, {.bodies = false});
  const auto except_the_second = [&](const format::VerifiedEntry& entry) { return entry.header().index != 1; };
  EXPECT_TRUE(admit_bundle(rules, bundle, [](const format::VerifiedEntry&) { return true; }));
  EXPECT_EQ(admit_bundle(rules, bundle, except_the_second).error().code, kBodyMissing);
}

TEST_F(AdmissionTest, ADeskWithoutBoundsMaySubmit) { EXPECT_TRUE(submit()); }

TEST_F(AdmissionTest, NotBeforeAndNotAfterGateSubmission) {
  change_desk([](format::Desk& desk) {
    desk.not_before = kTestTime;
    desk.not_after = kTestTime + seconds(10);
  });
  EXPECT_EQ(submit(kTestTime - seconds(1)).error().code, kDeskNotYetValid);
  EXPECT_TRUE(submit(kTestTime));
  EXPECT_TRUE(submit(kTestTime + seconds(10)));
  EXPECT_EQ(submit(kTestTime + seconds(11)).error().code, kDeskNoLongerValid);
}

TEST_F(AdmissionTest, AClosedDeskMaySubmitItsClosingAndNothingElse) {
  project.log().append_articles(3);
  const auto before = project.log().bundle(0, 3);
  project.close_desk(0, 2);
  EXPECT_EQ(admit_submission(project.charter(), before, kTestTime).error().code, kDeskClosed);
  EXPECT_TRUE(admit_submission(project.charter(), project.log().bundle(1, 2, {.head_size = 2}), kTestTime));
}

TEST_F(AdmissionTest, AnotherLanguageThanTheScopeIsRefused) {
  change_desk([](format::Desk& desk) { desk.languages = {"tt"}; });
  EXPECT_EQ(submit().error().code, kOutOfScope);
  change_desk([](format::Desk& desk) { desk.languages = {"tt", "ru"}; });
  EXPECT_TRUE(submit());
}

TEST_F(AdmissionTest, RegionsOutsideTheScopeAloneAreRefused) {
  change_desk([](format::Desk& desk) { desk.regions = {"RU-CHE"}; });
  EXPECT_EQ(submit().error().code, kOutOfScope);
  change_desk([](format::Desk& desk) { desk.regions = {"RU-CHE", "RU-SVE"}; });
  EXPECT_TRUE(submit());
}

TEST_F(AdmissionTest, ABodyThatCannotBeReadIsNotJudged) {
  change_desk([](format::Desk& desk) { desk.languages = {"tt"}; });
  project.log().append_raw("\xff\xff sealed");
  EXPECT_TRUE(submit());
}

}  // namespace
}  // namespace tamizdat::policy
