#include "relay/reader/attached_markup.h"

#include <algorithm>
#include <set>

#include "proto/html/images.h"
#include "proto/html/text.h"
#include "relay/reader/words.h"

namespace tamizdat::reader {
namespace {

// The column of a text has 41rem; a browser without srcset takes a size that looks fair there.
constexpr std::string_view kPageSizes = "(min-width: 44rem) 41rem, 95vw";
constexpr std::uint32_t kPagePictureWidth = 480;

std::string attribute(std::string_view name, std::string_view value) {
  return " " + std::string(name) + "=\"" + html::escape(value) + "\"";
}

std::string number(std::string_view name, std::uint64_t value) { return attribute(name, std::to_string(value)); }

// "photo.pdf (PDF, 1.2 MB)" would need words for every kind: the type and the octets say the same.
std::string size_text(std::uint64_t octets) {
  if (octets < 1'000'000) return std::to_string((octets + 999) / 1000) + " kB";
  const auto tenths = octets / 100'000;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " MB";
}

std::string file_link(const Attached& item, std::string_view base) {
  return "<a href=\"" + std::string(base) + attachment_path(item.blob) + "\">" + html::escape(item.name) + "</a> (" +
         item.type + ", " + size_text(item.blob.size) + ")";
}

// `alt` is escaped.
std::string page_picture(const Attached& item, std::string_view alt) {
  const auto& shown = item.size_for(kPagePictureWidth);
  std::string out = "<img itemprop=\"image\" src=\"" + attachment_path(shown.blob) + "\"";
  if (item.sizes.size() > 1) {
    std::string set;
    for (const auto& size : item.sizes)
      set += (set.empty() ? "" : ", ") + attachment_path(size.blob) + " " + std::to_string(size.width) + "w";
    out += attribute("srcset", set) + attribute("sizes", kPageSizes);
  }
  // Room for the widest, so that the style sheet can make any of them as wide as the text.
  out += number("width", item.sizes.back().width) + number("height", item.sizes.back().height);
  return out + " alt=\"" + std::string(alt) + "\" loading=\"lazy\" decoding=\"async\"/>";
}

std::string feed_picture(const Attached& item, std::string_view alt, std::string_view base) {
  const auto& shown = item.size_for(kFeedPictureWidth);
  return "<img src=\"" + std::string(base) + attachment_path(shown.blob) + "\"" + number("width", shown.width) +
         number("height", shown.height) + " alt=\"" + std::string(alt) + "\"/>";
}

std::string player(const Attached& item) {
  const std::string_view name = item.kind == AttachedKind::kSound ? "audio" : "video";
  std::string out = "<" + std::string(name) + " controls preload=\"none\"" + attribute("aria-label", item.name) +
                    " src=\"" + attachment_path(item.blob) + "\">";
  return out + "</" + std::string(name) + "><br/>";
}

// What the desk says of it, as markup; without what stands in `text` already.
std::string caption_of(const Attached& item, Tongue tongue, std::string_view text = {}) {
  const auto is_new = [text](const std::string& words) {
    return !words.empty() && (text.empty() || text.find(words) == std::string_view::npos);
  };
  const auto caption = html::escape(item.caption);
  const auto credit = html::escape(item.credit);
  std::string out = is_new(caption) ? caption : std::string();
  if (is_new(credit))
    out += (out.empty() ? "" : " ") + word(item.kind == AttachedKind::kPicture ? "w_photo" : "w_author", tongue) + " " + credit;
  return out;
}

std::string figure(const std::string& content, const std::string& caption) {
  return "<figure>" + content + (caption.empty() ? "" : "<figcaption>" + caption + "</figcaption>") + "</figure>\n";
}

using Picture = std::string (*)(const Attached& item, std::string_view alt, std::string_view base);

// The text with its pictures. Nothing is fetched that the entry does not name: of other pictures the words stay.
std::string with_pictures(const Article& article, const std::string& text, Picture picture, std::string_view base,
                          Tongue tongue) {
  return html::with_images(text, [&](const BlobId& blob, std::string_view alt) {
    const auto item = std::ranges::find(article.attached, blob, &Attached::blob);
    if (item == article.attached.end() || item->kind != AttachedKind::kPicture) return std::string(alt);
    auto out = picture(*item, alt.empty() ? html::escape(item->alt) : std::string(alt), base);
    // It may stand within a line, where no figure may: so its words do too.
    if (const auto words = caption_of(*item, tongue, text); !words.empty()) out += "<small>" + words + "</small>";
    return out;
  });
}

}  // namespace

std::string attachment_path(const BlobId& blob) { return "/b/" + blob.text(); }

std::string page_text(const Article& article, Tongue tongue) {
  const auto text = text_of(article);
  auto out = with_pictures(article, text, [](const Attached& item, std::string_view alt, std::string_view) {
    return page_picture(item, alt);
  }, {}, tongue);
  const auto shown = html::images_of(text);
  for (const auto& item : article.attached) {
    if (item.kind == AttachedKind::kPicture) {
      if (!shown.contains(item.blob)) out += figure(page_picture(item, html::escape(item.alt)), caption_of(item, tongue));
      continue;
    }
    const bool plays = item.kind == AttachedKind::kSound || item.kind == AttachedKind::kFilm;
    out += figure((plays ? player(item) : std::string()) + file_link(item, {}), caption_of(item, tongue));
  }
  return out;
}

std::string feed_text(const Article& article, std::string_view base, Tongue tongue) {
  const auto text = text_of(article);
  auto out = with_pictures(article, text, feed_picture, base, tongue);
  const auto shown = html::images_of(text);
  for (const auto& item : article.attached) {
    if (shown.contains(item.blob) && item.kind == AttachedKind::kPicture) continue;
    const auto content = item.kind == AttachedKind::kPicture ? feed_picture(item, html::escape(item.alt), base)
                                                             : file_link(item, base);
    out += figure(content, caption_of(item, tongue));
  }
  return out;
}

}  // namespace tamizdat::reader
