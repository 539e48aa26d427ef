#include "tests/vectors/cases.h"

#include <cstdio>

#include "proto/base/check.h"
#include "proto/format/archive.h"
#include "tests/vectors/run_vector.h"

namespace tamizdat::format {
namespace {

constexpr std::size_t kSeedBytesMax = 8 * 1024;

std::string file_name(const std::string& path) { return path.substr(path.find('/') + 1); }

// Charters and then the bundle, as an archive has them.
Bytes archive_of(const Vector& vector) {
  Bytes archive;
  for (const auto& charter : vector.all("charter")) append_record(archive, RecordKind::kSignedCharter, charter);
  for (const auto& bundle : vector.all("bundle")) append_record(archive, RecordKind::kBundle, bundle);
  return archive;
}

}  // namespace

Cases all_cases() {
  Cases cases;
  add_text_cases(cases);
  add_signature_cases(cases);
  add_log_cases(cases);
  add_charter_cases(cases);
  add_charter_form_cases(cases);
  add_entry_cases(cases);
  add_sealed_cases(cases);
  add_bundle_cases(cases);
  add_blob_cases(cases);
  add_archive_cases(cases);
  add_witness_cases(cases);
  add_statement_cases(cases);
  add_freshness_cases(cases);
  add_charter_decision_cases(cases);
  for (auto& [path, vector] : cases) {
    const Outcome outcome = run_vector(vector);
    if (outcome.code != vector.expect)
      std::fprintf(stderr, "%s: expected %s, is %s\n", path.c_str(), vector.expect.c_str(), outcome.code.c_str());
    TMZ_CHECK(outcome.code == vector.expect);
    vector.lines.insert(vector.lines.end(), outcome.facts.begin(), outcome.facts.end());
  }
  return cases;
}

std::map<std::string, Bytes> fuzz_seeds(const Cases& cases) {
  std::map<std::string, Bytes> seeds;
  const auto add = [&](const std::string& target, const std::string& name, const Bytes& bytes) {
    if (bytes.size() <= kSeedBytesMax) seeds[target + '/' + name] = bytes;
  };
  for (const auto& [path, vector] : cases) {
    const std::string name = file_name(path);
    if (vector.what == "id") add("id", name, vector.payload("text"));
    if (vector.what == "checkpoint") add("checkpoint", name, vector.payload("checkpoint"));
    if (vector.what == "header" || vector.what == "body") add("entry", vector.what + '-' + name, vector.payload(vector.what));
    if (vector.what == "letter") add("letter", name, vector.payload("letter"));
    if (vector.what == "submission") add("letter", "submission-" + name, vector.payload("text"));
    if (vector.what == "bundle") add("bundle", name, vector.payload("bundle"));
    if (vector.what == "charter") add("charter", name, archive_of(vector));
    if (vector.what == "statement") add("statement", name, vector.payload("statement"));
    if (vector.what == "archive") add("archive", name, vector.payload("archive"));
    if (vector.what == "cosigned-head" || vector.what == "receipt" || vector.what == "relay-descriptor")
      add("relay_says", vector.what + '-' + name, vector.payload(vector.what));
  }
  return seeds;
}

}  // namespace tamizdat::format
