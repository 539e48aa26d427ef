#include "relay/reader/names.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "relay/reader/mo_file.h"

namespace tamizdat::reader {
namespace {

namespace json = boost::json;

inline constexpr ErrorCode kIsoDataMalformed{"iso-data-malformed"};

std::string_view text_of(const json::object& row, std::string_view key) {
  const auto* value = row.if_contains(key);
  if (value == nullptr || !value->is_string()) return {};
  return value->get_string();
}

// "язык" stands in a sentence, "Язык" heads a list: the first letter of a Russian name in capitals (two octets in
// UTF-8: U+0430 to U+044F stand 0x20 above their capitals).
std::string capitalised(std::string_view text) {
  std::string out(text);
  if (out.size() < 2) return out;
  const auto first = static_cast<unsigned char>(out[0]), second = static_cast<unsigned char>(out[1]);
  if (first == 0xd0 && second >= 0xb0 && second <= 0xbf) out[1] = static_cast<char>(second - 0x20);
  if (first == 0xd1 && second >= 0x80 && second <= 0x8f) {
    out[0] = static_cast<char>(0xd0);
    out[1] = static_cast<char>(second + 0x20);
  }
  return out;
}

// "Tatarstan, Respublika" is for sorting; people say it the other way round.
std::string in_reading_order(std::string_view name) {
  const auto comma = name.find(", ");
  if (comma == std::string_view::npos) return std::string(name);
  return std::string(name.substr(comma + 2)) + " " + std::string(name.substr(0, comma));
}

}  // namespace

// Reads one standard at a time: its JSON table, and the Russian translation of its English names.
class NamesLoader {
 public:
  NamesLoader(const std::string& share, const ReadFile& read_file, std::vector<Error>* missing)
      : share_(share), read_file_(read_file), missing_(missing) {}

  void load(const std::string& standard, std::initializer_list<std::string_view> code_keys, Names::Table& table) {
    auto rows = parse(standard);
    if (!rows) return report(rows.error());
    const auto russian = translations(standard);
    for (const auto& value : *rows) {
      const auto* row = value.if_object();
      if (row == nullptr) continue;
      const auto english = text_of(*row, "name");
      Names::Pair names{standard == "3166-2" ? in_reading_order(english) : std::string(english), {}};
      if (russian)
        if (const auto found = russian->find(english); found && !found->empty()) names.russian = capitalised(*found);
      for (const auto key : code_keys)
        if (const auto code = text_of(*row, key); !code.empty() && !english.empty())
          table.insert_or_assign(std::string(code), names);
    }
  }

 private:
  Result<json::array> parse(const std::string& standard) {
    auto bytes = read_file_(share_ + "/iso-codes/json/iso_" + standard + ".json");
    if (!bytes) return pass(bytes);
    boost::system::error_code error;
    auto document = json::parse(*bytes, error);
    const auto malformed =
        fail(kIsoDataMalformed, "iso_" + standard + ".json is not the table that iso-codes 4.15 has");
    if (error || !document.is_object()) return malformed;
    auto* rows = document.get_object().if_contains(standard);
    if (rows == nullptr || !rows->is_array()) return malformed;
    return std::move(rows->get_array());
  }

  std::optional<MoFile> translations(const std::string& standard) {
    auto bytes = read_file_(share_ + "/locale/ru/LC_MESSAGES/iso_" + standard + ".mo");
    if (!bytes) {
      report(bytes.error());
      return std::nullopt;
    }
    auto file = MoFile::parse(*std::move(bytes));
    if (file) return *std::move(file);
    report(file.error());
    return std::nullopt;
  }

  void report(const Error& error) {
    if (missing_ != nullptr) missing_->push_back(error);
  }

  const std::string& share_;
  const ReadFile& read_file_;
  std::vector<Error>* missing_;
};

Names Names::load(const std::string& share, const ReadFile& read_file, std::vector<Error>* missing) {
  Names names;
  NamesLoader loader(share, read_file, missing);
  loader.load("3166-1", {"alpha_2"}, names.regions_);
  loader.load("3166-2", {"code"}, names.regions_);
  loader.load("639-3", {"alpha_2", "alpha_3"}, names.languages_);
  return names;
}

std::string Names::region(std::string_view tag, Tongue tongue) const { return look_up(regions_, tag, tongue); }
std::string Names::language(std::string_view tag, Tongue tongue) const { return look_up(languages_, tag, tongue); }

std::string Names::look_up(const Table& table, std::string_view tag, Tongue tongue) {
  const auto found = table.find(std::string(tag));
  if (found == table.end()) return std::string(tag);
  const auto& names = found->second;
  return tongue == Tongue::kRussian && !names.russian.empty() ? names.russian : names.english;
}

}  // namespace tamizdat::reader
