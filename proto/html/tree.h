// Gumbo's tree with an owner. Private to proto/html.
#pragma once

#include <gumbo.h>

#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "proto/base/result.h"
#include "proto/html/elements.h"

namespace tamizdat::html {

struct DestroyGumboOutput {
  void operator()(GumboOutput* output) const;
};
// Its nodes' original_* fields point into a text that is gone: never read them.
using Tree = std::unique_ptr<GumboOutput, DestroyGumboOutput>;

// Balances `html` and parses it as the content of a body. Errors: those of balance().
Result<Tree> parse_tree(std::string_view html);

// GumboNode pointers: the children of an element, none of a text.
std::span<void* const> children(const GumboNode& node);
// The tag of an element of the allow list; nothing for texts and all other elements.
std::optional<Tag> tag_of(const GumboNode& node);
// The characters of a text node, decoded; nothing for elements and comments.
std::optional<std::string_view> text_of(const GumboNode& node);
// The value of an attribute, decoded; empty if absent.
std::string_view attribute(const GumboNode& element, const char* name);

}  // namespace tamizdat::html
