// Verification of bundles on one core, beside the two primitives it is made of. Rates are for a second of computing, so
// that a busy machine shows nearly the same.
//
//   bench_verify [seconds per round]
//
// A run is what one head vouches for: its first bundle costs the signature check, the others of the run only hashing.

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/bench/articles.h"
#include "tests/bench/stopwatch.h"

namespace tamizdat::bench {
namespace {

constexpr std::size_t kEntryBytesMean = 2400;
constexpr std::uint64_t kEntries = 4096;

// The bundles of [from, to) under the head of size `to`, each as large as the format lets it be.
void append_run(const tests::LogBuilder& log, std::uint64_t from, std::uint64_t to, std::vector<Bytes>& bundles) {
  while (from < to) {
    const std::uint64_t end = bundle_end(log, from, to);
    bundles.push_back(log.bundle_bytes(from, end, {to}));
    from = end;
  }
}

// Entries a second, as a relay verifies them: beside the newest head it knows.
double verify_rate(const format::VerifiedCharter& charter, const std::vector<Bytes>& bundles, double seconds) {
  const auto verify_all = [&] {
    std::optional<format::VerifiedHead> known;
    for (const Bytes& bytes : bundles)
      known = tests::must(format::verify_bundle(charter, bytes, known ? &*known : nullptr)).head();
  };
  return best_rate(seconds, verify_all) * static_cast<double>(kEntries);
}

int run(double seconds) {
  tests::ProjectBuilder project;
  tests::LogBuilder& log = project.log();
  Articles(1, kEntryBytesMean).append_to(log, kEntries);
  std::size_t octets = 0;
  for (std::uint64_t i = 0; i < kEntries; ++i) octets += log.header(i).size() + log.body(i).size();
  std::printf("{\"entry_bytes\": %zu", octets / kEntries);
  for (const std::uint64_t run : {1U, 16U, 1024U}) {
    std::vector<Bytes> bundles;
    for (std::uint64_t from = 0; from < kEntries; from += run) append_run(log, from, from + run, bundles);
    std::printf(", \"run_%ju\": %.0f", static_cast<std::uintmax_t>(run),
                verify_rate(project.charter(), bundles, seconds));
  }

  const auto checkpoint = tests::must(format::parse_checkpoint(log.head_bytes(kEntries)));
  const std::string text = checkpoint.text();
  const double ed25519 = best_rate(seconds, [&] {
    TMZ_CHECK(format::verify_raw(checkpoint.desk.value, text, checkpoint.signature));
  });
  const double entry_hashes = best_rate(seconds, [&] {
    for (std::uint64_t i = 0; i < kEntries; ++i) {
      TMZ_CHECK(format::body_commitment(log.body(i)) != Hash32());
      TMZ_CHECK(format::entry_id(log.header(i)).value != Hash32());
    }
  });
  const Bytes megabyte(1'000'000, 'x');
  const double sha256 = best_rate(seconds, [&] { TMZ_CHECK(format::sha256({megabyte}) != Hash32()); });
  std::printf(", \"ed25519\": %.0f, \"sha256_mb\": %.0f, \"entry_hashes\": %.0f}\n", ed25519, sha256,
              entry_hashes * static_cast<double>(kEntries));
  return 0;
}

}  // namespace
}  // namespace tamizdat::bench

int main(int argc, char** argv) { return tamizdat::bench::run(argc > 1 ? std::atof(argv[1]) : 0.5); }
