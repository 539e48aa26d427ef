// The country codes of ISO 3166-1 (alpha-2). Pure.
#pragma once

#include <string_view>

namespace tamizdat::daemon {

// True for "GE"; false for "ge", "Georgia", and for "UK", which is a common slip for "GB".
bool is_country_code(std::string_view code);

}  // namespace tamizdat::daemon
