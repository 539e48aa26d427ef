#include "client-lib/feeds/item.h"

#include <algorithm>
#include <array>
#include <utility>

#include "client-lib/feeds/date.h"
#include "client-lib/feeds/items.h"
#include "client-lib/feeds/limits.h"
#include "client-lib/feeds/text_repair.h"
#include "proto/html/sanitise.h"
#include "proto/html/text.h"
#include "proto/html/url.h"

namespace tamizdat::feeds {
namespace {

// Where a feed may hold the whole text, best first; the summary is the last resort.
enum Source : std::size_t { kContentEncoded, kYandexFullText, kTurboContent, kRamblerFullText, kAtomContent, kSummary };

std::optional<Source> source_named(const Name& name) {
  switch (name.vocabulary) {
    case Vocabulary::kContent: return name.local == "encoded" ? std::optional(kContentEncoded) : std::nullopt;
    case Vocabulary::kYandex: return name.local == "full-text" ? std::optional(kYandexFullText) : std::nullopt;
    case Vocabulary::kTurbo: return name.local == "content" ? std::optional(kTurboContent) : std::nullopt;
    case Vocabulary::kRambler:
      return name.local == "full-text" || name.local == "fulltext" ? std::optional(kRamblerFullText) : std::nullopt;
    case Vocabulary::kCore:
    case Vocabulary::kAtom:
      if (name.local == "content") return kAtomContent;
      return name.local == "description" || name.local == "summary" ? std::optional(kSummary) : std::nullopt;
    default: return std::nullopt;
  }
}

// What an element of the item says in general, whatever vocabulary it is of.
enum class Role { kNone, kGuid, kTitle, kLink, kPublished, kUpdated, kAuthor, kCategory, kLanguage, kEnclosure };

Role role_of(const Name& name) {
  struct Entry {
    Vocabulary vocabulary;
    std::string_view local;
    Role role;
  };
  constexpr std::array kRoles = std::to_array<Entry>({
      {Vocabulary::kCore, "guid", Role::kGuid},           {Vocabulary::kCore, "id", Role::kGuid},
      {Vocabulary::kCore, "title", Role::kTitle},         {Vocabulary::kCore, "link", Role::kLink},
      {Vocabulary::kCore, "pubDate", Role::kPublished},   {Vocabulary::kCore, "published", Role::kPublished},
      {Vocabulary::kCore, "issued", Role::kPublished},    {Vocabulary::kCore, "updated", Role::kUpdated},
      {Vocabulary::kCore, "modified", Role::kUpdated},    {Vocabulary::kCore, "author", Role::kAuthor},
      {Vocabulary::kCore, "category", Role::kCategory},   {Vocabulary::kCore, "enclosure", Role::kEnclosure},
      {Vocabulary::kCore, "language", Role::kLanguage},   {Vocabulary::kAtom, "link", Role::kLink},
      {Vocabulary::kAtom, "published", Role::kPublished}, {Vocabulary::kAtom, "updated", Role::kUpdated},
      {Vocabulary::kAtom, "author", Role::kAuthor},       {Vocabulary::kDublinCore, "title", Role::kTitle},
      {Vocabulary::kDublinCore, "creator", Role::kAuthor}, {Vocabulary::kDublinCore, "subject", Role::kCategory},
      {Vocabulary::kDublinCore, "date", Role::kPublished}, {Vocabulary::kDublinCore, "issued", Role::kPublished},
      {Vocabulary::kDublinCore, "modified", Role::kUpdated}, {Vocabulary::kDublinCore, "language", Role::kLanguage},
      {Vocabulary::kMedia, "content", Role::kEnclosure},
  });
  const auto* found = std::ranges::find_if(
      kRoles, [&](const Entry& entry) { return entry.vocabulary == name.vocabulary && entry.local == name.local; });
  return found == kRoles.end() ? Role::kNone : found->role;
}

class ItemReader {
 public:
  ItemReader(pugi::xml_node element, const FeedContext& context) : element_(element), context_(context) {}

  Result<FeedItem> read() {
    for (const pugi::xml_node child : element_.children()) {
      if (child.type() != pugi::node_element) continue;
      const Name name = core_name_of(child, context_.is_atom);
      if (const auto source = source_named(name)) remember_text(*source, child);
      else if (name.vocabulary == Vocabulary::kMedia && name.local == "group") read_media_group(child);
      else read_child(role_of(name), child);
    }
    if (item_.link.empty() && is_web_url(guid_link_)) item_.link = guid_link_;
    if (auto text = read_text(); !text) return pass(text);
    if (auto title = settle_title(item_); !title) return pass(title);
    settle_language();
    settle_guid();
    return std::move(item_);
  }

 private:
  void remember_text(Source source, pugi::xml_node child);
  void read_child(Role role, pugi::xml_node child);
  void read_link(pugi::xml_node link);
  void read_author(pugi::xml_node author);
  void read_category(pugi::xml_node category);
  void read_media_group(pugi::xml_node group);
  void read_date(pugi::xml_node date, std::optional<Timestamp>& out);
  void add_enclosure(pugi::xml_node element, const char* address);

  std::string html_of(pugi::xml_node node) const;
  Result<void> read_text();
  void settle_language();
  void settle_guid();
  void note(std::string text) { item_.notes.push_back(std::move(text)); }

  pugi::xml_node element_;
  const FeedContext& context_;
  FeedItem item_;
  std::array<pugi::xml_node, kSummary + 1> texts_;
  std::string guid_link_;   // of a guid that is a permanent link
  std::string date_as_given_;
};

// Of several elements of one kind the first that says something counts.
void ItemReader::remember_text(Source source, pugi::xml_node child) {
  if (texts_[source].empty() || !texts_[source].first_child()) texts_[source] = child;
}

void ItemReader::read_child(Role role, pugi::xml_node child) {
  switch (role) {
    case Role::kGuid:
      if (!item_.guid.empty()) return;
      item_.guid = html::collapse_space(html::clean_text(text_of(child)));
      if (std::string_view(child.attribute("isPermaLink").value()) != "false") guid_link_ = link_of(child, {});
      return;
    case Role::kTitle:
      if (item_.title.empty()) item_.title = label_of(child, kTitleBytesMax);
      return;
    case Role::kLink: return read_link(child);
    case Role::kPublished: return read_date(child, item_.published);
    case Role::kUpdated: return read_date(child, item_.updated);
    case Role::kAuthor: return read_author(child);
    case Role::kCategory: return read_category(child);
    case Role::kLanguage:
      item_.language = language_tag(text_of(child));
      return;
    case Role::kEnclosure: return add_enclosure(child, "url");
    case Role::kNone: return;
  }
}

void ItemReader::read_link(pugi::xml_node link) {
  const std::string_view rel = link.attribute("rel").value();
  if (rel == "enclosure") return add_enclosure(link, "href");
  if (!rel.empty() && rel != "alternate") return;
  if (item_.link.empty()) item_.link = link_of(link, context_.base_url);
}

// Atom has a <name> inside, RSS "mail@host (Name)", others the bare name. A mail address alone is no byline.
void ItemReader::read_author(pugi::xml_node author) {
  std::string name;
  for (const pugi::xml_node child : author.children())
    if (core_name_of(child, context_.is_atom).local == "name") name = label_of(child, kLabelBytesMax);
  if (name.empty()) name = label_of(author, kLabelBytesMax);
  const std::size_t open = name.find('(');
  if (name.substr(0, open).find('@') != std::string::npos) {
    const std::size_t close = name.rfind(')');
    name = open != std::string::npos && close != std::string::npos && close > open
               ? name.substr(open + 1, close - open - 1)
               : std::string();
  }
  add_once(item_.authors, std::move(name));
}

void ItemReader::read_category(pugi::xml_node category) {
  for (const char* attribute : {"label", "term"}) {
    const std::string label(html::cut_utf8(plain_label(category.attribute(attribute).value()), kLabelBytesMax));
    if (!label.empty()) return add_once(item_.categories, label);
  }
  add_once(item_.categories, label_of(category, kLabelBytesMax));
}

// The contents of a group are one picture or film in several forms: the first one stands for it.
void ItemReader::read_media_group(pugi::xml_node group) {
  bool has_content = false;
  for (const pugi::xml_node child : group.children()) {
    if (child.type() != pugi::node_element) continue;
    const Role role = role_of(core_name_of(child, context_.is_atom));
    if (role == Role::kEnclosure && std::exchange(has_content, true)) continue;
    read_child(role, child);
  }
}

void ItemReader::read_date(pugi::xml_node date, std::optional<Timestamp>& out) {
  if (out) return;
  const std::string text = html::collapse_space(html::clean_text(text_of(date)));
  if (date_as_given_.empty()) date_as_given_ = text;
  out = parse_date(text);
  if (!out) note("the date '" + std::string(html::cut_utf8(text, 60)) + "' is none that an article can have: left out");
}

void ItemReader::add_enclosure(pugi::xml_node element, const char* address) {
  auto url = html::safe_url(element.attribute(address).value(), item_.link.empty() ? context_.base_url : item_.link);
  const std::string_view medium = element.attribute("medium").value();
  if (url && is_web_url(*url))
    feeds::add_enclosure(item_, *std::move(url), medium.empty() ? std::string_view(element.attribute("type").value()) : medium);
}

// The content of a text element as HTML, by what its type says and what it looks like.
std::string ItemReader::html_of(pugi::xml_node node) const {
  const std::string_view type = node.attribute("type").value();
  if (type == "text" || type == "text/plain") return plain_as_html(text_of(node));
  const bool is_foreign = !type.empty() && type != "html" && type != "xhtml" && type != "text/html" &&
                          type != "application/xhtml+xml";
  return is_foreign ? std::string() : as_html(markup_of(node));
}

Result<void> ItemReader::read_text() {
  std::size_t used = texts_.size();
  for (std::size_t source = 0; source < texts_.size() && item_.html.empty(); ++source) {
    const std::string base = xml_base_of(texts_[source], context_.base_url);
    const std::string_view link = item_.link.empty() ? context_.base_url : std::string_view(item_.link);
    std::string raw = html_of(texts_[source]);
    auto html = html::sanitise(raw, {base.empty() ? link : base});
    if (!html) return pass(html);
    const auto words = html::to_text(*html);
    if (!words || words->empty()) continue;
    item_.html = trimmed(*html);
    item_.raw_html = std::move(raw);
    item_.base_url = base.empty() ? link : base;
    used = source;
  }
  if (used == kSummary || used == texts_.size()) return {};
  const auto lede = html::to_text(html_of(texts_[kSummary]));
  if (lede) item_.lede = html::cut_utf8(html::collapse_space(*lede), kLedeBytesMax);
  return {};
}

void ItemReader::settle_language() {
  if (item_.language.empty()) item_.language = language_tag(xml_lang_of(element_));
  if (item_.language.empty()) item_.language = context_.language;
}

void ItemReader::settle_guid() {
  if (item_.guid.empty()) {  // RSS 1.0 has it as an attribute
    for (const pugi::xml_attribute attribute : element_.attributes())
      if (std::string_view(attribute.name()).ends_with(":about")) item_.guid = html::clean_text(attribute.value());
  }
  feeds::settle_guid(item_, date_as_given_);
}

}  // namespace

Result<FeedItem> read_item(pugi::xml_node element, const FeedContext& context) {
  return ItemReader(element, context).read();
}

Name core_name_of(pugi::xml_node element, bool is_atom) {
  Name name = name_of(element);
  if (is_atom && name.vocabulary == Vocabulary::kAtom) name.vocabulary = Vocabulary::kCore;
  return name;
}

std::string label_of(pugi::xml_node element, std::size_t bytes_max) {
  const std::string_view type = element.attribute("type").value();
  const std::string text =
      type == "text" || type == "text/plain" ? plain_text_label(text_of(element)) : plain_label(markup_of(element));
  return std::string(html::cut_utf8(text, bytes_max));
}

std::string link_of(pugi::xml_node element, std::string_view base_url) {
  const auto href = element.attribute("href");
  const std::string reference = href ? std::string(href.value()) : text_of(element);
  const std::string base = xml_base_of(element, base_url);
  const auto url = html::safe_url(reference, base.empty() ? base_url : base);
  return url && is_web_url(*url) ? *url : std::string();
}

std::string trimmed(std::string_view html) {
  constexpr std::string_view kSpace = " \t\n";
  const std::size_t first = std::min(html.find_first_not_of(kSpace), html.size());
  return std::string(html.substr(first, html.find_last_not_of(kSpace) + 1 - first));
}

std::string language_tag(std::string_view tag) {
  std::string out = html::collapse_space(tag);
  std::ranges::replace(out, '_', '-');
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  };
  const bool is_tag = out.size() >= 2 && out.size() <= 35 && std::ranges::all_of(out, is_allowed) && out.front() != '-';
  return is_tag ? out : std::string();
}

}  // namespace tamizdat::feeds
