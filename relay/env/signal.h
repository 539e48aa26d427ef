// What somebody wants to be told about: listeners that live as long as their subscriptions. Loop thread only.
//
//   Signal<const Change&> changed;
//   auto subscription = changed.subscribe([this](const Change& change) { note(change); });
//   changed.emit(change);
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "proto/base/check.h"

namespace tamizdat::env {

template <typename... Values>
class Signal {
 public:
  // Called from emit(); it must not wait, and usually sets a flag and notifies an Event.
  using Listener = std::function<void(Values...)>;

  // While it lives, the listener is called; destroy it before the signal, also from within the listener.
  class [[nodiscard]] Subscription {
   public:
    Subscription() = default;
    Subscription(Subscription&& other) noexcept
        : signal_(std::exchange(other.signal_, nullptr)), number_(other.number_) {}
    Subscription& operator=(Subscription&& other) noexcept {
      std::swap(signal_, other.signal_);
      std::swap(number_, other.number_);
      return *this;
    }
    ~Subscription() {
      if (signal_ != nullptr) signal_->listeners_.erase(number_);
    }

   private:
    friend class Signal;
    Subscription(Signal& signal, std::uint64_t number) : signal_(&signal), number_(number) {}
    Signal* signal_ = nullptr;
    std::uint64_t number_ = 0;
  };

  Signal() = default;
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;
  ~Signal() { TMZ_CHECK(listeners_.empty()); }

  Subscription subscribe(Listener listener) {
    const std::uint64_t number = next_++;
    listeners_.emplace(number, std::move(listener));
    return Subscription(*this, number);
  }

  // Calls the listeners in the order of their subscriptions. One may end its own or another subscription meanwhile.
  void emit(Values... values) {
    for (auto next = listeners_.begin(); next != listeners_.end();) {
      const std::uint64_t number = next->first;
      const Listener listener = next->second;
      listener(values...);
      next = listeners_.upper_bound(number);
    }
  }

 private:
  std::map<std::uint64_t, Listener> listeners_;
  std::uint64_t next_ = 1;
};

}  // namespace tamizdat::env
