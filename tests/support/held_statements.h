// Statements in memory above a store, for tests of what stands above them.
#pragma once

#include "relay/statements/statements.h"
#include "relay/store/store.h"
#include "tests/support/project_builder.h"

namespace tamizdat::tests {

struct HeldStatements {
  HeldStatements(env::Environment& env, store::Store& store, std::string_view epoch = "the epoch of 16.",
                 std::vector<format::PolicyRelay> also = {})
      : table(Bytes(epoch)),
        statements(env, table, must(table.contents()),
                   [&store](const ProjectId& project) { return store.charter_chain(project); }, std::move(also)) {}

  statements::MemoryTable table;
  statements::Statements statements;
};

}  // namespace tamizdat::tests
