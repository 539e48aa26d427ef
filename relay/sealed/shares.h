// Who has how much of the sealed pool: so that neither one newsroom, nor all that hand in here, nor the peers shut it for the
// others. What comes of desks fills half of it at most, a project one sixteenth; a peer half, all peers three quarters. What
// one project hands in is counted in memory only, since a list of who sent how much is what a seized relay must not have.
// No clock, no I/O.
#pragma once

#include <map>
#include <optional>
#include <variant>

#include "proto/base/result.h"
#include "relay/sealed/slot_files.h"

namespace tamizdat::sealed {

inline constexpr ErrorCode kPoolFull{"sealed-pool-full"};
inline constexpr ErrorCode kPeerShareFull{"sealed-peer-share-full"};
inline constexpr ErrorCode kProjectQuota{"sealed-project-quota"};

// A desk of this project, or the peer at the other end of a link.
using Origin = std::variant<ProjectId, RelayId>;
Source source_of(const Origin& origin);

class Shares {
 public:
  Shares(std::uint64_t octets_max, std::uint64_t project_octets_per_day)
      : octets_max_(octets_max), project_octets_per_day_(project_octets_per_day) {}

  // Whether so many octets more have room. Errors: kPoolFull, kPeerShareFull, kProjectQuota.
  Result<void> check(const Origin& origin, std::uint64_t octets, Timestamp now) const;
  // `project`: none where it is not known any more.
  void take(const Source& source, const std::optional<ProjectId>& project, std::uint64_t octets);
  void give_back(const Source& source, const std::optional<ProjectId>& project, std::uint64_t octets);
  // What a project handed in on this day counts, also when it has gone.
  void take_of_day(const ProjectId& project, std::uint64_t octets, Timestamp now);
  void give_back_of_day(const ProjectId& project, std::uint64_t octets, Timestamp now);
  std::uint64_t octets() const { return octets_; }

 private:
  Result<void> check_project(const ProjectId& project, std::uint64_t octets, Timestamp now) const;
  Result<void> check_peer(const RelayId& peer, std::uint64_t octets) const;
  std::uint64_t of(const Source& source) const;

  std::uint64_t octets_max_;
  std::uint64_t project_octets_per_day_;
  std::uint64_t octets_ = 0;
  std::map<Source, std::uint64_t> of_source_;
  std::map<ProjectId, std::uint64_t> of_project_;
  std::map<ProjectId, std::uint64_t> of_day_;
  std::int64_t day_ = 0;  // that of_day_ counts
};

}  // namespace tamizdat::sealed
