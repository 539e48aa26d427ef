// Topics: the media topics of IPTC (cv.iptc.org/newscodes/mediatopic) that articles are tagged with, and what the
// seventeen at the top of that vocabulary are called in both tongues. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "relay/reader/tongue.h"

namespace tamizdat::reader {

// The vocabulary's own address, before each code.
inline constexpr std::string_view kTopicScheme = "http://cv.iptc.org/newscodes/mediatopic/";

// "11000000" of a code as desks write it ("11000000", "medtop:11000000", the concept's address), or of the name of one
// of the seventeen in either tongue: imported articles carry the headings of a site, and "Политика" is one. Nothing for
// other words.
std::optional<std::string> topic_tag(std::string_view text);

// Of a code; the code itself below the seventeen, whose thousand names no Debian package has.
std::string topic_name(std::string_view tag, Tongue tongue);

}  // namespace tamizdat::reader
