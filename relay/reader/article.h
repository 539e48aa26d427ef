// One entry as a reader may see it: its texts cleaned, its length bounded, its links checked, or the reason why it is
// not here. What a desk wrote is outside input to the very end.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "relay/reader/attached.h"
#include "relay/reader/catalog.h"
#include "relay/store/retraction.h"

namespace tamizdat::reader {

// Why there is nothing to read.
enum class Gone {
  kRetracted,  // by its newsroom, erased or not
  kErased,     // and no retraction of it is held
  kWithheld,    // by the operator of this relay
  kEmbargoed,
  kNotHeld,
  kMalformed,   // the desk signed what is no article
  kUnreadable,  // the store could not give it back
};

struct Article {
  Position position;
  EntryId id;
  ProjectId project;
  format::EntryKind kind = format::EntryKind::kArticle;
  std::optional<EntryId> corrects;  // the entry that a correction names
  Timestamp received_at;            // by this relay
  Timestamp header_time;            // as the desk says, to the hour
  std::optional<Gone> gone;
  std::optional<store::Retraction> retraction;
  std::optional<Timestamp> embargo_ends_at;  // as the desk says; a text under embargo only

  // Plain text in valid UTF-8, not yet escaped. Empty where the desk gave none, or if it is gone.
  std::string title;
  std::string lede;
  std::string byline;
  std::string language;              // fit for a `lang` attribute
  std::string language_tag;          // as channels name it
  std::vector<std::string> regions;  // as channels name them
  std::vector<std::string> topics;   // as channels name them
  std::vector<std::string> keywords;  // the desk's topics that are none of IPTC's
  std::string original_url;          // http or https
  std::string reprint_terms;
  std::string reprint_credit;
  std::string guid;
  std::optional<Timestamp> published_at;
  std::vector<Attached> attached;
  std::string html;  // as the desk wrote it: only for text_of()
};

// An entry that the store cannot give back comes as kUnreadable with no id.
Article read_article(const store::Store& store, const Position& position);

// The guid as feeds show it; empty if the article has none.
std::string guid_of(const format::Body& body);

// The article's text, sanitised: well-formed XML of harmless elements. Pictures are still ids.
std::string text_of(const Article& article);

}  // namespace tamizdat::reader
