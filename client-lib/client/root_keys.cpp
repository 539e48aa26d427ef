#include <tamizdat/root_keys.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "client-lib/client/edges.h"
#include "client-lib/client/problem.h"
#include "client-lib/files/files.h"
#include "client-lib/keys/key_files.h"
#include "client-lib/keys/paper_text.h"
#include "client-lib/paper/qr_code.h"
#include "proto/base/ids.h"
#include "proto/html/text.h"

namespace tamizdat::client {
namespace {

constexpr std::uint64_t kPaperTextBytesMax = 64 * 1024;

std::string capital(std::string text) {
  std::erase(text, ' ');
  std::ranges::transform(text, text.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return text;
}

Result<std::string> page_of(BytesView file, const std::string& id, const std::string& project) {
  const std::string text = keys::paper_text(file);
  const auto code = paper::qr_code_svg(capital(text));
  if (!code) return code;
  return "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Root key</title>\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
         "<style>body{font:12pt/1.4 serif;margin:2cm;max-width:17cm}pre{font-size:11pt;line-height:1.6}svg{width:8cm;height:8cm}"
         "code{word-break:break-all}</style></head>\n<body><h1>A root key of a publication</h1>\n" +
         (project.empty() ? "" : "<p>" + html::escape(project) + "</p>\n") + "<p>Key <code>" + id +
         "</code></p>\n"
         "<p>It is sealed: without its passphrase, which is not on this page, it opens nothing. Keep the two apart, and keep both. "
         "Keep this page away from the other root keys.</p>\n<pre>\n" +
         text + "</pre>\n" + *code +
         "\n<p>To use it again, type the eight lines into a file, or scan the code into one, and run<br>"
         "<code>tamizdat project recover FILE --out root.key</code></p>\n</body></html>\n";
}

Result<Hash32> check_root_key(BytesView file, const std::string& path) {
  const auto key = keys::public_key_of(file, keys::KeyRole::kRoot);
  if (!key) return fail(key.error().code, path + ": " + key.error().text);
  return key;
}

Result<void> reseal(const std::string& path, const Passphrase& before, const Passphrase& after, Edges& edges) {
  const auto file = keys::read_key_file(path);
  if (!file) return tl::unexpected(file.error());
  const auto role = keys::public_key_of(*file, keys::KeyRole::kRoot) ? keys::KeyRole::kRoot : keys::KeyRole::kDesk;
  const auto key = keys::open_key(*file, role, before.secret().view());
  if (!key) return fail(key.error().code, path + ": " + key.error().text);
  const auto sealed = keys::seal_key(*key, role, after.secret().view(), edges.key_cost, edges.random.bytes(keys::kSaltAndNonceBytes));
  if (!sealed) return tl::unexpected(sealed.error());
  // The octets that the old passphrase opens are overwritten where they lie, once the new ones are safe. Another name of the
  // same file is a copy that somebody made, and is his.
  const files::Descriptor old(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  struct stat about {};
  const bool is_alone = old && ::fstat(old.number(), &about) == 0 && about.st_nlink == 1;
  if (auto done = files::replace_file(path, *sealed, files::Visibility::kOwner); !done) return done;
  if (!is_alone) return {};
  if (auto done = files::write_at(old, path, 0, Bytes(file->size(), '\0')); !done) return done;
  if (::fdatasync(old.number()) != 0) return tl::unexpected(files::system_error("overwrite the old octets of", path));
  return {};
}

}  // namespace

Outcome<void> print_root_key(const std::string& key_file, const std::string& project, const std::string& page) {
  const auto file = keys::read_key_file(key_file);
  if (!file) return problem(file);
  const auto key = check_root_key(*file, key_file);
  if (!key) return problem(key);
  const auto html = page_of(*file, RootKeyId(*key).text(), project);
  if (!html) return problem(html);
  if (auto done = files::write_new_file(page, *html, files::Visibility::kOwner); !done) return problem(done);
  return {};
}

Outcome<RootKeyInfo> recover_root_key(const std::string& paper_text, const std::string& key_file) {
  const auto text = files::read_file(paper_text, kPaperTextBytesMax);
  if (!text) return problem(text);
  const auto file = keys::read_paper_text(*text);
  if (!file) return problem(file);
  const auto key = check_root_key(*file, "the paper");
  if (!key) return problem(key);
  if (auto done = files::write_new_file(key_file, *file, files::Visibility::kOwner); !done) return problem(done);
  return RootKeyInfo{RootKeyId(*key).text(), key_file};
}

Outcome<RootKeyInfo> make_root_key(const std::string& key_file, const Passphrase& passphrase) {
  return make_root_key(key_file, passphrase, system_edges());
}

Outcome<RootKeyInfo> make_root_key(const std::string& key_file, const Passphrase& passphrase, Edges& edges) {
  const auto key = keys::generate_key(edges.random);
  const auto file = keys::seal_key(key, keys::KeyRole::kRoot, passphrase.secret().view(), edges.key_cost, edges.random.bytes(keys::kSaltAndNonceBytes));
  if (!file) return problem(file);
  if (auto done = files::write_new_file(key_file, *file, files::Visibility::kOwner); !done) return problem(done);
  return RootKeyInfo{RootKeyId(key.public_key()).text(), key_file};
}

Outcome<void> change_passphrase(const std::string& key_file, const Passphrase& before, const Passphrase& after) {
  return change_passphrase(key_file, before, after, system_edges());
}

Outcome<void> change_passphrase(const std::string& key_file, const Passphrase& before, const Passphrase& after, Edges& edges) {
  if (auto done = reseal(key_file, before, after, edges); !done) return problem(done);
  return {};
}

}  // namespace tamizdat::client
