// The conformance vectors as they lie in the tree: generated again they have the same bytes, each gives its result, and
// each way to fail has one.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include "tests/vectors/cases.h"
#include "tests/vectors/run_vector.h"

namespace tamizdat::format {
namespace {

const std::filesystem::path kSource = TAMIZDAT_SOURCE;

std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::set<std::filesystem::path> vector_files() {
  std::set<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kSource / "tests/vectors"))
    if (entry.path().extension() == ".txt" && entry.path().filename() != "CMakeLists.txt") files.insert(entry.path());
  return files;
}

// What each function can answer, besides ok.
const std::map<std::string, std::set<std::string>> kAnswers = [] {
  const std::set<std::string> checkpoint{"checkpoint-too-large", "checkpoint-malformed", "checkpoint-not-canonical",
                                         "checkpoint-key-id",    "id-invalid",           "id-of-another-kind"};
  std::set<std::string> head{"head-of-another-project", "head-of-unknown-desk", "head-of-closed-desk",
                             "head-signature-invalid"};
  head.insert(checkpoint.begin(), checkpoint.end());
  const std::set<std::string> header{"header-too-large", "header-malformed"};
  const std::set<std::string> run{"run-out-of-range", "proof-too-short", "proof-too-long"};
  std::set<std::string> bundle{"bundle-too-large",  "bundle-malformed", "bundle-empty",    "bundle-root-mismatch",
                               "entry-of-another-log", "entry-index-wrong", "body-too-large", "body-size-wrong",
                               "body-commitment-wrong", "body-missing-reason"};
  bundle.insert(head.begin(), head.end());
  bundle.insert(header.begin(), header.end());
  bundle.insert(run.begin(), run.end());
  std::set<std::string> cosigned{"cosignature-too-large", "cosignature-malformed", "cosignature-key-id",
                                 "cosignature-invalid"};
  cosigned.insert(checkpoint.begin(), checkpoint.end());
  return std::map<std::string, std::set<std::string>>{
      {"statement",
       {"statement-too-large", "statement-malformed", "statement-kind-unknown", "statement-of-another-project",
        "statement-signature-invalid", "statement-signer-unknown", "freeze-malformed", "freeze-of-unknown-charter",
        "charter-seen-malformed", "withholding-malformed", "charter-fork-malformed",
        "charter-fork-of-unknown-charter", "charter-malformed", "charter-wrong-previous", "charter-below-threshold",
        "charter-signature-invalid", "charter-desk-dropped", "fork-proof-malformed", "fork-proof-consistent",
        "fork-proof-root-mismatch",
        "retraction-proof-malformed", "retraction-cosignature-malformed", "bundle-empty", "head-of-closed-desk",
        "proof-too-short", "proof-too-long", "head-of-unknown-desk", "head-of-another-project",
        "head-signature-invalid", "checkpoint-malformed", "cosignature-malformed", "cosignature-key-id",
        "cosignature-invalid", "receipt-malformed", "receipt-of-unknown-log"}},
      {"cosigned-head", cosigned},
      {"receipt", {"receipt-too-large", "receipt-malformed"}},
      {"relay-descriptor", {"descriptor-too-large", "descriptor-malformed", "descriptor-signature-invalid"}},
      {"base64", {"encoding-invalid"}},
      {"id", {"id-invalid", "id-of-another-kind"}},
      {"seed", {"key-invalid"}},
      {"signature", {"refused"}},
      {"run", run},
      {"checkpoint", checkpoint},
      {"charter",
       {"charter-too-large", "charter-malformed", "charter-not-first", "charter-below-threshold",
        "charter-signature-invalid", "charter-known", "charter-rolled-back", "charter-skipped", "charter-forked",
        "charter-wrong-previous", "charter-desk-dropped", "charter-closing-lowered", "charter-closed-key-returns"}},
      {"head", head},
      {"bundle", bundle},
      {"header", header},
      {"slot", {"slot-size-wrong", "slot-end-wrong", "slot-not-ours", "slot-damaged", "part-malformed"}},
      {"letter",
       {"letter-malformed", "letter-of-another-project", "letter-of-unknown-desk", "letter-signature-invalid", "letter-not-for-us"}},
      {"submission", {"submission-malformed", "submission-signature-invalid"}},
      {"sealed-body", {"body-not-sealed", "body-key-wrong", "sealed-body-wrong"}},
      {"body", {"body-too-large", "body-malformed"}},
      {"archive", {"archive-truncated", "archive-malformed"}},
      {"leaves", {"blob-size-invalid", "blob-leaves-wrong"}},
      {"block", {"blob-size-invalid", "block-wrong", "block-path-length"}}};
}();

TEST(Vectors, HaveTheBytesThatTheGeneratorWrites) {
  std::set<std::filesystem::path> expected;
  for (const auto& [path, vector] : all_cases()) {
    const auto file = kSource / "tests/vectors" / (path + ".txt");
    EXPECT_EQ(contents(file), print_vector(vector)) << file << ": run generate_vectors, and look at what changed";
    expected.insert(file);
  }
  EXPECT_EQ(vector_files(), expected);
}

TEST(Vectors, GiveSeedsToTheFuzzTargets) {
  for (const auto& [path, bytes] : fuzz_seeds(all_cases()))
    EXPECT_EQ(contents(kSource / "tests/data/fuzz" / path), bytes) << path << ": run generate_vectors";
}

TEST(Vectors, GiveTheirResultWhenReadFromTheirFiles) {
  std::size_t runs = 0;
  for (const auto& file : vector_files()) {
    const Vector vector = parse_vector(contents(file));
    const Outcome outcome = run_vector(vector);
    EXPECT_EQ(outcome.code, vector.expect) << file;
    for (const auto& [name, value] : outcome.facts) EXPECT_EQ(vector.line(name), value) << file;
    ++runs;
  }
  EXPECT_GT(runs, 200U);
}

TEST(Vectors, CoverEveryAnswerOfEveryFunction) {
  std::map<std::string, std::set<std::string>> seen;
  for (const auto& [path, vector] : all_cases()) seen[vector.what].insert(vector.expect);
  for (const auto& [what, answers] : kAnswers) {
    std::set<std::string> with_ok = answers;
    with_ok.insert("ok");
    EXPECT_EQ(seen[what], with_ok) << what;
  }
  EXPECT_EQ(seen["freshness"], (std::set<std::string>{"unwitnessed", "fresh", "stale", "withheld"}));  // verdicts
  EXPECT_EQ(seen["charter-decision"], (std::set<std::string>{"one", "other", "undecided", "undecidable"}));
  EXPECT_EQ(seen.size(), kAnswers.size() + 2);
}

// A code that is declared and stands in no list above was forgotten there.
TEST(Vectors, CoverEveryErrorCodeThatTheHeadersDeclare) {
  std::set<std::string> declared;
  const std::regex declaration(R"re(ErrorCode k\w+\{"([a-z0-9-]+)"\})re");
  for (const auto* folder : {"proto/base", "proto/format"})
    for (const auto& entry : std::filesystem::directory_iterator(kSource / folder)) {
      if (entry.path().extension() != ".h" || entry.path().filename() == "result.h") continue;
      const std::string text = contents(entry.path());
      for (std::sregex_iterator match(text.begin(), text.end(), declaration), end; match != end; ++match)
        declared.insert((*match)[1]);
    }
  std::set<std::string> covered;
  for (const auto& [what, answers] : kAnswers) covered.insert(answers.begin(), answers.end());
  covered.erase("refused");
  EXPECT_EQ(declared, covered);
}

TEST(VectorFile, PrintsAndParsesRunsAndBase64Lines) {
  Vector vector{"bundle", "ok", "odd: sizes", {{"size", "5"}}, {}};
  vector.payloads = {{"a", ""}, {"b", Bytes(57, 'b') + "c"}, {"b", "x" + Bytes(5000, 'y') + "z"}, {"c", Bytes(600, '\0')}};
  const Vector again = parse_vector(print_vector(vector));
  EXPECT_EQ(again.payloads, vector.payloads);
  EXPECT_EQ(again.lines, vector.lines);
  EXPECT_EQ(again.comment, vector.comment);
  EXPECT_EQ(again.expect, "ok");
}

}  // namespace
}  // namespace tamizdat::format
