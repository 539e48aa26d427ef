// Newsrooms that submit as fast as a relay lets them: each has a desk and one kept-alive TLS connection, puts one bundle
// of one new entry, and waits until the relay says that it is durable.
//
//   bench_submit ADDRESS_LINE WRITERS ENTRIES_PER_WRITER ENTRY_BYTES_MEAN
//
// ADDRESS_LINE is what `tamizdat-relay address` prints. All bundles are signed before the clock starts.

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "proto/format/archive.h"
#include "proto/sync/relay_address.h"
#include "relay/env/task_group.h"
#include "relay/os/event_loop.h"
#include "relay/os/socket_network.h"
#include "relay/os/system_clock.h"
#include "tests/bench/articles.h"
#include "tests/bench/stopwatch.h"
#include "tests/support/recorded_log.h"
#include "tests/support/recorded_metrics.h"

namespace tamizdat::bench {
namespace {

constexpr std::size_t kReadBytes = 4096;

Bytes put_request(std::string_view path, BytesView body) {
  return "PUT " + std::string(path) + " HTTP/1.1\r\nHost: relay\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + Bytes(body);
}

struct Order {
  sync::RelayAddress relay;
  std::size_t writers = 0;
  std::uint64_t entries_per_writer = 0;
  std::size_t entry_bytes_mean = 0;
};

class Newsrooms {
 public:
  explicit Newsrooms(Order order) : order_(std::move(order)), project_({1, order_.writers}) {
    Articles articles(1, order_.entry_bytes_mean);
    requests_.resize(order_.writers);
    for (std::size_t writer = 0; writer < order_.writers; ++writer) {
      tests::LogBuilder& log = project_.log(writer);
      articles.append_to(log, order_.entries_per_writer);
      for (std::uint64_t i = 0; i < log.size(); ++i)
        requests_[writer].push_back(put_request("/v1/bundles", log.bundle_bytes(i, i + 1, {i + 1})));
    }
  }

  int run() {
    const auto done = loop_.run(submit_all());
    if (!done || failed_) {
      std::fprintf(stderr, "%s\n", done ? failure_.c_str() : done.error().text.c_str());
      return 1;
    }
    std::ranges::sort(latencies_);
    const double entries = static_cast<double>(latencies_.size());
    std::printf("{\"entries\": %zu, \"rate\": %.0f, \"p50_ms\": %.2f, \"p99_ms\": %.2f}\n", latencies_.size(),
                entries / seconds_, latencies_[latencies_.size() / 2] * 1000,
                latencies_[latencies_.size() * 99 / 100] * 1000);
    return 0;
  }

 private:
  env::awaitable<Result<std::unique_ptr<env::Stream>>> connect() {
    env::Address address(order_.relay.host, order_.relay.port);
    auto stream = co_await network_.connect(std::move(address), order_.relay.key_pin);
    co_return stream;
  }

  env::awaitable<Result<void>> submit_all() {
    auto first = co_await connect();
    if (!first) co_return pass(first);
    Bytes archive;
    format::append_record(archive, format::RecordKind::kSignedCharter, project_.charter().signed_bytes());
    const Bytes request = put_request("/v1/charters", archive);
    co_await put(**first, request);
    std::vector<std::unique_ptr<env::Stream>> streams;
    for (std::size_t i = 0; i < order_.writers; ++i) {
      auto stream = co_await connect();
      if (!stream) co_return pass(stream);
      streams.push_back(*std::move(stream));
    }
    const Stopwatch watch;
    env::TaskGroup writers(loop_.executor());
    for (std::size_t i = 0; i < order_.writers; ++i) writers.spawn(write(*streams[i], requests_[i]));
    co_await writers.join();
    seconds_ = watch.seconds();
    co_return Result<void>();
  }

  env::awaitable<void> write(env::Stream& stream, const std::vector<Bytes>& requests) {
    for (const Bytes& request : requests) {
      if (failed_) co_return;
      const Stopwatch watch;
      co_await put(stream, request);
      latencies_.push_back(watch.seconds());
    }
  }

  // One request, and its answer up to the last octet. Anything but 200 ends the benchmark.
  env::awaitable<void> put(env::Stream& stream, const Bytes& request) {
    const auto written = co_await stream.write(request);
    Bytes answer;
    std::array<char, kReadBytes> buffer{};
    while (written && !is_whole(answer)) {
      const auto count = co_await stream.read_some(buffer);
      if (!count || *count == 0) break;
      answer.append(buffer.data(), *count);
    }
    if (is_whole(answer) && answer.starts_with("HTTP/1.1 200")) co_return;
    failed_ = true;
    failure_ = "the relay did not take a submission: " + answer;
  }

  static bool is_whole(BytesView answer) {
    static constexpr std::string_view kLength = "Content-Length: ";
    const std::size_t head = answer.find("\r\n\r\n");
    const std::size_t length = answer.find(kLength);
    if (head == BytesView::npos || length == BytesView::npos) return false;
    return answer.size() >= head + 4 + std::strtoull(answer.data() + length + kLength.size(), nullptr, 10);
  }

  Order order_;
  tests::ProjectBuilder project_;
  std::vector<std::vector<Bytes>> requests_;  // one list a writer
  std::vector<double> latencies_;             // seconds
  double seconds_ = 0;
  bool failed_ = false;
  std::string failure_;
  os::EventLoop loop_;
  os::SystemClock clock_{loop_.executor()};
  tests::RecordedLog log_;
  tests::RecordedMetrics metrics_;
  os::SocketNetwork network_{loop_.executor(), clock_, log_, metrics_};
};

}  // namespace
}  // namespace tamizdat::bench

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: bench_submit ADDRESS_LINE WRITERS ENTRIES_PER_WRITER ENTRY_BYTES_MEAN\n");
    return 2;
  }
  tamizdat::bench::Order order;
  order.relay = tamizdat::tests::must(tamizdat::sync::RelayAddress::parse(argv[1]));
  order.writers = std::strtoull(argv[2], nullptr, 10);
  order.entries_per_writer = std::strtoull(argv[3], nullptr, 10);
  order.entry_bytes_mean = std::strtoull(argv[4], nullptr, 10);
  return tamizdat::bench::Newsrooms(std::move(order)).run();
}
