// links: tamizdat_format
// Headers and bodies: what is taken keeps its limits, and written anew it is taken again, says the same and is no longer.
#include <cstddef>
#include <cstdint>

#include "proto/base/check.h"
#include "proto/format/entry.h"
#include "proto/format/limits.h"
#include "proto/format/sealed_body.h"

namespace {

using namespace tamizdat;
using namespace tamizdat::format;

void check_header(BytesView bytes) {
  const auto header = parse_header(bytes);
  if (!header) return;
  TMZ_CHECK(header->body_size <= kBodyBytesMax && header->time == coarse_time(header->time));
  const bool needs_target = header->kind == EntryKind::kCorrection || header->kind == EntryKind::kRetraction;
  TMZ_CHECK(!needs_target || header->target);
  for (const auto& time : {header->not_before, header->expires_at, std::optional(header->time)})
    TMZ_CHECK(!time || parse_rfc3339(to_rfc3339(*time)) == time);
  const Bytes again = serialise_header(*header);
  TMZ_CHECK(again.size() <= bytes.size());
  const auto reread = parse_header(again);
  TMZ_CHECK(reread && serialise_header(*reread) == again);
  // Another encoding is another entry, even of the same meaning.
  TMZ_CHECK((entry_id(again) == entry_id(bytes)) == (again == bytes));
}

void check_body(BytesView bytes) {
  const auto body = parse_body(bytes);
  if (!body) return;
  TMZ_CHECK(body->salt.size() == kSaltBytes && body->attachments.size() <= kAttachmentsMax);
  for (const std::string* text : {&body->title, &body->lede, &body->html, &body->byline, &body->language, &body->guid})
    TMZ_CHECK(is_utf8(*text));
  for (const auto& attachment : body->attachments)
    TMZ_CHECK(attachment.blob.size > 0 && attachment.blob.size <= kAttachmentBytesMax && is_utf8(attachment.alt));
  const Bytes again = serialise_body(*body);
  TMZ_CHECK(again.size() <= bytes.size());
  const auto reread = parse_body(again);
  TMZ_CHECK(reread && serialise_body(*reread) == again);
  TMZ_CHECK((body_commitment(again) == body_commitment(bytes)) == (again == bytes));
}

// What is sealed here opens here and, with one bit more or less, nowhere.
void check_sealed_body(BytesView bytes) {
  if (bytes.size() > kBodyBytesMax) return;
  const Bytes key(kBodyKeyBytes, 'k');
  EntryHeader header;
  header.key_commitment = key_commitment(key);
  TMZ_CHECK(!open_body(header, bytes, key));
  const Bytes sealed = seal_body(header, bytes, key, Bytes(kBodyNonceBytes, 'n'));
  const auto opened = open_body(header, sealed, key);
  TMZ_CHECK(sealed.size() == bytes.size() + kSealedBodyOverheadBytes && opened && *opened == bytes);
  header.index = 1;
  TMZ_CHECK(!open_body(header, sealed, key));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView bytes(reinterpret_cast<const char*>(data), size);
  check_header(bytes);
  check_body(bytes);
  check_sealed_body(bytes);
  return 0;
}
