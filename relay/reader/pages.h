// The pages: HTML that needs no script, no third party and no cookie, below 50 KB each: long lists and long texts go on
// on further pages. Each function gives a whole document; which one answers a request, and with what headers, is the
// site's business. Loop thread only.
#pragma once

#include <string>
#include <string_view>

#include "relay/reader/article.h"
#include "relay/reader/catalog.h"
#include "relay/reader/channel.h"
#include "relay/reader/names.h"
#include "relay/reader/standing.h"
#include "relay/reader/templates.h"
#include "relay/reader/withheld.h"

namespace tamizdat::reader {

struct SiteSettings {
  std::string label;          // of the relay: "GE"
  std::string country;        // ISO 3166-1 alpha-2, or empty
  std::string operator_name;  // or empty
  std::optional<RelayId> relay = {};
  RelayAddresses others = {};  // of relays that may have what is withheld here
};

enum class Directory { kProjects, kRegions, kLanguages, kTopics };

class Pages {
 public:
  // All references outlive the pages.
  Pages(const store::Store& store, const Catalog& catalog, const Names& names, Standings& standings, SiteSettings settings,
        const statements::Statements* statements);

  // From now on.
  void use_others(RelayAddresses others) { settings_.others = std::move(others); }

  // The front page for the channel of all, else the channel's list, from the place `before` on.
  std::string list(const Channel& channel, StoryKey before, Tongue tongue);
  // Page `number` of all projects, regions, languages or topics, from 1.
  std::string directory(Directory directory, std::size_t number, Tongue tongue);
  // The story with what it shows now; page `number` of it, from 1, where its text is long. `base` is "https://<host>",
  // or empty where the host cannot be named: others who point to the article need its whole address.
  std::string story(const Story& story, std::size_t number, const std::string& base, Tongue tongue);
  // One entry as it was signed, by itself; `story` if it belongs to one. Page `number`, as above.
  std::string version(const Position& position, const std::optional<Story>& story, std::size_t number, Tongue tongue);
  std::string about(Tongue tongue);

  struct Elsewhere {  // where the reader may have wanted to go
    std::string href;
    std::string name;
  };
  // `reason` is the key of a word.
  std::string not_found(std::string_view reason, const std::optional<Elsewhere>& elsewhere, Tongue tongue);

  // Of a channel, as a heading: a project's title, a region's, language's or topic's name; empty for all.
  std::string name_of(const Channel& channel, Tongue tongue) const;
  std::string project_title(const ProjectId& id) const;

 private:
  struct Frame;

  Data items_of(const Channel& channel, StoryKey before, std::size_t bytes_max, Tongue tongue);
  Data item_of(const Story& story, const Article& article, const Channel& channel, Tongue tongue) const;
  Data directories(Tongue tongue) const;
  Data language_choices(const Channel& channel, Tongue tongue) const;
  Data region_links(const std::vector<std::string>& regions, std::size_t count_max, Tongue tongue) const;
  struct Row {  // of a directory
    std::string name, href;
    std::size_t stories = 0;
    std::string_view badge = {};  // of a project: the key of a word
  };
  static Data row_data(const Row& row, Tongue tongue);
  std::vector<Row> rows_of(Directory directory, Tongue tongue) const;
  Data marks(const ProjectId& project, Tongue tongue);
  Data article_data(const Article& article, Timestamp time, Tongue tongue) const;
  std::string article_page(Frame frame, Data data, const Article& article, std::size_t number, Tongue tongue);
  void put_withheld(Data& data, const Article& article, const std::string& path, Tongue tongue) const;
  Data history(const Story& story, const Position& shown, Tongue tongue) const;
  EntryId id_of(const Position& position) const;
  std::string document(const Frame& frame, const std::string& content, Tongue tongue);

  const store::Store& store_;
  const Catalog& catalog_;
  const Names& names_;
  Standings& standings_;
  SiteSettings settings_;
  const statements::Statements* statements_;  // null: nothing is withheld
  Templates templates_;
};

// What `Content-Security-Policy` allows the pages: their own style sheet by its hash, the icon, and
// attachments.
std::string content_security_policy();
// The first words of `text` that fit into `bytes_max` octets once they are escaped, with an ellipsis if there were more.
std::string excerpt(std::string_view text, std::size_t bytes_max);
// The article's lede; where there is none, its text's own first words.
std::string lede_of(const Article& article, std::size_t bytes_max);
// A name as lists show it.
std::string short_name(std::string_view name);
// The key of a word; empty where there is nothing to say.
std::string reason_key(format::RetractionReason reason);

}  // namespace tamizdat::reader
