#include "proto/format/archive.h"
#include "proto/format/limits.h"
#include "tests/vectors/cases.h"
#include "tests/vectors/newsroom.h"
#include "tests/vectors/wire_writer.h"

namespace tamizdat::format {
namespace {

void add(Cases& cases, const std::string& name, std::string expect, std::string comment, Bytes archive) {
  cases["archive/" + name] = {"archive", std::move(expect), std::move(comment), {}, {{"archive", std::move(archive)}}};
}

Bytes record(BytesView content) {
  Bytes out;
  append_u32_be(out, static_cast<std::uint32_t>(content.size()));
  return out + Bytes(content);
}

}  // namespace

void add_archive_cases(Cases& cases) {
  const Charter first = plain_charter();
  DeskLog log(project_of(first));
  log.fill(3);
  Bytes archive;
  append_record(archive, RecordKind::kSignedCharter, sign(first));
  append_record(archive, RecordKind::kSignedCharter, sign(successor(first)));
  append_record(archive, RecordKind::kBundle, log.bundle(0, 2, 3));
  append_record(archive, RecordKind::kBundle, log.bundle(2, 3, 3));
  add(cases, "project", "ok", "a chain of two charters, a log in two bundles", archive);
  add(cases, "empty", "ok", "no records", "");
  add(cases, "record-of-later-version", "ok", "a kind that is not known is passed over",
      record(bytes_field(9, "later")) + record("") + archive);
  add(cases, "last-one-counts", "ok", "a record that holds a charter and then a bundle is the bundle",
      record(bytes_field(1, "charter") + bytes_field(2, "bundle")));
  add(cases, "record-cut", "archive-truncated", "the last octet is missing", archive.substr(0, archive.size() - 1));
  add(cases, "length-cut", "archive-truncated", "two octets of a length", archive + Bytes(2, '\0'));
  add(cases, "record-too-long", "archive-malformed", "a length of 1 MiB and 65 octets",
      archive + Bytes("\x00\x10\x00\x41", 4));
  add(cases, "record-no-message", "archive-malformed", "a record that is a text", archive + record("this is no message"));
  add(cases, "record-group", "archive-malformed", "groups are refused", archive + record(group_field(9)));
  add(cases, "web-page", "archive-malformed", "the answer of a captive portal", "<!DOCTYPE html><title>Log in</title>");
}

}  // namespace tamizdat::format
