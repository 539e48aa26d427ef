// Root keys outside of a home: on paper, read back from paper, made anew, under another passphrase.
#pragma once

#include <string>

#include <tamizdat/outcome.h>
#include <tamizdat/passphrase.h>

namespace tamizdat::client {

struct Edges;

struct RootKeyInfo {
  std::string id = {};
  std::string file = {};
};

// Writes a page to print (HTML), with the key file as text to type and as QR code. It stays sealed under its passphrase: the
// paper alone opens nothing, and without the passphrase it is worth nothing. `project`: a line that says of which project it
// is, or empty. Errors: file-exists, those of the key file.
Outcome<void> print_root_key(const std::string& key_file, const std::string& project, const std::string& page);
// Writes the key file again from a file with the text of a paper, typed or scanned. Errors: paper-text-wrong, file-exists,
// those of the files.
Outcome<RootKeyInfo> recover_root_key(const std::string& paper_text, const std::string& key_file);
// A new root key, which a charter must list before it counts. Errors: file-exists, memory-short, those of the file.
Outcome<RootKeyInfo> make_root_key(const std::string& key_file, const Passphrase& passphrase);
Outcome<RootKeyInfo> make_root_key(const std::string& key_file, const Passphrase& passphrase, Edges& edges);

// Seals a key file of a root or a desk under another passphrase; the old file is replaced as a whole, and its octets are
// overwritten; copies elsewhere still open with the old one. Errors: passphrase-wrong, memory-short, those of the key file.
Outcome<void> change_passphrase(const std::string& key_file, const Passphrase& before, const Passphrase& after);
Outcome<void> change_passphrase(const std::string& key_file, const Passphrase& before, const Passphrase& after, Edges& edges);

}  // namespace tamizdat::client
