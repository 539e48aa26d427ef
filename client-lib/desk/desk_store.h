// The home folder of a desk, mode 0700:
//
//   desk.sqlite   the charter chain, the log with its heads, statements, the relays, the map of imported items (this folder)
//   desk.key      the desk's key file (proto/keys/key_file.h)
//   sealing-keys/ secrets that open letters to the project (letters/sealing_keys.h)
//   attachments/  what the log's articles name, each a plain file named by its id (blobs/blob_folder.h)
//   root-keys/    root-1.key, root-2.key, ...: to be moved away, each to another place
//
// One home is one desk of one project. DeskStore owns desk.sqlite and attachments/. One thread; several processes take turns.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "client-lib/blobs/blob_folder.h"
#include "client-lib/desk/embargoes.h"
#include "client-lib/desk/imports.h"
#include "client-lib/desk/known_charters.h"
#include "client-lib/desk/letters.h"
#include "client-lib/desk/log.h"
#include "client-lib/desk/relays.h"
#include "client-lib/desk/statements.h"
#include "proto/format/verify.h"

namespace tamizdat::desk {

inline constexpr ErrorCode kHomeMissing{"home-missing"};
inline constexpr ErrorCode kProjectMissing{"project-missing"};
inline constexpr ErrorCode kProjectExists{"project-exists"};

struct Project {
  format::VerifiedCharter charter;  // in force
  std::vector<Bytes> chain;         // the signed charters from version 1 on
  DeskId desk;                      // ours
  LogId log;
};

std::filesystem::path desk_file(const std::filesystem::path& home);
std::filesystem::path desk_key_file(const std::filesystem::path& home);

class DeskStore {
 public:
  // Errors: kHomeMissing, kDeskFileUnknown, those of Database.
  static Result<DeskStore> open(const std::filesystem::path& home);
  // Makes the home where it is missing. Errors: as above without kHomeMissing, those of files::make_folder.
  static Result<DeskStore> open_or_create(const std::filesystem::path& home);

  // Errors: kProjectMissing, those of verify_charter_chain (a damaged file).
  Result<Project> project();
  Result<bool> has_project();
  // `chain`: the project's charters from version 1 on. Errors: kProjectExists.
  Result<void> found_project(std::span<const format::VerifiedCharter> chain, const DeskId& desk);
  // Enters what continues the charters that are here: durable when it returns, so that this home never goes back behind
  // it. True if there was something new. Errors: format::kCharterForked, kProjectMissing.
  Result<bool> take_charters(std::span<const format::VerifiedCharter> chain);
  // Puts the chain of a branch that won in the place of what it contradicts, in one step. Errors: kProjectMissing.
  Result<void> go_over_to(std::span<const format::VerifiedCharter> chain);

  // What another desk's home knows of relays, and of items that it imported: for a home without a project, whose desk
  // takes that desk's place. Errors: those of Database.
  Result<void> take_memory_of(const std::filesystem::path& other_home);

  Log& log() { return log_; }
  Relays& relays() { return relays_; }
  Imports& imports() { return imports_; }
  Embargoes& embargoes() { return embargoes_; }
  Letters& letters() { return letters_; }
  Statements& statements() { return statements_; }
  KnownCharters& known_charters() { return known_charters_; }
  // Never deleted, as the log is not: a relay that lost them gets them again from here.
  const blobs::BlobFolder& attachments() const { return attachments_; }

 private:
  DeskStore(std::unique_ptr<Database> database, const std::filesystem::path& home)
      : database_(std::move(database)),
        log_(*database_),
        relays_(*database_),
        imports_(*database_),
        embargoes_(*database_),
        letters_(*database_),
        statements_(*database_),
        known_charters_(*database_),
        attachments_(home / "attachments") {}
  Result<bool> is_prepared();
  Result<void> prepare_schema();
  Result<void> insert_charters(std::span<const format::VerifiedCharter> charters);

  std::unique_ptr<Database> database_;  // at one address for the parts below
  Log log_;
  Relays relays_;
  Imports imports_;
  Embargoes embargoes_;
  Letters letters_;
  Statements statements_;
  KnownCharters known_charters_;
  blobs::BlobFolder attachments_;
};

}  // namespace tamizdat::desk
