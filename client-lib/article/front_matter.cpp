#include "client-lib/article/front_matter.h"

#include <algorithm>

#include "client-lib/article/tags.h"

namespace tamizdat::article {
namespace {

constexpr std::string_view kFence = "---";

tl::unexpected<Error> at_line(std::size_t line, const std::string& what) {
  return fail(kFrontMatterInvalid, "line " + std::to_string(line) + ": " + what);
}

std::string_view take_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// The inside of "..." with \" and \\ undone, or of '...' with '' undone.
Result<std::string> unquoted(std::string_view value, std::size_t line) {
  const char quote = value.front();
  std::string out;
  std::size_t i = 1;
  for (; i < value.size() && value[i] != quote; ++i) {
    if (quote == '"' && value[i] == '\\') {
      ++i;
      if (i == value.size() || (value[i] != '"' && value[i] != '\\'))
        return at_line(line, "after a \\ between quotes only \" or \\ may stand");
    }
    out += value[i];
    if (quote == '\'' && value.substr(i + 1).starts_with("''")) {
      out += '\'';
      i += 2;
    }
  }
  if (i >= value.size()) return at_line(line, "the quote that opens the value is never closed");
  if (i + 1 != value.size()) return at_line(line, "nothing may follow the closing quote");
  return out;
}

Result<Field> parse_field(std::string_view line, std::size_t number) {
  if (line.front() == ' ' || line.front() == '\t')
    return at_line(number, "it begins with white space; each key and its value stand on one line");
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return at_line(number, "expected key: value");
  const std::string key(trimmed(line.substr(0, colon)));
  if (line.size() > colon + 1 && line[colon + 1] != ' ' && line[colon + 1] != '\t')
    return at_line(number, "a space is missing after \"" + key + ":\"");
  const std::string_view value = trimmed(line.substr(colon + 1));
  Field field{key, std::string(value), "line " + std::to_string(number) + ", key \"" + key + "\""};
  if (value.empty()) return at_line(number, "\"" + key + "\" has no value; write it on the same line, or leave the key out");
  if (value.front() == '"' || value.front() == '\'') {
    auto inside = unquoted(value, number);
    if (!inside) return pass(inside);
    field.value = *std::move(inside);
  } else if (std::string_view("|>&*!%@{").find(value.front()) != std::string_view::npos) {
    return at_line(number, "a value cannot begin with " + std::string(1, value.front()) + "; put it between quotes");
  }
  return field;
}

}  // namespace

Result<ArticleFile> split_front_matter(std::string_view file) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (file.starts_with(kByteOrderMark)) file.remove_prefix(kByteOrderMark.size());
  ArticleFile out;
  std::string_view rest = file;
  if (take_line(rest) != kFence) {
    out.text = file;
    return out;
  }
  for (std::size_t number = 2; !rest.empty(); ++number) {
    const std::string_view line = take_line(rest);
    if (line == kFence) {
      out.text = rest;
      return out;
    }
    if (trimmed(line).empty() || line.front() == '#') continue;
    auto field = parse_field(line, number);
    if (!field) return pass(field);
    if (std::ranges::find(out.fields, field->key, &Field::key) != out.fields.end())
      return at_line(number, "\"" + field->key + "\" stands here a second time");
    out.fields.push_back(*std::move(field));
  }
  return at_line(1, "the front matter that begins here with --- is never closed by another ---");
}

}  // namespace tamizdat::article
