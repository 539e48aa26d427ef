#include "proto/html/elements.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace tamizdat::html {
namespace {

struct OutputElement {
  std::string_view name;
  Level level;
};

// In the order of Tag. The smallest set that carries what newsrooms write: no styling, nothing that loads, runs or
// submits. Times and abbreviations stay for what their attributes say.
constexpr std::array kOutput = std::to_array<OutputElement>({
    {"a", Level::kInline},          {"abbr", Level::kInline},     {"b", Level::kInline},
    {"blockquote", Level::kBlock},  {"br", Level::kInline},       {"caption", Level::kTablePart},
    {"code", Level::kInline},       {"dd", Level::kBlock},        {"div", Level::kBlock},
    {"dl", Level::kBlock},          {"dt", Level::kBlock},        {"em", Level::kInline},
    {"figcaption", Level::kBlock},  {"figure", Level::kBlock},    {"h2", Level::kBlock},
    {"h3", Level::kBlock},          {"h4", Level::kBlock},        {"h5", Level::kBlock},
    {"h6", Level::kBlock},          {"hr", Level::kBlock},        {"i", Level::kInline},
    {"img", Level::kInline},        {"li", Level::kBlock},        {"ol", Level::kBlock},
    {"p", Level::kBlock},           {"pre", Level::kBlock},       {"q", Level::kInline},
    {"s", Level::kInline},          {"strong", Level::kInline},   {"sub", Level::kInline},
    {"sup", Level::kInline},        {"table", Level::kBlock},     {"tbody", Level::kTablePart},
    {"td", Level::kTablePart},      {"th", Level::kTablePart},    {"thead", Level::kTablePart},
    {"time", Level::kInline},       {"tr", Level::kTablePart},    {"u", Level::kInline},
    {"ul", Level::kBlock},
});
static_assert(kOutput.size() == static_cast<std::size_t>(Tag::kUl) + 1);
static_assert(std::ranges::is_sorted(kOutput, {}, &OutputElement::name));

struct Replacement {
  std::string_view name;
  Element element;
};
constexpr Element keep_as(Tag tag) { return {Treatment::kKeep, tag}; }
constexpr Element kGone{Treatment::kRemove, Tag::kP};
constexpr Element kGoneRaw{Treatment::kRemoveRawText, Tag::kP};
constexpr Element kGoneVoid{Treatment::kRemoveVoid, Tag::kP};

// What is written otherwise than it came. Sections become divisions, so that the words of two do not run together; the
// page has its own h1. What loads, runs or submits goes with its content, which is for programs or a fallback.
constexpr std::array kReplacements = std::to_array<Replacement>({
    {"address", keep_as(Tag::kDiv)},  {"applet", kGone},                {"article", keep_as(Tag::kDiv)},
    {"aside", keep_as(Tag::kDiv)},    {"audio", kGone},                 {"base", kGoneVoid},
    {"button", kGone},                {"canvas", kGone},                {"center", keep_as(Tag::kDiv)},
    {"cite", keep_as(Tag::kI)},       {"datalist", kGone},              {"del", keep_as(Tag::kS)},
    {"details", keep_as(Tag::kDiv)},  {"dfn", keep_as(Tag::kI)},        {"dialog", keep_as(Tag::kDiv)},
    {"dir", keep_as(Tag::kUl)},       {"embed", kGoneVoid},             {"footer", keep_as(Tag::kDiv)},
    {"form", kGone},                  {"frameset", kGone},              {"h1", keep_as(Tag::kH2)},
    {"header", keep_as(Tag::kDiv)},   {"hgroup", keep_as(Tag::kDiv)},   {"iframe", kGoneRaw},
    {"image", keep_as(Tag::kImg)},    {"input", kGoneVoid},             {"ins", keep_as(Tag::kU)},
    {"kbd", keep_as(Tag::kCode)},     {"link", kGoneVoid},              {"listing", keep_as(Tag::kPre)},
    {"main", keep_as(Tag::kDiv)},     {"map", kGone},                   {"math", kGone},
    {"menu", keep_as(Tag::kUl)},      {"meta", kGoneVoid},              {"nav", keep_as(Tag::kDiv)},
    {"noembed", kGoneRaw},            {"noframes", kGoneRaw},           {"noscript", kGone},
    {"object", kGone},                {"samp", keep_as(Tag::kCode)},    {"script", kGoneRaw},
    {"section", keep_as(Tag::kDiv)},  {"select", kGone},                {"strike", keep_as(Tag::kS)},
    {"style", kGoneRaw},              {"summary", keep_as(Tag::kDiv)},  {"svg", kGone},
    {"template", kGone},              {"textarea", kGoneRaw},           {"tfoot", keep_as(Tag::kTbody)},
    {"title", kGoneRaw},              {"tt", keep_as(Tag::kCode)},      {"var", keep_as(Tag::kI)},
    {"video", kGone},                 {"xmp", kGoneRaw},
});
static_assert(std::ranges::is_sorted(kReplacements, {}, &Replacement::name));

}  // namespace

std::optional<Tag> allowed_tag(std::string_view name) {
  const auto* found = std::ranges::lower_bound(kOutput, name, {}, &OutputElement::name);
  if (found == kOutput.end() || found->name != name) return std::nullopt;
  return static_cast<Tag>(std::distance(kOutput.begin(), found));
}

Element element_named(std::string_view name) {
  if (const auto tag = allowed_tag(name)) return keep_as(*tag);
  const auto* found = std::ranges::lower_bound(kReplacements, name, {}, &Replacement::name);
  return found != kReplacements.end() && found->name == name ? found->element : Element{};
}

std::string_view name_of(Tag tag) { return kOutput[static_cast<std::size_t>(tag)].name; }
Level level_of(Tag tag) { return kOutput[static_cast<std::size_t>(tag)].level; }
bool is_void(Tag tag) { return tag == Tag::kBr || tag == Tag::kHr || tag == Tag::kImg; }
bool is_heading(Tag tag) { return tag >= Tag::kH2 && tag <= Tag::kH6; }

bool reads_attribute(Tag tag, std::string_view name) {
  if (name == "lang" || name == "dir") return !is_void(tag);
  switch (tag) {
    case Tag::kA: return name == "href";
    case Tag::kAbbr: return name == "title";
    case Tag::kTime: return name == "datetime";
    case Tag::kOl: return name == "start";
    case Tag::kTd:
    case Tag::kTh: return name == "colspan" || name == "rowspan";
    case Tag::kImg:
      return name == "src" || name == "data-src" || name == "data-lazy-src" || name == "alt" ||
             name == "title" || name == "width" || name == "height";
    default: return false;
  }
}

}  // namespace tamizdat::html
