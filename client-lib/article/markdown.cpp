#include "client-lib/article/markdown.h"

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm.h>

#include <cstdlib>
#include <memory>
#include <vector>

#include "proto/base/check.h"
#include "proto/html/text.h"

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

// The picture of a paragraph that is nothing else, if it has a caption.
cmark_node* captioned_picture(cmark_node* paragraph) {
  cmark_node* const picture = cmark_node_first_child(paragraph);
  const bool is_alone = cmark_node_get_type(paragraph) == CMARK_NODE_PARAGRAPH && picture != nullptr &&
                        cmark_node_next(picture) == nullptr && cmark_node_get_type(picture) == CMARK_NODE_IMAGE;
  return is_alone && *cmark_node_get_title(picture) != '\0' ? picture : nullptr;
}

using Node = std::unique_ptr<cmark_node, Free>;

// Readers see a title only where a mouse rests, so it becomes a caption: <figure> around the picture. Gives the empty
// paragraph back, which has to live on: the words of the picture lie in its buffer.
Node make_figure(cmark_node* paragraph, cmark_node* picture) {
  cmark_node* const figure = cmark_node_new(CMARK_NODE_CUSTOM_BLOCK);
  const std::string end = "<figcaption>" + html::escape(cmark_node_get_title(picture)) + "</figcaption></figure>\n";
  cmark_node_set_on_enter(figure, "<figure>");
  cmark_node_set_on_exit(figure, end.c_str());
  cmark_node_insert_before(paragraph, figure);
  cmark_node_unlink(picture);
  TMZ_CHECK(cmark_node_append_child(figure, picture) == 1);
  cmark_node_unlink(paragraph);
  return Node(paragraph);
}

std::vector<Node> make_figures(cmark_node* document) {
  std::vector<Node> out;
  for (cmark_node* next = cmark_node_first_child(document); next != nullptr;) {
    cmark_node* const block = next;
    next = cmark_node_next(block);
    if (cmark_node* const picture = captioned_picture(block)) out.push_back(make_figure(block, picture));
  }
  return out;
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
  const Node document(cmark_parser_finish(parser.get()));
  RenderedMarkdown out;
  cmark_node* first = cmark_node_first_child(document.get());
  if (first != nullptr && cmark_node_get_type(first) == CMARK_NODE_HEADING && cmark_node_get_heading_level(first) == 1) {
    out.title = words_of(first);
    cmark_node_unlink(first);
    cmark_node_free(first);
  }
  const auto paragraphs = make_figures(document.get());
  const std::unique_ptr<char, Free> html(
      cmark_render_html(document.get(), kOptions, cmark_parser_get_syntax_extensions(parser.get())));
  out.html = html.get();
  return out;
}

}  // namespace tamizdat::article
