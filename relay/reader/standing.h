// What readers must know of a project on whatever page of it they stand: that its charter has expired, and what else
// is wrong with it as a whole. Nothing here hides an article. Loop thread only.
//
// A mark may come by the clock alone, so a standing is looked at anew when it is older than kAgeMax; pages that show it
// are good as long as `text` is the same.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "proto/format/freshness.h"
#include "relay/env/clock.h"
#include "relay/statements/statements.h"
#include "relay/store/store.h"

namespace tamizdat::reader {

// A sentence, which ends with a date if it has one.
struct Mark {
  std::string_view word;           // its key
  std::optional<Timestamp> since;  // none: the sentence ends by itself
  bool good = false;               // nothing is wrong: it stands quietly
};

struct Standing {
  std::vector<Mark> marks;  // the gravest first
  std::string text;         // the same for the same marks
  Timestamp changed_at;     // when these marks were first seen here
};

class Standings {
 public:
  static constexpr seconds kAgeMax{5};
  // Of what badges say of freshness, which takes all logs of a project and is looked at for some projects at a time.
  static constexpr seconds kFreshnessAgeMax{60};
  static constexpr std::size_t kFreshnessAtATime = 16;

  // All outlive the object. Without statements nothing is known of freezes and forks.
  Standings(const store::Store& store, env::Clock& clock, const statements::Statements* statements = nullptr)
      : store_(store), clock_(clock), statements_(statements) {}

  // Of a project that is held; of any other one, no marks.
  const Standing& of(const ProjectId& project);
  // What stands beside the project's name in lists of several: the key of a word or two, or empty where nothing stops it, and
  // what is here is as new as it may be, when badges() looked last.
  std::string_view badge_of(const ProjectId& project) const;
  // All that have a badge, and when that changed: what pages of several projects depend on.
  struct Badges {
    std::string text;
    Timestamp changed_at;
  };
  const Badges& badges();

 private:
  struct Looked {
    Standing standing;
    Timestamp at;
  };
  std::vector<Mark> marks_of(const ProjectId& project, Timestamp now) const;
  std::vector<Mark> stops_of(const format::VerifiedCharter& charter, Timestamp now) const;
  std::optional<Mark> freshness_of(const format::VerifiedCharter& charter, Timestamp now) const;

  const store::Store& store_;
  env::Clock& clock_;
  const statements::Statements* statements_;
  struct Freshness {
    std::string_view badge;
    Timestamp at;
  };
  std::string_view freshness_badge(const format::VerifiedCharter& charter, Timestamp now) const;

  std::unordered_map<ProjectId, Looked> looked_;  // of projects that are held
  std::unordered_map<ProjectId, Freshness> freshness_;
  Badges badges_;
  std::optional<Timestamp> badges_looked_at_;
};

}  // namespace tamizdat::reader
