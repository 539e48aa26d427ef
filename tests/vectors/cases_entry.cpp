#include <functional>

#include "proto/format/limits.h"
#include "proto/format/sealed_body.h"
#include "tests/vectors/bad_headers.h"
#include "tests/vectors/cases.h"
#include "tests/vectors/wire_writer.h"

namespace tamizdat::format {
namespace {

void add_header(Cases& cases, const std::string& name, std::string expect, std::string comment, Bytes header) {
  cases["header/" + name] = {"header", std::move(expect), std::move(comment), {}, {{"header", std::move(header)}}};
}

void add_body(Cases& cases, const std::string& name, std::string expect, std::string comment, Bytes body) {
  cases["body/" + name] = {"body", std::move(expect), std::move(comment), {}, {{"body", std::move(body)}}};
}

void add_headers(Cases& cases) {
  const DeskLog log(project_of(plain_charter()));
  const Bytes body = serialise_body(DeskLog::plain_body("Паводок"));
  const auto with = [&](const std::function<void(EntryHeader&)>& alter) {
    EntryHeader header = log.next_header(body);
    alter(header);
    return serialise_header(header);
  };
  const Bytes plain = with([](EntryHeader&) {});
  add_header(cases, "article", "ok", "kind 1", plain);
  add_header(cases, "correction", "ok", "kind 2 with the entry it corrects", with([](EntryHeader& h) {
               h.kind = EntryKind::kCorrection;
               h.target = entry_id("another header");
             }));
  add_header(cases, "every-field", "ok", "embargo and expiry too", with([](EntryHeader& h) {
               h.index = 77;
               h.kind = EntryKind::kRetraction;
               h.target = entry_id("another header");
               h.not_before = *parse_rfc3339("2026-12-01T06:30:00Z");
               h.expires_at = *parse_rfc3339("2036-12-01T00:00:00Z");
             }));
  add_header(cases, "sealed", "ok", "an embargo: the body is ciphertext, and the header commits to its key",
             with([](EntryHeader& h) {
               h.not_before = *parse_rfc3339("2026-12-01T06:30:00Z");
               h.key_commitment = key_commitment(Bytes(kBodyKeyBytes, 'k'));
             }));
  add_header(cases, "embargo-key-without-target", "ok", "it opens nothing",
             with([](EntryHeader& h) { h.kind = EntryKind::kEmbargoKey; }));
  add_header(cases, "kind-of-later-version", "ok", "stored and forwarded, not rendered",
             with([](EntryHeader& h) { h.kind = static_cast<EntryKind>(9); }));
  add_header(cases, "before-1970", "ok", "a whole hour before 1970",
             with([](EntryHeader& h) { h.time = timestamp_from_unix(-7200); }));
  add_header(cases, "unknown-fields", "ok", "part of the leaf", plain + number_field(900, 1) + bytes_field(901, "later"));
  add_header(cases, "non-minimal-varint", "ok", "the index again, in fifteen octets: the entry id is of these bytes",
             plain + number_field(3, 0, {5, 10}));
  add_header(cases, "largest-body", "ok", "a body of 768 KiB",
             with([](EntryHeader& h) { h.body_size = kBodyBytesMax; }));
  add_header(cases, "largest", "ok", "1024 octets",
             plain + bytes_field(901, Bytes(kHeaderBytesMax - plain.size() - 4, 'x'), {2, 2}));
  for (auto& bad : bad_headers(log, body)) add_header(cases, bad.name, bad.expect, bad.comment, bad.bytes);
}

Attachment picture() {
  Attachment attachment;
  attachment.blob = {charter_hash("picture"), 30000};
  attachment.media_type = "image/jpeg";
  attachment.alt = "Мост через Исеть под водой";
  attachment.caption = "Мост, 7 утра";
  attachment.credit = "Фото редакции";
  attachment.name = "most.jpg";
  attachment.width = 1600;
  attachment.height = 900;
  attachment.renditions = {{{charter_hash("smaller picture"), 9000}, "image/jpeg", 640, 360}};
  return attachment;
}

Body full_body() {
  Body body = DeskLog::plain_body("Паводок");
  body.lede = "Исеть вышла из берегов.";
  body.byline = "Редакция";
  body.topics = {"medtop:20000148"};
  body.original_url = "https://iset.example/pavodok";
  body.published_at = *parse_rfc3339("2026-11-24T07:23:50Z");
  body.modified_at = *parse_rfc3339("2026-11-24T08:00:00Z");
  body.reprint = {"CC-BY-4.0", "Вестник Исети"};
  body.attachments = {picture()};
  body.guid = "https://iset.example/?p=17";
  return body;
}

void add_bodies(Cases& cases) {
  const Bytes plain = serialise_body(DeskLog::plain_body("Паводок"));
  add_body(cases, "plain", "ok", "a title and a paragraph", plain);
  add_body(cases, "every-field", "ok", "each field of the schema", serialise_body(full_body()));
  add_body(cases, "unknown-fields", "ok", "ignored, and part of the commitment", plain + number_field(900, 1));
  add_body(cases, "largest", "ok", "768 KiB", plain + bytes_field(901, Bytes(kBodyBytesMax - plain.size() - 6, 'x'), {2, 4}));
  add_body(cases, "too-large", "body-too-large", "768 KiB and one octet", Bytes(kBodyBytesMax + 1, 'x'));
  add_body(cases, "no-message", "body-malformed", "a text", "this is no message");
  add_body(cases, "title-not-utf8", "body-malformed", "texts are UTF-8", plain + bytes_field(2, "\xff"));
  add_body(cases, "group", "body-malformed", "groups are refused", plain + group_field(900));
  add_body(cases, "attachment-group", "body-malformed", "in a nested message too",
           plain + bytes_field(13, group_field(900)));
  const auto with = [](const std::function<void(Body&)>& alter) {
    Body body = full_body();
    alter(body);
    return serialise_body(body);
  };
  const char* const malformed = "body-malformed";
  add_body(cases, "embargo-key", "ok", "opens the entry that the header names", with([](Body& b) { b.key.assign(32, 'k'); }));
  add_body(cases, "key-31-octets", malformed, "a key has 32", with([](Body& b) { b.key.assign(31, 'k'); }));
  add_body(cases, "no-salt", malformed, "an erased text could be guessed", with([](Body& b) { b.salt.clear(); }));
  add_body(cases, "region-empty", malformed, "a tag has a character", with([](Body& b) { b.regions = {""}; }));
  add_body(cases, "topic-too-long", malformed, "65 octets", with([](Body& b) { b.topics = {std::string(65, 't')}; }));
  add_body(cases, "topics-too-many", malformed, "257", with([](Body& b) { b.topics.assign(257, "t"); }));
  add_body(cases, "attachments-too-many", malformed, "257", with([](Body& b) { b.attachments.assign(257, picture()); }));
  add_body(cases, "attachment-size-zero", malformed, "at least 1", with([](Body& b) { b.attachments[0].blob.size = 0; }));
  add_body(cases, "attachment-too-large", malformed, "above 4 GiB",
           with([](Body& b) { b.attachments[0].blob.size = kAttachmentBytesMax + 1; }));
  add_body(cases, "renditions-too-many", malformed, "9",
           with([](Body& b) { b.attachments[0].renditions.assign(9, b.attachments[0].renditions[0]); }));
  add_body(cases, "rendition-size-zero", malformed, "at least 1",
           with([](Body& b) { b.attachments[0].renditions[0].blob.size = 0; }));
  add_body(cases, "attachment-root-31-octets", malformed, "a root has 32",
           plain + bytes_field(13, bytes_field(1, Bytes(31, 'r')) + number_field(2, 5)));
  add_body(cases, "year-10000", malformed, "published at 10000-01-01",
           with([](Body& b) { b.published_at = kTimestampMax + seconds(1); }));
}

void add_sealed_bodies(Cases& cases) {
  const ProjectId project = project_of(plain_charter());
  const Bytes key(kBodyKeyBytes, 'k');
  const Bytes body = serialise_body(DeskLog::plain_body("Паводок"));
  EntryHeader header = DeskLog(project).next_header(body);
  header.index = 7;
  header.key_commitment = key_commitment(key);
  header.not_before = *parse_rfc3339("2026-12-01T06:30:00Z");
  const Bytes sealed = seal_body(header, body, key, Bytes(kBodyNonceBytes, 'o'));
  const auto add = [&](const std::string& name, std::string expect, std::string comment,
                       const std::function<void(EntryHeader&)>& alter, Bytes octets, Bytes with_key) {
    EntryHeader altered = header;
    altered.body_commitment = body_commitment(octets);
    altered.body_size = static_cast<std::uint32_t>(octets.size());
    alter(altered);
    cases["sealed-body/" + name] = {"sealed-body", std::move(expect), std::move(comment), {},
                                    {{"header", serialise_header(altered)}, {"sealed", std::move(octets)}, {"key", std::move(with_key)}}};
  };
  const auto as_it_is = [](EntryHeader&) {};
  add("opens", "ok", "the key that the header commits to", as_it_is, sealed, key);
  add("other-time", "ok", "not_before and the commitment are not part of the place",
      [](EntryHeader& h) { h.not_before.reset(); }, sealed, key);
  add("not-sealed", "body-not-sealed", "the header commits to no key", [](EntryHeader& h) { h.key_commitment.reset(); },
      sealed, key);
  add("another-key", "body-key-wrong", "one octet of the key is another", as_it_is, sealed, Bytes(31, 'k') + "K");
  add("key-31-octets", "body-key-wrong", "a key has 32", as_it_is, sealed, Bytes(31, 'k'));
  add("committed-to-another-key", "sealed-body-wrong", "the key fits the commitment and not the ciphertext",
      [](EntryHeader& h) { h.key_commitment = key_commitment(Bytes(32, 'K')); }, sealed, Bytes(32, 'K'));
  const char* const wrong = "sealed-body-wrong";
  add("copied-to-another-project", wrong, "the place is sealed with it",
      [](EntryHeader& h) { h.project = ProjectId(charter_hash("another")); }, sealed, key);
  add("copied-to-another-desk", wrong, "the place is sealed with it",
      [](EntryHeader& h) { h.desk = DeskId(public_key_named("thief")); }, sealed, key);
  add("copied-to-another-index", wrong, "the place is sealed with it", [](EntryHeader& h) { h.index = 8; }, sealed, key);
  Bytes altered = sealed;
  altered.back() = static_cast<char>(altered.back() ^ 1);
  add("altered", wrong, "one bit of the tag", as_it_is, altered, key);
  altered = sealed;
  altered.front() = static_cast<char>(altered.front() ^ 1);
  add("nonce-altered", wrong, "one bit of the nonce", as_it_is, altered, key);
  add("too-short", wrong, "39 octets", as_it_is, sealed.substr(0, 39), key);
  add("nothing-inside", "ok", "a body of no octets: that it is no article is told later", as_it_is,
      seal_body(header, "", key, Bytes(kBodyNonceBytes, 'o')), key);
}

}  // namespace

std::vector<BadHeader> bad_headers(const DeskLog& log, BytesView body) {
  const EntryHeader good = log.next_header(body);
  const auto with = [&](const std::function<void(EntryHeader&)>& alter) {
    EntryHeader header = good;
    alter(header);
    return serialise_header(header);
  };
  const Bytes plain = serialise_header(good);
  const char* const malformed = "header-malformed";
  return {
      {"too-large", "header-too-large", "1025 octets",
       plain + bytes_field(901, Bytes(kHeaderBytesMax - plain.size() - 3, 'x'), {2, 2})},
      {"no-message", malformed, "a text", "this is no message"},
      {"empty", malformed, "no field at all", ""},
      {"group", malformed, "groups are refused", plain + group_field(900)},
      {"project-31-octets", malformed, "an id has 32", plain + bytes_field(1, Bytes(31, 'p'))},
      {"no-desk", malformed, "an id is required", plain + bytes_field(2, "")},
      {"commitment-33-octets", malformed, "a hash has 32", plain + bytes_field(5, Bytes(33, 'c'))},
      {"kind-zero", malformed, "a kind is required", plain + number_field(4, 0)},
      {"kind-negative", malformed, "an enum is a signed number of 32 bits", plain + number_field(4, ~std::uint64_t{0})},
      {"body-above-limit", malformed, "768 KiB and one octet, whether the body is here or not",
       with([](EntryHeader& h) { h.body_size = kBodyBytesMax + 1; })},
      {"correction-without-target", malformed, "of what?", with([](EntryHeader& h) { h.kind = EntryKind::kCorrection; })},
      {"retraction-without-target", malformed, "of what?", with([](EntryHeader& h) { h.kind = EntryKind::kRetraction; })},
      {"target-31-octets", malformed, "an id has 32", plain + bytes_field(7, Bytes(31, 't'))},
      {"key-commitment-33-octets", malformed, "a hash has 32", plain + bytes_field(11, Bytes(33, 'k'))},
      {"time-to-the-minute", malformed, "a permanent minute would tell when a person worked",
       with([](EntryHeader& h) { h.time += seconds(60); })},
      {"year-10000", malformed, "an embargo that no calendar can print",
       with([](EntryHeader& h) { h.not_before = kTimestampMax + seconds(1); })},
      {"time-far-below", malformed, "the least int64", plain + number_field(10, std::uint64_t{1} << 63)},
  };
}

void add_entry_cases(Cases& cases) {
  add_headers(cases);
  add_bodies(cases);
  add_sealed_bodies(cases);
}

}  // namespace tamizdat::format
