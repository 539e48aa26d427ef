// The reader side of a relay as an HTTP handler: pages, feeds and the few files around them. Mount it at "/"; what lies
// under "/v1" is the submit API's. It keeps what it rendered while the lists behind it do not change.
//
//   GET /                                          newest of all; ?before=<place> for older ones
//   GET /p/<project>  /p/<project>/l/<language>  /r/<region>  /l/<language>  /t/<topic>
//   GET <any of these>/feed.atom, /feed.rss, /feed.json   ?before=<place> for older ones
//   GET /p/<project>/archive/<name>/feed.atom      see archive.h
//   GET /feeds.opml                                the feeds of all projects
//   GET /a/<entry>                                 the article; its corrections lead to it
//   GET /v/<entry>                                 one version as it was signed
//   GET /projects  /regions  /languages  /topics  /about  /favicon.svg  /robots.txt
//
// Loop thread only.
#pragma once

#include "relay/http/message.h"
#include "relay/reader/feeds.h"
#include "relay/reader/page_cache.h"
#include "relay/reader/pages.h"

namespace tamizdat::reader {

class Site : public http::Handler {
 public:
  // All references outlive the site.
  Site(const store::Store& store, const Catalog& catalog, const Names& names, env::Clock& clock, SiteSettings settings,
       const statements::Statements* statements = nullptr);

  // Of relays that may have what is withheld here, from now on.
  void use_others(RelayAddresses others) { pages_.use_others(std::move(others)); }

  env::awaitable<http::Response> handle(const http::Request& request) override;
  // The same without a coroutine.
  http::Response answer(const http::Request& request);

 private:
  struct Visit;  // a request, taken apart

  http::Response route(const Visit& visit);
  http::Response channel_page(const Channel& channel, const Visit& visit);
  http::Response channel_feed(const Channel& channel, FeedKind kind, const Visit& visit);
  http::Response archive_page(const ProjectId& project, const std::string& name, const Visit& visit);
  http::Response opml(const Visit& visit);
  http::Response article_page(const Visit& visit);
  http::Response version_page(const Visit& visit);
  http::Response directory_page(Directory directory, const Visit& visit);
  http::Response gone(std::string page) const;
  http::Response withheld(std::string page) const;
  http::Response moved(const std::string& path) const;
  http::Response busy(const Visit& visit) const;
  http::Response file(std::string content_type, std::string_view content) const;
  http::Response not_found(std::string_view reason, const Visit& visit,
                           const std::optional<Pages::Elsewhere>& elsewhere = {});
  http::Response no_such_path(const Visit& visit);
  // For an id that does not parse: a typing error, or an id of another kind, which has a page elsewhere.
  http::Response bad_id(const Error& error, const std::string& id, const Visit& visit);

  // What `render` makes of the list, or made of it when it was the same.
  template <typename Render>
  http::Response cached(const std::string& key, const Channel& list, std::string_view content_type, Render render);
  http::Response kept_page(const PageCache::Kept& page, std::string_view content_type) const;

  const store::Store& store_;
  const Catalog& catalog_;
  env::Clock& clock_;
  Standings standings_;
  Pages pages_;
  Feeds feeds_;
  PageCache cache_;
  std::string policy_;
};

// `host` as a link may begin with: a name or address and perhaps a port, nothing else. Empty if it has another form.
std::string host_for_links(std::string_view host);

}  // namespace tamizdat::reader
