#include "proto/html/images.h"

#include <gtest/gtest.h>

#include "proto/html/sanitise.h"

namespace tamizdat::html {
namespace {

const BlobId kOne{Hash32(), 1};
const BlobId kTwo{Hash32(), 2};

std::string image(const BlobId& blob, const std::string& alt) { return "<img src=\"" + blob.text() + "\" alt=\"" + alt + "\">"; }

TEST(Images, AreGivenWithTheirWordsInOrder) {
  const auto text = sanitise("<p>a " + image(kTwo, "x &lt; &quot;y&quot;") + " b</p>" + image(kOne, "") + image(kTwo, "z"));
  ASSERT_TRUE(text);
  const auto shown = with_images(*text, [](const BlobId& blob, std::string_view alt) {
    return "[" + std::to_string(blob.size) + ":" + std::string(alt) + "]";
  });
  EXPECT_EQ(shown, "<p>a [2:x &lt; &quot;y&quot;] b</p>[1:][2:z]");
  EXPECT_EQ(images_of(*text), (std::set{kOne, kTwo}));
}

TEST(Images, AreNotWhatATextSaysOfThem) {
  const auto text = sanitise("<p>&lt;img src=\"" + kOne.text() + "\" alt=\"\"/&gt;<abbr title='<img src=\"" + kOne.text() +
                             "\" alt=\"\"/>'>x</abbr></p>");
  ASSERT_TRUE(text);
  EXPECT_TRUE(images_of(*text).empty());
  EXPECT_EQ(with_images(*text, [](const BlobId&, std::string_view) { return std::string("!"); }), *text);
}

TEST(Images, CutShortAreLeftOut) {
  const auto write = [](const BlobId&, std::string_view) { return std::string("!"); };
  EXPECT_EQ(with_images("a<img src=\"" + kOne.text(), write), "a");
  EXPECT_EQ(with_images("a<img src=\"x\" alt=\"\"/>b", write), "ab");
}

}  // namespace
}  // namespace tamizdat::html
