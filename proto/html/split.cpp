#include "proto/html/split.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "proto/html/elements.h"
#include "proto/html/text.h"

namespace tamizdat::html {
namespace {

struct Open {
  std::string_view markup;  // the start tag as it stands in the text
  std::string_view name;
  int next_number = 1;      // of an <ol>: what its next item has
};

// The longest reference in a text: "&quot;".
constexpr std::size_t kReferenceBytesMax = 6;
constexpr std::string_view kSpace = " \n\t\r";

std::string_view name_of(std::string_view tag) {
  tag.remove_prefix(tag.starts_with("</") ? 2 : 1);
  return tag.substr(0, tag.find_first_of(" />"));
}

bool ends_block(std::string_view end_tag) {
  const auto tag = allowed_tag(name_of(end_tag));
  return tag && level_of(*tag) != Level::kInline;
}

int start_of(std::string_view list) {
  constexpr std::string_view kStart = " start=\"";
  const auto at = list.find(kStart);
  return at == std::string_view::npos ? 1 : std::atoi(std::string(list.substr(at + kStart.size(), 8)).c_str());
}

// The start tag of a list that goes on.
std::string continued(const Open& list, bool inside_item) {
  std::string out(list.markup.substr(0, list.markup.find(" start=\"")));
  if (out.ends_with('>')) out.pop_back();
  // The serialiser writes `start` last, so nothing is lost behind it.
  return out + " start=\"" + std::to_string(list.next_number - (inside_item ? 1 : 0)) + "\">";
}

// The longest beginning of `text` within `bytes_max` that tears no word, else no character and no reference.
std::size_t words_that_fit(std::string_view text, std::size_t bytes_max) {
  auto cut = cut_utf8(text, bytes_max);
  if (const auto space = cut.find_last_of(kSpace); space != std::string_view::npos) return space + 1;
  const auto reference = cut.rfind('&');
  if (reference != std::string_view::npos && cut.size() - reference < kReferenceBytesMax &&
      cut.find(';', reference) == std::string_view::npos)
    cut = cut.substr(0, reference);
  return cut.size();
}

class Splitter {
 public:
  Splitter(std::string_view text, std::size_t bytes_max) : rest_(text), bytes_max_(bytes_max) {}

  std::vector<std::string> run() {
    while (!rest_.empty()) {
      const auto token = next_token();
      // Room for the end tags has been kept.
      const bool fits = token.starts_with("</") || part_.size() + token.size() + closing_bytes_ <= bytes_max_;
      if (!fits && cut(token)) continue;
      take(token);
    }
    if (has_content() || parts_.empty()) parts_.push_back(std::move(part_));
    return std::move(parts_);
  }

 private:
  struct Gap {  // behind a block
    std::size_t part_size = 0;
    std::string_view rest;
    std::vector<Open> open;
  };

  std::string_view next_token() const {
    if (rest_.front() != '<') return rest_.substr(0, rest_.find('<'));
    return rest_.substr(0, rest_.find('>') + 1);
  }

  bool has_content() const { return part_.find_first_not_of(kSpace, opened_bytes_) != std::string::npos; }

  void take(std::string_view token) {
    part_ += token;
    rest_.remove_prefix(token.size());
    if (token.front() != '<' || token.ends_with("/>")) return;
    if (!token.starts_with("</")) return open(token);
    closing_bytes_ -= token.size();
    open_.pop_back();
    if (!ends_block(token)) return;
    const bool better = open_.size() <= gap_.open.size() || gap_.part_size < bytes_max_ / 2;
    if (better) gap_ = {part_.size(), rest_, open_};
  }

  void open(std::string_view token) {
    const auto name = name_of(token);
    if (name == "li" && !open_.empty()) ++open_.back().next_number;
    open_.push_back({token, name, start_of(token)});
    closing_bytes_ += name.size() + 3;
  }

  // Ends the part in front of `token` or inside it. False if that changes nothing, since the part has nothing in it yet.
  bool cut(std::string_view token) {
    bool moved = false;
    if (gap_.part_size >= bytes_max_ / 2) {
      part_.resize(gap_.part_size);
      rest_ = gap_.rest;
      open_ = std::move(gap_.open);
    } else if (token.front() != '<') {
      const auto room = bytes_max_ - std::min(bytes_max_, part_.size() + closing_bytes_);
      const auto fits = words_that_fit(token, room);
      part_ += token.substr(0, fits);
      rest_.remove_prefix(fits);
      moved = fits > 0;
    }
    if (!has_content()) return moved;
    end_part();
    return true;
  }

  void end_part() {
    for (auto at = open_.rbegin(); at != open_.rend(); ++at) part_.append("</").append(at->name).append(">");
    parts_.push_back(std::exchange(part_, {}));
    gap_ = {};
    closing_bytes_ = 0;
    const auto full_bytes = [this] {
      std::size_t bytes = 0;
      for (const auto& element : open_) bytes += element.markup.size();
      return bytes;
    }();
    for (std::size_t i = 0; i < open_.size(); ++i) {
      const auto& element = open_[i];
      closing_bytes_ += element.name.size() + 3;
      // Attributes are worth less than the text that they would leave no room for.
      if (full_bytes > bytes_max_ / 4)
        part_.append("<").append(element.name).append(">");
      else if (element.name == "ol")
        part_ += continued(element, i + 1 < open_.size());
      else
        part_ += element.markup;
    }
    opened_bytes_ = part_.size();
  }

  std::string_view rest_;
  std::size_t bytes_max_;
  std::vector<std::string> parts_;
  std::string part_;
  std::size_t opened_bytes_ = 0;   // of part_: tags opened again
  std::size_t closing_bytes_ = 0;  // the end tags of open_
  std::vector<Open> open_;
  Gap gap_;
};

}  // namespace

std::vector<std::string> split(std::string_view sanitised, std::size_t bytes_max) {
  if (sanitised.size() <= bytes_max) return {std::string(sanitised)};
  return Splitter(sanitised, bytes_max).run();
}

}  // namespace tamizdat::html
