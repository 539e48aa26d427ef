// Forked charters: which of two of one version counts, by the words of the relays of the charter before them.
#include "proto/format/charter_seen.h"
#include "proto/format/statement.h"
#include "tests/vectors/cases.h"
#include "tests/vectors/newsroom.h"

namespace tamizdat::format {
namespace {

// Version 2 lists the relays that decide; of version 3 there are two, of which whoever judges has the one.
struct Dispute {
  Charter first = plain_charter();
  Charter common = successor(first);
  Charter one, other;
  std::vector<Charter> after_one, after_other;
  std::vector<Bytes> statements;

  // The last `abroad` relays are in another country.
  Dispute(int relays, std::uint32_t quorum, int abroad) {
    for (int number = 1; number <= relays; ++number) common.witness.relays.push_back(relay(number, number + abroad > relays ? "RS" : "GE"));
    common.witness.quorum = quorum;
    if (relays > 0) common.witness.fresh_for = std::chrono::hours(6);
    one = successor(common);
    one.contact = "one@iset.example";
    other = successor(common);
    other.contact = "other@iset.example";
  }

  static std::string name(int number) { return "relay-" + std::to_string(number); }
  static PolicyRelay relay(int number, std::string country = "GE") {
    return {RelayId(public_key_named(name(number))), std::move(country), public_key_named(name(number) + "-witness"), public_key_named(name(number) + "-mirror")};
  }

  void sees(int number, const Charter& charter, std::string_view time = "2026-11-25T12:00:00Z") {
    const CharterSeenContent content{charter.version, charter_hash(serialise_charter(charter)), std::nullopt, *parse_rfc3339(time)};
    statements.push_back(make_charter_seen(project_of(first), content, key_named(name(number) + "-witness")));
  }
};

template <typename Play>
void add(Cases& cases, const std::string& name, std::string verdict, std::string comment, int relays, std::uint32_t quorum, Play play, int abroad = 0) {
  Dispute dispute(relays, quorum, abroad);
  play(dispute);
  Vector vector{"charter-decision", std::move(verdict), std::move(comment), {{"version", "3"}},
                {{"charter", sign(dispute.first)}, {"charter", sign(dispute.common)}, {"charter", sign(dispute.one)}}};
  for (const auto& charter : dispute.after_one) vector.payloads.emplace_back("charter", sign(charter));
  vector.payloads.emplace_back("branch", sign(dispute.other));
  for (const auto& charter : dispute.after_other) vector.payloads.emplace_back("branch", sign(charter));
  for (auto& statement : dispute.statements) vector.payloads.emplace_back("statement", std::move(statement));
  cases["charter-decision/" + name] = std::move(vector);
}

}  // namespace

void add_charter_decision_cases(Cases& cases) {
  add(cases, "two-of-three", "one", "more than half have taken it", 3, 2, [](Dispute& dispute) {
    dispute.sees(1, dispute.one);
    dispute.sees(2, dispute.one);
    dispute.sees(3, dispute.other);
  });
  add(cases, "other-branch", "other", "whoever judges has the one that lost", 3, 2, [](Dispute& dispute) {
    dispute.sees(1, dispute.other);
    dispute.sees(3, dispute.other);
  });
  add(cases, "nobody-speaks", "undecided", "no word at all", 3, 2, [](Dispute&) {});
  add(cases, "one-each", "undecided", "the third decides", 3, 2, [](Dispute& dispute) {
    dispute.sees(1, dispute.one);
    dispute.sees(2, dispute.other);
  });
  add(cases, "half-each", "undecidable", "two of four for each: no key may overrule them", 4, 3, [](Dispute& dispute) {
    for (const int number : {1, 2}) dispute.sees(number, dispute.one);
    for (const int number : {3, 4}) dispute.sees(number, dispute.other);
  });
  add(cases, "no-relays", "undecidable", "a policy without relays never decides", 0, 0, [](Dispute&) {});
  add(cases, "quorum-of-the-policy", "undecided", "it asks for three, which is more than half of three", 3, 3, [](Dispute& dispute) {
    for (const int number : {1, 2}) dispute.sees(number, dispute.one);
  });
  add(cases, "relays-of-one-country", "undecided", "two of three are more than half, and as many as are in one country", 3, 0, [](Dispute& dispute) {
    for (const int number : {1, 2}) dispute.sees(number, dispute.one);
  }, 1);
  add(cases, "relays-of-two-countries", "one", "three of four are more than are in one country", 4, 3, [](Dispute& dispute) {
    for (const int number : {1, 2, 4}) dispute.sees(number, dispute.one);
  }, 2);
  add(cases, "policy-without-a-quorum", "undecided", "one of three is not more than half", 3, 0,
      [](Dispute& dispute) { dispute.sees(1, dispute.one); });
  add(cases, "both", "undecided", "a relay whose words are for two branches counts for none", 3, 2, [](Dispute& dispute) {
    dispute.sees(1, dispute.one);
    dispute.sees(2, dispute.one);
    dispute.sees(2, dispute.other, "2026-11-25T13:00:00Z");
  });
  add(cases, "later-version", "other", "a word of version 4 is for the branch that it continues", 3, 2, [](Dispute& dispute) {
    dispute.after_other = {successor(dispute.other)};
    dispute.sees(1, dispute.after_other.front());
    dispute.sees(2, dispute.other);
  });
  add(cases, "later-version-unknown", "undecided", "of a chain that nobody here has a later word is for none", 3, 2, [](Dispute& dispute) {
    dispute.sees(1, successor(dispute.other));
    dispute.sees(2, dispute.other);
  });
  add(cases, "earlier-version", "undecided", "who has seen the common charter has not seen either", 3, 2, [](Dispute& dispute) {
    dispute.sees(1, dispute.common);
    dispute.sees(2, dispute.one);
  });
  add(cases, "third-branch", "undecidable", "one each for three charters", 3, 2, [](Dispute& dispute) {
    Charter third = successor(dispute.common);
    third.contact = "third@iset.example";
    dispute.sees(1, dispute.one);
    dispute.sees(2, dispute.other);
    dispute.sees(3, third);
  });
  add(cases, "relays-of-the-branch", "undecided", "only relays of the charter before have a say, not those that a branch lists", 3, 2,
      [](Dispute& dispute) {
        for (const int number : {4, 5, 6}) dispute.one.witness.relays.push_back(Dispute::relay(number));
        dispute.one.witness.quorum = 4;
        for (const int number : {4, 5, 6}) dispute.sees(number, dispute.one);
      });
}

}  // namespace tamizdat::format
