// Whether the relay is ready: the composition root says what is still to come up and reports each part as it does. Read
// by /healthz/ready, which a relay that stops does not answer any more. Loop thread only.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace tamizdat::admin {

class Health {
 public:
  // `part` ("store", "listener") keeps the relay from being ready until came_up(part).
  void wait_for(std::string_view part) { missing_.emplace(part); }
  void came_up(std::string_view part) {
    if (const auto found = missing_.find(part); found != missing_.end()) missing_.erase(found);
  }

  bool is_ready() const { return missing_.empty(); }
  const std::set<std::string, std::less<>>& missing() const { return missing_; }

 private:
  std::set<std::string, std::less<>> missing_;
};

}  // namespace tamizdat::admin
