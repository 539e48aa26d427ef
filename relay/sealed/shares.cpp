#include "relay/sealed/shares.h"

#include "proto/base/check.h"
#include "proto/base/time.h"

namespace tamizdat::sealed {
namespace {

std::int64_t day_of(Timestamp time) { return unix_seconds(time) / 86400; }

template <typename Key>
std::uint64_t in(const std::map<Key, std::uint64_t>& counts, const Key& key) {
  const auto found = counts.find(key);
  return found == counts.end() ? 0 : found->second;
}

template <typename Key>
void lower(std::map<Key, std::uint64_t>& counts, const Key& key, std::uint64_t octets) {
  const auto found = counts.find(key);
  TMZ_CHECK(found != counts.end() && found->second >= octets);
  found->second -= octets;
  if (found->second == 0) counts.erase(found);
}

}  // namespace

Source source_of(const Origin& origin) {
  const auto* const peer = std::get_if<RelayId>(&origin);
  return peer != nullptr ? Source::of(*peer) : Source{};
}

std::uint64_t Shares::of(const Source& source) const { return in(of_source_, source); }

Result<void> Shares::check(const Origin& origin, std::uint64_t octets, Timestamp now) const {
  if (octets_ + octets > octets_max_)
    return fail(kPoolFull, "the sealed pool of this relay is full: try another relay, or later");
  if (const auto* const project = std::get_if<ProjectId>(&origin)) return check_project(*project, octets, now);
  return check_peer(std::get<RelayId>(origin), octets);
}

Result<void> Shares::check_project(const ProjectId& project, std::uint64_t octets, Timestamp now) const {
  if (of(Source{}) + octets > octets_max_ / 2)
    return fail(kPoolFull, "the half of this relay's sealed pool that desks may fill is full: try another relay, or later");
  if (in(of_project_, project) + octets > octets_max_ / 16)
    return fail(kProjectQuota, "what this project has handed in here fills its sixteenth of the sealed pool: try another relay, or "
                               "wait until a letter ends");
  const std::uint64_t today = day_of(now) == day_ ? in(of_day_, project) : 0;
  if (today + octets > project_octets_per_day_)
    return fail(kProjectQuota, "this project has sealed as much today as this relay takes from one: try another relay, or tomorrow");
  return {};
}

Result<void> Shares::check_peer(const RelayId& peer, std::uint64_t octets) const {
  if (of(Source::of(peer)) + octets > octets_max_ / 2)
    return fail(kPeerShareFull, "the slots of one peer fill half of the sealed pool");
  if (octets_ - of(Source{}) + octets > octets_max_ / 4 * 3)
    return fail(kPeerShareFull, "the slots of all peers fill three quarters of the sealed pool");
  return {};
}

void Shares::take(const Source& source, const std::optional<ProjectId>& project, std::uint64_t octets) {
  octets_ += octets;
  of_source_[source] += octets;
  if (project) of_project_[*project] += octets;
}

void Shares::give_back(const Source& source, const std::optional<ProjectId>& project, std::uint64_t octets) {
  octets_ -= octets;
  lower(of_source_, source, octets);
  if (project) lower(of_project_, *project, octets);
}

void Shares::take_of_day(const ProjectId& project, std::uint64_t octets, Timestamp now) {
  if (day_of(now) != day_) of_day_.clear();
  day_ = day_of(now);
  of_day_[project] += octets;
}

void Shares::give_back_of_day(const ProjectId& project, std::uint64_t octets, Timestamp now) {
  if (day_of(now) == day_) lower(of_day_, project, octets);
}

}  // namespace tamizdat::sealed
