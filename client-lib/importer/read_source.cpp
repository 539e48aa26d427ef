#include "client-lib/feeds/limits.h"
#include "client-lib/files/files.h"
#include "client-lib/importer/import.h"

namespace tamizdat::importer {
namespace {

bool is_web_address(const std::string& place) { return place.starts_with("https://") || place.starts_with("http://"); }

net::HttpRequest request_for(const std::string& url, const std::optional<desk::SourceState>& before,
                             net::Reach reach) {
  net::HttpRequest request;
  request.url = url;
  request.answer_bytes_max = feeds::kFeedBytesMax;
  request.redirects = net::Redirects::kFollow;
  request.reach = reach;
  // Many sites refuse requests without one.
  request.headers = {"User-Agent: tamizdat (feed reader)",
                     "Accept: application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, "
                     "*/*;q=0.5"};
  if (before && !before->etag.empty()) request.headers.push_back("If-None-Match: " + before->etag);
  if (before && !before->last_modified.empty()) request.headers.push_back("If-Modified-Since: " + before->last_modified);
  return request;
}

std::string refusal_of(const std::string& url, int status) {
  const std::string answers = url + ": the server answers with status " + std::to_string(status) + "; ";
  if (status == 429 || status == 503) return answers + "it wants fewer requests, or is being repaired: ask it again later";
  return answers + "open it in a browser to see whether the address is still right";
}

}  // namespace

Result<Source> read_source(const std::string& place, const std::optional<desk::SourceState>& before, net::Reach reach,
                           net::Http& http, Timestamp now) {
  Source source;
  source.place = place;
  if (!is_web_address(place)) {
    auto bytes = files::read_file(place, feeds::kFeedBytesMax);
    if (!bytes) return pass(bytes);
    source.feed = *std::move(bytes);
    return source;
  }
  auto answer = http.send(request_for(place, before, reach));
  if (!answer) return pass(answer);
  source.pace = pace_of(*answer, now);
  source.status = answer->status;
  source.unchanged = answer->status == 304 && before.has_value();
  if (!source.unchanged && answer->status != 200)
    source.refusal = Error{kSourceUnavailable, refusal_of(place, answer->status)};
  source.content_type = answer->header("content-type");
  source.url = answer->url;
  source.state = {std::string(answer->header("etag")), std::string(answer->header("last-modified"))};
  source.feed = std::move(answer->body);
  return source;
}

}  // namespace tamizdat::importer
