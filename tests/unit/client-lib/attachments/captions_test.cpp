#include "client-lib/attachments/captions.h"

#include <gtest/gtest.h>

#include "proto/html/sanitise.h"
#include "tests/support/project_builder.h"

namespace tamizdat::attachments {
namespace {

std::string image(std::uint64_t size) { return "<img src=\"" + BlobId{Hash32(), size}.text() + "\" alt=\"x\">"; }

std::vector<std::string> captions_of(const std::string& html, std::vector<std::string> captions = {"", ""}) {
  std::vector<format::Attachment> attachments(captions.size());
  for (std::size_t i = 0; i < captions.size(); ++i) {
    attachments[i].blob = {Hash32(), i + 1};
    attachments[i].caption = captions[i];
  }
  take_captions(tests::must(html::sanitise(html)), attachments);
  for (std::size_t i = 0; i < captions.size(); ++i) captions[i] = attachments[i].caption;
  return captions;
}

using Captions = std::vector<std::string>;

TEST(Captions, AreTheWordsOfTheFigure) {
  EXPECT_EQ(captions_of("<figure lang=ru>" + image(1) + "<figcaption dir=ltr>Снег &amp; <b>лёд</b>\n в апреле</figcaption></figure><p>x</p><figure>" +
                        "<figcaption>&lt;figcaption&gt;</figcaption>" + image(2) + "</figure>"),
            (Captions{"Снег & лёд в апреле", "<figcaption>"}));
}

TEST(Captions, OfAuthorsWin) {
  EXPECT_EQ(captions_of("<figure>" + image(1) + "<figcaption>a</figcaption></figure>", {"mine"}), Captions{"mine"});
}

TEST(Captions, OfSeveralPicturesAreOfNone) {
  EXPECT_EQ(captions_of("<figure>" + image(1) + image(2) + "<figcaption>both</figcaption></figure>"), (Captions{"", ""}));
  EXPECT_EQ(captions_of(image(1) + "<figure>" + image(2) + "</figure><p>a</p></figure><figcaption>b</figcaption>"), (Captions{"", ""}));
  EXPECT_EQ(captions_of("<figure><figure>" + image(1) + "<figcaption>in</figcaption></figure>" + image(2) + "<figcaption>out</figcaption></figure>")[0],
            "in");
  EXPECT_EQ(captions_of(""), (Captions{"", ""}));
}

}  // namespace
}  // namespace tamizdat::attachments
