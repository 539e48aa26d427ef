#include "proto/html/sanitise.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "proto/html/elements.h"
#include "proto/html/limits.h"
#include "proto/html/text.h"
#include "proto/html/tree.h"
#include "proto/html/url.h"

namespace tamizdat::html {
namespace {

std::string escape_content(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 16);
  for (const char c : text) {
    if (c == '&') out += "&amp;";
    else if (c == '<') out += "&lt;";
    else if (c == '>') out += "&gt;";
    else out += c;
  }
  return out;
}

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string attribute_text(std::string_view text) {
  return collapse_space(cut_utf8(collapse_space(clean_text(text)), kAttributeTextBytesMax));
}

std::optional<int> whole_number(std::string_view text, int min, int max) {
  int value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || value < min || value > max) return std::nullopt;
  return value;
}

bool only_of(std::string_view text, std::string_view alphabet, std::size_t bytes_max) {
  return !text.empty() && text.size() <= bytes_max && text.find_first_not_of(alphabet) == std::string_view::npos;
}

constexpr std::string_view kAlphanumericAndHyphen = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";

// Pictures that WordPress puts in place of emoji: their alternative text is the emoji (symbols start with octet E2,
// joiners too, variation selectors with EF, the rest with F0).
bool is_emoji(std::string_view alt) {
  if (alt.empty() || alt.size() > 32) return false;
  return std::ranges::all_of(alt, [](char c) {
    const auto octet = static_cast<unsigned char>(c);
    return (octet & 0xC0U) == 0x80U || octet == 0xE2 || octet == 0xEF || octet == 0xF0;
  });
}

bool is_tracking_pixel(const GumboNode& image) {
  const auto is_dot = [&](const char* side) { return attribute(image, side) == "0" || attribute(image, side) == "1"; };
  return is_dot("width") || is_dot("height");
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::optional<BlobId> attachment_named(const GumboNode& image) {
  auto blob = BlobId::parse(attribute(image, "src"));
  if (!blob) return std::nullopt;
  return *blob;
}

// Lazy loaders put a placeholder into `src`. The first that leads to a server, else the first that is no picture by itself.
std::optional<Image> read_image(const GumboNode& node, std::string_view base_url) {
  Image image;
  for (const char* name : {"data-src", "data-lazy-src", "src"}) {
    const std::string_view written = trimmed(attribute(node, name));
    const auto url = written.empty() ? std::nullopt : safe_url(written, base_url);
    const bool leads_to_server = url && url->starts_with("http");
    if (leads_to_server || image.written.empty() || (is_data_url(image.written) && !written.empty())) image.written = written;
    if (leads_to_server) {
      image.url = *url;
      break;
    }
  }
  if (image.written.empty()) return std::nullopt;
  image.alt = attribute_text(attribute(node, "alt"));
  image.title = attribute_text(attribute(node, "title"));
  return image;
}

std::string file_name_of(std::string_view url) {
  const std::string_view path = url.substr(0, url.find_first_of("?#"));
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return std::string(name.empty() ? url : name);
}

class Serialiser {
 public:
  explicit Serialiser(const SanitiseOptions& options) : options_(options) {}

  Result<std::string> run(const GumboNode& root) {
    write_children(root);
    if (out_.size() > kHtmlBytesMax)
      return fail(kHtmlTooLarge, "the text has more than " + std::to_string(kHtmlBytesMax) +
                                     " octets as sanitised HTML: split it");
    return std::move(out_);
  }

 private:
  // Recursion is bounded: the balancer lets no tree deeper than kDepthMax through.
  void write_children(const GumboNode& node);
  void write_node(const GumboNode& node);
  void write_text(std::string_view text);
  void write_element(Tag tag, const GumboNode& node);
  void write_image(const GumboNode& node);
  void write_attachment(const BlobId& blob, std::string_view alt);
  void close_or_drop(Tag tag, std::size_t start_at, std::size_t outer_content_at);

  std::optional<std::string> attributes(Tag tag, const GumboNode& node) const;
  static void write_url(std::string& out, std::string_view url) {
    out.append(" href=\"").append(escape(url)).append("\"");
  }

  const SanitiseOptions& options_;
  std::string out_;
  std::size_t content_at_ = 0;                    // where the content of the open element begins
  std::size_t pre_at_ = std::string::npos;        // the same of the last <pre>
  std::size_t image_end_at_ = std::string::npos;  // where the last link made of an image ends
  bool in_link_ = false;
};

void Serialiser::write_children(const GumboNode& node) {
  for (void* const child : children(node)) write_node(*static_cast<const GumboNode*>(child));
}

void Serialiser::write_node(const GumboNode& node) {
  if (const auto text = text_of(node)) return write_text(*text);
  const auto tag = tag_of(node);
  if (!tag) write_children(node);
  else if (*tag == Tag::kImg) write_image(node);
  else write_element(*tag, node);
}

void Serialiser::write_text(std::string_view text) {
  const std::string clean = clean_text(text);
  // A parser drops a newline that follows <pre> at once: one more saves it.
  if (out_.size() == pre_at_ && clean.starts_with('\n')) out_ += '\n';
  if (out_.size() == image_end_at_ && !clean.empty() && !is_space(clean.front())) out_ += ' ';
  out_ += escape_content(clean);
}

void Serialiser::write_element(Tag tag, const GumboNode& node) {
  const auto markup = attributes(tag, node);
  if (!markup) return write_children(node);
  const std::size_t start_at = out_.size();
  out_.append("<").append(name_of(tag)).append(*markup).append(is_void(tag) ? "/>" : ">");
  if (is_void(tag)) return;
  const std::size_t outer_content_at = content_at_;
  const bool outer_link = in_link_;
  content_at_ = out_.size();
  in_link_ = in_link_ || tag == Tag::kA;
  if (tag == Tag::kPre) pre_at_ = out_.size();
  write_children(node);
  in_link_ = outer_link;
  close_or_drop(tag, start_at, outer_content_at);
}

void Serialiser::close_or_drop(Tag tag, std::size_t start_at, std::size_t outer_content_at) {
  const bool empty = out_.size() == content_at_;
  content_at_ = outer_content_at;
  if (!empty || tag == Tag::kTd || tag == Tag::kTh) {
    out_.append("</").append(name_of(tag)).append(">");
    return;
  }
  out_.resize(start_at);
  // An empty block still kept the words around it apart.
  if (level_of(tag) == Level::kBlock && start_at > content_at_ && out_.back() != '\n') out_ += '\n';
}

void Serialiser::write_image(const GumboNode& node) {
  if (const auto blob = attachment_named(node)) return write_attachment(*blob, attribute_text(attribute(node, "alt")));
  if (is_tracking_pixel(node)) return;
  const auto image = read_image(node, options_.base_url);
  if (!image) return;
  if (is_emoji(image->alt)) return write_text(image->alt);
  if (options_.attachment_of)
    if (const auto blob = options_.attachment_of(*image)) return write_attachment(*blob, image->alt);
  if (image->url.empty()) return;
  const std::string words = image->alt.empty() ? file_name_of(image->url) : image->alt;
  // A picture needs no space around it, words do.
  const bool follows_words = out_.size() > content_at_ && out_.back() != '>' && !is_space(out_.back());
  if (follows_words) out_ += ' ';
  if (in_link_) return write_text(words);
  out_ += "<a";
  write_url(out_, image->url);
  out_.append(">").append(escape_content(words)).append("</a>");
  image_end_at_ = out_.size();
}

void Serialiser::write_attachment(const BlobId& blob, std::string_view alt) {
  out_.append("<img src=\"").append(blob.text()).append("\" alt=\"").append(escape(alt)).append("\"/>");
}

// Nothing if the element says nothing without an attribute that is missing or refused.
std::optional<std::string> Serialiser::attributes(Tag tag, const GumboNode& node) const {
  std::string out;
  const auto add = [&out](std::string_view name, std::string_view value) {
    out.append(" ").append(name).append("=\"").append(escape(value)).append("\"");
  };
  const std::string_view language = attribute(node, "lang");
  if (!is_void(tag) && only_of(language, kAlphanumericAndHyphen, 35)) add("lang", language);
  const std::string_view direction = attribute(node, "dir");
  if (!is_void(tag) && (direction == "ltr" || direction == "rtl" || direction == "auto")) add("dir", direction);

  if (tag == Tag::kA) {
    const auto url = safe_url(attribute(node, "href"), options_.base_url);
    if (!url) return std::nullopt;
    write_url(out, *url);
  } else if (tag == Tag::kAbbr) {
    const std::string title = attribute_text(attribute(node, "title"));
    if (title.empty()) return std::nullopt;
    add("title", title);
  } else if (tag == Tag::kTime) {
    const std::string_view time = attribute(node, "datetime");
    if (!only_of(time, "0123456789-:.+TWZtz ", 40)) return std::nullopt;
    add("datetime", time);
  } else if (tag == Tag::kOl) {
    if (const auto start = whole_number(attribute(node, "start"), -99'999, 99'999)) add("start", std::to_string(*start));
  } else if (tag == Tag::kTd || tag == Tag::kTh) {
    for (const char* span : {"colspan", "rowspan"})
      if (const auto cells = whole_number(attribute(node, span), 2, 100)) add(span, std::to_string(*cells));
  }
  return out;
}

constexpr std::string_view kNoBreakSpace = "\xC2\xA0";

class TextWriter {
 public:
  std::string run(const GumboNode& root) {
    write_children(root);
    return std::move(out_);
  }

 private:
  void write_children(const GumboNode& node) {
    for (void* const child : children(node)) write_node(*static_cast<const GumboNode*>(child));
  }

  void write_node(const GumboNode& node) {
    if (const auto text = text_of(node)) return write_words(clean_text(*text));
    const auto tag = tag_of(node);
    const bool ends_line = tag && (*tag == Tag::kBr || *tag == Tag::kTr || level_of(*tag) == Level::kBlock);
    const bool is_cell = tag && level_of(*tag) == Level::kTablePart;
    if (ends_line) gap_ = '\n';
    else if (is_cell && gap_ == '\0') gap_ = ' ';
    write_children(node);
    if (ends_line) gap_ = '\n';
  }

  void write_words(std::string_view text) {
    if (text.empty()) return;
    const std::string words = collapse_space(text);
    if (gap_ == '\0' && (is_space(text.front()) || text.starts_with(kNoBreakSpace))) gap_ = ' ';
    if (words.empty()) return;
    if (gap_ != '\0' && !out_.empty()) out_ += gap_;
    out_ += words;
    gap_ = is_space(text.back()) || text.ends_with(kNoBreakSpace) ? ' ' : '\0';
  }

  std::string out_;
  char gap_ = '\0';  // what stands before the next word
};

}  // namespace

Result<std::string> sanitise(std::string_view html, const SanitiseOptions& options) {
  auto tree = parse_tree(html);
  if (!tree) return pass(tree);
  return Serialiser(options).run(*(*tree)->root);
}

Result<std::string> to_text(std::string_view html) {
  auto tree = parse_tree(html);
  if (!tree) return pass(tree);
  return TextWriter().run(*(*tree)->root);
}

}  // namespace tamizdat::html
