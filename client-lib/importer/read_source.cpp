#include "client-lib/feeds/limits.h"
#include "client-lib/files/files.h"
#include "client-lib/importer/import.h"

namespace tamizdat::importer {

Result<Source> read_source(const std::string& place, const std::optional<desk::SourceState>& before, net::Http& http) {
  Source source;
  source.place = place;
  if (!place.starts_with("https://") && !place.starts_with("http://")) {
    auto bytes = files::read_file(place, feeds::kFeedBytesMax);
    if (!bytes) return pass(bytes);
    source.feed = *std::move(bytes);
    return source;
  }
  net::HttpRequest request;
  request.url = place;
  request.answer_bytes_max = feeds::kFeedBytesMax;
  request.redirects = net::Redirects::kFollow;
  // Many sites refuse requests without one.
  request.headers = {"User-Agent: tamizdat (feed reader)", "Accept: application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.5"};
  if (before && !before->etag.empty()) request.headers.push_back("If-None-Match: " + before->etag);
  if (before && !before->last_modified.empty()) request.headers.push_back("If-Modified-Since: " + before->last_modified);
  auto answer = http.send(request);
  if (!answer) return pass(answer);
  source.unchanged = answer->status == 304 && before.has_value();
  if (!source.unchanged && answer->status != 200)
    return fail(kSourceUnavailable, place + ": the server answers with status " + std::to_string(answer->status) +
                                        "; open it in a browser to see whether the address is still right");
  source.content_type = answer->header("content-type");
  source.url = answer->url;
  source.state = {std::string(answer->header("etag")), std::string(answer->header("last-modified"))};
  source.feed = std::move(answer->body);
  return source;
}

}  // namespace tamizdat::importer
