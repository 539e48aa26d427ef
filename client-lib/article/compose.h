// An article as an author wrote it, Markdown or HTML with front matter and flags, made into the body that will be
// signed. The HTML of both goes through the one sanitiser.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "client-lib/article/front_matter.h"
#include "proto/format/entry.h"
#include "proto/html/sanitise.h"

namespace tamizdat::article {

inline constexpr ErrorCode kFieldUnknown{"field-unknown"};
inline constexpr ErrorCode kFieldInvalid{"field-invalid"};
inline constexpr ErrorCode kFlagInvalid{"flag-invalid"};  // wrong or unknown among the flags, not in the file
inline constexpr ErrorCode kFieldMissing{"field-missing"};
inline constexpr ErrorCode kTextInvalid{"text-invalid"};

// What the author wrote, and neither more nor less: the sanitiser's own limit for its input.
inline constexpr std::size_t kArticleFileBytesMax = std::size_t{2} << 20;
// Two paragraphs; a longer one is the article.
inline constexpr std::size_t kLedeBytesMax = 4096;
inline constexpr std::size_t kLineBytesMax = 1024;  // title, byline, credit

enum class Markup : std::uint8_t { kMarkdown, kHtml };
// By the name's ending: .md, .markdown, .html, .htm. Nothing for others.
std::optional<Markup> markup_of(std::string_view file_name);

using AttachmentOf = std::function<std::optional<BlobId>(const html::Image& image)>;

struct Defaults {
  std::string language;  // empty: none
  std::vector<std::string> regions;
};

struct Article {
  format::Body body;  // without its salt and its attachments
  std::string photo_credit;  // of pictures that have none of their own
  std::optional<EntryId> corrects;
};

// The keys of the front matter, which are the flags' names as well: title, lede, language, regions, topics, licence,
// credit, photo-credit, byline, published, url, corrects. A field of `flags` wins over the same one in the file.
// Errors: kFlagInvalid, kFrontMatterInvalid, kFieldUnknown, kFieldInvalid, kFieldMissing (title, language), kTextInvalid,
// those of html::sanitise.
// `attachment_of`: see html::SanitiseOptions; pictures of the text that it does not place become links.
Result<Article> compose(std::string_view file, Markup markup, std::span<const Field> flags, const Defaults& defaults,
                        const AttachmentOf& attachment_of = {});

}  // namespace tamizdat::article
