// Connections without sockets: two streams joined in memory, each way a bounded pipe, and a network of them for tests
// of peers. What holds for a TLS stream holds here: an end queues behind data, close() wakes the own side with
// kStreamClosed and cuts the other side's after what was already written.
#pragma once

#include <algorithm>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "relay/env/event.h"
#include "relay/env/network.h"

namespace tamizdat::tests {

// One direction.
struct MemoryPipe {
  explicit MemoryPipe(std::size_t bytes_max_) : bytes_max(bytes_max_) {}
  std::size_t bytes_max;
  std::string bytes;
  bool ended = false;          // in order, after `bytes`
  bool writer_closed = false;  // without an order, after `bytes`
  bool reader_closed = false;
  env::Event changed;
};

class MemoryStream : public env::Stream {
 public:
  MemoryStream(std::shared_ptr<MemoryPipe> in, std::shared_ptr<MemoryPipe> out, Hash32 secret)
      : in_(std::move(in)), out_(std::move(out)), secret_(secret) {}
  ~MemoryStream() override { MemoryStream::close(); }

  env::awaitable<Result<std::size_t>> read_some(std::span<char> out) override {
    const auto pipe = in_;
    for (;;) {
      if (pipe->reader_closed) co_return fail(env::kStreamClosed, "closed here");
      if (!pipe->bytes.empty()) {
        const std::size_t count = std::min({out.size(), pipe->bytes.size(), read_bytes_max_});
        std::memcpy(out.data(), pipe->bytes.data(), count);
        pipe->bytes.erase(0, count);
        pipe->changed.notify_all();
        co_return count;
      }
      if (pipe->ended) co_return std::size_t{0};
      if (pipe->writer_closed) co_return fail(env::kStreamCut, "cut by the other side");
      co_await pipe->changed.wait();
    }
  }

  env::awaitable<void> wait_for_input() override {
    const auto pipe = in_;
    while (!pipe->reader_closed && pipe->bytes.empty() && !pipe->ended && !pipe->writer_closed)
      co_await pipe->changed.wait();
  }

  env::awaitable<Result<void>> write(BytesView bytes) override {
    const auto pipe = out_;
    for (;;) {
      if (pipe->writer_closed || pipe->ended) co_return fail(env::kStreamClosed, "closed here");
      if (pipe->reader_closed) co_return fail(env::kStreamCut, "cut by the other side");
      const std::size_t count = std::min(bytes.size(), pipe->bytes_max - pipe->bytes.size());
      pipe->bytes.append(bytes.substr(0, count));
      bytes.remove_prefix(count);
      pipe->changed.notify_all();
      if (bytes.empty()) co_return Result<void>{};
      co_await pipe->changed.wait();
    }
  }

  env::awaitable<Result<void>> shutdown() override {
    if (out_->writer_closed) co_return fail(env::kStreamClosed, "closed here");
    out_->ended = true;
    out_->changed.notify_all();
    co_return Result<void>{};
  }

  void close() override {
    in_->reader_closed = true;
    out_->writer_closed = true;
    in_->changed.notify_all();
    out_->changed.notify_all();
  }

  Result<Hash32> exporter() const override { return secret_; }

  // Reads give at most so many octets at a time from now on, to cut input at every place.
  void set_read_bytes_max(std::size_t count) { read_bytes_max_ = count; }

 private:
  std::shared_ptr<MemoryPipe> in_;
  std::shared_ptr<MemoryPipe> out_;
  Hash32 secret_;
  std::size_t read_bytes_max_ = SIZE_MAX;
};

using MemoryStreamPair = std::pair<std::unique_ptr<MemoryStream>, std::unique_ptr<MemoryStream>>;

// Client side first. Each way holds 64 KiB, as a socket would.
inline MemoryStreamPair memory_stream_pair(Hash32 secret = {}) {
  auto up = std::make_shared<MemoryPipe>(64 << 10);
  auto down = std::make_shared<MemoryPipe>(64 << 10);
  return {std::make_unique<MemoryStream>(down, up, secret), std::make_unique<MemoryStream>(up, down, secret)};
}

// All hosts of a test: listen() and connect() by the text of an address. A host shows the key pin that was set for its
// address with set_key_pin(), else 32 zero octets.
class MemoryNetwork : public env::Network {
 public:
  env::awaitable<Result<std::unique_ptr<env::Stream>>> connect(env::Address address, Hash32 key_pin,
                                                               std::stop_token stop = {}) override {
    if (stop.stop_requested()) co_return fail(env::kStopRequested, "stopped");
    const auto host = hosts_.find(address.text());
    if (host == hosts_.end() || host->second->closed) co_return fail(env::kConnectFailed, "nobody listens there");
    if (pins_[address.text()] != key_pin) co_return fail(env::kKeyPinMismatch, "the host has another key");
    Hash32 secret;
    const std::uint64_t number = ++connections_;
    std::memcpy(secret.octets.data(), &number, sizeof number);
    auto [client, server] = memory_stream_pair(secret);
    host->second->waiting.push_back(std::move(server));
    host->second->changed.notify_all();
    co_return std::unique_ptr<env::Stream>(std::move(client));
  }

  Result<std::unique_ptr<env::Listener>> listen(const env::Address& address, env::Transport) override {
    auto& host = hosts_[address.text()];
    if (host && !host->closed) return fail(env::kListenFailed, "somebody listens there");
    host = std::make_shared<Host>();
    return std::unique_ptr<env::Listener>(std::make_unique<MemoryListener>(host, address));
  }

  void set_key_pin(const env::Address& address, const Hash32& pin) { pins_[address.text()] = pin; }

 private:
  struct Host {
    std::deque<std::unique_ptr<env::Stream>> waiting;
    bool closed = false;
    env::Event changed;
  };
  class MemoryListener : public env::Listener {
   public:
    MemoryListener(std::shared_ptr<Host> host, env::Address address)
        : host_(std::move(host)), address_(std::move(address)) {}
    ~MemoryListener() override { MemoryListener::close(); }
    env::awaitable<Result<std::unique_ptr<env::Stream>>> accept() override {
      const auto host = host_;
      while (host->waiting.empty() && !host->closed) co_await host->changed.wait();
      if (host->closed) co_return fail(env::kStreamClosed, "the listener is closed");
      auto stream = std::move(host->waiting.front());
      host->waiting.pop_front();
      co_return stream;
    }
    void close() override {
      host_->closed = true;
      host_->waiting.clear();
      host_->changed.notify_all();
    }
    env::Address address() const override { return address_; }

   private:
    std::shared_ptr<Host> host_;
    env::Address address_;
  };

  std::map<std::string, std::shared_ptr<Host>> hosts_;
  std::map<std::string, Hash32> pins_;
  std::uint64_t connections_ = 0;
};

}  // namespace tamizdat::tests
