// The Ed25519 vectors of Wycheproof (C2SP/wycheproof, testvectors_v1; Apache-2.0): tests/data/wycheproof.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include "proto/format/keys.h"

namespace tamizdat::format {
namespace {

// The text of the next `"name": "text"` in the file after `position`, which moves behind it.
std::optional<std::string> next_text(const std::string& json, std::string_view name, std::size_t& position) {
  const std::string label = '"' + std::string(name) + "\": \"";
  const std::size_t begin = json.find(label, position);
  if (begin == std::string::npos) return std::nullopt;
  const std::size_t end = json.find('"', begin + label.size());
  position = end;
  return json.substr(begin + label.size(), end - begin - label.size());
}

std::string next_required(const std::string& json, std::string_view name, std::size_t& position) {
  const auto text = next_text(json, name, position);
  if (!text) ADD_FAILURE() << "the file has no \"" << name << "\" where one belongs";
  return text.value_or("");
}

struct Counts {
  int valid = 0;
  int invalid = 0;
};

// The tests of one group, all of the public key `pk`, up to `end`.
void run_group(const std::string& json, const std::string& pk, std::size_t position, std::size_t end, Counts& counts) {
  const auto key = Hash32::from(from_hex(pk).value());
  ASSERT_TRUE(key);
  while (true) {
    std::size_t next = position;
    const auto message = next_text(json, "msg", next);
    if (!message || next > end) return;
    const std::string signature = next_required(json, "sig", next);
    const std::string result = next_required(json, "result", next);
    ASSERT_TRUE(result == "valid" || result == "invalid") << result;
    EXPECT_EQ(verify_raw(*key, from_hex(*message).value(), from_hex(signature).value()), result == "valid")
        << "key " << pk << " message " << *message << " signature " << signature;
    ++(result == "valid" ? counts.valid : counts.invalid);
    position = next;
  }
}

TEST(Wycheproof, AgreesOnEveryEd25519Signature) {
  std::ifstream file(TAMIZDAT_TEST_DATA "/wycheproof/ed25519_test.json");
  ASSERT_TRUE(file);
  const std::string json{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  Counts counts;
  std::size_t position = 0;
  while (const auto pk = next_text(json, "pk", position)) {
    std::size_t end = position;
    if (!next_text(json, "pk", end)) end = json.size();
    run_group(json, *pk, position, end, counts);
  }
  EXPECT_GE(counts.valid, 70);
  EXPECT_GE(counts.invalid, 60);
}

}  // namespace
}  // namespace tamizdat::format
