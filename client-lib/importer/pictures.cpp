#include "client-lib/importer/pictures.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "client-lib/article/tags.h"
#include "client-lib/attachments/captions.h"
#include "client-lib/files/files.h"
#include "proto/html/sanitise.h"
#include "proto/html/text.h"

namespace tamizdat::importer {
namespace {

constexpr int kNotModified = 304;
// A photograph as sites show it has 0.1 to 2 MiB, as a camera makes it 10.
constexpr std::uint64_t kPictureBytesMax = std::uint64_t{20} << 20;
// A long gallery of one article.
constexpr std::size_t kPicturesOfItemMax = 64;
// Of one run; the archive of a large newsroom is imported in several.
constexpr std::uint64_t kRunBytesMax = std::uint64_t{4} << 30;
// A host that was silent so often in a row is left alone for the rest of the run.
constexpr unsigned kSilencesMax = 3;
// Smaller ones count visitors, or are a smile.
constexpr std::uint32_t kSideMin = 16;

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

net::HttpRequest request_for(const std::string& url, std::string_view feed, const desk::SourceState& before) {
  net::HttpRequest request;
  request.url = url;
  request.answer_bytes_max = kPictureBytesMax;
  request.redirects = net::Redirects::kFollow;
  request.reach = net::reach_of(url, feed);
  request.headers = {"User-Agent: tamizdat (feed reader)", "Accept: image/jpeg, image/png, image/webp, image/gif, */*;q=0.1"};
  if (!before.etag.empty()) request.headers.push_back("If-None-Match: " + before.etag);
  if (!before.last_modified.empty()) request.headers.push_back("If-Modified-Since: " + before.last_modified);
  return request;
}

bool is_of_this_machine(const Error& error) {
  return error.code == desk::kDeskFileFailed || error.code == desk::kDeskFileBusy || error.code == files::kFileFailed ||
         error.code == files::kFileMissing;
}

class PictureRun {
 public:
  PictureRun(Plan& plan, const std::string& feed, const PictureTools& tools)
      : plan_(plan), feed_(feed), tools_(tools) {}

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
    auto found = seen_.find(url);
    if (found == seen_.end()) found = seen_.emplace(url, fetch(url)).first;
    const auto& picture = found->second;
    if (picture) return *picture;
    if (picture.error().code == pictures::kImageToolMissing)
      trouble_ = Error{picture.error().code, picture.error().text + "; or import with --no-pictures, and they stay links"};
    else if (is_of_this_machine(picture.error()) || tools_.http.gives_up())
      trouble_ = picture.error();
    else
      note(title + ": the picture " + url + " stays a link: " + picture.error().text);
    return std::nullopt;
  }

  Result<format::Attachment> fetch(const std::string& url) {
    if (feed_.starts_with("https://") && !url.starts_with("https://"))
      return fail(net::kUrlInvalid, "it is not https as the feed is");
    auto known = tools_.store.imports().picture(url);
    if (!known) return tl::unexpected(known.error());
    if (*known && !is_kept((*known)->attachment)) known->reset();
    auto picture = ask(url, *known ? (*known)->state : desk::SourceState{});
    if (!picture && *known && !is_of_this_machine(picture.error())) return (*known)->attachment;
    if (!picture) return pass(picture);
    return *picture ? **picture : (*known)->attachment;
  }

  // Nothing if it is unchanged.
  Result<std::optional<format::Attachment>> ask(const std::string& url, const desk::SourceState& before) {
    unsigned& silences = silences_[std::string(net::host_name(url))];
    if (silences >= kSilencesMax) return fail(net::kUnreachable, "its server does not answer");
    if (bytes_ >= kRunBytesMax) return fail(net::kAnswerTooLarge, "this run has fetched 4 GiB of pictures already");
    const auto answer = tools_.http.send(request_for(url, feed_, before));
    silences = answer || answer.error().code != net::kUnreachable ? 0 : silences + 1;
    if (!answer) return tl::unexpected(answer.error());
    const bool can_be_unchanged = !before.etag.empty() || !before.last_modified.empty();
    if (answer->status == kNotModified && can_be_unchanged) return std::optional<format::Attachment>();
    if (answer->status != 200)
      return fail(kSourceUnavailable, "its server answers with status " + std::to_string(answer->status));
    bytes_ += answer->body.size();
    auto picture = attachments::keep_picture(answer->body, tools_.reencode, tools_.store.attachments());
    if (!picture) return pass(picture);
    if (std::min(picture->width, picture->height) < kSideMin) return fail(kSourceUnavailable, "it is too small to show anything");
    const desk::SourceState state{std::string(answer->header("etag")), std::string(answer->header("last-modified"))};
    if (auto done = tools_.store.imports().remember_picture(url, {state, *picture}); !done) return pass(done);
    return std::optional(*std::move(picture));
  }

  bool is_kept(const format::Attachment& picture) const {
    const auto is_there = [&](const BlobId& blob) { return tools_.store.attachments().open(blob).has_value(); };
    return is_there(picture.blob) && std::ranges::all_of(picture.renditions, is_there, &format::Rendition::blob);
  }

  void note(std::string text) {
    if (std::ranges::find(plan_.notes, text) == plan_.notes.end()) plan_.notes.push_back(std::move(text));
  }

  Plan& plan_;
  const std::string& feed_;
  const PictureTools& tools_;
  std::map<std::string, Result<format::Attachment>> seen_;  // by URL, in this run
  std::map<std::string, unsigned> silences_;                // of hosts, in a row
  std::uint64_t bytes_ = 0;
  std::optional<Error> trouble_;  // that ends the run
};

}  // namespace

Result<void> attach_pictures(Plan& plan, const std::string& feed, const PictureTools& tools) {
  return PictureRun(plan, feed, tools).run();
}

}  // namespace tamizdat::importer
