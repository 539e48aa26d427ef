#include "client-lib/letters/letter_file.h"

#include <unistd.h>

#include "client-lib/files/files.h"

namespace tamizdat::letters {
namespace {

constexpr std::size_t kEndingBytesMax = 16;  // ".xlsx", ".tar.gz"; what is longer is no ending
constexpr std::size_t kPartBytes = 5;        // ".part", while it is written
constexpr long kNameBytesUsual = 255;
constexpr unsigned kSameNameMax = 1000;

// Of a UTF-8 text, whole characters only.
std::string cut(const std::string& text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

std::size_t name_bytes_max(const std::filesystem::path& folder) {
  const long told = ::pathconf(folder.c_str(), _PC_NAME_MAX);
  return static_cast<std::size_t>(told > 0 ? told : kNameBytesUsual) - kPartBytes;
}

}  // namespace

std::string letter_file_name(const Hash32& letter, const std::string& name, unsigned nth, std::size_t bytes_max) {
  const auto dot = name.rfind('.');
  const bool has_ending = dot != std::string::npos && dot > 0 && name.size() - dot <= kEndingBytesMax;
  const std::string ending = (nth > 1 ? "-" + std::to_string(nth) : "") + (has_ending ? name.substr(dot) : "");
  const std::string beginning = to_hex(letter.view().substr(0, 4)) + "-";
  const std::string stem = has_ending ? name.substr(0, dot) : name;
  return beginning + cut(stem, bytes_max - beginning.size() - ending.size()) + ending;
}

Result<std::filesystem::path> write_letter_file(const std::filesystem::path& folder, const Hash32& letter, const std::string& name,
                                                BytesView content) {
  if (auto made = files::make_folder(folder, files::Visibility::kOwner); !made) return pass(made);
  for (unsigned nth = 1; nth <= kSameNameMax; ++nth) {
    const auto path = folder / letter_file_name(letter, name, nth, name_bytes_max(folder));
    std::error_code ignored;
    if (std::filesystem::symlink_status(path, ignored).type() == std::filesystem::file_type::not_found) {
      if (auto done = files::replace_file(path, content, files::Visibility::kOwner); !done) return pass(done);
      return path;
    }
    if (const auto there = files::read_file(path, content.size()); there && *there == content) return path;
  }
  return fail(files::kFileExists, folder.string() + " has a thousand files of the name " + name + ": move them away");
}

}  // namespace tamizdat::letters
