#include "client-lib/archives/openings.h"

#include <gtest/gtest.h>

#include "proto/format/archive.h"
#include "tests/support/project_builder.h"

namespace tamizdat::archives {
namespace {

using tests::must;
using tests::ProjectBuilder;

Bytes archive_of(ProjectBuilder& project) {
  Bytes out;
  for (const auto& charter : project.charters()) format::append_record(out, format::RecordKind::kSignedCharter, charter.signed_bytes());
  format::append_record(out, format::RecordKind::kBundle, project.log().bundle_bytes(0, project.log().size()));
  return out;
}

TEST(OpeningsTest, AKeyOpensInItsOwnProjectOnly) {
  ProjectBuilder courier(1), other(2);
  const Bytes key(format::kBodyKeyBytes, 'k');
  format::Body body;
  body.title = "Secret";
  const auto sealed = courier.log().append_sealed(body, tests::kTestTime, key);
  other.log().append_key(sealed, key);
  const auto bundle = courier.log().bundle(0, 1);
  Openings openings;
  openings.gather_bytes(archive_of(other));
  EXPECT_EQ(openings.body_of(bundle.entries()[0]).error().code, kBodyKeyMissing);
  courier.log().append_key(sealed, key);
  openings.gather_bytes(archive_of(courier));
  EXPECT_EQ(must(format::parse_body(must(openings.body_of(bundle.entries()[0])))).title, "Secret");
}

}  // namespace
}  // namespace tamizdat::archives
