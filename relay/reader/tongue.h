// The two tongues of the pages, and which one a reader asks for.
#pragma once

#include <string_view>

namespace tamizdat::reader {

enum class Tongue { kRussian, kEnglish };

// From the request's Accept-Language (RFC 9110 section 12.5.4): the tongue with the higher weight; between equals the
// one named first. Languages of readers who mostly know Russian count as Russian where neither tongue is named; without
// any wish it is Russian, since most readers are.
Tongue tongue_for(std::string_view accept_language);

// "ru", "en".
std::string_view language_of(Tongue tongue);

}  // namespace tamizdat::reader
