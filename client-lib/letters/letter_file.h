// Where a letter's file comes to lie. Its name is the sender's, so it is cut to what the file system takes, and it never
// takes the place of a file that is there: the newsroom may have worked on it.
#pragma once

#include <filesystem>
#include <string>

#include "proto/base/hash32.h"
#include "proto/base/result.h"

namespace tamizdat::letters {

// "9c41f0aa-figures.xlsx", and the nth time "9c41f0aa-figures-2.xlsx"; at most `bytes_max` octets, the ending kept.
std::string letter_file_name(const Hash32& letter, const std::string& name, unsigned nth, std::size_t bytes_max);

// Durable when it returns; where the same octets lie there already, as after a crash, nothing is written. Errors: those of
// files.
Result<std::filesystem::path> write_letter_file(const std::filesystem::path& folder, const Hash32& letter, const std::string& name,
                                                BytesView content);

}  // namespace tamizdat::letters
