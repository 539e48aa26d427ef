// Freshness: what a reader concludes from the words of the relays that the charter lists.
#include "proto/format/charter_seen.h"
#include "proto/format/cosignature.h"
#include "proto/format/statement.h"
#include "tests/vectors/cases.h"
#include "tests/vectors/newsroom.h"

namespace tamizdat::format {
namespace {

using std::chrono::hours;

const Timestamp kNow = *parse_rfc3339("2026-11-25T12:00:00Z");
const Timestamp kLately = kNow - std::chrono::minutes(5);

// Three relays in three countries, two of which are a quorum; words count for six hours. The reader has seven entries.
struct Reader {
  Charter first = plain_charter();
  Charter second = successor(first);
  DeskLog log{project_of(first)};
  Timestamp now = kNow;
  std::uint64_t leaves_known = 7;
  std::vector<Bytes> statements;

  Reader() {
    second.witness = {{relay(1, "GE"), relay(2, "AM"), relay(3, "KZ")}, 2, hours(6)};
    log.fill(7);
  }

  static std::string name(int number) { return "relay-" + std::to_string(number); }
  static PolicyRelay relay(int number, std::string country) {
    return {RelayId(public_key_named(name(number))), std::move(country), public_key_named(name(number) + "-witness"),
            public_key_named(name(number) + "-mirror")};
  }

  void sees(int number, const Charter& charter, Timestamp time = kLately) {
    const CharterSeenContent content{charter.version, charter_hash(serialise_charter(charter)), std::nullopt, time};
    statements.push_back(make_charter_seen(log.project(), content, key_named(name(number) + "-witness")));
  }
  void sees(int number, Timestamp time = kLately) { sees(number, second, time); }
  void cosigns(int number, const DeskLog& what, std::uint64_t size, Timestamp time = kLately) {
    statements.push_back(make_cosigned_head(
        log.project(), cosign(what.head(size), RelayId(public_key_named(name(number))), key_named(name(number) + "-witness"), time)));
  }
  void cosigns(int number, std::uint64_t size, Timestamp time = kLately) { cosigns(number, log, size, time); }
  void vouches(int number, Timestamp time = kLately) {
    sees(number, time);
    cosigns(number, 7, time);
  }

  void close(std::uint64_t size, const Hash32& root) {
    second.desks.clear();
    second.closed_desks = {{first.desks.front().id, first.desks.front().label, size, root}};
  }

  Bytes leaves() const {
    Bytes out;
    for (std::uint64_t i = 0; i < leaves_known; ++i) out += log.leaves()[i].view();
    return out;
  }
};

template <typename Play>
void add(Cases& cases, const std::string& name, std::string verdict, std::string comment, Play play) {
  Reader reader;
  play(reader);
  Vector vector{"freshness",
                std::move(verdict),
                std::move(comment),
                {{"now", std::to_string(unix_seconds(reader.now))}, {"size", "7"}},
                {{"charter", sign(reader.first)}, {"charter", sign(reader.second)}}};
  for (auto& statement : reader.statements) vector.payloads.emplace_back("statement", std::move(statement));
  vector.payloads.emplace_back("log", Bytes(log_id(reader.log.project(), reader.log.desk()).view()));
  vector.payloads.emplace_back("root", Bytes(reader.log.root(7).view()));
  vector.payloads.emplace_back("leaves", reader.leaves());
  cases["freshness/" + name] = std::move(vector);
}

}  // namespace

void add_freshness_cases(Cases& cases) {
  add(cases, "fresh", "fresh", "two of three vouch for log and charter", [](Reader& reader) {
    reader.vouches(1);
    reader.vouches(3);
  });
  add(cases, "no-quorum-in-the-charter", "unwitnessed", "nobody can tell", [](Reader& reader) { reader.second.witness.quorum = 0; });
  add(cases, "nobody-speaks", "stale", "no word at all", [](Reader&) {});
  add(cases, "one-relay-twice", "stale", "two words of one relay are one", [](Reader& reader) {
    reader.vouches(1, kLately);
    reader.vouches(1, kNow);
  });
  add(cases, "half-each", "stale", "one vouches for the log, another one for the charter", [](Reader& reader) {
    reader.cosigns(1, 7);
    reader.sees(2);
  });
  add(cases, "charter-before", "stale", "a quorum for the log, but it names the charter before", [](Reader& reader) {
    for (const int number : {1, 2}) reader.cosigns(number, 7);
    for (const int number : {1, 2}) reader.sees(number, reader.first);
  });
  add(cases, "other-charter-of-this-version", "stale", "the hash counts, not the version", [](Reader& reader) {
    Charter other = reader.second;
    other.contact = "elsewhere@iset.example";
    for (const int number : {1, 2}) reader.cosigns(number, 7);
    reader.sees(1);
    reader.sees(2, other);
  });
  add(cases, "later-charter", "withheld", "a quorum names version 3", [](Reader& reader) {
    for (const int number : {1, 2}) reader.cosigns(number, 7);
    for (const int number : {1, 2}) reader.sees(number, successor(reader.second));
  });
  add(cases, "later-charter-seen-by-one", "fresh", "one relay's word is no quorum", [](Reader& reader) {
    reader.vouches(1);
    reader.vouches(2);
    reader.sees(3, successor(reader.second));
  });
  add(cases, "more-entries", "withheld", "a quorum has seen more than the reader has", [](Reader& reader) {
    reader.log.fill(9);
    for (const int number : {1, 2}) reader.sees(number);
    reader.cosigns(1, 8);
    reader.cosigns(2, 9);
  });
  add(cases, "more-entries-seen-by-one", "fresh", "what one relay alone has seen is not yet the quorum's", [](Reader& reader) {
    reader.log.fill(9);
    for (const int number : {1, 2}) reader.sees(number);
    reader.cosigns(1, 7);
    reader.cosigns(2, 9);
  });
  add(cases, "newest-entry-beyond-the-quorum", "fresh", "witnessed tells how far the quorum's word goes", [](Reader& reader) {
    for (const int number : {1, 2}) reader.sees(number);
    reader.cosigns(1, 5);
    reader.cosigns(2, 7);
  });
  add(cases, "another-history", "stale", "a relay has cosigned another root of five entries", [](Reader& reader) {
    DeskLog other{reader.log.project()};
    other.publish("Иная история");
    other.fill(5);
    reader.vouches(1);
    reader.vouches(2);
    reader.sees(3);
    reader.cosigns(3, other, 5);
  });
  add(cases, "part-of-a-log", "fresh", "of a part the root is known, and that is what was cosigned", [](Reader& reader) {
    reader.leaves_known = 0;
    reader.vouches(1);
    reader.vouches(2);
  });
  add(cases, "part-of-a-fork", "stale", "who has a part cannot tell whether five cosigned entries are those before it", [](Reader& reader) {
    reader.leaves_known = 0;
    for (const int number : {1, 2}) {
      reader.sees(number);
      reader.cosigns(number, 5);
    }
  });
  add(cases, "closed", "fresh", "the charter says where the log ends, no head is asked for", [](Reader& reader) {
    reader.close(7, reader.log.root(7));
    for (const int number : {1, 2}) reader.sees(number);
  });
  add(cases, "closed-and-charter-unseen", "stale", "nobody vouches for the charter that closes", [](Reader& reader) {
    reader.close(7, reader.log.root(7));
    reader.sees(1);
  });
  add(cases, "closed-beyond", "withheld", "the charter keeps more than the reader has", [](Reader& reader) {
    reader.log.fill(9);
    reader.close(9, reader.log.root(9));
    for (const int number : {1, 2}) reader.sees(number);
  });
  add(cases, "closed-at-another-history", "stale", "what he has is the branch that the closing ended", [](Reader& reader) {
    DeskLog other{reader.log.project()};
    other.publish("Иная история");
    other.fill(7);
    reader.close(7, other.root(7));
    for (const int number : {1, 2}) reader.sees(number);
  });
  add(cases, "at-the-limit", "fresh", "six hours ago to the second", [](Reader& reader) {
    reader.vouches(1, kNow - hours(6));
    reader.vouches(2, kNow - hours(6));
  });
  add(cases, "beyond-the-limit", "stale", "one of the quorum's words is a second older", [](Reader& reader) {
    reader.vouches(1, kNow - hours(6) - std::chrono::seconds(1));
    reader.vouches(2);
  });
  add(cases, "limit-by-default", "fresh", "fresh_seconds 0 stands for a day", [](Reader& reader) {
    reader.second.witness.fresh_for = std::chrono::seconds(0);
    reader.vouches(1, kNow - hours(24));
    reader.vouches(2, kNow - hours(24));
  });
  add(cases, "ahead-of-the-clock", "fresh", "600 s ahead count", [](Reader& reader) {
    reader.vouches(1, kNow + std::chrono::seconds(600));
    reader.vouches(2, kNow + std::chrono::seconds(600));
  });
  add(cases, "too-far-ahead-of-the-clock", "stale", "601 s ahead do not", [](Reader& reader) {
    reader.vouches(1, kNow + std::chrono::seconds(601));
    reader.vouches(2, kNow + std::chrono::seconds(601));
  });
  add(cases, "newest-word-of-a-relay", "withheld", "its older word does not speak for it any more", [](Reader& reader) {
    reader.log.fill(8);
    for (const int number : {1, 2}) {
      reader.vouches(number, kNow - hours(1));
      reader.cosigns(number, 8, kLately);
    }
  });
  add(cases, "another-desk", "stale", "heads of another log say nothing of this one", [](Reader& reader) {
    Desk second;
    second.id = DeskId(public_key_named("desk-2"));
    second.label = "Пермь";
    reader.second.desks.push_back(second);
    DeskLog other(reader.log.project(), "desk-2");
    other.fill(7);
    for (const int number : {1, 2}) {
      reader.sees(number);
      reader.cosigns(number, other, 7);
    }
  });
}

}  // namespace tamizdat::format
