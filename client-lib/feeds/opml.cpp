#include "client-lib/feeds/opml.h"

#include <algorithm>
#include <unordered_set>

#include "client-lib/feeds/items.h"
#include "client-lib/feeds/limits.h"
#include "client-lib/feeds/text_repair.h"
#include "client-lib/feeds/xml.h"
#include "proto/html/text.h"
#include "proto/html/url.h"

namespace tamizdat::feeds {
namespace {

bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

// Programs do not agree on the case: xmlUrl, xmlurl, xmlURL.
std::string attribute_of(pugi::xml_node node, std::string_view name) {
  for (const pugi::xml_attribute attribute : node.attributes())
    if (same_name(attribute.name(), name)) return html::clean_text(attribute.value());
  return {};
}

std::string label_of(pugi::xml_node outline) {
  for (const char* name : {"title", "text"})
    if (std::string label = plain_label(attribute_of(outline, name)); !label.empty())
      return std::string(html::cut_utf8(label, kLabelBytesMax));
  return {};
}

class ListReader final : public pugi::xml_tree_walker {
 public:
  ListReader(FeedList& list, const XmlDocument& document, std::string_view source_url)
      : list_(list), document_(document), source_url_(source_url) {}

  // Called for each node, in the order of the document, without recursion.
  bool for_each(pugi::xml_node& node) override {
    if (node.type() != pugi::node_element) return true;
    if (same_name(node.name(), "title") && list_.title.empty())
      list_.title = html::cut_utf8(plain_label(node.child_value()), kTitleBytesMax);
    if (same_name(node.name(), "outline") && !is_cut_off(node)) read_outline(node);
    return true;
  }

  void finish() {
    if (beyond_ > 0)
      list_.notes.push_back("the list names " + std::to_string(list_.feeds.size() + beyond_) + " feeds: only the first " +
                            std::to_string(kListedFeedsMax) + " are taken");
    if (unsafe_ > 0)
      list_.notes.push_back(std::to_string(unsafe_) +
                            (unsafe_ == 1 ? " feed of the list has no web address: left out"
                                          : " feeds of the list have no web address: left out"));
    if (included_ > 0)
      list_.notes.push_back(std::to_string(included_) + (included_ == 1 ? " other list is" : " other lists are") +
                            " included by this one: import them by their own addresses");
  }

 private:
  // Half an address is another address.
  bool is_cut_off(pugi::xml_node node) const {
    const auto start = static_cast<std::size_t>(std::max<std::ptrdiff_t>(node.offset_debug(), 0));
    return document_.broken && document_.text.find('>', start) >= document_.broken->at;
  }

  void read_outline(pugi::xml_node outline) {
    const std::string address = attribute_of(outline, "xmlUrl");
    if (address.empty()) {
      if (same_name(attribute_of(outline, "type"), "include")) ++included_;
      return;
    }
    auto url = html::safe_url(address, source_url_);
    if (!url || !is_web_url(*url)) {
      ++unsafe_;
      return;
    }
    if (!seen_.insert(*url).second) return;
    if (list_.feeds.size() < kListedFeedsMax) list_.feeds.push_back({label_of(outline), *std::move(url)});
    else ++beyond_;
  }

  FeedList& list_;
  const XmlDocument& document_;
  std::string_view source_url_;
  std::unordered_set<std::string> seen_;
  std::size_t beyond_ = 0, unsafe_ = 0, included_ = 0;
};

}  // namespace

Result<std::optional<FeedList>> parse_opml(BytesView bytes, const FeedHints& hints) {
  auto decoded = decode(bytes, hints.content_type);
  if (!decoded) return pass(decoded);
  // Most sources are feeds, and need not be parsed twice.
  constexpr std::size_t kHeadBytes = 4096;
  const std::string_view head = std::string_view(decoded->text).substr(0, kHeadBytes);
  const auto mark = std::string_view("<opml");
  if (std::ranges::search(head, mark, [](char a, char b) { return same_name({&a, 1}, {&b, 1}); }).empty())
    return std::optional<FeedList>();
  auto document = parse_xml(std::move(decoded->text));
  if (!document) return pass(document);
  const pugi::xml_node root = (*document)->tree.document_element();
  if (!same_name(root.name(), "opml")) return std::optional<FeedList>();

  FeedList list;
  ListReader reader(list, **document, hints.source_url);
  (*document)->tree.traverse(reader);
  reader.finish();
  if ((*document)->broken) list.notes.push_back("the list is broken XML: what follows its break could not be read");
  if (list.feeds.empty())
    return fail(kFeedMalformed, "this list of feeds (OPML) names none: it needs outlines with an xmlUrl");
  return std::optional(std::move(list));
}

}  // namespace tamizdat::feeds
