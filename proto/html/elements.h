// The one table of the elements that a published text may hold, what happens to every other one, and the attributes
// that stay. The balancer reads it in front of gumbo and the serialiser behind it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tamizdat::html {

enum class Tag : std::uint8_t {
  kA, kAbbr, kB, kBlockquote, kBr, kCaption, kCode, kDd, kDiv, kDl, kDt, kEm, kFigcaption, kFigure, kH2, kH3, kH4, kH5,
  kH6, kHr, kI, kImg, kLi, kOl, kP, kPre, kQ, kS, kStrong, kSub, kSup, kTable, kTbody, kTd, kTh, kThead, kTime, kTr,
  kU, kUl,
};

enum class Treatment : std::uint8_t {
  kKeep,            // written as `tag`
  kUnwrap,          // its content stays
  kRemove,          // goes with its content, which is markup
  kRemoveRawText,   // goes with its content, which ends only at its own end tag
  kRemoveVoid,      // goes, has no content
};

struct Element {
  Treatment treatment = Treatment::kUnwrap;
  Tag tag = Tag::kP;  // if kept
};

// What to do with the element `name` (lower case) of the input; unknown ones are unwrapped.
Element element_named(std::string_view name);
// The tag whose output name is exactly `name`; nothing for all others. This is the allow list.
std::optional<Tag> allowed_tag(std::string_view name);
std::string_view name_of(Tag tag);

enum class Level : std::uint8_t {
  kInline,     // formatting inside a line
  kBlock,      // ends an open paragraph
  kTablePart,  // caption, thead, tbody, tr, td, th
};
Level level_of(Tag tag);
bool is_void(Tag tag);     // br, hr, img
bool is_heading(Tag tag);  // h2 to h6

// Whether attribute `name` (lower case) of `tag` is read; its value is still checked by the serialiser.
bool reads_attribute(Tag tag, std::string_view name);

}  // namespace tamizdat::html
