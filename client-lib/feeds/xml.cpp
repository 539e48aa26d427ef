#include "client-lib/feeds/xml.h"

#include <algorithm>
#include <array>
#include <vector>

#include "client-lib/feeds/limits.h"
#include "proto/html/elements.h"
#include "proto/html/url.h"

namespace tamizdat::feeds {
namespace {

// Reads the tags of a text, each octet once, without judging their form.
class LimitScan {
 public:
  explicit LimitScan(std::string_view text) : rest_(text) {}

  Result<void> run() {
    while (true) {
      const std::size_t at = rest_.find('<');
      if (at == std::string_view::npos) return {};
      rest_.remove_prefix(at);
      if (++nodes_ > kXmlNodesMax)
        return fail(kFeedTooManyNodes, "the feed has more than " + std::to_string(kXmlNodesMax) +
                                           " XML tags: ask its server for fewer items");
      read_markup();
      if (depth_ > kXmlDepthMax)
        return fail(kFeedTooDeep, "the feed nests more than " + std::to_string(kXmlDepthMax) +
                                      " XML elements: it is broken or hostile; tell whoever makes it");
      if (attributes_ > kXmlAttributesMax)
        return fail(kFeedTooManyNodes, "an element of the feed has more than " + std::to_string(kXmlAttributesMax) +
                                           " attributes: it is broken or hostile; tell whoever makes it");
    }
  }

 private:
  void read_markup() {
    attributes_ = 0;
    if (rest_.starts_with("<!--")) return skip_past("-->");
    if (rest_.starts_with("<![CDATA[")) return skip_past("]]>");
    if (rest_.starts_with("<?")) return skip_past("?>");
    if (rest_.starts_with("</")) {
      depth_ -= depth_ > 0 ? 1 : 0;
      return skip_past(">");
    }
    if (rest_.starts_with("<!")) return rest_.remove_prefix(2);  // a declaration: its inner ones count as tags
    read_start_tag();
  }

  void read_start_tag() {
    char quote = '\0', before = '\0';
    std::size_t at = 1;
    for (; at < rest_.size(); ++at) {
      const char c = rest_[at];
      if (quote != '\0') quote = c == quote ? '\0' : quote;
      else if (c == '"' || c == '\'') quote = c;
      else if (c == '=') ++attributes_;
      else if (c == '>') break;
      before = c;
    }
    if (before != '/') ++depth_;
    rest_.remove_prefix(std::min(at + 1, rest_.size()));
  }

  void skip_past(std::string_view end) {
    const std::size_t at = rest_.find(end);
    rest_.remove_prefix(at == std::string_view::npos ? rest_.size() : at + end.size());
  }

  std::string_view rest_;
  std::size_t depth_ = 0, nodes_ = 0, attributes_ = 0;
};

struct Namespace {
  std::string_view uri;  // without scheme, "www.", and a slash or hash at its end
  std::string_view prefix;
  Vocabulary vocabulary;
};
constexpr std::array kNamespaces = std::to_array<Namespace>({
    {"w3.org/2005/Atom", "atom", Vocabulary::kAtom},
    {"purl.org/atom/ns", "atom03", Vocabulary::kAtom},
    {"purl.org/rss/1.0", "rss", Vocabulary::kCore},
    {"purl.org/net/rss1.1", "rss11", Vocabulary::kCore},
    {"my.netscape.com/rdf/simple/0.9", "rss09", Vocabulary::kCore},
    {"channel.netscape.com/rdf/simple/0.9", "rss09", Vocabulary::kCore},
    {"backend.userland.com/rss2", "rss2", Vocabulary::kCore},
    {"purl.org/rss/1.0/modules/content", "content", Vocabulary::kContent},
    {"purl.org/dc/elements/1.1", "dc", Vocabulary::kDublinCore},
    {"purl.org/dc/terms", "dcterms", Vocabulary::kDublinCore},
    {"search.yahoo.com/mrss", "media", Vocabulary::kMedia},
    {"news.rambler.ru", "rambler", Vocabulary::kRambler},
    {"w3.org/1999/02/22-rdf-syntax-ns", "rdf", Vocabulary::kRdf},
    {"turbo.yandex.ru", "turbo", Vocabulary::kTurbo},
    {"news.yandex.ru", "yandex", Vocabulary::kYandex},
});

Vocabulary vocabulary_of_uri(std::string_view uri) {
  for (const std::string_view start : {"http://", "https://", "www."})
    if (uri.starts_with(start)) uri.remove_prefix(start.size());
  while (uri.ends_with('/') || uri.ends_with('#')) uri.remove_suffix(1);
  const auto* found = std::ranges::find(kNamespaces, uri, &Namespace::uri);
  return found == kNamespaces.end() ? Vocabulary::kOther : found->vocabulary;
}

Vocabulary vocabulary_of_prefix(pugi::xml_node element, std::string_view prefix) {
  const std::string attribute = "xmlns:" + std::string(prefix);
  for (pugi::xml_node at = element; at.type() == pugi::node_element; at = at.parent())
    if (const auto declared = at.attribute(attribute.c_str())) return vocabulary_of_uri(declared.value());
  const auto* usual = std::ranges::find(kNamespaces, prefix, &Namespace::prefix);
  return usual == kNamespaces.end() ? Vocabulary::kOther : usual->vocabulary;
}

bool is_text(pugi::xml_node node) { return node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata; }

// Whether `text` begins with a reference such as "&nbsp;", which pugixml leaves alone because XML does not know it.
bool begins_with_reference(std::string_view text) {
  constexpr std::size_t kNameMax = 32;
  const std::size_t end = text.substr(0, kNameMax).find(';');
  if (end == std::string_view::npos || end < 2) return false;
  return std::ranges::all_of(text.substr(1, end - 1), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '#';
  });
}

void write_text(std::string& out, std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '<') out += "&lt;";
    else if (text[i] == '&' && !begins_with_reference(text.substr(i))) out += "&amp;";
    else out += text[i];
  }
}

// The depth of the tree is bounded by LimitScan; the guard covers malformed text that it reads otherwise than pugixml.
void write_content(std::string& out, pugi::xml_node parent, std::size_t depth) {
  if (depth > kXmlDepthMax) return;
  for (const pugi::xml_node node : parent.children()) {
    if (is_text(node)) {
      write_text(out, node.value());
      continue;
    }
    if (node.type() != pugi::node_element) continue;
    std::string_view name = node.name();
    name.remove_prefix(std::min(name.find(':') + 1, name.size()));
    out.append("<").append(name);
    for (const pugi::xml_attribute attribute : node.attributes()) {
      out.append(" ").append(attribute.name()).append("=\"");
      for (const char c : std::string_view(attribute.value()))
        if (c == '"') out += "&quot;";
        else if (c == '&') out += "&amp;";
        else out += c;
      out += '"';
    }
    out += '>';
    const auto tag = html::allowed_tag(name);
    if (tag && html::is_void(*tag)) continue;
    write_content(out, node, depth + 1);
    out.append("</").append(name).append(">");
  }
}

}  // namespace

Result<std::unique_ptr<XmlDocument>> parse_xml(std::string text) {
  if (auto within = LimitScan(text).run(); !within) return pass(within);
  auto document = std::make_unique<XmlDocument>();
  document->text = std::move(text);
  // White space alone between two elements is a space between words in XHTML content.
  constexpr unsigned kFlags = pugi::parse_default | pugi::parse_ws_pcdata;
  const auto parsed =
      document->tree.load_buffer(document->text.data(), document->text.size(), kFlags, pugi::encoding_utf8);
  if (!parsed) document->broken = XmlBreak{static_cast<std::size_t>(parsed.offset), parsed.description()};
  return document;
}

Name name_of(pugi::xml_node element) {
  const std::string_view full = element.name();
  const std::size_t colon = full.find(':');
  if (colon == std::string_view::npos) {
    // A default namespace of the whole document is not asked: some RSS feeds declare Atom's there by mistake.
    const auto own = element.attribute("xmlns");
    return {own ? vocabulary_of_uri(own.value()) : Vocabulary::kCore, full};
  }
  return {vocabulary_of_prefix(element, full.substr(0, colon)), full.substr(colon + 1)};
}

std::string text_of(pugi::xml_node element) {
  std::string out;
  for (const pugi::xml_node node : element.children())
    if (is_text(node)) out += node.value();
  return out;
}

std::string markup_of(pugi::xml_node element) {
  const auto is_element = [](pugi::xml_node node) { return node.type() == pugi::node_element; };
  if (!element.find_child(is_element)) return text_of(element);
  std::string out;
  write_content(out, element, 0);
  return out;
}

std::string xml_base_of(pugi::xml_node element, std::string_view document_url) {
  std::vector<std::string_view> bases;
  for (pugi::xml_node at = element; at.type() == pugi::node_element; at = at.parent())
    if (const auto base = at.attribute("xml:base")) bases.emplace_back(base.value());
  if (bases.empty()) return {};
  std::string out(document_url);
  for (auto base = bases.rbegin(); base != bases.rend(); ++base)
    if (const auto url = html::safe_url(*base, out)) out = *url;
  return out;
}

std::string_view xml_lang_of(pugi::xml_node element) {
  for (pugi::xml_node at = element; at.type() == pugi::node_element; at = at.parent())
    if (const auto language = at.attribute("xml:lang")) return language.value();
  return {};
}

}  // namespace tamizdat::feeds
