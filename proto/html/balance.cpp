#include "proto/html/balance.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

#include "proto/base/bytes.h"
#include "proto/html/elements.h"
#include "proto/html/limits.h"
#include "proto/html/scanner.h"
#include "proto/html/text.h"

namespace tamizdat::html {
namespace {

// A cell is a world of its own: nothing inside it closes what is outside, and the reverse.
bool is_cell(Tag tag) { return tag == Tag::kTd || tag == Tag::kTh || tag == Tag::kCaption; }
bool is_rows(Tag tag) { return tag == Tag::kTbody || tag == Tag::kThead; }
bool is_list(Tag tag) { return tag == Tag::kUl || tag == Tag::kOl; }

// Blocks in which formatting that was open in front of them goes on; in lists and tables it would stand between parts.
bool carries_formatting(Tag tag) {
  return level_of(tag) == Level::kBlock && !is_list(tag) && tag != Tag::kTable && tag != Tag::kDl;
}

class Balancer {
 public:
  Result<std::string> run(std::string_view html);

 private:
  struct Open {
    Tag tag;
    std::size_t markup_at, markup_bytes;  // of its start tag in out_
  };

  void add_text(std::string_view text);
  void start(const Token& token, Scanner& scanner);
  void end(const Token& token);
  void start_kept(Tag tag, const Token& token);

  bool enter_table_part(Tag tag);
  bool enter_cell();
  std::vector<std::string> end_paragraph();
  bool end_outer_link();
  void end_item(Tag tag);
  void end_heading();

  template <typename Wanted, typename Stop>
  std::optional<std::size_t> find_open(Wanted wanted, Stop stop) const;
  void open(Tag tag, std::string_view markup);
  void close_from(std::size_t index);
  Tag top() const { return stack_.back().tag; }

  std::string out_;
  std::vector<Open> stack_;
  std::string removing_;            // the element whose content is being removed, empty if none
  std::size_t removing_depth_ = 0;  // of elements of that name
  std::size_t elements_ = 0;
  std::size_t reopened_bytes_ = 0;
};

std::string markup_of(Tag tag, const std::vector<RawAttribute>& attributes) {
  std::string out("<");
  out += name_of(tag);
  std::vector<std::string_view> seen;
  for (const RawAttribute& attribute : attributes) {
    if (!reads_attribute(tag, attribute.name) || std::ranges::find(seen, attribute.name) != seen.end()) continue;
    seen.push_back(attribute.name);
    out.append(" ").append(attribute.name).append("=\"");
    for (const char c : attribute.value) {
      if (c == '"') out += "&quot;";
      else out += c;
    }
    out += '"';
  }
  out += '>';
  return out;
}

Result<std::string> Balancer::run(std::string_view html) {
  Scanner scanner(html);
  Token token;
  while (scanner.next(token)) {
    if (token.kind == Token::Kind::kText) add_text(token.text);
    else if (token.kind == Token::Kind::kStartTag) start(token, scanner);
    else end(token);
    if (elements_ > kElementsMax)
      return fail(kHtmlTooManyElements, "the text has more than " + std::to_string(kElementsMax) +
                                            " HTML elements: split it, or publish it as a plainer document");
  }
  close_from(0);
  return std::move(out_);
}

void Balancer::add_text(std::string_view text) {
  if (!removing_.empty()) return;
  if (text.find_first_not_of(" \t\n\r") != std::string_view::npos) enter_cell();
  if (text == "<") out_ += "&lt;";
  else out_ += text;
}

void Balancer::start(const Token& token, Scanner& scanner) {
  const Element element = element_named(token.name);
  if (element.treatment == Treatment::kRemoveRawText) return scanner.skip_raw_text(token.name);
  if (!removing_.empty()) {
    if (token.name == removing_) ++removing_depth_;
    return;
  }
  if (element.treatment == Treatment::kRemove) {
    removing_ = token.name;
    removing_depth_ = 1;
  } else if (element.treatment == Treatment::kKeep) {
    start_kept(element.tag, token);
  }
}

void Balancer::start_kept(Tag tag, const Token& token) {
  if (level_of(tag) == Level::kTablePart ? !enter_table_part(tag) : tag != Tag::kTable && !enter_cell()) return;
  std::vector<std::string> carried;
  if (level_of(tag) == Level::kBlock) carried = end_paragraph();
  if (tag == Tag::kLi || tag == Tag::kDd || tag == Tag::kDt) end_item(tag);
  if (is_heading(tag)) end_heading();
  if (tag == Tag::kA && !end_outer_link()) return;
  if (tag == Tag::kTable) {
    const auto outer = find_open([](Tag t) { return t == Tag::kTable; }, is_cell);
    if (outer) close_from(*outer);
  }
  open(tag, markup_of(tag, token.attributes));
  if (!carries_formatting(tag)) return;
  for (const std::string& markup : carried) {
    reopened_bytes_ += markup.size();
    if (reopened_bytes_ > kHtmlBytesMax) return;
    open(*allowed_tag(std::string_view(markup).substr(1, markup.find_first_of(" >") - 1)), markup);
  }
}

// Closes what stands between `tag` and the part of the table that may hold it, and opens the parts between that the
// author left out. False if there is no table to hold it.
bool Balancer::enter_table_part(Tag tag) {
  const bool is_row = tag == Tag::kTr;
  const bool is_row_cell = tag == Tag::kTd || tag == Tag::kTh;
  const auto holder = find_open(
      [&](Tag t) {
        return t == Tag::kTable || ((is_row || is_row_cell) && is_rows(t)) || (is_row_cell && t == Tag::kTr);
      },
      [](Tag) { return false; });
  if (!holder) return false;
  close_from(*holder + 1);
  if ((is_row || is_row_cell) && top() == Tag::kTable) open(Tag::kTbody, "<tbody>");
  if (is_row_cell && is_rows(top())) open(Tag::kTr, "<tr>");
  return top() != Tag::kTable || !(is_row || is_row_cell);
}

// Content between the parts of a table goes into a cell of its own. (The standard moves it out in front of the table,
// which costs time and loses its place.) False if it has no place because the table lies too deep.
bool Balancer::enter_cell() {
  if (stack_.empty() || (top() != Tag::kTable && top() != Tag::kTr && !is_rows(top()))) return true;
  if (!enter_table_part(Tag::kTd)) return false;
  open(Tag::kTd, "<td>");
  return top() == Tag::kTd;
}

// Closes the open paragraph, if any; gives the start tags of the formatting that was open inside it.
std::vector<std::string> Balancer::end_paragraph() {
  std::vector<std::string> carried;
  const auto paragraph =
      find_open([](Tag t) { return t == Tag::kP; }, [](Tag t) { return is_cell(t) || t == Tag::kTable; });
  if (!paragraph) return carried;
  for (std::size_t i = *paragraph + 1; i < stack_.size() && carried.size() < kReopenedMax; ++i)
    if (level_of(stack_[i].tag) == Level::kInline)
      carried.push_back(out_.substr(stack_[i].markup_at, stack_[i].markup_bytes));
  close_from(*paragraph);
  return carried;
}

// A link in a link cannot be: the earlier one ends, unless a block or a cell lies between; then the later one yields.
bool Balancer::end_outer_link() {
  const auto is_link = [](Tag t) { return t == Tag::kA; };
  const auto link = find_open(is_link, [](Tag) { return false; });
  if (!link) return true;
  if (!find_open(is_link, [](Tag t) { return level_of(t) != Level::kInline; })) return false;
  close_from(*link);
  return true;
}

// A list item ends the one before it in the same list; a term or its definition likewise.
void Balancer::end_item(Tag tag) {
  const auto ends = [&](Tag t) { return tag == Tag::kLi ? t == Tag::kLi : t == Tag::kDd || t == Tag::kDt; };
  const auto item =
      find_open(ends, [](Tag t) { return level_of(t) != Level::kInline && t != Tag::kDiv && t != Tag::kP; });
  if (item) close_from(*item);
}

void Balancer::end_heading() {
  const auto heading = find_open(is_heading, [](Tag t) { return level_of(t) != Level::kInline; });
  if (heading) close_from(*heading);
}

void Balancer::end(const Token& token) {
  if (!removing_.empty()) {
    if (token.name == removing_ && --removing_depth_ == 0) removing_.clear();
    return;
  }
  const Element element = element_named(token.name);
  if (element.treatment != Treatment::kKeep) return;
  const Tag tag = element.tag;
  if (tag == Tag::kBr) return open(tag, "<br>");  // what browsers make of </br>
  const bool table_part = level_of(tag) == Level::kTablePart || tag == Tag::kTable;
  const auto found = find_open([&](Tag t) { return t == tag || (is_heading(t) && is_heading(tag)); },
                               [&](Tag t) {
                                 return t == Tag::kTable || (!table_part && is_cell(t)) ||
                                        (tag == Tag::kLi && is_list(t));
                               });
  if (found) close_from(*found);
}

// The innermost open element that is `wanted`, looking outwards up to the first that is `stop` and not wanted.
template <typename Wanted, typename Stop>
std::optional<std::size_t> Balancer::find_open(Wanted wanted, Stop stop) const {
  for (std::size_t i = stack_.size(); i-- > 0;) {
    if (wanted(stack_[i].tag)) return i;
    if (stop(stack_[i].tag)) return std::nullopt;
  }
  return std::nullopt;
}

void Balancer::open(Tag tag, std::string_view markup) {
  if (stack_.size() >= kDepthMax) return;
  ++elements_;
  if (!is_void(tag)) stack_.push_back({tag, out_.size(), markup.size()});
  out_ += markup;
}

void Balancer::close_from(std::size_t index) {
  while (stack_.size() > index) {
    out_.append("</").append(name_of(top())).append(">");
    stack_.pop_back();
  }
}

}  // namespace

Result<std::string> balance(std::string_view html) {
  if (html.size() > kHtmlBytesMax)
    return fail(kHtmlTooLarge, "the text has " + std::to_string(html.size()) + " octets of HTML, more than " +
                                   std::to_string(kHtmlBytesMax) + ": split it");
  if (!is_utf8(html)) return fail(kHtmlNotUtf8, "the HTML is not valid UTF-8: convert it first");
  return Balancer().run(clean_text(html));  // gumbo makes U+FFFD of control characters
}

}  // namespace tamizdat::html
