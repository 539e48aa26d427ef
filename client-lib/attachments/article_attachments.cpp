#include "client-lib/attachments/article_attachments.h"

#include <algorithm>

#include "client-lib/files/files.h"
#include "proto/format/limits.h"
#include "proto/html/text.h"
#include "proto/html/url.h"

namespace tamizdat::attachments {
namespace {

namespace fs = std::filesystem;

bool has_scheme(std::string_view address) {
  const auto end = address.find_first_of(":/?#");
  return address.starts_with("//") || (end != std::string_view::npos && address[end] == ':');
}

// "%20" undone, as Markdown writes a space in an address.
std::string percent_decoded(std::string_view text) {
  const auto digit = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
  };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_escape = text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0;
    out += is_escape ? static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2])) : text[i];
    if (is_escape) i += 2;
  }
  return out;
}

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

// With links and ".." resolved; the path itself if there is nothing.
fs::path real_path(const fs::path& path) {
  std::error_code error;
  auto out = fs::canonical(path, error);
  return error ? path : out;
}

bool is_within(const fs::path& path, const fs::path& folder) {
  return std::ranges::mismatch(folder, path).in1 == folder.end();
}

void fill_in(std::string& words, const std::string& more) {
  if (words.empty()) words = html::collapse_space(html::clean_text(more));
}

}  // namespace

std::optional<BlobId> ArticleAttachments::place(const html::Image& image) {
  if (trouble_) return std::nullopt;
  const auto placed = try_to_place(image);
  if (placed) return *placed;
  trouble_ = placed.error();
  return std::nullopt;
}

Result<std::optional<BlobId>> ArticleAttachments::try_to_place(const html::Image& image) {
  if (html::is_data_url(image.written)) {
    note("a picture inside of the text itself is left out: save it as a file beside the article");
    return std::optional<BlobId>();
  }
  if (has_scheme(image.written) && !image.url.empty()) {
    note("the picture " + image.url + " stays a link: fetching it would tell its server who publishes. Save it beside the "
         "article and name the file instead");
    return std::optional<BlobId>();
  }
  const auto path = file_of(image);
  if (!path) return tl::unexpected(path.error());
  if (path->empty()) {
    note("there is no file " + image.written + " beside the article: the picture stays a link to " + image.url);
    return std::optional<BlobId>();
  }
  auto attachment = attach(*path, Treatment::kEncodeAnew, ShownBy::kText);
  if (!attachment) return pass(attachment);
  fill_in((*attachment)->alt, image.alt);
  fill_in((*attachment)->caption, image.title);
  return std::optional((*attachment)->blob);
}

// The file that the text means, canonical; empty if it is no file of ours and the address leads to a server.
Result<fs::path> ArticleAttachments::file_of(const html::Image& image) const {
  fs::path path = folder_ / image.written;
  const bool is_of_the_site = image.written.starts_with('/') && !image.url.empty();
  if (is_of_the_site && !is_given(real_path(path))) return fs::path();
  if (!is_there(path)) path = folder_ / percent_decoded(image.written);
  if (!is_there(path) && !image.url.empty()) return fs::path();
  if (!is_there(path) && has_scheme(image.written))
    return fail(kPictureMissing, "the text shows the picture " + image.written + ", which is no file beside the article: save it "
                                     "there and write only its name, or take it out of the text");
  if (!is_there(path))
    return fail(kPictureMissing, "the text shows the picture " + image.written + ", and there is no file " + path.string() +
                                     ": put it there, or take the picture out of the text");
  path = real_path(path);
  if (!is_within(path, real_path(folder_)) && !is_given(path))
    return fail(kPictureOutside, "the text shows the picture " + image.written + ", which lies outside of the article's folder: "
                                     "put it beside the article, or give it by name as well: --attach " + path.string());
  return path;
}

bool ArticleAttachments::is_given(const fs::path& path) const {
  return std::ranges::any_of(given_, [&](const GivenFile& file) { return real_path(file.path) == path; });
}

Result<format::Attachment*> ArticleAttachments::attach(const fs::path& path, Treatment treatment, ShownBy by) {
  const auto [known, is_new] = by_path_.try_emplace(real_path(path), attachments_.size());
  if (!is_new && files_[known->second].treatment != treatment)
    return fail(kTreatmentsDiffer, path.string() + ": it is to go as it is, and elsewhere as a picture that is encoded anew: "
                                                   "name it once, or leave out --as-is");
  if (!is_new) return &attachments_[known->second];
  if (attachments_.size() == format::kAttachmentsMax)
    return fail(kTooManyAttachments, "an article has at most " + std::to_string(format::kAttachmentsMax) +
                                         " attachments: publish it in parts");
  auto attachment = treatment == Treatment::kAsIs ? keep_as_is(path, blobs_) : keep_picture_file(path, reencode_, blobs_);
  if (!attachment) return pass(attachment);
  attachments_.push_back(*std::move(attachment));
  files_.push_back({path, treatment, by});
  return &attachments_.back();
}

Result<std::vector<format::Attachment>> ArticleAttachments::finish() {
  if (trouble_) return tl::unexpected(*trouble_);
  for (const auto& file : given_) {
    auto attachment = attach(file.path, file.treatment, ShownBy::kOption);
    if (!attachment) return pass(attachment);
    // What is given by name wins over the words in the text.
    for (const auto& [words, given] : {std::pair(&(*attachment)->alt, &file.alt), {&(*attachment)->caption, &file.caption},
                                       {&(*attachment)->credit, &file.credit}})
      if (!given->empty()) words->clear(), fill_in(*words, *given);
  }
  for (const auto& [path, at] : by_path_)
    if (attachments_[at].width > 0 && attachments_[at].alt.empty())
      note(path.filename().string() + " has no words for those who do not see it: write ![what it shows](" +
           path.filename().string() + ") in the text, or give --alt");
  return attachments_;
}

void ArticleAttachments::note(std::string text) {
  if (std::ranges::find(notes_, text) == notes_.end()) notes_.push_back(std::move(text));
}

}  // namespace tamizdat::attachments
