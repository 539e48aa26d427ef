// The attachments of one article that an author publishes: pictures that its text shows, which lie beside it, and files
// that were given by name. A path in a text is not trusted, since texts are pasted: it leads to nothing outside of the
// article's folder that the author has not given by name as well.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "client-lib/attachments/prepare.h"
#include "proto/html/sanitise.h"

namespace tamizdat::attachments {

inline constexpr ErrorCode kPictureMissing{"picture-missing"};
inline constexpr ErrorCode kPictureOutside{"picture-outside"};
inline constexpr ErrorCode kTooManyAttachments{"too-many-attachments"};
inline constexpr ErrorCode kTreatmentsDiffer{"treatments-differ"};

enum class Treatment : std::uint8_t {
  kEncodeAnew,
  kAsIs,
};

enum class ShownBy : std::uint8_t {
  kText,
  kOption,  // only
};

// A file that was made an attachment.
struct TakenFile {
  std::filesystem::path path;
  Treatment treatment = Treatment::kEncodeAnew;
  ShownBy by = ShownBy::kText;
};

struct GivenFile {
  std::filesystem::path path;
  std::string alt, caption, credit;  // empty: none, or those of the text that shows it
  Treatment treatment = Treatment::kEncodeAnew;
};

class ArticleAttachments {
 public:
  // All are outlived by the caller's. `folder`: of the article.
  ArticleAttachments(std::filesystem::path folder, const std::vector<GivenFile>& given, const Reencode& reencode,
                     const blobs::BlobFolder& blobs)
      : folder_(folder.empty() ? "." : std::move(folder)), given_(given), reencode_(reencode), blobs_(blobs) {}

  // For html::SanitiseOptions::attachment_of. Trouble is told by finish().
  std::optional<BlobId> place(const html::Image& image);
  bool has_trouble() const { return trouble_.has_value(); }
  // Those of the text in its order, then those that were only given. Errors: kPictureMissing, kPictureOutside,
  // kTooManyAttachments, kTreatmentsDiffer, those of prepare.h.
  Result<std::vector<format::Attachment>> finish();
  // The file of each of them.
  const std::vector<TakenFile>& files() const { return files_; }
  // What an author should know: pictures that stay links, or have no words.
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  Result<std::optional<BlobId>> try_to_place(const html::Image& image);
  Result<std::filesystem::path> file_of(const html::Image& image) const;
  bool is_given(const std::filesystem::path& path) const;
  // Of this file, once.
  Result<format::Attachment*> attach(const std::filesystem::path& path, Treatment treatment, ShownBy by);
  void note(std::string text);

  std::filesystem::path folder_;
  const std::vector<GivenFile>& given_;
  const Reencode& reencode_;
  const blobs::BlobFolder& blobs_;
  std::vector<format::Attachment> attachments_;
  std::vector<TakenFile> files_;
  std::map<std::filesystem::path, std::size_t> by_path_;  // canonical
  std::vector<std::string> notes_;
  std::optional<Error> trouble_;  // the first one
};

}  // namespace tamizdat::attachments
