#include "client-lib/importer/pictures.h"

#include <algorithm>
#include <array>
#include <set>

#include "client-lib/article/tags.h"
#include "client-lib/attachments/captions.h"
#include "client-lib/importer/picture_fetcher.h"
#include "client-lib/net/reach.h"
#include "proto/html/sanitise.h"
#include "proto/html/text.h"

namespace tamizdat::importer {
namespace {

// A long gallery of one article.
constexpr std::size_t kPicturesOfItemMax = 64;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Without the numbers of "roof-1024x768".
std::string_view without_size(std::string_view name) {
  const auto number_at_end = [](std::string_view text) {
    std::size_t count = 0;
    while (count < text.size() && is_digit(text[text.size() - 1 - count])) ++count;
    return count;
  };
  std::string_view rest = name;
  for (const char before : {'x', '-'}) {
    const std::size_t digits = number_at_end(rest);
    if (digits < 2 || digits == rest.size() || rest[rest.size() - 1 - digits] != before) return name;
    rest.remove_suffix(digits + 1);
  }
  return rest;
}

// The same for one picture in several sizes, as sites name them: roof-1024x768.jpg, roof.jpg?w=300.
std::string picture_name(std::string_view url) {
  const auto path = url.substr(0, url.find_first_of("?#"));
  const auto dot = std::min(path.rfind('.'), path.size());
  constexpr std::array<std::string_view, 5> kEndings{".jpg", ".jpeg", ".png", ".webp", ".gif"};
  // What follows the name of a program decides which picture it gives.
  if (std::ranges::find(kEndings, path.substr(dot)) == kEndings.end()) return std::string(url);
  return std::string(without_size(path.substr(0, dot))) + std::string(path.substr(dot));
}

// WordPress puts the faces of its authors among the pictures of their articles.
bool is_portrait_of_author(std::string_view url) { return net::host_name(url).ends_with("gravatar.com"); }

class PictureRun {
 public:
  PictureRun(Plan& plan, const std::string& feed, const PictureTools& tools)
      : plan_(plan), tools_(tools), fetcher_(feed, tools) {}

  Result<void> run() {
    for (std::size_t i = 0; i < plan_.drafts.size() && !trouble_; ++i) {
      tools_.progress("fetching pictures", i, plan_.drafts.size());
      attach(plan_.drafts[i], plan_.pictures[i]);
    }
    if (trouble_) return tl::unexpected(*trouble_);
    return {};
  }

 private:
  void attach(publish::Draft& draft, const PicturesOfItem& item) {
    std::vector<format::Attachment> attached;
    std::set<std::string> shown;  // picture_name()
    const auto place = [&](const std::string& url, const std::string& alt, const std::string& caption) -> std::optional<BlobId> {
      const auto picture = url.empty() ? std::nullopt : picture_at(url, draft.body.title, attached.size());
      if (!picture) return std::nullopt;
      shown.insert(picture_name(url));
      const auto same = std::ranges::find(attached, picture->blob, &format::Attachment::blob);
      if (same != attached.end()) return picture->blob;
      attached.push_back(*picture);
      attached.back().alt = alt;
      attached.back().caption = caption;
      return picture->blob;
    };
    auto text = html::sanitise(item.raw_html, {item.base_url, [&](const html::Image& image) {
                                                 return place(image.url, image.alt, image.title);
                                               }});
    std::vector<std::string> links;
    for (const auto& url : item.enclosures) {
      const bool is_picture = std::ranges::find(item.pictures, url) != item.pictures.end() && !is_portrait_of_author(url);
      if (is_picture && shown.contains(picture_name(url))) continue;
      if (!is_picture || !place(url, {}, {})) links.push_back(url);
    }
    if (attached.empty() || !text) return;
    format::Body body = draft.body;
    body.attachments = std::move(attached);
    body.html = with_links(std::string(article::trimmed(*text)), links);
    attachments::take_captions(body.html, body.attachments);
    if (publish::check_size(body))
      draft.body = std::move(body);
    else
      note(draft.body.title + ": its text is so long that its pictures stay links");
  }

  // Nothing if it stays a link; then a note or trouble_ says why.
  std::optional<format::Attachment> picture_at(const std::string& url, const std::string& title, std::size_t attached) {
    if (trouble_) return std::nullopt;
    if (attached == kPicturesOfItemMax) {
      note(title + ": only its first " + std::to_string(kPicturesOfItemMax) + " pictures are attached, the others stay links");
      return std::nullopt;
    }
    const auto fetched = fetcher_.fetch(url);
    if (!fetched) {
      trouble_ = fetched.error();
      return std::nullopt;
    }
    if (!fetched->picture)
      note(title + ": the picture " + url + " stays a link: " + fetched->why);
    else if (!fetched->why.empty())
      note(title + ": the picture " + url + " is the one of an earlier import: " + fetched->why);
    return fetched->picture;
  }

  void note(std::string text) {
    if (std::ranges::find(plan_.notes, text) == plan_.notes.end()) plan_.notes.push_back(std::move(text));
  }

  Plan& plan_;
  const PictureTools& tools_;
  PictureFetcher fetcher_;
  std::optional<Error> trouble_;  // that ends the run
};

}  // namespace

Result<void> attach_pictures(Plan& plan, const std::string& feed, const PictureTools& tools) {
  return PictureRun(plan, feed, tools).run();
}

}  // namespace tamizdat::importer
