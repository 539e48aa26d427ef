#include "proto/format/entry.h"

#include <algorithm>

#include "proto/format/hash.h"
#include "proto/format/limits.h"
#include "proto/format/merkle.h"
#include "proto/format/message.h"
#include "proto/format/tamizdat.pb.h"
#include "proto/format/wire.h"

namespace tamizdat::format {
namespace {

bool needs_target(EntryKind kind) { return kind == EntryKind::kCorrection || kind == EntryKind::kRetraction; }

tl::unexpected<Error> malformed_header(std::string what) {
  return fail(kHeaderMalformed, "the entry's header " + std::move(what));
}

Result<void> check_body_form(const v1::Body& message) {
  if (message.salt().size() != kSaltBytes) return fail(kBodyMalformed, "the body has no salt of 16 octets");
  if (static_cast<std::size_t>(message.attachments_size()) > kAttachmentsMax)
    return fail(kBodyMalformed, "the body has more than " + std::to_string(kAttachmentsMax) + " attachments");
  const auto is_tag = [](std::string_view tag) { return !tag.empty() && tag.size() <= kTagBytesMax; };
  if (static_cast<std::size_t>(message.regions_size()) > kTagsMax ||
      static_cast<std::size_t>(message.topics_size()) > kTagsMax || !std::ranges::all_of(message.regions(), is_tag) ||
      !std::ranges::all_of(message.topics(), is_tag))
    return fail(kBodyMalformed, "the body has too many regions or topics, or an empty or overlong one");
  if (!are_times({message.published_at(), message.modified_at()}))
    return fail(kBodyMalformed, "the body has a time outside of the years 0000 to 9999");
  if (!message.key().empty() && message.key().size() != kBodyKeyBytes)
    return fail(kBodyMalformed, "the body has a key that is not 32 octets");
  return {};
}

template <typename Message>  // v1::Attachment or v1::Rendition
Result<BlobId> blob_of(const Message& message) {
  const auto root = Hash32::from(message.root());
  if (!root || message.size() == 0 || message.size() > kAttachmentBytesMax)
    return fail(kBodyMalformed, "the body names an attachment without a root of 32 octets or with a wrong size");
  return BlobId{*root, message.size()};
}

template <typename Message>
void set_blob(const BlobId& blob, Message& message) {
  message.set_root(Bytes(blob.root.view()));
  message.set_size(blob.size);
}

Result<Rendition> rendition_of(const v1::Rendition& message) {
  const auto blob = blob_of(message);
  if (!blob) return pass(blob);
  return Rendition{*blob, message.media_type(), message.width(), message.height()};
}

Result<Attachment> attachment_of(const v1::Attachment& message) {
  const auto blob = blob_of(message);
  if (!blob) return pass(blob);
  if (static_cast<std::size_t>(message.renditions_size()) > kRenditionsMax)
    return fail(kBodyMalformed, "an attachment has more than " + std::to_string(kRenditionsMax) + " renditions");
  Attachment attachment{*blob,
                        message.media_type(),
                        message.alt(),
                        message.caption(),
                        message.credit(),
                        message.name(),
                        message.width(),
                        message.height(),
                        {}};
  for (const auto& item : message.renditions()) {
    auto rendition = rendition_of(item);
    if (!rendition) return pass(rendition);
    attachment.renditions.push_back(*std::move(rendition));
  }
  return attachment;
}

void set_attachment(const Attachment& attachment, v1::Attachment& message) {
  set_blob(attachment.blob, message);
  message.set_media_type(attachment.media_type);
  message.set_alt(attachment.alt);
  message.set_caption(attachment.caption);
  message.set_credit(attachment.credit);
  message.set_name(attachment.name);
  message.set_width(attachment.width);
  message.set_height(attachment.height);
  for (const auto& item : attachment.renditions) {
    auto& rendition = *message.add_renditions();
    set_blob(item.blob, rendition);
    rendition.set_media_type(item.media_type);
    rendition.set_width(item.width);
    rendition.set_height(item.height);
  }
}

}  // namespace

Timestamp coarse_time(Timestamp time) {
  return std::chrono::floor<std::chrono::hours>(time);
}

EntryId entry_id(BytesView header) { return EntryId(leaf_hash(header)); }

Hash32 body_commitment(BytesView body) { return domain_hash("body", {body}); }

Result<EntryHeader> parse_header(BytesView bytes) {
  if (bytes.size() > kHeaderBytesMax)
    return fail(kHeaderTooLarge, "the entry's header is larger than " + std::to_string(kHeaderBytesMax) + " octets");
  v1::EntryHeader message;
  if (!parse_message(bytes, message)) return malformed_header("is not a valid protobuf message");
  const auto project = Hash32::from(message.project());
  const auto desk = Hash32::from(message.desk());
  const auto commitment = Hash32::from(message.body_commitment());
  const auto target = Hash32::from(message.target());
  if (!project || !desk || !commitment) return malformed_header("lacks a project, desk or commitment of 32 octets");
  if (!message.target().empty() && !target) return malformed_header("has a target that is not 32 octets");
  const auto key_commitment = Hash32::from(message.key_commitment());
  if (!message.key_commitment().empty() && !key_commitment)
    return malformed_header("has a key commitment that is not 32 octets");
  if (message.kind() <= 0) return malformed_header("names no kind");
  if (message.body_size() > kBodyBytesMax) return malformed_header("promises a body above the limit");
  if (!are_times({message.not_before(), message.expires_at(), message.time()}))
    return malformed_header("has a time outside of the years 0000 to 9999");
  EntryHeader header;
  header.project = ProjectId(*project);
  header.desk = DeskId(*desk);
  header.index = message.index();
  header.kind = static_cast<EntryKind>(message.kind());
  header.body_commitment = *commitment;
  header.body_size = message.body_size();
  if (target) header.target = EntryId(*target);
  header.not_before = time_or_none(message.not_before());
  header.expires_at = time_or_none(message.expires_at());
  header.time = timestamp_from_unix(message.time());
  header.key_commitment = key_commitment;
  if (header.time != coarse_time(header.time)) return malformed_header("has a time that is not a whole hour");
  if (needs_target(header.kind) && !header.target)
    return malformed_header("corrects or retracts, but does not name the entry it is about");
  return header;
}

Result<Body> parse_body(BytesView bytes) {
  if (bytes.size() > kBodyBytesMax)
    return fail(kBodyTooLarge, "the body is larger than " + std::to_string(kBodyBytesMax) + " octets");
  v1::Body message;
  if (!parse_message(bytes, message))
    return fail(kBodyMalformed, "the body is not a valid protobuf message");
  if (auto form = check_body_form(message); !form) return pass(form);
  Body body;
  body.salt = message.salt();
  body.title = message.title();
  body.lede = message.lede();
  body.html = message.html();
  body.byline = message.byline();
  body.language = message.language();
  body.regions.assign(message.regions().begin(), message.regions().end());
  body.topics.assign(message.topics().begin(), message.topics().end());
  body.original_url = message.original_url();
  body.published_at = time_or_none(message.published_at());
  body.modified_at = time_or_none(message.modified_at());
  body.reprint = {message.reprint().terms(), message.reprint().credit()};
  for (const auto& item : message.attachments()) {
    auto attachment = attachment_of(item);
    if (!attachment) return pass(attachment);
    body.attachments.push_back(*std::move(attachment));
  }
  body.guid = message.guid();
  body.reason = static_cast<RetractionReason>(message.reason());
  body.key = message.key();
  return body;
}

std::vector<BlobId> blobs_named_by(BytesView body) {
  constexpr auto kAttachments = static_cast<std::uint32_t>(v1::Body::kAttachmentsFieldNumber);
  bool any = false;
  WireReader fields(body);
  while (const auto field = fields.next()) any = any || field->number == kAttachments;
  if (!any) return {};
  std::vector<BlobId> blobs;
  const auto parsed = parse_body(body);
  if (!parsed) return blobs;
  for (const auto& attachment : parsed->attachments) {
    blobs.push_back(attachment.blob);
    for (const auto& rendition : attachment.renditions) blobs.push_back(rendition.blob);
  }
  std::ranges::sort(blobs);
  blobs.erase(std::unique(blobs.begin(), blobs.end()), blobs.end());
  return blobs;
}

Bytes serialise_header(const EntryHeader& header) {
  v1::EntryHeader message;
  message.set_project(Bytes(header.project.view()));
  message.set_desk(Bytes(header.desk.view()));
  message.set_index(header.index);
  message.set_kind(static_cast<v1::Kind>(header.kind));
  message.set_body_commitment(Bytes(header.body_commitment.view()));
  message.set_body_size(header.body_size);
  if (header.target) message.set_target(Bytes(header.target->view()));
  message.set_not_before(unix_or_zero(header.not_before));
  message.set_expires_at(unix_or_zero(header.expires_at));
  message.set_time(unix_seconds(header.time));
  if (header.key_commitment) message.set_key_commitment(Bytes(header.key_commitment->view()));
  return serialise_message(message);
}

Bytes serialise_body(const Body& body) {
  v1::Body message;
  message.set_salt(body.salt);
  message.set_title(body.title);
  message.set_lede(body.lede);
  message.set_html(body.html);
  message.set_byline(body.byline);
  message.set_language(body.language);
  for (const auto& region : body.regions) message.add_regions(region);
  for (const auto& topic : body.topics) message.add_topics(topic);
  message.set_original_url(body.original_url);
  message.set_published_at(unix_or_zero(body.published_at));
  message.set_modified_at(unix_or_zero(body.modified_at));
  if (!body.reprint.terms.empty() || !body.reprint.credit.empty()) {
    message.mutable_reprint()->set_terms(body.reprint.terms);
    message.mutable_reprint()->set_credit(body.reprint.credit);
  }
  for (const auto& attachment : body.attachments) set_attachment(attachment, *message.add_attachments());
  message.set_guid(body.guid);
  message.set_reason(static_cast<v1::RetractionReason>(body.reason));
  message.set_key(body.key);
  return serialise_message(message);
}

}  // namespace tamizdat::format
