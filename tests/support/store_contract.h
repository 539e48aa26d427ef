// What every backend of Store must do, as one suite of tests. A backend's own test file says how it is made:
//
//   INSTANTIATE_TEST_SUITE_P(Memory, StoreContract, testing::Values(StoreBackend{"Memory", make_memory}));
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "relay/store/store.h"
#include "tests/support/project_builder.h"

namespace tamizdat::tests {

class StoreUnderTest {
 public:
  virtual ~StoreUnderTest() = default;
  virtual store::Store& store() = 0;
  // Ends it in order and starts it again on what it left behind.
  virtual void reopen() = 0;
};

struct StoreBackend {
  std::string name;
  std::function<std::unique_ptr<StoreUnderTest>()> make;
};

class StoreContract : public testing::TestWithParam<StoreBackend> {
 protected:
  StoreContract() : backend_(GetParam().make()) {}
  store::Store& store() { return backend_->store(); }
  void reopen() { backend_->reopen(); }

 private:
  std::unique_ptr<StoreUnderTest> backend_;
};

// Batches for commit().
store::Batch batch_of(format::VerifiedBundle bundle);
store::Batch batch_of(const std::vector<format::VerifiedCharter>& charters);
Result<store::Committed> commit_one(store::Store& store, store::Batch batch);

// All that a store gives out, as text: two stores that hold the same print the same. Every log is read twice, entry by
// entry and as bundles, and each bundle is verified; what does not verify is named in the text as BROKEN.
std::string everything_in(const store::Store& store);

}  // namespace tamizdat::tests
