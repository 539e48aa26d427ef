#include "client-lib/article/markdown.h"

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm.h>

#include <cstdlib>
#include <memory>

#include "proto/base/check.h"

namespace tamizdat::article {
namespace {

constexpr int kOptions = CMARK_OPT_VALIDATE_UTF8;  // and not CMARK_OPT_UNSAFE

struct Free {
  void operator()(cmark_parser* parser) const { cmark_parser_free(parser); }
  void operator()(cmark_node* node) const { cmark_node_free(node); }
  void operator()(cmark_iter* iterator) const { cmark_iter_free(iterator); }
  void operator()(char* text) const { std::free(text); }
};

std::string words_of(cmark_node* node) {
  std::string out;
  const std::unique_ptr<cmark_iter, Free> iterator(cmark_iter_new(node));
  while (true) {
    const cmark_event_type event = cmark_iter_next(iterator.get());
    if (event == CMARK_EVENT_DONE) return out;
    if (event != CMARK_EVENT_ENTER) continue;
    cmark_node* inner = cmark_iter_get_node(iterator.get());
    const cmark_node_type type = cmark_node_get_type(inner);
    if (type == CMARK_NODE_TEXT || type == CMARK_NODE_CODE) out += cmark_node_get_literal(inner);
    if (type == CMARK_NODE_SOFTBREAK || type == CMARK_NODE_LINEBREAK) out += ' ';
  }
}

}  // namespace

RenderedMarkdown render_markdown(std::string_view text) {
  cmark_gfm_core_extensions_ensure_registered();
  const std::unique_ptr<cmark_parser, Free> parser(cmark_parser_new(kOptions));
  for (const char* name : {"table", "strikethrough", "autolink"}) {
    cmark_syntax_extension* extension = cmark_find_syntax_extension(name);
    TMZ_CHECK(extension != nullptr);
    cmark_parser_attach_syntax_extension(parser.get(), extension);
  }
  cmark_parser_feed(parser.get(), text.data(), text.size());
  const std::unique_ptr<cmark_node, Free> document(cmark_parser_finish(parser.get()));
  RenderedMarkdown out;
  cmark_node* first = cmark_node_first_child(document.get());
  if (first != nullptr && cmark_node_get_type(first) == CMARK_NODE_HEADING && cmark_node_get_heading_level(first) == 1) {
    out.title = words_of(first);
    cmark_node_unlink(first);
    cmark_node_free(first);
  }
  const std::unique_ptr<char, Free> html(
      cmark_render_html(document.get(), kOptions, cmark_parser_get_syntax_extensions(parser.get())));
  out.html = html.get();
  return out;
}

}  // namespace tamizdat::article
