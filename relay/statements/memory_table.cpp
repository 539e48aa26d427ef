#include <algorithm>

#include "relay/statements/statement_table.h"

namespace tamizdat::statements {

Result<StatementTable::Contents> MemoryTable::contents() const { return contents_; }

Result<void> MemoryTable::commit(const Change& change) {
  for (const Bytes& key : change.erased) std::erase_if(contents_.rows, [&](const Row& row) { return row.key == key; });
  for (const Row& row : change.rows) {
    const auto place = std::ranges::lower_bound(contents_.rows, row.key, {}, &Row::key);
    if (place != contents_.rows.end() && place->key == row.key)
      *place = row;
    else
      contents_.rows.insert(place, row);
  }
  for (const auto& [key, value] : change.marks) contents_.marks[key] = value;
  return {};
}

}  // namespace tamizdat::statements
