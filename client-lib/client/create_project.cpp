#include <unistd.h>

#include "client-lib/article/tags.h"
#include "client-lib/client/desk_parts.h"
#include "client-lib/files/files.h"
#include "client-lib/keys/key_files.h"
#include "proto/format/limits.h"
#include "proto/html/text.h"

namespace tamizdat::client {
namespace {

namespace fs = std::filesystem;

constexpr ErrorCode kDraftInvalid{"project-draft-invalid"};

Result<std::string> check_words(const std::string& text, std::string_view what) {
  std::string out = html::collapse_space(html::clean_text(text));
  if (out.empty()) return fail(kDraftInvalid, std::string(what) + " is empty");
  if (out.size() > format::kTitleBytesMax) return fail(kDraftInvalid, std::string(what) + " is longer than 1024 octets");
  return out;
}

Result<std::vector<std::string>> check_tags(const std::vector<std::string>& texts,
                                            Result<std::string> (*parse)(std::string_view)) {
  std::vector<std::string> out;
  for (const auto& text : texts) {
    auto tag = parse(text);
    if (!tag) return pass(tag);
    out.push_back(*std::move(tag));
  }
  return out;
}

Result<format::Charter> charter_of(const ProjectDraft& draft, Edges& edges) {
  if (draft.root_keys < 1 || draft.root_keys > format::kRootKeysMax)
    return fail(kDraftInvalid, "a project has 1 to 16 root keys");
  if (draft.threshold < 1 || draft.threshold > draft.root_keys)
    return fail(kDraftInvalid, "the threshold must be between 1 and the number of root keys, or no charter could ever be signed");
  auto title = check_words(draft.title, "the project's title");
  if (!title) return pass(title);
  auto languages = check_tags(draft.languages, &article::parse_language);
  if (!languages) return pass(languages);
  auto regions = check_tags(draft.regions, &article::parse_region);
  if (!regions) return pass(regions);
  format::Charter charter;
  charter.version = 1;
  charter.nonce = edges.random.bytes(format::kNonceBytes);
  charter.title = *std::move(title);
  charter.languages = *std::move(languages);
  charter.regions = *std::move(regions);
  charter.contact = html::collapse_space(html::clean_text(draft.contact));
  charter.issued_at = format::coarse_time(edges.clock.now());
  charter.threshold = draft.threshold;
  return charter;
}

// Writes key files and takes them away again unless all of it succeeds.
class KeyFiles {
 public:
  KeyFiles() = default;
  KeyFiles(const KeyFiles&) = delete;
  KeyFiles& operator=(const KeyFiles&) = delete;
  ~KeyFiles() {
    for (const auto& path : written_) ::unlink(path.c_str());
  }

  Result<void> write(const fs::path& path, const format::SigningKey& key, keys::KeyRole role, const Passphrase& passphrase,
                     Edges& edges) {
    const auto file = keys::seal_key(key, role, passphrase.secret().view(), edges.key_cost, edges.random.bytes(keys::kSaltAndNonceBytes));
    if (!file) return tl::unexpected(file.error());
    auto done = files::write_new_file(path, *file, files::Visibility::kOwner);
    if (!done && done.error().code == files::kFileExists)
      return fail(files::kFileExists, done.error().text + ". If it is left over from an attempt that was stopped, remove it "
                                          "and try again; if it belongs to a project, choose another --home or --root-keys");
    if (!done) return done;
    written_.push_back(path);
    return {};
  }

  void keep() { written_.clear(); }

 private:
  std::vector<fs::path> written_;
};

// Everything is written before the project is entered in the desk's file, which is the last step.
// `charter`: without keys and desk.
Result<ProjectInfo> create(const fs::path& home, const ProjectDraft& draft, format::Charter charter, const std::string& label,
                           const Passphrase& root_passphrase, const Passphrase& desk_passphrase,
                           const Progress& progress, Edges& edges) {
  auto store = desk::DeskStore::open_or_create(home);
  if (!store) return pass(store);
  const auto taken = store->has_project();
  if (!taken) return tl::unexpected(taken.error());
  if (*taken)
    return fail(desk::kProjectExists, "there is a project in " + home.string() + " already: give another folder with --home");
  const fs::path root_folder = draft.root_key_folder.empty() ? home / "root-keys" : fs::path(draft.root_key_folder);
  if (auto made = files::make_folder(root_folder, files::Visibility::kOwner); !made) return pass(made);

  KeyFiles key_files;
  std::vector<format::SigningKey> roots;
  std::vector<std::string> paths;
  for (unsigned i = 0; i < draft.root_keys; ++i) {
    progress("making keys", i, draft.root_keys + 1);
    roots.push_back(keys::generate_key(edges.random));
    charter.root_keys.emplace_back(roots.back().public_key());
    paths.push_back((root_folder / ("root-" + std::to_string(i + 1) + ".key")).string());
    if (auto done = key_files.write(paths.back(), roots.back(), keys::KeyRole::kRoot, root_passphrase, edges); !done)
      return pass(done);
  }
  progress("making keys", draft.root_keys, draft.root_keys + 1);
  const format::SigningKey desk_key = keys::generate_key(edges.random);
  if (auto done = key_files.write(desk::desk_key_file(home), desk_key, keys::KeyRole::kDesk, desk_passphrase, edges); !done)
    return pass(done);
  format::Desk desk;
  desk.id = DeskId(desk_key.public_key());
  desk.label = label;
  charter.desks.push_back(desk);

  format::SignedCharter signed_charter{format::serialise_charter(charter), {}};
  for (const auto& root : roots) signed_charter.signatures.push_back(format::sign_charter(signed_charter.charter, root));
  const auto verified = format::verify_first_charter(format::serialise_signed_charter(signed_charter));
  if (!verified) return tl::unexpected(verified.error());
  if (auto done = store->found_project({&*verified, 1}, desk.id); !done) return pass(done);
  key_files.keep();
  const auto project = store->project();
  if (!project) return tl::unexpected(project.error());
  auto out = project_info(*store, *project, home);
  if (!out) return out;
  out->root_key_files = std::move(paths);
  return out;
}

}  // namespace

Outcome<ProjectInfo> Desk::create_project(const DeskOptions& options, const ProjectDraft& draft,
                                          const Passphrase& root_passphrase, const Passphrase& desk_passphrase) {
  return create_project(options, draft, root_passphrase, desk_passphrase, system_edges());
}

Outcome<ProjectInfo> Desk::create_project(const DeskOptions& options, const ProjectDraft& draft,
                                          const Passphrase& root_passphrase, const Passphrase& desk_passphrase,
                                          Edges& edges) {
  const Progress progress = options.progress ? options.progress : Progress([](auto, auto, auto) {});
  auto charter = charter_of(draft, edges);
  if (!charter) return problem(charter, ProblemKind::kUsage);
  const auto label = check_words(draft.desk_label, "the desk's label");
  if (!label) return problem(label, ProblemKind::kUsage);
  auto info = create(home_of(options), draft, *std::move(charter), *label, root_passphrase, desk_passphrase, progress, edges);
  if (!info) return problem(info);
  return *std::move(info);
}

}  // namespace tamizdat::client
