#include "relay/policy/admission.h"

#include <algorithm>

namespace tamizdat::policy {
namespace {

bool contains(const std::vector<std::string>& allowed, const std::string& value) {
  return allowed.empty() || std::ranges::find(allowed, value) != allowed.end();
}

bool regions_in_scope(const std::vector<std::string>& allowed, const std::vector<std::string>& regions) {
  return regions.empty() ||
         std::ranges::any_of(regions, [&](const std::string& region) { return contains(allowed, region); });
}

Result<void> check_scope(const format::Desk& desk, const format::VerifiedEntry& entry) {
  if (!entry.body() || (desk.languages.empty() && desk.regions.empty())) return {};
  const auto body = format::parse_body(*entry.body());
  if (!body) return {};  // sealed or of a later version: there is nothing to judge
  if (!body->language.empty() && !contains(desk.languages, body->language))
    return fail(kOutOfScope, "the charter does not let this desk publish in language '" + body->language + "'");
  if (!regions_in_scope(desk.regions, body->regions))
    return fail(kOutOfScope, "the charter does not let this desk publish for region '" + body->regions.front() + "'");
  return {};
}

// A closed desk publishes no more; but its closing's head, with what it leaves, is what relays wait for that hid the log.
Result<void> check_closing(const format::VerifiedCharter& charter, const format::VerifiedHead& head) {
  const format::ClosedDesk* const closed = charter.content().closed_desk(head.desk());
  if (closed != nullptr && head.size() == closed->size && head.root() == closed->root) return {};
  return fail(kDeskClosed, "the charter has closed this desk: it can publish no more");
}

Result<void> check_time(const format::Desk& desk, Timestamp now) {
  if (desk.not_before && now < *desk.not_before)
    return fail(kDeskNotYetValid, "the charter lets this desk publish from " + to_rfc3339(*desk.not_before) + " on");
  if (desk.not_after && now > *desk.not_after)
    return fail(kDeskNoLongerValid, "the charter let this desk publish until " + to_rfc3339(*desk.not_after) +
                                        ": update the charter");
  return {};
}

}  // namespace

Result<void> admit_project(const AdmissionRules& rules, const ProjectId& project) {
  if (rules.admission == Admission::kOpen || rules.projects.contains(project)) return {};
  return fail(kProjectNotListed, "this relay takes listed projects only: ask its operator to list " + project.text());
}

Result<void> admit_bundle(const AdmissionRules& rules, const format::VerifiedBundle& bundle,
                          const MayLackBody& may_lack_body) {
  if (auto allowed = admit_project(rules, bundle.head().project()); !allowed) return allowed;
  for (const auto& entry : bundle.entries())
    if (!entry.body() && !(may_lack_body && may_lack_body(entry)))
      return fail(kBodyMissing, "entry " + std::to_string(entry.header().index) +
                                    " comes without its text: send whole entries, or fetch them from a relay that has them");
  return {};
}

Result<void> admit_desk(const format::VerifiedCharter& charter, const DeskId& desk, Timestamp now) {
  const format::Desk* const listed = charter.content().desk(desk);
  if (listed == nullptr) return fail(kDeskClosed, "the charter does not list this desk: it can hand in nothing");
  return check_time(*listed, now);
}

Amount& Amount::operator+=(const Amount& other) {
  entries += other.entries;
  octets += other.octets;
  return *this;
}

Amount& Amount::operator-=(const Amount& other) {
  entries -= other.entries;
  octets -= other.octets;
  return *this;
}

Result<void> admit_amount(const format::Desk& desk, const Amount& taken, const Amount& more) {
  if (more.entries == 0 || taken.entries == 0) return {};
  const auto refuse = [](std::uint64_t quota, const char* unit, std::uint64_t used, std::uint64_t wanted) {
    return fail(kDeskQuota, "the charter lets relays take " + std::to_string(quota) + " " + unit + " of this desk in 24 hours; " +
                                std::to_string(used) + " came, and these are " + std::to_string(wanted) +
                                " more: send them later, or raise the quota in the charter");
  };
  if (desk.entries_per_day > 0 && taken.entries + more.entries > desk.entries_per_day)
    return refuse(desk.entries_per_day, "entries", taken.entries, more.entries);
  if (desk.bytes_per_day > 0 && taken.octets + more.octets > desk.bytes_per_day)
    return refuse(desk.bytes_per_day, "octets", taken.octets, more.octets);
  return {};
}

Result<void> admit_submission(const format::VerifiedCharter& charter, const format::VerifiedBundle& bundle,
                              Timestamp now) {
  const format::Desk* const desk = charter.content().desk(bundle.head().desk());
  if (desk == nullptr) return check_closing(charter, bundle.head());
  if (auto valid = check_time(*desk, now); !valid) return valid;
  for (const auto& entry : bundle.entries())
    if (auto allowed = check_scope(*desk, entry); !allowed) return allowed;
  return {};
}

}  // namespace tamizdat::policy
