// How much of a desk's log came to this relay in the last 24 hours, whoever brought it: what the quota in the desk's charter
// bounds at the door (proto/README.md, DeskQuota). It is counted from when each entry was stored, so a restart forgets
// nothing; links are not asked, since what is replicated must not depend on a relay's clock. Loop thread only.
#pragma once

#include <deque>
#include <map>

#include "relay/env/environment.h"
#include "relay/policy/admission.h"
#include "relay/store/store.h"

namespace tamizdat::submit {

class DailyCount {
 public:
  // Both outlive it.
  DailyCount(env::Environment& env, const store::Store& store) : env_(env), store_(store) {}

  // What a submission that was let in takes, until it is stored or refused: then the log itself tells.
  class Place {
   public:
    Place() = default;
    Place(policy::Amount* under_way, policy::Amount taken);
    Place(Place&& other) noexcept;
    Place& operator=(Place&&) = delete;
    ~Place();

   private:
    policy::Amount* under_way_ = nullptr;
    policy::Amount taken_;
  };
  struct Answer {
    Result<void> allowed;  // errors: policy::kDeskQuota, those of Store
    Place place;
    seconds retry_after{0};  // from when on a refused one would be let in
  };
  // Whether the entries of the bundle that are not held yet may come in now. A desk without a quota is not counted.
  env::awaitable<Answer> admit(format::VerifiedCharter charter, const format::VerifiedBundle& bundle);

 private:
  struct Second {
    Timestamp at;
    policy::Amount amount;
  };
  struct Log {
    std::uint64_t counted = 0;   // entries [0, counted) have been looked at
    std::deque<Second> seconds;  // the oldest first
    policy::Amount under_way;
  };

  Result<std::deque<Second>> read(const LogId& id, std::uint64_t from, std::uint64_t to, Timestamp now) const;
  env::awaitable<Result<void>> count(LogId id, Timestamp now);

  env::Environment& env_;
  const store::Store& store_;
  std::map<LogId, Log> logs_;  // of desks that have a quota
};

}  // namespace tamizdat::submit
