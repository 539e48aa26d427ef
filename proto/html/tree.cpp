#include "proto/html/tree.h"

#include <string>

#include "proto/html/balance.h"

namespace tamizdat::html {
namespace {

GumboOptions options() {
  GumboOptions out = kGumboDefaultOptions;
  out.fragment_context = GUMBO_TAG_BODY;
  out.max_errors = 0;  // nobody reads them, and a hostile text would have millions
  return out;
}

}  // namespace

void DestroyGumboOutput::operator()(GumboOutput* output) const { gumbo_destroy_output(&kGumboDefaultOptions, output); }

Result<Tree> parse_tree(std::string_view html) {
  const auto balanced = balance(html);
  if (!balanced) return tl::unexpected(balanced.error());
  const GumboOptions with = options();
  return Tree(gumbo_parse_with_options(&with, balanced->data(), balanced->size()));
}

std::span<void* const> children(const GumboNode& node) {
  if (node.type != GUMBO_NODE_ELEMENT) return {};
  return {node.v.element.children.data, node.v.element.children.length};
}

std::optional<Tag> tag_of(const GumboNode& node) {
  if (node.type != GUMBO_NODE_ELEMENT || node.v.element.tag_namespace != GUMBO_NAMESPACE_HTML) return std::nullopt;
  return allowed_tag(gumbo_normalized_tagname(node.v.element.tag));
}

std::optional<std::string_view> text_of(const GumboNode& node) {
  if (node.type != GUMBO_NODE_TEXT && node.type != GUMBO_NODE_WHITESPACE && node.type != GUMBO_NODE_CDATA)
    return std::nullopt;
  return node.v.text.text;
}

std::string_view attribute(const GumboNode& element, const char* name) {
  const GumboAttribute* found = gumbo_get_attribute(&element.v.element.attributes, name);
  return found ? std::string_view(found->value) : std::string_view();
}

}  // namespace tamizdat::html
