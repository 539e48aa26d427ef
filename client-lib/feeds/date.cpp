#include "client-lib/feeds/date.h"

#include <array>
#include <charconv>
#include <string>
#include <vector>

#include <unicode/unistr.h>

namespace tamizdat::feeds {
namespace {

// A run of digits, of letters, or one other character that is no space.
struct Word {
  std::string_view text;
  bool is_number = false;
  int number = -1;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80; }

std::vector<Word> words_of(std::string_view lower) {
  std::vector<Word> words;
  for (std::size_t i = 0; i < lower.size();) {
    std::size_t end = i + 1;
    const auto same = [&](bool (*kind)(char)) {
      while (end < lower.size() && kind(lower[end])) ++end;
    };
    Word word;
    if (is_digit(lower[i])) {
      same(is_digit);
      word.is_number = true;
      std::from_chars(lower.data() + i, lower.data() + end, word.number);  // -1 stays if it overflows
    } else if (is_letter(lower[i])) {
      same(is_letter);
    }
    word.text = lower.substr(i, end - i);
    if (word.text != " " && word.text != "\t" && word.text != "\n") words.push_back(word);
    i = end;
  }
  return words;
}

// Whole names, cut names and the genitive: what begins with one of these.
std::optional<unsigned> month_named(std::string_view word) {
  struct Month {
    std::string_view beginning;
    unsigned number;
  };
  constexpr std::array kMonths = std::to_array<Month>(
      {{"jan", 1}, {"feb", 2}, {"mar", 3}, {"apr", 4}, {"may", 5}, {"jun", 6}, {"jul", 7}, {"aug", 8}, {"sep", 9},
       {"oct", 10}, {"nov", 11}, {"dec", 12}, {"янв", 1}, {"фев", 2}, {"мар", 3}, {"апр", 4}, {"май", 5}, {"мая", 5},
       {"июн", 6}, {"июл", 7}, {"авг", 8}, {"сен", 9}, {"окт", 10}, {"ноя", 11}, {"дек", 12}});
  for (const Month& month : kMonths)
    if (word.starts_with(month.beginning)) return month.number;
  return std::nullopt;
}

std::optional<int> zone_minutes_named(std::string_view word) {
  struct Zone {
    std::string_view name;
    int hours;
  };
  constexpr std::array kZones = std::to_array<Zone>(
      {{"z", 0},     {"ut", 0},   {"utc", 0},  {"gmt", 0},   {"wet", 0},  {"west", 1},  {"bst", 1},  {"cet", 1},
       {"cest", 2},  {"eet", 2},  {"eest", 3}, {"msk", 3},   {"мск", 3},  {"msd", 4},   {"samt", 4}, {"get", 4},
       {"yekt", 5},  {"omst", 6}, {"novt", 7}, {"krat", 7},  {"irkt", 8}, {"yakt", 9},  {"vlat", 10}, {"magt", 11},
       {"pett", 12}, {"est", -5}, {"edt", -4}, {"cst", -6},  {"cdt", -5}, {"mst", -7},  {"mdt", -6}, {"pst", -8},
       {"pdt", -7}});
  for (const Zone& zone : kZones)
    if (zone.name == word) return zone.hours * 60;
  return std::nullopt;
}

class DateReader {
 public:
  explicit DateReader(std::vector<Word> words) : words_(std::move(words)) {}

  std::optional<Timestamp> read() {
    if (!read_day() || !read_time() || !read_zone() || at_ != words_.size()) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(year_), std::chrono::month(month_), std::chrono::day(day_)};
    if (!date.ok() || year_ < 1990 || year_ > 2099) return std::nullopt;
    if (hour_ > 23 || minute_ > 59 || second_ > 60) return std::nullopt;
    return Timestamp(std::chrono::sys_days(date)) + seconds(hour_ * 3600 + minute_ * 60 + second_) -
           std::chrono::minutes(zone_minutes_);
  }

 private:
  bool is(std::string_view text, std::size_t ahead = 0) const {
    return at_ + ahead < words_.size() && words_[at_ + ahead].text == text;
  }
  bool take(std::string_view text) {
    if (!is(text)) return false;
    ++at_;
    return true;
  }
  bool take_number(unsigned& out, std::size_t digits_max = 2) {
    if (at_ >= words_.size() || !words_[at_].is_number || words_[at_].text.size() > digits_max) return false;
    out = static_cast<unsigned>(words_[at_++].number);
    return true;
  }
  bool take_month() {
    if (at_ >= words_.size() || words_[at_].is_number) return false;
    const auto month = month_named(words_[at_].text);
    if (!month) return false;
    month_ = *month;
    ++at_;
    take(".");
    return true;
  }
  bool take_year() {
    if (at_ >= words_.size() || !words_[at_].is_number) return false;
    const Word& word = words_[at_++];
    if (word.text.size() != 2 && word.text.size() != 4) return false;
    year_ = word.text.size() == 4 ? word.number : word.number < 70 ? 2000 + word.number : 1900 + word.number;
    return true;
  }

  bool read_day() {
    if (!words_.empty() && words_[0].is_number && words_[0].text.size() == 4)  // 2026-11-24
      return take_year() && take("-") && take_number(month_) && take("-") && take_number(day_);
    while (at_ < words_.size() && !words_[at_].is_number) {  // a weekday, or a month: Nov 24, 2026
      if (take_month()) return take_number(day_) && (take(","), take_year());
      ++at_;
    }
    if (!take_number(day_)) return false;
    if (take(".")) {  // 24.11.2026
      if (at_ < words_.size() && words_[at_].is_number) return take_number(month_) && take(".") && take_year();
    }
    take("-");
    return take_month() && (take("-"), take(","), take_year());
  }

  bool read_time() {
    take(",");
    take("t");
    take("в");
    if (at_ == words_.size()) return true;
    if (!take_number(hour_) || !take(":") || !take_number(minute_)) return false;
    if (take(":") && !take_number(second_)) return false;
    unsigned fraction = 0;
    return !take(".") || take_number(fraction, 12);
  }

  bool read_zone() {
    take("(");
    bool named = false;
    if (at_ < words_.size() && !words_[at_].is_number) {
      if (const auto minutes = zone_minutes_named(words_[at_].text)) {
        zone_minutes_ = *minutes;
        named = true;
        ++at_;
      }
    }
    const bool east = is("+"), west = is("-");
    if (east || west) {
      ++at_;
      unsigned hours = 0, minutes = 0;
      if (!take_number(hours, 4)) return false;
      if (words_[at_ - 1].text.size() > 2) {
        minutes = hours % 100;
        hours /= 100;
      } else if (take(":") && !take_number(minutes)) {
        return false;
      }
      if (hours > 14 || minutes > 59) return false;
      zone_minutes_ = static_cast<int>(hours * 60 + minutes) * (east ? 1 : -1);
    } else if (!named && at_ < words_.size()) {
      return false;
    }
    if (take("(")) {  // a comment that names the zone again
      while (at_ < words_.size() && !is(")")) ++at_;
    }
    take(")");
    return true;
  }

  std::vector<Word> words_;
  std::size_t at_ = 0;
  int year_ = 0;
  unsigned month_ = 0, day_ = 0, hour_ = 0, minute_ = 0, second_ = 0;
  int zone_minutes_ = 0;
};

}  // namespace

std::optional<Timestamp> parse_date(std::string_view text) {
  constexpr std::size_t kDateBytesMax = 100;  // more is no date
  if (text.size() > kDateBytesMax) return std::nullopt;
  std::string lower;
  const icu::StringPiece piece(text.data(), static_cast<std::int32_t>(text.size()));
  icu::UnicodeString::fromUTF8(piece).toLower().toUTF8String(lower);
  return DateReader(words_of(lower)).read();
}

}  // namespace tamizdat::feeds
