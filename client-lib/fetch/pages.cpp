#include "client-lib/fetch/pages.h"

#include <unicode/translit.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <map>

#include "client-lib/archives/walk.h"
#include "client-lib/fetch/page_attachments.h"
#include "client-lib/files/files.h"
#include "proto/base/check.h"
#include "proto/html/sanitise.h"
#include "proto/html/text.h"

namespace tamizdat::fetch {
namespace {

namespace fs = std::filesystem;
using format::EntryKind;

constexpr std::string_view kEntryMark = "-tzentry1";
constexpr std::size_t kSlugBytesMax = 60;

bool is_within(std::string_view tag, std::string_view wanted) {
  return tag.starts_with(wanted) && (tag.size() == wanted.size() || tag[wanted.size()] == '-');
}

bool any_within(const std::vector<std::string>& tags, const std::vector<std::string>& wanted) {
  return wanted.empty() || std::ranges::any_of(wanted, [&](const auto& want) {
    return std::ranges::any_of(tags, [&](const auto& tag) { return is_within(tag, want); });
  });
}

// Hands out the newest text of each article that was not retracted, where it stands in this archive.
template <typename Visit>
Result<void> walk_newest(const fs::path& archive, const Versions& versions, const Visit& visit) {
  return archives::walk(archive, [&](const format::VerifiedCharter& charter, const format::VerifiedEntry& entry) -> Result<void> {
    if (versions.newest(charter.project(), Versions::original_of(entry)) != entry.id()) return {};
    return visit(charter, entry);
  });
}

std::string day_of(Timestamp time) { return to_rfc3339(time).substr(0, 10); }

std::string element(std::string_view name, std::string_view text) {
  if (text.empty()) return {};
  return "<" + std::string(name) + ">" + html::escape(html::clean_text(text)) + "</" + std::string(name) + ">\n";
}

constexpr std::string_view kStyle =
    ":root{color-scheme:light dark}body{max-width:42em;margin:2em auto;padding:0 1em;font:1.1em/1.5 serif}"
    "img{max-width:100%;height:auto}"
    "footer{margin-top:3em;border-top:1px solid;font:.8em/1.4 sans-serif;overflow-wrap:anywhere}";

struct PageParts {
  const format::VerifiedCharter& charter;
  const format::VerifiedEntry& entry;
  const format::Body& body;
  const fs::path& folder;
};

std::string footer_of(const PageParts& page) {
  const auto& body = page.body;
  const auto* desk = page.charter.content().desk(page.entry.header().desk);
  std::string out = "<footer>\n";
  out += element("p", page.charter.content().title + (desk == nullptr ? "" : " / " + desk->label));
  if (body.published_at) out += element("p", "Published " + to_rfc3339(*body.published_at) + " (as the desk says)");
  if (page.entry.header().kind == EntryKind::kCorrection) out += element("p", "Corrected; this is the newest text.");
  if (!body.reprint.terms.empty()) out += element("p", "Reprint: " + body.reprint.terms);
  out += element("p", body.reprint.credit);
  out += element("p", body.original_url);
  out += element("p", page.entry.id().text());
  return out + "</footer>\n";
}

Result<std::string> page_of(const PageParts& page) {
  auto text = html::sanitise(page.body.html);
  if (!text) return text;
  const std::string language = html::escape(page.body.language);
  std::string out = "<!doctype html>\n<html lang=\"" + language + "\">\n<head>\n<meta charset=\"utf-8\">\n";
  out += "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src 'self' file:\">\n";
  out += "<meta name=\"viewport\" content=\"width=device-width\">\n";
  out += element("title", page.body.title);
  out += "<style>" + std::string(kStyle) + "</style>\n</head>\n<body>\n<article>\n";
  out += element("h1", page.body.title) + element("p", page.body.byline);
  if (!page.body.lede.empty()) out += "<p><strong>" + html::escape(html::clean_text(page.body.lede)) + "</strong></p>\n";
  return out + with_attachments(page.body, *text, page.folder) + "\n</article>\n" + footer_of(page) + "</body>\n</html>\n";
}

std::unique_ptr<icu::Transliterator> latin_transliterator() {
  UErrorCode status = U_ZERO_ERROR;
  std::unique_ptr<icu::Transliterator> out(icu::Transliterator::createInstance(
      "Russian-Latin/BGN; Any-Latin; Latin-ASCII; Lower", UTRANS_FORWARD, status));
  TMZ_CHECK(U_SUCCESS(status));
  return out;
}

// The pages that lie in a folder, by the entry in their names.
std::map<std::string, fs::path> pages_in(const fs::path& folder) {
  std::map<std::string, fs::path> out;
  std::error_code error;
  for (fs::directory_iterator next(folder, error), end; !error && next != end; next.increment(error)) {
    const std::string name = next->path().stem().string();
    const auto mark = name.rfind(kEntryMark);
    if (mark != std::string::npos && next->path().extension() == ".html") out[name.substr(mark + 1)] = next->path();
  }
  return out;
}

class PageWriter {
 public:
  PageWriter(fs::path folder, const Filter& filter, const archives::Openings& openings)
      : folder_(std::move(folder)), filter_(filter), openings_(openings), pages_(pages_in(folder_)) {}

  PageCount count() const { return count_; }

  Result<void> write(const format::VerifiedCharter& charter, const format::VerifiedEntry& entry, const EntryId& original) {
    const auto octets = openings_.body_of(entry);
    if (!octets) return {};
    const auto body = format::parse_body(*octets);
    // A body of a later version, or of a desk that signs rubbish: it is proven, and cannot be shown.
    if (!body || !filter_.matches(*body)) return {};
    const auto page = page_of({charter, entry, *body, folder_});
    if (!page) return {};
    ++count_.matching;
    const std::string name = day_of(body->published_at.value_or(entry.header().time)) + "-" + slug_of(body->title) + "-" +
                             original.text() + ".html";
    return put(folder_ / name, *page, original);
  }

  void remove(const EntryId& original) {
    const auto found = pages_.find(original.text());
    std::error_code ignored;
    if (found != pages_.end()) fs::remove(found->second, ignored);
  }

 private:
  Result<void> put(const fs::path& path, const std::string& page, const EntryId& original) {
    const auto found = pages_.find(original.text());
    if (found != pages_.end() && found->second != path) remove(original);
    if (found != pages_.end() && found->second == path) {
      const auto old = files::read_file(path, page.size());
      if (old && *old == page) return {};
    }
    ++count_.written;
    return files::replace_file_lightly(path, page);
  }

  fs::path folder_;
  const Filter& filter_;
  const archives::Openings& openings_;
  std::map<std::string, fs::path> pages_;
  PageCount count_;
};

}  // namespace

bool Filter::matches(const format::Body& body) const {
  return any_within(body.regions, regions) && any_within({body.language}, languages);
}

std::string slug_of(std::string_view title) {
  // Making it takes longer than the rest of a page.
  static const std::unique_ptr<icu::Transliterator> latin = latin_transliterator();
  icu::UnicodeString letters = icu::UnicodeString::fromUTF8({title.data(), static_cast<int32_t>(title.size())});
  latin->transliterate(letters);
  std::string ascii;
  letters.toUTF8String(ascii);
  std::string out;
  for (const char c : ascii) {
    const bool stays = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    const bool is_mark = c == '\'' || c == '"';  // soft and hard sign of the BGN spelling
    if (stays) out += c;
    if (!stays && !is_mark && !out.empty() && out.back() != '-') out += '-';
  }
  out.resize(std::min(out.size(), kSlugBytesMax));
  while (out.ends_with('-')) out.pop_back();
  return out.empty() ? "article" : out;
}

Result<std::vector<WantedAttachment>> attachments_of_pages(const fs::path& archive, const Filter& filter,
                                                           const archives::Openings& openings, const Versions& versions) {
  std::vector<WantedAttachment> out;
  auto done = walk_newest(archive, versions, [&](const auto&, const format::VerifiedEntry& entry) -> Result<void> {
    const auto octets = openings.body_of(entry);
    const auto body = octets ? format::parse_body(*octets) : fail(format::kBodyMalformed, "");
    if (!body || !filter.matches(*body)) return {};
    for (const auto& attachment : body->attachments)
      for (auto& wanted : wanted_of(attachment)) out.push_back(std::move(wanted));
    return {};
  });
  if (!done) return pass(done);
  return out;
}

Result<PageCount> write_pages(const fs::path& archive, const Filter& filter, const archives::Openings& openings,
                              const Versions& versions) {
  PageWriter writer(archive.parent_path(), filter, openings);
  auto done = archives::walk(archive, [&](const auto& charter, const format::VerifiedEntry& entry) -> Result<void> {
    const auto newest = versions.newest(charter.project(), Versions::original_of(entry));
    if (!newest) writer.remove(Versions::original_of(entry));
    return newest == entry.id() ? writer.write(charter, entry, Versions::original_of(entry)) : Result<void>();
  });
  if (!done) return pass(done);
  return writer.count();
}

}  // namespace tamizdat::fetch
