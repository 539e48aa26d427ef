// What `import` remembers: which entry an item of a source became, and how far a source was read.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client-lib/desk/database.h"
#include "proto/base/ids.h"
#include "proto/format/entry.h"

namespace tamizdat::desk {

struct ImportedItem {
  EntryId original;  // the ARTICLE; corrections name it for ever
  Hash32 text_hash;  // of the text as it was last published
};

// Validators of the last answer, for conditional requests (RFC 9110 section 13).
struct SourceState {
  std::string etag;
  std::string last_modified;
};

// A picture of an item that was fetched once.
struct KnownPicture {
  SourceState state;
  format::Attachment attachment;  // without words
};

class Imports {
 public:
  static constexpr const char* kSchema =
      "CREATE TABLE imported(guid TEXT PRIMARY KEY, original BLOB NOT NULL, text_hash BLOB NOT NULL) WITHOUT ROWID;"
      "CREATE TABLE source(address TEXT PRIMARY KEY, etag TEXT NOT NULL, last_modified TEXT NOT NULL) WITHOUT ROWID;";

  // Came later; a desk of an earlier version gets it when it is opened, and earlier versions do not mind it.
  static constexpr const char* kSchemaOfPages =
      "CREATE TABLE IF NOT EXISTS unread_page(source TEXT PRIMARY KEY, page TEXT NOT NULL) WITHOUT ROWID;";

  static constexpr const char* kSchemaOfPictures =
      "CREATE TABLE IF NOT EXISTS picture(address TEXT PRIMARY KEY, etag TEXT NOT NULL, last_modified TEXT NOT NULL,"
      "  attachment BLOB NOT NULL) WITHOUT ROWID;";

  explicit Imports(Database& database) : database_(&database) {}

  Result<std::optional<ImportedItem>> find(std::string_view guid);
  // All whose name ends so.
  Result<std::vector<ImportedItem>> find_ending(std::string_view end);
  // Inside the run that publishes it, so that both are durable or neither is.
  Result<void> remember(std::string_view guid, const ImportedItem& item);
  Result<std::optional<SourceState>> source(std::string_view address);
  Result<void> remember_source(std::string_view address, const SourceState& state);
  Result<std::optional<KnownPicture>> picture(std::string_view address);
  Result<void> remember_picture(std::string_view address, const KnownPicture& picture);
  Result<void> forget_picture(std::string_view address);
  // The further page of a source at which its reading has to go on; empty if none is left.
  Result<std::string> unread_page(std::string_view address);
  Result<void> remember_unread_page(std::string_view address, std::string_view page);

 private:
  Database* database_;
};

}  // namespace tamizdat::desk
