#include "relay/store/memory_store.h"

#include "tests/support/store_contract.h"

namespace tamizdat::tests {
namespace {

// It lasts as long as its object.
class MemoryUnderTest : public StoreUnderTest {
 public:
  store::Store& store() override { return store_; }
  void reopen() override {}

 private:
  store::MemoryStore store_;
};

INSTANTIATE_TEST_SUITE_P(Memory, StoreContract,
                         testing::Values(StoreBackend{"Memory", [] { return std::make_unique<MemoryUnderTest>(); }}));

}  // namespace
}  // namespace tamizdat::tests
