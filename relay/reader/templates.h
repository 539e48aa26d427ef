// The page templates (kainjow mustache, which escapes by default), parsed once. Values come from the page, words from
// the interface's tongue. Loop thread only.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include <kainjow/mustache.hpp>

#include "relay/reader/tongue.h"

namespace tamizdat::reader {

using Data = kainjow::mustache::data;

// Sets `key` unless `text` is empty: to a template a missing value is false, an empty one is not.
void put(Data& data, const std::string& key, std::string_view text);

class Templates {
 public:
  Templates();
  // `name` without the suffix; it must exist.
  std::string render(std::string_view name, const Data& data, Tongue tongue);

 private:
  std::map<std::string, kainjow::mustache::mustache, std::less<>> templates_;
  Data russian_;
  Data english_;
};

}  // namespace tamizdat::reader
