// What a page says about itself to the layout around it. Private to the parts of Pages.
#pragma once

#include <cstddef>
#include <string>

#include "relay/reader/pages.h"

namespace tamizdat::reader {

// What a page may weigh. A list ends early where its items do not fit beside style sheet, frame and directories, a text
// goes on on the next page.
inline constexpr std::size_t kPageBytesMax = 49'000;

struct Pages::Frame {
  std::string title;        // empty on the front page
  std::string description;
  std::string path;         // the canonical one, which also tells what section it is in; empty: not to be indexed
  Channel channel;          // whose feeds it announces, and of whose project it says how it stands
  // OpenGraph (ogp.me): what a messenger shows of a link. Rows of `property` and `content`.
  Data properties = Data(Data::type::list);
  // The same list in other languages. Rows of `tag` and `href`.
  Data editions = Data(Data::type::list);
};

// The feeds of a channel, for <link> and <a>.
Data feed_links(const Channel& channel, const std::string& name);

// The sections of the site; `here` is the path of the present page.
Data sections(std::string_view here, Tongue tongue);

}  // namespace tamizdat::reader
