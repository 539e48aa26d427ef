#include "relay/reader/site.h"

#include <algorithm>
#include <span>

#include "relay/reader/near_path.h"
#include "relay/reader/resources.h"
#include "relay/reader/topics.h"
#include "relay/reader/words.h"

namespace tamizdat::reader {
namespace {

constexpr std::size_t kCacheBytesMax = 32 << 20;
constexpr std::string_view kHtml = "text/html; charset=utf-8";
// A correction or an erasure is seen within a minute, also behind a shared cache.
constexpr std::string_view kPageCaching = "public, max-age=60";
constexpr std::string_view kFileCaching = "public, max-age=86400";
constexpr std::string_view kNoCaching = "no-store";

// The API is for programs, single versions are found from their articles.
constexpr std::string_view kRobots = "User-agent: *\nDisallow: /v1/\nDisallow: /v/\n";

constexpr std::size_t kHostBytesMax = 255;

std::vector<std::string> segments_of(std::string_view path) {
  std::vector<std::string> out;
  for (std::size_t at = 1; at <= path.size();) {
    const auto end = std::min(path.find('/', at), path.size());
    if (end > at) out.emplace_back(path.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

}  // namespace

struct Site::Visit {
  std::vector<std::string> segments;
  StoryKey before = kNewest;
  std::size_t page = 1;
  Tongue tongue = Tongue::kRussian;
  std::string host;
};

std::string host_for_links(std::string_view host) {
  if (host.empty() || host.size() > kHostBytesMax) return {};
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(".-_:[]").find(c) != std::string_view::npos;
  };
  if (!std::all_of(host.begin(), host.end(), allowed)) return {};
  return std::string(host);
}

Site::Site(const store::Store& store, const Catalog& catalog, const Names& names, env::Clock& clock,
           SiteSettings settings, const statements::Statements* statements)
    : store_(store),
      catalog_(catalog),
      clock_(clock),
      standings_(store, clock, statements),
      pages_(store, catalog, names, standings_, std::move(settings), statements),
      feeds_(store, catalog, names, pages_),
      cache_(catalog, standings_, kCacheBytesMax),
      policy_(content_security_policy()) {}

env::awaitable<http::Response> Site::handle(const http::Request& request) { co_return answer(request); }

http::Response Site::answer(const http::Request& request) {
  if (request.method != http::Method::kGet && request.method != http::Method::kHead) {
    auto refused = http::make_error(405);
    refused.headers.set("Allow", "GET, HEAD");
    return refused;
  }
  Visit visit;
  visit.segments = segments_of(request.path);
  if (const auto before = request.parameter("before")) visit.before = parse_key(*before).value_or(kNewest);
  if (const auto page = request.parameter("page"); page && page->size() < 6)
    visit.page = static_cast<std::size_t>(std::max(1, std::atoi(std::string(*page).c_str())));
  visit.tongue = tongue_for(request.headers.joined("Accept-Language"));
  visit.host = host_for_links(request.host);

  auto response = route(visit);
  response.headers.set("Content-Security-Policy", policy_);
  response.headers.set("Referrer-Policy", "no-referrer");
  response.headers.set("X-Content-Type-Options", "nosniff");
  return response;
}

http::Response Site::route(const Visit& visit) {
  std::span<const std::string> path = visit.segments;
  std::optional<FeedKind> feed;
  for (const auto kind : kFeedKinds)
    if (!path.empty() && path.back() == feed_file(kind)) feed = kind;
  if (feed) path = path.first(path.size() - 1);
  const auto list = [&](const Channel& channel) {
    return feed ? channel_feed(channel, *feed, visit) : channel_page(channel, visit);
  };
  if (path.empty()) return list({});
  if (path[0] == "p" && (path.size() == 2 || (path.size() == 4 && (path[2] == "l" || path[2] == "archive")))) {
    const auto project = ProjectId::parse(path[1]);
    if (!project) return bad_id(project.error(), path[1], visit);
    if (!catalog_.project(*project)) return not_found("w_404_project", visit);
    if (path.size() == 2) return list({*project, {}, {}});
    if (path[2] == "archive") return feed == FeedKind::kAtom ? archive_page(*project, path[3], visit)
                                                             : no_such_path(visit);
    if (language_tag(path[3]) == path[3]) return list({*project, {}, path[3]});
  }
  if (path.size() == 2 && path[0] == "r" && region_tag(path[1]) == path[1]) return list({{}, path[1], {}});
  if (path.size() == 2 && path[0] == "l" && language_tag(path[1]) == path[1]) return list({{}, {}, path[1]});
  if (path.size() == 2 && path[0] == "t" && topic_tag(path[1]) == path[1]) return list({{}, {}, {}, path[1]});
  if (feed) return no_such_path(visit);
  if (path.size() == 2 && path[0] == "a") return article_page(visit);
  if (path.size() == 2 && path[0] == "v") return version_page(visit);
  if (path.size() != 1) return no_such_path(visit);
  if (path[0] == "projects") return directory_page(Directory::kProjects, visit);
  if (path[0] == "regions") return directory_page(Directory::kRegions, visit);
  if (path[0] == "languages") return directory_page(Directory::kLanguages, visit);
  if (path[0] == "topics") return directory_page(Directory::kTopics, visit);
  if (path[0] == "feeds.opml") return opml(visit);
  if (path[0] == "about") {
    auto response = http::make_response(200, std::string(kHtml), pages_.about(visit.tongue));
    response.headers.set("Cache-Control", kPageCaching);
    response.headers.set("Vary", "Accept-Language");
    return response;
  }
  if (path[0] == "favicon.svg") return file("image/svg+xml", resource("favicon.svg"));
  if (path[0] == "favicon.ico") return moved("/favicon.svg");  // feed readers and old browsers ask for this one
  if (path[0] == "robots.txt") return file("text/plain; charset=utf-8", kRobots);
  return no_such_path(visit);
}

template <typename Render>
http::Response Site::cached(const std::string& key, const Channel& list, std::string_view content_type, Render render) {
  auto page = cache_.find(key);
  if (!page) {
    page.emplace();
    page->state = cache_.state(list);
    page->content = std::make_shared<const http::Content>(render());
    cache_.keep(key, list, *page);
  }
  return kept_page(*page, content_type);
}

http::Response Site::kept_page(const PageCache::Kept& page, std::string_view content_type) const {
  auto response = http::make_response(200, std::string(content_type), page.content);
  response.headers.set("Cache-Control", catalog_.building() ? kNoCaching : kPageCaching);
  // A date names a whole second, and in the second of a change both the old and the new list may have been served.
  if (!catalog_.building() && page.state.changed_at < clock_.now()) response.last_modified = page.state.changed_at;
  return response;
}

http::Response Site::channel_page(const Channel& channel, const Visit& visit) {
  const auto key =
      "page " + page_path(channel) + " " + key_text(visit.before) + " " + std::string(language_of(visit.tongue));
  auto response = cached(key, channel, kHtml,
                         [&] { return pages_.list(channel, visit.before, visit.tongue); });
  response.headers.set("Vary", "Accept-Language");
  return response;
}

http::Response Site::channel_feed(const Channel& channel, FeedKind kind, const Visit& visit) {
  const auto key = "feed " + feed_path(channel, kind) + " " + key_text(visit.before) + " " + visit.host;
  return cached(key, channel, media_type(kind),
                [&] { return feeds_.feed(channel, kind, visit.before, visit.host); });
}

http::Response Site::archive_page(const ProjectId& project, const std::string& name, const Visit& visit) {
  // Half an archive page would be kept as a whole one.
  if (catalog_.building()) return busy(visit);
  const auto page = ArchivePage::parse(store_, catalog_, project, name);
  if (!page) return no_such_path(visit);
  return cached("archive " + page->path() + " " + visit.host, {project, {}, {}}, media_type(FeedKind::kAtom),
                [&] { return feeds_.archive(*page, visit.host); });
}

http::Response Site::opml(const Visit& visit) {
  return cached("opml " + visit.host, {}, "text/x-opml; charset=utf-8",
                [&] { return feeds_.opml(visit.host); });
}

http::Response Site::article_page(const Visit& visit) {
  const auto base = visit.host.empty() ? std::string() : "https://" + visit.host;
  const auto key = "article " + visit.segments[1] + " " + std::to_string(visit.page) + " " +
                   std::string(language_of(visit.tongue)) + " " + base;
  // Under this key there is only a story's own page, and while its project's list is the same, so is what is found below.
  if (const auto page = cache_.find(key)) {
    auto response = kept_page(*page, kHtml);
    response.headers.set("Vary", "Accept-Language");
    return response;
  }
  const auto id = EntryId::parse(visit.segments[1]);
  if (!id) return bad_id(id.error(), visit.segments[1], visit);
  const auto position = store_.find(*id);
  if (!position) return not_found("w_404_entry", visit);
  const auto story = catalog_.story_of(*position);
  // Not read yet, or a correction whose article has not come: it stands for itself.
  if (!story) return version_page(visit);
  if (story->original.log != position->log || story->original.index != position->index) {
    const auto original = store_.entry(story->original.log, story->original.index);
    if (!original) return not_found("w_404_entry", visit);
    return moved("/a/" + original->id.text());
  }
  if (story->is_retracted) return gone(pages_.story(*story, 1, {}, visit.tongue));
  if (story->is_withheld) return withheld(pages_.story(*story, 1, {}, visit.tongue));
  auto response = cached(key, {story->project, {}, {}}, kHtml,
                         [&] { return pages_.story(*story, visit.page, base, visit.tongue); });
  response.headers.set("Vary", "Accept-Language");
  return response;
}

http::Response Site::version_page(const Visit& visit) {
  const auto id = EntryId::parse(visit.segments[1]);
  if (!id) return bad_id(id.error(), visit.segments[1], visit);
  const auto position = store_.find(*id);
  if (!position) return not_found("w_404_entry", visit);
  const auto article = read_article(store_, *position);
  if (article.kind != format::EntryKind::kArticle && article.kind != format::EntryKind::kCorrection)
    return not_found("w_404_kind", visit);
  auto page = pages_.version(*position, catalog_.story_of(*position), visit.page, visit.tongue);
  if (article.retraction) return gone(std::move(page));
  if (article.gone == Gone::kWithheld) return withheld(std::move(page));
  auto response = http::make_response(200, std::string(kHtml), std::move(page));
  response.headers.set("Cache-Control", std::string(catalog_.building() ? kNoCaching : kPageCaching));
  response.headers.set("Vary", "Accept-Language");
  return response;
}

http::Response Site::directory_page(Directory directory, const Visit& visit) {
  const auto key = "directory " + std::to_string(static_cast<int>(directory)) + " " + std::to_string(visit.page) + " " +
                   std::string(language_of(visit.tongue));
  auto response = cached(key, {}, kHtml,
                         [&] { return pages_.directory(directory, visit.page, visit.tongue); });
  response.headers.set("Vary", "Accept-Language");
  return response;
}

// RFC 9110 section 15.5.11, for what the newsroom retracted.
http::Response Site::gone(std::string page) const {
  auto response = http::make_response(410, std::string(kHtml), std::move(page));
  response.headers.set("Cache-Control", kPageCaching);
  response.headers.set("Vary", "Accept-Language");
  return response;
}

// RFC 7725, for what the operator withholds: it is this relay that blocks it.
http::Response Site::withheld(std::string page) const {
  auto response = http::make_response(451, std::string(kHtml), std::move(page));
  http::say_blocked_here(response);
  response.headers.set("Cache-Control", kPageCaching);
  response.headers.set("Vary", "Accept-Language");
  return response;
}

http::Response Site::moved(const std::string& path) const {
  auto response = http::make_response(302, std::string(kHtml), std::string());
  response.headers.set("Location", path);
  response.headers.set("Cache-Control", kPageCaching);
  return response;
}

http::Response Site::busy(const Visit& visit) const {
  auto response = http::make_response(503, "text/plain; charset=utf-8", word("w_building", visit.tongue) + "\n");
  response.headers.set("Cache-Control", kNoCaching);
  response.headers.set("Vary", "Accept-Language");
  response.headers.set("Retry-After", "60");
  return response;
}

http::Response Site::file(std::string content_type, std::string_view content) const {
  auto response = http::make_response(200, std::move(content_type), Bytes(content));
  response.headers.set("Cache-Control", kFileCaching);
  return response;
}

http::Response Site::not_found(std::string_view reason, const Visit& visit,
                               const std::optional<Pages::Elsewhere>& elsewhere) {
  auto response = http::make_response(404, std::string(kHtml), pages_.not_found(reason, elsewhere, visit.tongue));
  response.headers.set("Cache-Control", kNoCaching);
  response.headers.set("Vary", "Accept-Language");
  return response;
}

http::Response Site::no_such_path(const Visit& visit) {
  const auto near = near_path(visit.segments);
  if (!near) return not_found("w_404_path", visit);
  return not_found("w_404_near", visit, Pages::Elsewhere{*near, *near});
}

http::Response Site::bad_id(const Error& error, const std::string& id, const Visit& visit) {
  if (error.code != kIdOfAnotherKind) return not_found("w_404_typo", visit);
  if (const auto project = ProjectId::parse(id); project && catalog_.project(*project))
    return not_found("w_404_other", visit, Pages::Elsewhere{"/p/" + id, pages_.project_title(*project)});
  if (EntryId::parse(id)) return not_found("w_404_other", visit, Pages::Elsewhere{"/a/" + id, id});
  return no_such_path(visit);
}

}  // namespace tamizdat::reader
