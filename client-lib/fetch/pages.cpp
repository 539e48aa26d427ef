#include "client-lib/fetch/pages.h"

#include <unicode/translit.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <map>
#include <set>

#include "client-lib/archives/archive_file.h"
#include "client-lib/archives/verifier.h"
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

// Verifies the archive once more and hands out its entries in order.
Result<void> walk(const fs::path& archive, const std::function<Result<void>(const format::VerifiedCharter&,
                                                                            const format::VerifiedEntry&)>& visit) {
  archives::Verifier verifier;
  const auto part = archives::read_archive(archive, [&](format::ArchiveRecord record) -> Result<void> {
    if (record.kind == format::RecordKind::kSignedCharter) return verifier.take_charter(std::move(record.bytes));
    if (record.kind == format::RecordKind::kStatement) return {};
    const auto bundle = verifier.take_bundle(record.bytes);
    if (!bundle) return tl::unexpected(bundle.error());
    const auto charter = verifier.charter(bundle->head().project());
    for (const auto& entry : bundle->entries())
      if (auto done = visit(*charter, entry); !done) return done;
    return {};
  });
  if (!part) return tl::unexpected(part.error());
  return {};
}

// Which entry holds the newest text of each article.
struct Index {
  explicit Index(const archives::Openings& keys) : openings(keys) {}
  const archives::Openings& openings;
  std::map<EntryId, std::vector<EntryId>> versions;  // by the original, the newest last
  std::set<EntryId> retracted;  // what a log says of entries elsewhere moves no page

  void take(const format::VerifiedEntry& entry) {
    const auto& header = entry.header();
    if (header.kind == EntryKind::kArticle) versions.insert_or_assign(entry.id(), std::vector{entry.id()});
    if (header.kind == EntryKind::kRetraction) retracted.insert(*header.target);
    if (header.kind != EntryKind::kCorrection || !openings.body_of(entry)) return;
    if (const auto found = versions.find(*header.target); found != versions.end()) found->second.push_back(entry.id());
  }

  // Nothing if every version was retracted, or there is none.
  std::optional<EntryId> newest(const EntryId& original) const {
    const auto found = versions.find(original);
    if (found == versions.end()) return std::nullopt;
    for (auto version = found->second.rbegin(); version != found->second.rend(); ++version)
      if (!retracted.contains(*version)) return *version;
    return std::nullopt;
  }
};

Result<Index> index_of(const fs::path& archive, const archives::Openings& openings) {
  Index index(openings);
  if (auto done = walk(archive, [&](const auto&, const auto& entry) -> Result<void> {
        index.take(entry);
        return {};
      });
      !done)
    return pass(done);
  return index;
}

// Hands out the newest text of each article that was not retracted, with the id of the original.
template <typename Visit>
Result<void> walk_newest(const fs::path& archive, const Index& index, const Visit& visit) {
  return walk(archive, [&](const format::VerifiedCharter& charter, const format::VerifiedEntry& entry) -> Result<void> {
    const EntryId original = entry.header().kind == EntryKind::kCorrection ? *entry.header().target : entry.id();
    if (index.newest(original) != entry.id()) return {};
    return visit(charter, entry, original);
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
                                                           const archives::Openings& openings) {
  const auto index = index_of(archive, openings);
  if (!index) return tl::unexpected(index.error());
  std::vector<WantedAttachment> out;
  auto done = walk_newest(archive, *index, [&](const auto&, const format::VerifiedEntry& entry, const EntryId&) -> Result<void> {
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

Result<PageCount> write_pages(const fs::path& archive, const Filter& filter, const archives::Openings& openings) {
  const auto index = index_of(archive, openings);
  if (!index) return tl::unexpected(index.error());
  PageWriter writer(archive.parent_path(), filter, openings);
  for (const auto& [original, versions] : index->versions)
    if (!index->newest(original)) writer.remove(original);
  auto done = walk_newest(archive, *index, [&](const auto& charter, const auto& entry, const EntryId& original) {
    return writer.write(charter, entry, original);
  });
  if (!done) return pass(done);
  return writer.count();
}

}  // namespace tamizdat::fetch
