#include "client-lib/letters/sealing_keys.h"

#include <gtest/gtest.h>

#include <fstream>

#include "proto/base/sealing_key_id.h"
#include "tests/unit/client-lib/letters/correspondence.h"

namespace tamizdat::letters {
namespace {

TEST(SealingKeys, FinishesADestructionThatAPowerCutEnded) {
  Correspondence all;
  const auto file = all.home / "sealing-keys" / to_hex(all.sealing_key.view());
  auto destroyed = file;
  destroyed += ".destroyed";
  std::filesystem::rename(file, destroyed);
  EXPECT_TRUE(all.keys.all()->empty());
  EXPECT_FALSE(std::filesystem::exists(destroyed));
}

TEST(SealingKeys, AHalfWrittenSecretIsNone) {
  Correspondence all;
  std::ofstream(all.home / "sealing-keys" / (to_hex(tests::octets_from("key", 1).view()) + ".part")) << "half";
  EXPECT_EQ(*all.keys.all(), std::vector{all.sealing_key});
  EXPECT_TRUE(all.keys.open(all.sealing_key, all.our_desk_key));
}

TEST(SealingKeys, DestroysForGood) {
  Correspondence all;
  ASSERT_TRUE(all.keys.destroy(all.sealing_key));
  EXPECT_TRUE(std::filesystem::is_empty(all.home / "sealing-keys"));
}

TEST(SealingKeys, AreNamedByATextThatTellsATypingError) {
  const Hash32 key = tests::octets_from("key", 7);
  const std::string text = SealingKeyId(key).text();
  EXPECT_EQ(*sealing_key_named(text), key);
  std::string wrong = text;
  wrong[20] = wrong[20] == 'q' ? 'p' : 'q';
  for (const auto& other : {wrong, to_hex(key.view()), RootKeyId(key).text(), std::string("nowhere")})
    EXPECT_EQ(sealing_key_named(other).error().code, kSealingKeyInvalid) << other;
  Correspondence all;
  EXPECT_EQ(*sealing_key_named((all.home / "sealing-keys" / to_hex(all.sealing_key.view())).string()), all.sealing_key);
}

}  // namespace
}  // namespace tamizdat::letters
