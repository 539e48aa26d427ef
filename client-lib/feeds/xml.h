// A feed as an XML tree, with limits in front of the parser and names by namespace behind it. Private to
// client-lib/feeds. Pugixml never expands entities of a document and never opens another one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <pugixml.hpp>

#include "proto/base/result.h"

namespace tamizdat::feeds {

inline constexpr ErrorCode kFeedTooDeep{"feed-too-deep"};
inline constexpr ErrorCode kFeedTooManyNodes{"feed-too-many-nodes"};

struct XmlBreak {
  std::size_t at = 0;  // octet of the text where the parser gave up
  std::string reason;
};

// The tree holds what could be read before the break, if there is one.
struct XmlDocument {
  std::string text;
  pugi::xml_document tree;
  std::optional<XmlBreak> broken;
};

// Errors: kFeedTooDeep, kFeedTooManyNodes. Malformed text is no error here: see XmlDocument::broken.
Result<std::unique_ptr<XmlDocument>> parse_xml(std::string text);

enum class Vocabulary : std::uint8_t {
  kCore,  // RSS of any version: no namespace, or one of RSS 0.9 and 1.0
  kAtom, kContent, kDublinCore, kMedia, kRambler, kRdf, kTurbo, kYandex,
  kOther,
};

struct Name {
  Vocabulary vocabulary = Vocabulary::kOther;
  std::string_view local;
};

// The name of an element by the URI of its namespace; by the usual prefix where a producer forgot to declare it.
Name name_of(pugi::xml_node element);

// The text of the element itself: all its text and CDATA sections, joined.
std::string text_of(pugi::xml_node element);
// The content of the element as HTML: its text if it has no elements inside, else its content written as markup.
std::string markup_of(pugi::xml_node element);
// The xml:base in force for the element, resolved against the outer ones and these against `document_url`; the xml:lang
// in force. Empty if none is set.
std::string xml_base_of(pugi::xml_node element, std::string_view document_url);
std::string_view xml_lang_of(pugi::xml_node element);

}  // namespace tamizdat::feeds
