// JSON Feed 1.1 (jsonfeed.org/version/1.1).
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "relay/reader/attached_markup.h"
#include "relay/reader/feed_item.h"

namespace tamizdat::reader {
namespace {

void attach(const Article& article, const std::string& base, boost::json::object& row) {
  boost::json::array files;
  for (const auto& file : article.attached) {
    if (file.kind == AttachedKind::kPicture && !row.contains("image"))
      row["image"] = base + attachment_path(file.size_for(kFeedPictureWidth).blob);
    files.push_back({{"url", base + attachment_path(file.blob)},
                     {"mime_type", file.type},
                     {"title", file.name},
                     {"size_in_bytes", file.blob.size}});
  }
  if (!files.empty()) row["attachments"] = std::move(files);
}

}  // namespace

std::string Feeds::json(const Document& feed) const {
  boost::json::object out;
  out["version"] = "https://jsonfeed.org/version/1.1";
  out["title"] = title(feed.channel);
  out["description"] = word("w_tagline", kFeedTongue);
  out["home_page_url"] = feed.base + page_path(feed.channel);
  out["feed_url"] = feed.self(FeedKind::kJson);
  if (const auto older = feed.older(FeedKind::kJson); !older.empty()) out["next_url"] = older;
  if (!feed.channel.language.empty()) out["language"] = feed.channel.language;
  boost::json::array items;
  for (const auto& item : feed.items) {
    const auto& article = item.article;
    boost::json::object row;
    row["id"] = item.guid.empty() ? item.own_id() : item.guid;
    row["url"] = feed.base + item.page();
    if (!article.original_url.empty()) row["external_url"] = article.original_url;
    row["title"] = item.title();
    row["content_html"] = item.html;
    if (!article.lede.empty()) row["summary"] = article.lede;
    row["date_published"] = to_rfc3339(item.story.time);
    row["date_modified"] = to_rfc3339(item.story.updated);
    row["authors"] = boost::json::array{boost::json::object{{"name", author(article)}}};
    boost::json::array tags;
    for (const auto& tag : tags_of(article)) tags.emplace_back(tag);
    if (!tags.empty()) row["tags"] = std::move(tags);
    if (!article.language.empty()) row["language"] = article.language;
    attach(article, feed.base, row);
    items.push_back(std::move(row));
  }
  out["items"] = std::move(items);
  return boost::json::serialize(out);
}

}  // namespace tamizdat::reader
