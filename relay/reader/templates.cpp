#include "relay/reader/templates.h"

#include "proto/base/check.h"
#include "relay/reader/resources.h"
#include "relay/reader/words.h"

namespace tamizdat::reader {

void put(Data& data, const std::string& key, std::string_view text) {
  if (!text.empty()) data.set(key, std::string(text));
}

Templates::Templates() {
  for (const auto* name :
       {"layout", "item", "items", "front", "list", "directory", "article", "not_found", "about_ru", "about_en"}) {
    const auto text = resource(std::string(name) + ".mustache");
    const auto [place, added] = templates_.emplace(name, kainjow::mustache::mustache(std::string(text)));
    TMZ_CHECK(place->second.is_valid());
  }
  for (const auto& item : words()) {
    russian_.set(std::string(item.key), std::string(item.russian));
    english_.set(std::string(item.key), std::string(item.english));
  }
}

std::string Templates::render(std::string_view name, const Data& data, Tongue tongue) {
  const auto found = templates_.find(name);
  TMZ_CHECK(found != templates_.end());
  kainjow::mustache::context<std::string> context;
  context.push(tongue == Tongue::kRussian ? &russian_ : &english_);
  context.push(&data);
  return found->second.render(context);
}

}  // namespace tamizdat::reader
