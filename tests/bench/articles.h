// Articles for benchmarks: Russian-looking text that compresses about as well as newspapers do, from a seed, so that two
// runs measure the same octets.
#pragma once

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "proto/format/limits.h"
#include "tests/support/project_builder.h"

namespace tamizdat::bench {

class Articles {
 public:
  // `entry_bytes_mean`: of header and body together; each entry has between a quarter and seven quarters of it.
  Articles(std::uint64_t seed, std::size_t entry_bytes_mean) : random_(seed), entry_bytes_mean_(entry_bytes_mean) {
    static constexpr const char* kSyllables[] = {"на", "ро", "ст", "ви", "ко", "ле", "ми", "пер", "то", "ра", "но", "го",
                                                 "ду", "ска", "че", "ли", "по", "за", "бы", "ни", "тра", "сло", "ем", "вый"};
    words_.reserve(kWords);
    for (std::size_t i = 0; i < kWords; ++i) {
      std::string word;
      for (std::uint64_t syllables = 1 + below(4); syllables > 0; --syllables) word += kSyllables[below(std::size(kSyllables))];
      words_.push_back(std::move(word));
    }
  }

  void append_to(tests::LogBuilder& log, std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) log.append(next(log.size()));
  }

 private:
  static constexpr std::size_t kWords = 8192;
  // Header, salt and the fields of the body that are not its text.
  static constexpr std::size_t kOverheadBytes = 300;

  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

  format::Body next(std::uint64_t number) {
    format::Body body;
    body.title = "Article " + std::to_string(number);
    body.language = "ru";
    body.regions = {"RU-SVE"};
    body.original_url = "https://example.org/news/" + std::to_string(number);
    body.guid = body.original_url;
    body.published_at = tests::kTestTime;
    const std::size_t wanted = entry_bytes_mean_ / 4 + below(entry_bytes_mean_ * 3 / 2);
    body.html = text(std::max(wanted, kOverheadBytes + 32) - kOverheadBytes);
    return body;
  }

  // Frequent words stand first in the list.
  std::string text(std::size_t octets) {
    std::string out = "<p>";
    while (out.size() < octets) {
      const std::uint64_t first = below(kWords);
      out += words_[static_cast<std::size_t>(first * below(kWords) / kWords)];
      out += below(12) == 0 ? ".</p><p>" : " ";
    }
    return out + "</p>";
  }

  std::mt19937_64 random_;
  std::size_t entry_bytes_mean_;
  std::vector<std::string> words_;
};

// The end of the bundle that starts at `from`, holds nothing from `end` on, and is as large as the format allows.
inline std::uint64_t bundle_end(const tests::LogBuilder& log, std::uint64_t from, std::uint64_t end) {
  std::size_t octets = format::bundle_overhead_max(end);
  std::uint64_t to = from;
  for (; to < end; ++to) {
    octets += format::bundle_entry_size({log.header(to), log.body(to)});
    if (octets > format::kBundleBytesMax && to > from) break;
  }
  return to;
}

}  // namespace tamizdat::bench
