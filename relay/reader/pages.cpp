#include "relay/reader/pages.h"

#include <algorithm>
#include <array>

#include "proto/format/hash.h"
#include "proto/html/sanitise.h"
#include "proto/html/text.h"
#include "relay/reader/frame.h"
#include "relay/reader/gone.h"
#include "relay/reader/resources.h"
#include "relay/reader/topics.h"
#include "relay/reader/words.h"

namespace tamizdat::reader {
namespace {

constexpr std::size_t kListItems = 25;
constexpr std::size_t kDayMarkupBytes = 200;
constexpr std::size_t kPagerMarkupBytes = 500;
// A project that writes in more languages has a list for each of them, but not all are linked.
constexpr std::size_t kLanguageChoices = 24;
// In lists: two lines of a headline, three of a lede.
constexpr std::size_t kHeadlineBytesMax = 360;
constexpr std::size_t kLedeBytesMax = 360;
constexpr std::size_t kNameBytesMax = 120;
constexpr std::size_t kTitleBytesMax = 500;  // of a project, where it is the heading
constexpr std::size_t kRegionsOfItem = 2;

struct Section {
  std::string_view path, word;
};
constexpr std::array<Section, 6> kSections{{{"/", "w_newest"},
                                            {"/projects", "w_projects"},
                                            {"/regions", "w_regions"},
                                            {"/languages", "w_languages"},
                                            {"/topics", "w_topics"},
                                            {"/about", "w_about"}}};

}  // namespace

std::string content_security_policy() {
  const auto hash = format::sha256({resource("style.css")});
  return "default-src 'none'; style-src 'sha256-" + to_base64(hash.view()) +
         "'; img-src 'self'; media-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

std::string excerpt(std::string_view text, std::size_t bytes_max) {
  auto cut = html::cut_escaped(text, bytes_max);
  if (cut.size() == text.size()) return std::string(text);
  // A word is not torn, unless it is all there is.
  if (const auto space = cut.rfind(' '); space != std::string_view::npos && space > cut.size() / 2)
    cut = cut.substr(0, space);
  while (!cut.empty() && std::string_view(" ,;:.-").find(cut.back()) != std::string_view::npos) cut.remove_suffix(1);
  return std::string(cut) + "…";
}

std::string lede_of(const Article& article, std::size_t bytes_max) {
  if (!article.lede.empty()) return excerpt(article.lede, bytes_max);
  const auto words = html::to_text(html::cut_utf8(article.html, 8 * bytes_max));
  return words ? excerpt(html::collapse_space(*words), bytes_max) : "";
}

std::string short_name(std::string_view name) { return excerpt(name, kNameBytesMax); }

std::string reason_key(format::RetractionReason reason) {
  using format::RetractionReason;
  switch (reason) {
    case RetractionReason::kSourceAtRisk: return "w_reason_source_at_risk";
    case RetractionReason::kError: return "w_reason_error";
    case RetractionReason::kLegal: return "w_reason_legal";
    case RetractionReason::kPrivacy: return "w_reason_privacy";
    case RetractionReason::kOther:
    case RetractionReason::kUnspecified: break;
  }
  return {};  // or one that later versions know
}

Data sections(std::string_view here, Tongue tongue) {
  Data list{Data::type::list};
  for (const auto& section : kSections) {
    Data item;
    item.set("href", std::string(section.path));
    item.set("name", word(section.word, tongue));
    item.set("here", section.path == here);
    item.set("last", &section == &kSections.back());
    list.push_back(item);
  }
  return list;
}

Data feed_links(const Channel& channel, const std::string& name) {
  Data list{Data::type::list};
  for (const auto kind : kFeedKinds) {
    const std::string form = kind == FeedKind::kAtom ? "Atom" : kind == FeedKind::kRss ? "RSS" : "JSON Feed";
    Data item;
    item.set("type", std::string(media_type(kind)));
    item.set("short", form);
    item.set("feed_title", name + " (" + form + ")");
    item.set("href", feed_path(channel, kind));
    item.set("last", kind == kFeedKinds.back());
    list.push_back(item);
  }
  return list;
}

Pages::Pages(const store::Store& store, const Catalog& catalog, const Names& names, Standings& standings, SiteSettings settings,
             const statements::Statements* statements)
    : store_(store), catalog_(catalog), names_(names), standings_(standings), settings_(std::move(settings)),
      statements_(statements) {}

std::string Pages::document(const Frame& frame, const std::string& content, Tongue tongue) {
  const auto brand = word("w_brand", tongue) + " · " + settings_.label;
  const auto channel_name = name_of(frame.channel, tongue);
  Data data;
  data.set("ui", std::string(language_of(tongue)));
  data.set("title", frame.title.empty() ? brand : frame.title + " · " + word("w_brand", tongue));
  put(data, "description", frame.description);
  data.set("noindex", frame.path.empty());
  put(data, "canonical", frame.path);
  data.set("front", frame.path == "/");
  data.set("properties", frame.properties);
  data.set("editions", frame.editions);
  data.set("feeds", feed_links(frame.channel, channel_name.empty() ? brand : short_name(channel_name)));
  data.set("css", std::string(resource("style.css")));
  data.set("sections", sections(frame.path, tongue));
  data.set("relay", settings_.label);
  if (!settings_.country.empty()) data.set("country", names_.region(settings_.country, tongue));
  put(data, "operator", settings_.operator_name);
  data.set("building", catalog_.building());
  if (frame.channel.project) data.set("marks", marks(*frame.channel.project, tongue));
  data.set("content", content);
  return templates_.render("layout", data, tongue);
}

Data Pages::marks(const ProjectId& project, Tongue tongue) {
  Data list{Data::type::list};
  for (const auto& mark : standings_.of(project).marks) {
    Data item;
    item.set("words", word(mark.word, tongue));
    item.set("bad", !mark.good);
    item.set("good", mark.good);
    if (mark.since) {
      item.set("dated", true);
      item.set("since", to_rfc3339(*mark.since));
      item.set("since_day", day_text(*mark.since, tongue));
      item.set("since_clock", clock_text(*mark.since));
    }
    list.push_back(item);
  }
  return list;
}

std::string Pages::project_title(const ProjectId& id) const {
  const auto project = catalog_.project(id);
  const auto title = project ? excerpt(html::collapse_space(html::clean_text(project->title)), kTitleBytesMax) : "";
  return title.empty() ? id.text().substr(0, 20) + "…" : title;
}

std::string Pages::name_of(const Channel& channel, Tongue tongue) const {
  if (channel.project) {
    const auto title = project_title(*channel.project);
    return channel.language.empty() ? title : title + " · " + names_.language(channel.language, tongue);
  }
  if (!channel.region.empty()) return names_.region(channel.region, tongue);
  if (!channel.language.empty()) return names_.language(channel.language, tongue);
  if (!channel.topic.empty()) return topic_name(channel.topic, tongue);
  return {};
}

std::string Pages::list(const Channel& channel, StoryKey before, Tongue tongue) {
  const bool all = page_path(channel) == "/";
  Frame frame;
  frame.channel = channel;
  frame.path = page_path(channel);
  if (before != kNewest) frame.path += "?before=" + key_text(before);
  Data data;
  if (all) {
    frame.description = word("w_tagline", tongue);
    if (before != kNewest) frame.title = word("w_older", tongue);
    data.set("directories", directories(tongue));
  } else {
    const char* kind = channel.project              ? "w_project"
                       : !channel.region.empty()   ? "w_region"
                       : !channel.language.empty() ? "w_language"
                                                   : "w_topic";
    frame.title = name_of(channel, tongue);
    data.set("kind", word(kind, tongue));
    data.set("heading", frame.title);
    data.set("n", std::to_string(catalog_.state(channel).stories));
    data.set("feeds", feed_links(channel, frame.title));
  }
  if (channel.project) {
    data.set("project_id", channel.project->text());
    data.set("chips", language_choices(channel, tongue));
    if (const auto languages = catalog_.languages_of(*channel.project); languages.size() > 1)
      for (std::size_t i = 0; i < std::min(languages.size(), kLanguageChoices); ++i) {
        Data edition;
        edition.set("tag", languages[i].tag);
        edition.set("href", page_path({channel.project, {}, languages[i].tag}));
        frame.editions.push_back(edition);
      }
  }
  const auto render = [&](const std::string& items) {
    data.set("items", items);
    return document(frame, templates_.render(all ? "front" : "list", data, tongue), tongue);
  };
  const auto bytes_beside = render({}).size() + kPagerMarkupBytes;
  const auto items = items_of(channel, before, kPageBytesMax - std::min(kPageBytesMax, bytes_beside), tongue);
  return render(templates_.render("items", items, tongue));
}

// As many stories as fit, at least one.
Data Pages::items_of(const Channel& channel, StoryKey before, std::size_t bytes_max, Tongue tongue) {
  const auto page = catalog_.newest(channel, before, kListItems);
  Data days{Data::type::list}, day, items{Data::type::list};
  std::string key;
  const auto end_day = [&] {
    if (key.empty()) return;
    day.set("items", items);
    days.push_back(day);
    items = Data(Data::type::list);
  };
  std::size_t bytes = 0, taken = 0;
  for (; taken < page.stories.size(); ++taken) {
    const auto& story = page.stories[taken];
    const auto html = templates_.render("item", item_of(story, read_article(store_, story.shown), channel, tongue), tongue);
    bytes += html.size();
    if (day_key(story.time) != key) bytes += kDayMarkupBytes;
    if (bytes > bytes_max && taken > 0) break;
    if (day_key(story.time) != key) {
      end_day();
      key = day_key(story.time);
      day = Data();
      day.set("lead", taken == 0 && before == kNewest);  // the newest of all stands out
      day.set("key", key);
      day.set("day", day_text(story.time, tongue));
    }
    Data item;
    item.set("item", html);
    items.push_back(item);
  }
  end_day();
  Data data;
  data.set("days", days);
  if (taken == 0) data.set("empty", word(before == kNewest ? "w_nothing" : "w_nothing_older", tongue));
  const bool more = page.more || taken < page.stories.size();
  data.set("paged", more || before != kNewest);
  if (before != kNewest) data.set("newest", page_path(channel));
  if (more) data.set("older", page_path(channel) + "?before=" + key_text(page.stories[taken - 1].key));
  return data;
}

Data Pages::item_of(const Story& story, const Article& article, const Channel& channel, Tongue tongue) const {
  Data item;
  item.set("entry", id_of(story.original).text());
  item.set("time", to_rfc3339(story.time));
  item.set("clock", clock_text(story.time));
  item.set("corrected", story.corrections > 0);
  if (!channel.project) {
    item.set("project", short_name(project_title(story.project)));
    item.set("project_id", story.project.text());
    if (const auto badge = standings_.badge_of(story.project); !badge.empty()) item.set("badge", word(badge, tongue));
  }
  if (article.gone) {
    item.set("gone", gone_text(article, tongue));
    item.set("gone_title", gone_title(article, tongue));
    return item;
  }
  item.set("lang", article.language);
  item.set("headline", article.title.empty() ? word("w_untitled", tongue) : excerpt(article.title, kHeadlineBytesMax));
  put(item, "lede", lede_of(article, kLedeBytesMax));
  item.set("regions", channel.region.empty() ? region_links(article.regions, kRegionsOfItem, tongue)
                                             : Data(Data::type::list));
  return item;
}

Data Pages::region_links(const std::vector<std::string>& regions, std::size_t count_max, Tongue tongue) const {
  Data list{Data::type::list};
  const auto count = std::min(count_max, regions.size());
  for (std::size_t i = 0; i < count; ++i) {
    Data item;
    item.set("tag", regions[i]);
    item.set("name", names_.region(regions[i], tongue));
    item.set("last", i + 1 == count);
    list.push_back(item);
  }
  return list;
}

// The languages of a project that writes in more than one; false for others.
Data Pages::language_choices(const Channel& channel, Tongue tongue) const {
  auto languages = catalog_.languages_of(*channel.project);
  if (languages.size() < 2) return Data(false);
  if (languages.size() > kLanguageChoices) languages.resize(kLanguageChoices);
  Data choices{Data::type::list};
  const auto add = [&](const std::string& name, const std::string& language) {
    Data item;
    item.set("name", name);
    item.set("href", page_path({channel.project, {}, language}));
    item.set("here", language == channel.language);
    put(item, "tag", language);
    choices.push_back(item);
  };
  add(word("w_all", tongue), {});
  for (const auto& item : languages) add(names_.language(item.tag, tongue), item.tag);
  Data out;
  out.set("choices", choices);
  return out;
}

}  // namespace tamizdat::reader
