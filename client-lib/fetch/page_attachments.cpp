#include "client-lib/fetch/page_attachments.h"

#include <algorithm>

#include "client-lib/fetch/attachments.h"
#include "proto/html/images.h"
#include "proto/html/text.h"

namespace tamizdat::fetch {
namespace {

std::string words(std::string_view text) { return html::escape(html::collapse_space(html::clean_text(text))); }

class PageAttachments {
 public:
  PageAttachments(const format::Body& body, const std::filesystem::path& folder) : body_(body), folder_(folder) {}

  std::string run(const std::string& text) const {
    std::string out = html::with_images(text, [this](const BlobId& blob, std::string_view alt) {
      const auto found = std::ranges::find(body_.attachments, blob, &format::Attachment::blob);
      return found == body_.attachments.end() ? std::string(alt) : picture(*found, std::string(alt));
    });
    const auto shown = html::images_of(text);
    for (const auto& attachment : body_.attachments)
      if (!shown.contains(attachment.blob)) out += figure(attachment);
    return out;
  }

 private:
  // The best of its files that is there; empty if none is.
  std::string address_of(const format::Attachment& attachment) const {
    auto all = wanted_of(attachment);
    std::ranges::sort(all.begin() + 1, all.end(), std::ranges::greater{}, [](const auto& each) { return each.blob.size; });
    for (const auto& [blob, media_type] : all) {
      const auto path = std::filesystem::path(kAttachmentFolder) / attachment_name(blob, media_type);
      std::error_code ignored;
      if (std::filesystem::exists(folder_ / path, ignored)) return path.string();
    }
    return {};
  }

  // `alt` is escaped.
  std::string picture(const format::Attachment& attachment, const std::string& alt) const {
    const std::string address = address_of(attachment);
    const std::string shown_alt = alt.empty() ? words(attachment.alt) : alt;
    if (address.empty()) return "<em>[" + (shown_alt.empty() ? "picture" : shown_alt) + "]</em>";
    return "<img src=\"" + address + "\" alt=\"" + shown_alt + "\"/>";
  }

  std::string figure(const format::Attachment& attachment) const {
    std::string content;
    if (attachment.media_type.starts_with("image/")) {
      content = picture(attachment, {});
    } else {
      const std::string name = words(attachment.name.empty() ? attachment.media_type : attachment.name);
      const std::string address = address_of(attachment);
      content = address.empty() ? "<em>[" + name + "]</em>" : "<a href=\"" + address + "\">" + name + "</a>";
    }
    std::string caption = words(attachment.caption);
    if (!attachment.credit.empty()) caption += (caption.empty() ? "" : " ") + words(attachment.credit);
    return "\n<figure>" + content + (caption.empty() ? "" : "<figcaption>" + caption + "</figcaption>") + "</figure>";
  }

  const format::Body& body_;
  const std::filesystem::path& folder_;
};

}  // namespace

std::string with_attachments(const format::Body& body, const std::string& text, const std::filesystem::path& folder) {
  return PageAttachments(body, folder).run(text);
}

}  // namespace tamizdat::fetch
