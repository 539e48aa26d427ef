#include "client-lib/feeds/feed.h"

#include <algorithm>
#include <unordered_map>

#include "client-lib/feeds/item.h"
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
  for (const std::string_view type : {"application/rss+xml", "application/atom+xml"}) {
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

Error not_a_feed(std::string_view text, std::string_view source_url) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && (text[first] == '{' || text[first] == '['))
    return {kFeedIsJson, "this is JSON, which is not read yet: give the address of the RSS or Atom feed"};
  if (is_web_page(text)) {
    const std::string feed = linked_feed(text, source_url);
    return {kFeedIsHtml, "this is a web page, not a feed: give the address of its RSS or Atom feed" +
                             (feed.empty() ? std::string() : "; the page names " + feed)};
  }
  return {kFeedUnknown, "this is no RSS or Atom feed: check the address, open it in a browser to see what it is"};
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
    std::string format = name.local == "RDF" ? "RSS 1.0" : "RSS " + (version.empty() ? "2.0" : version);
    for (const pugi::xml_node child : root.children())
      if (name_of(child).local == "channel") return Shape{std::move(format), false, root, child};
    return Shape{std::move(format), false, root, root};
  }
  return std::nullopt;
}

class FeedReader {
 public:
  FeedReader(const XmlDocument& document, const Shape& shape, const FeedHints& hints)
      : document_(document), shape_(shape), hints_(hints) {}

  Feed read() {
    feed_.format = shape_.format;
    read_channel();
    const FeedContext context{shape_.is_atom, feed_.link.empty() ? hints_.source_url : std::string_view(feed_.link),
                              feed_.language};
    std::vector<pugi::xml_node> elements = item_elements();
    if (document_.broken) drop_what_is_cut_off(elements);
    if (elements.size() > kItemsMax) {
      feed_.notes.push_back("the feed has " + std::to_string(elements.size()) + " items: only the first " +
                            std::to_string(kItemsMax) + " were read");
      elements.resize(kItemsMax);
    }
    for (std::size_t i = 0; i < elements.size(); ++i) add(elements[i], i + 1, context);
    return std::move(feed_);
  }

 private:
  void read_channel();
  std::vector<pugi::xml_node> item_elements() const;
  void drop_what_is_cut_off(std::vector<pugi::xml_node>& elements);
  void add(pugi::xml_node element, std::size_t position, const FeedContext& context);
  void skip(pugi::xml_node element, std::size_t position, std::string reason);

  const XmlDocument& document_;
  const Shape& shape_;
  const FeedHints& hints_;
  Feed feed_;
  std::unordered_map<std::string, std::size_t> position_of_guid_;
};

void FeedReader::read_channel() {
  for (const pugi::xml_node child : shape_.channel.children()) {
    if (child.type() != pugi::node_element) continue;
    const Name name = core_name_of(child, shape_.is_atom);
    const bool is_core = name.vocabulary == Vocabulary::kCore;
    const std::string_view rel = child.attribute("rel").value();
    if (is_core && name.local == "title" && feed_.title.empty()) feed_.title = label_of(child, kTitleBytesMax);
    if (is_core && name.local == "link" && feed_.link.empty() && (rel.empty() || rel == "alternate"))
      feed_.link = link_of(child, hints_.source_url);
    if (name.local == "language" && feed_.language.empty()) feed_.language = language_tag(text_of(child));
  }
  if (feed_.language.empty()) feed_.language = language_tag(xml_lang_of(shape_.channel));
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
  skip(elements.back(), elements.size(),
       "the feed is cut off or broken inside this item: fetch it again, or tell whoever makes it");
  elements.pop_back();
}

void FeedReader::add(pugi::xml_node element, std::size_t position, const FeedContext& context) {
  auto item = read_item(element, context);
  if (!item) return skip(element, position, item.error().text);
  const auto [earlier, is_new] = position_of_guid_.emplace(item->guid, position);
  if (!is_new)
    return skip(element, position, "it has the guid of item " + std::to_string(earlier->second) +
                                       " of the same feed: each article needs its own");
  feed_.items.push_back(std::move(*item));
}

void FeedReader::skip(pugi::xml_node element, std::size_t position, std::string reason) {
  SkippedItem skipped{position, {}, std::move(reason)};
  for (const char* name : {"title", "guid", "id", "link"})
    if (skipped.title.empty()) skipped.title = label_of(element.child(name), kLabelBytesMax);
  feed_.skipped.push_back(std::move(skipped));
}

}  // namespace

Result<Feed> parse_feed(BytesView bytes, const FeedHints& hints) {
  auto decoded = decode(bytes, hints.content_type);
  if (!decoded) return pass(decoded);
  if (is_web_page(decoded->text)) return tl::unexpected(not_a_feed(decoded->text, hints.source_url));
  auto document = parse_xml(std::move(decoded->text));
  if (!document) return pass(document);
  const auto shape = shape_of((*document)->tree);
  if (!shape) return tl::unexpected(not_a_feed((*document)->text, hints.source_url));

  Feed feed = FeedReader(**document, *shape, hints).read();
  feed.charset = std::move(decoded->charset);
  if (!decoded->note.empty()) feed.notes.push_back(std::move(decoded->note));
  if ((*document)->broken && feed.items.empty())
    return fail(kFeedMalformed, "no item of the feed could be read: it is broken XML at octet " +
                                    std::to_string((*document)->broken->at) + " (" + lower((*document)->broken->reason) +
                                    "): fetch it again, or tell whoever makes it");
  return feed;
}

}  // namespace tamizdat::feeds
