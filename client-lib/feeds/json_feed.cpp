#include "client-lib/feeds/json_feed.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "client-lib/feeds/date.h"
#include "client-lib/feeds/item.h"
#include "client-lib/feeds/items.h"
#include "client-lib/feeds/limits.h"
#include "client-lib/feeds/text_repair.h"
#include "proto/html/sanitise.h"
#include "proto/html/text.h"
#include "proto/html/url.h"

namespace tamizdat::feeds {
namespace {

namespace json = boost::json;

// Reads the structure of a text, each octet once, without judging its form: what the parser builds from it is bounded.
Result<void> check_limits(std::string_view text) {
  struct Open {
    bool is_object = false;
    std::size_t values = 0;
  };
  std::array<Open, kJsonDepthMax + 1> open;
  std::size_t depth = 0, values = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      else if (c == '"') in_string = false;
      continue;
    }
    in_string = c == '"';
    if (c == '{' || c == '[') {
      if (++depth > kJsonDepthMax)
        return fail(kFeedTooDeep, "the feed nests more than " + std::to_string(kJsonDepthMax) +
                                      " JSON values: it is broken or hostile; tell whoever makes it");
      open[depth] = {c == '{', 0};
    }
    if (c == '}' || c == ']') depth -= depth > 0 ? 1 : 0;
    if (c != '{' && c != '[' && c != ',') continue;
    if (++values > kJsonValuesMax)
      return fail(kFeedTooManyNodes, "the feed has more than " + std::to_string(kJsonValuesMax) +
                                         " JSON values: ask its server for fewer items");
    if (c == ',' && ++open[depth].values > kJsonMembersMax && open[depth].is_object)
      return fail(kFeedTooManyNodes, "an object of the feed has more than " + std::to_string(kJsonMembersMax) +
                                         " members: it is broken or hostile; tell whoever makes it");
  }
  return {};
}

// A string, or a number as it is written, without hidden characters; empty for everything else.
std::string text_of(const json::object& object, std::string_view name) {
  const json::value* const value = object.if_contains(name);
  if (value == nullptr) return {};
  if (const auto* string = value->if_string()) return html::clean_text(*string);
  return value->is_number() ? json::serialize(*value) : std::string();
}

std::string label_of(const json::object& object, std::string_view name, std::size_t bytes_max) {
  return std::string(html::cut_utf8(plain_text_label(text_of(object, name)), bytes_max));
}

std::string url_of(const json::object& object, std::string_view name, std::string_view base) {
  const auto url = html::safe_url(text_of(object, name), base);
  return url && is_web_url(*url) ? *url : std::string();
}

// The objects of an array; empty if there is none.
std::vector<const json::object*> objects_of(const json::object& object, std::string_view name) {
  std::vector<const json::object*> out;
  const json::value* const value = object.if_contains(name);
  if (value == nullptr || !value->is_array()) return out;
  for (const json::value& element : value->get_array())
    if (const auto* inner = element.if_object()) out.push_back(inner);
  return out;
}

class JsonItemReader {
 public:
  JsonItemReader(const json::object& in, std::string_view base_url, std::string_view language)
      : in_(in), base_url_(base_url), language_(language) {}

  Result<FeedItem> read() {
    item_.guid = html::collapse_space(text_of(in_, "id"));
    item_.title = label_of(in_, "title", kTitleBytesMax);
    for (const char* name : {"url", "external_url"})
      if (item_.link.empty()) item_.link = url_of(in_, name, base_url_);
    if (item_.link.empty() && is_web_url(item_.guid)) item_.link = url_of(in_, "id", {});
    item_.language = language_tag(text_of(in_, "language"));
    if (item_.language.empty()) item_.language = language_;
    read_date("date_published", item_.published);
    read_date("date_modified", item_.updated);
    read_labels();
    read_enclosures();
    if (auto text = read_text(); !text) return pass(text);
    if (auto title = settle_title(item_); !title) return pass(title);
    settle_guid(item_, text_of(in_, "date_published"));
    return std::move(item_);
  }

 private:
  std::string_view link_base() const { return item_.link.empty() ? base_url_ : std::string_view(item_.link); }

  void read_date(std::string_view name, std::optional<Timestamp>& out) {
    const std::string text = html::collapse_space(text_of(in_, name));
    if (text.empty()) return;
    out = parse_date(text);
    if (!out)
      item_.notes.push_back("the date '" + std::string(html::cut_utf8(text, 60)) +
                            "' is none that an article can have: left out");
  }

  void read_labels() {
    for (const auto* author : objects_of(in_, "authors"))
      add_once(item_.authors, label_of(*author, "name", kLabelBytesMax));
    // As version 1.0 has it.
    const json::value* const author = in_.if_contains("author");
    if (item_.authors.empty() && author != nullptr && author->is_object())
      add_once(item_.authors, label_of(author->get_object(), "name", kLabelBytesMax));
    const json::value* const tags = in_.if_contains("tags");
    if (tags == nullptr || !tags->is_array()) return;
    for (const json::value& tag : tags->get_array())
      if (const auto* word = tag.if_string())
        add_once(item_.categories,
                 std::string(html::cut_utf8(plain_text_label(html::clean_text(*word)), kLabelBytesMax)));
  }

  void read_enclosures() {
    for (const char* name : {"image", "banner_image"}) add_enclosure(item_, url_of(in_, name, link_base()), "image");
    for (const auto* attachment : objects_of(in_, "attachments"))
      add_enclosure(item_, url_of(*attachment, "url", link_base()), text_of(*attachment, "mime_type"));
  }

  // The whole text, best first; the summary is the last resort.
  Result<void> read_text() {
    const std::string summary = text_of(in_, "summary");
    std::array<std::string, 3> sources{as_html(text_of(in_, "content_html")),
                                             plain_as_html(text_of(in_, "content_text")), plain_as_html(summary)};
    for (std::size_t i = 0; i < sources.size() && item_.html.empty(); ++i) {
      auto html = html::sanitise(sources[i], {link_base()});
      if (!html) return pass(html);
      const auto words = html::to_text(*html);
      if (!words || words->empty()) continue;
      item_.html = trimmed(*html);
      item_.raw_html = std::move(sources[i]);
      item_.base_url = link_base();
      if (i + 1 < sources.size())
        item_.lede = html::cut_utf8(html::collapse_space(plain_text_label(summary)), kLedeBytesMax);
    }
    return {};
  }

  const json::object& in_;
  std::string_view base_url_, language_;
  FeedItem item_;
};

std::string label_of_skipped(const json::object& item) {
  for (const char* name : {"title", "id", "url"})
    if (std::string label = label_of(item, name, kLabelBytesMax); !label.empty()) return label;
  return {};
}

}  // namespace

Result<Feed> parse_json_feed(std::string_view text, const FeedHints& hints) {
  if (auto within = check_limits(text); !within) return pass(within);
  boost::system::error_code error;
  json::parse_options options;
  options.max_depth = kJsonDepthMax + 1;
  const json::value document = json::parse(json::string_view(text.data(), text.size()), error, {}, options);
  if (error)
    return fail(kFeedMalformed, "this is broken JSON (" + error.message() +
                                    "): fetch it again, or tell whoever makes it");
  constexpr std::string_view kVersion = "jsonfeed.org/version/";
  const std::string version = document.is_object() ? text_of(document.get_object(), "version") : std::string();
  const std::size_t at = version.find(kVersion);
  if (at == std::string::npos)
    return fail(kFeedIsJson, "this is JSON, but no JSON Feed: give the address of the newsroom's feed");

  const json::object& root = document.get_object();
  Feed feed;
  feed.format = "JSON Feed " + std::string(html::cut_utf8(std::string_view(version).substr(at + kVersion.size()), 8));
  feed.title = label_of(root, "title", kTitleBytesMax);
  feed.link = url_of(root, "home_page_url", hints.source_url);
  feed.language = language_tag(text_of(root, "language"));
  feed.next_page = url_of(root, "next_url", hints.source_url);
  const json::value* const list = root.if_contains("items");
  if (list == nullptr || !list->is_array()) return feed;
  const std::string base = feed.link.empty() ? std::string(hints.source_url) : feed.link;
  ItemList items(feed);
  const json::array& elements = list->get_array();
  const std::size_t count = items.within_limit(elements.size());
  for (std::size_t i = 0; i < count; ++i) {
    if (const auto* item = elements[i].if_object())
      items.add(JsonItemReader(*item, base, feed.language).read(), i + 1, label_of_skipped(*item));
    else
      items.skip(i + 1, {}, "it is no JSON object");
  }
  return feed;
}

}  // namespace tamizdat::feeds
