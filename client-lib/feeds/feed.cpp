#include "client-lib/feeds/feed.h"

#include <algorithm>
#include <charconv>

#include "client-lib/feeds/item.h"
#include "client-lib/feeds/items.h"
#include "client-lib/feeds/json_feed.h"
#include "client-lib/feeds/limits.h"
#include "client-lib/feeds/xml.h"
#include "proto/html/text.h"
#include "proto/html/url.h"

namespace tamizdat::feeds {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

// The address of the feed that a web page links, or nothing.
std::string linked_feed(std::string_view page, std::string_view source_url) {
  for (const std::string_view type : {"application/rss+xml", "application/atom+xml", "application/feed+json"}) {
    const std::size_t at = page.find(type);
    if (at == std::string_view::npos) continue;
    const std::size_t open = page.rfind('<', at), close = page.find('>', at);
    if (open == std::string_view::npos || close == std::string_view::npos) continue;
    const std::string_view tag = page.substr(open, close - open);
    const std::size_t href = tag.find("href=");
    if (href == std::string_view::npos || href + 6 >= tag.size()) continue;
    const std::string_view value = tag.substr(href + 6);
    if (const auto url = html::safe_url(value.substr(0, value.find(tag[href + 5])), source_url)) return *url;
  }
  return {};
}

bool is_web_page(std::string_view text) {
  constexpr std::size_t kHeadBytes = 1024;
  const std::string head = lower(text.substr(0, kHeadBytes));
  for (const char* root : {"<rss", "<feed", "<rdf"})
    if (head.find(root) != std::string::npos) return false;
  return head.find("<!doctype html") != std::string::npos || head.find("<html") != std::string::npos;
}

bool is_json(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (text[first] == '{' || text[first] == '[');
}

Error not_a_feed(const pugi::xml_document& tree, std::string_view text, std::string_view source_url) {
  if (lower(tree.document_element().name()) == "opml")
    return {kFeedIsList, "this is a list of feeds (OPML) where a feed should be: import it by its own address"};
  if (is_web_page(text)) {
    const std::string feed = linked_feed(text, source_url);
    return {kFeedIsHtml, "this is a web page, not a feed: give the address of its RSS or Atom feed" +
                             (feed.empty() ? std::string() : "; the page names " + feed)};
  }
  return {kFeedUnknown, "this is no RSS, Atom or JSON feed: check the address, open it in a browser to see what it is"};
}

struct Shape {
  std::string format;
  bool is_atom = false;
  pugi::xml_node root;      // items of RSS 1.0 and 0.90 are its children
  pugi::xml_node channel;   // what the feed says of itself; items of RSS 2.0 and Atom are its children
};

std::optional<Shape> shape_of(const pugi::xml_document& tree) {
  for (const pugi::xml_node root : tree.children()) {
    if (root.type() != pugi::node_element) continue;
    const Name name = name_of(root);
    if (name.local == "feed") {
      const bool is_03 = std::string_view(root.attribute("version").value()) == "0.3";
      return Shape{is_03 ? "Atom 0.3" : "Atom 1.0", true, root, root};
    }
    if (name.local != "rss" && name.local != "RDF") return std::nullopt;
    const std::string version = html::clean_text(html::cut_utf8(root.attribute("version").value(), 8));
    const bool is_090 = std::string_view(root.attribute("xmlns").value()).find("rdf/simple/0.9") != std::string_view::npos;
    std::string format = name.local != "RDF" ? "RSS " + (version.empty() ? "2.0" : version)
                         : is_090            ? "RSS 0.90"
                                             : "RSS 1.0";
    for (const pugi::xml_node child : root.children())
      if (name_of(child).local == "channel") return Shape{std::move(format), false, root, child};
    return Shape{std::move(format), false, root, root};
  }
  return std::nullopt;
}

std::string label_of_skipped(pugi::xml_node element) {
  for (const char* name : {"title", "guid", "id", "link"})
    if (std::string label = label_of(element.child(name), kLabelBytesMax); !label.empty()) return label;
  return {};
}

class FeedReader {
 public:
  FeedReader(const XmlDocument& document, const Shape& shape, const FeedHints& hints)
      : document_(document), shape_(shape), hints_(hints), list_(feed_) {}

  Feed read() {
    feed_.format = shape_.format;
    read_channel();
    const FeedContext context{shape_.is_atom, feed_.link.empty() ? hints_.source_url : std::string_view(feed_.link),
                              feed_.language};
    std::vector<pugi::xml_node> elements = item_elements();
    if (document_.broken) drop_what_is_cut_off(elements);
    elements.resize(list_.within_limit(elements.size()));
    for (std::size_t i = 0; i < elements.size(); ++i)
      list_.add(read_item(elements[i], context), i + 1, label_of_skipped(elements[i]));
    return std::move(feed_);
  }

 private:
  void read_channel();
  std::vector<pugi::xml_node> item_elements() const;
  void drop_what_is_cut_off(std::vector<pugi::xml_node>& elements);
  void read_pace(const Name& name, pugi::xml_node child);

  const XmlDocument& document_;
  const Shape& shape_;
  const FeedHints& hints_;
  Feed feed_;
  ItemList list_;
};

// A small number as RSS has it; nothing if it is none.
std::optional<unsigned> number_of(pugi::xml_node element) {
  const std::string text = html::collapse_space(text_of(element));
  unsigned out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(out) : std::nullopt;
}

void FeedReader::read_channel() {
  std::string next, archive;
  for (const pugi::xml_node child : shape_.channel.children()) {
    if (child.type() != pugi::node_element) continue;
    const Name name = core_name_of(child, shape_.is_atom);
    const bool is_core = name.vocabulary == Vocabulary::kCore;
    const std::string_view rel = child.attribute("rel").value();
    if (is_core && name.local == "title" && feed_.title.empty()) feed_.title = label_of(child, kTitleBytesMax);
    if (is_core && name.local == "link" && feed_.link.empty() && (rel.empty() || rel == "alternate"))
      feed_.link = link_of(child, hints_.source_url);
    if (name.local == "link" && rel == "next" && next.empty()) next = link_of(child, hints_.source_url);
    if (name.local == "link" && rel == "prev-archive" && archive.empty()) archive = link_of(child, hints_.source_url);
    if (name.local == "language" && feed_.language.empty()) feed_.language = language_tag(text_of(child));
    if (is_core) read_pace(name, child);
  }
  feed_.next_page = archive.empty() ? std::move(next) : std::move(archive);
  if (feed_.language.empty()) feed_.language = language_tag(xml_lang_of(shape_.channel));
}

void FeedReader::read_pace(const Name& name, pugi::xml_node child) {
  if (name.local == "ttl") feed_.ttl = std::chrono::minutes(std::min(number_of(child).value_or(0), kTtlMinutesMax));
  if (name.local != "skipHours") return;
  for (const pugi::xml_node hour : child.children())
    // Some write 24 for midnight.
    if (const auto number = number_of(hour); number && *number <= 24) feed_.skip_hours.set(*number % 24);
}

std::vector<pugi::xml_node> FeedReader::item_elements() const {
  const std::string_view wanted = shape_.is_atom ? "entry" : "item";
  std::vector<pugi::xml_node> out;
  for (const pugi::xml_node parent : {shape_.channel, shape_.root}) {
    for (const pugi::xml_node child : parent.children()) {
      if (child.type() != pugi::node_element) continue;
      const Name name = core_name_of(child, shape_.is_atom);
      if (name.vocabulary == Vocabulary::kCore && name.local == wanted) out.push_back(child);
    }
    if (shape_.channel == shape_.root) break;
  }
  return out;
}

// Half a text must not be published as the whole: the item in which the parser gave up is skipped.
void FeedReader::drop_what_is_cut_off(std::vector<pugi::xml_node>& elements) {
  const XmlBreak& broken = *document_.broken;
  feed_.notes.push_back("the feed is broken XML at octet " + std::to_string(broken.at) + " (" + lower(broken.reason) +
                        "): items after that place could not be read");
  if (elements.empty()) return;
  const auto start = static_cast<std::size_t>(std::max<std::ptrdiff_t>(elements.back().offset_debug(), 0));
  const std::string_view text(document_.text);
  const std::string end_tag = "</" + std::string(elements.back().name());
  if (text.substr(0, broken.at).find(end_tag, start) != std::string_view::npos) return;
  list_.skip(elements.size(), label_of_skipped(elements.back()),
             "the feed is cut off or broken inside this item: fetch it again, or tell whoever makes it");
  elements.pop_back();
}

Result<Feed> parse_xml_feed(std::string text, const FeedHints& hints) {
  if (is_web_page(text)) return tl::unexpected(not_a_feed({}, text, hints.source_url));
  auto document = parse_xml(std::move(text));
  if (!document) return pass(document);
  const auto shape = shape_of((*document)->tree);
  if (!shape) return tl::unexpected(not_a_feed((*document)->tree, (*document)->text, hints.source_url));
  Feed feed = FeedReader(**document, *shape, hints).read();
  if ((*document)->broken && feed.items.empty())
    return fail(kFeedMalformed, "no item of the feed could be read: it is broken XML at octet " +
                                    std::to_string((*document)->broken->at) + " (" + lower((*document)->broken->reason) +
                                    "): fetch it again, or tell whoever makes it");
  return feed;
}

}  // namespace

Result<Feed> parse_feed(BytesView bytes, const FeedHints& hints) {
  auto decoded = decode(bytes, hints.content_type);
  if (!decoded) return pass(decoded);
  auto feed = is_json(decoded->text) ? parse_json_feed(decoded->text, hints)
                                     : parse_xml_feed(std::move(decoded->text), hints);
  if (!feed) return feed;
  feed->charset = std::move(decoded->charset);
  if (!decoded->note.empty()) feed->notes.push_back(std::move(decoded->note));
  return feed;
}

}  // namespace tamizdat::feeds
