#include "proto/keys/key_file.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "proto/format/hash.h"

namespace tamizdat::keys {
namespace {

constexpr KeyCost kCheap{1, 8192};  // Argon2id's least

class KeyFile : public testing::Test {
 protected:
  format::SigningKey key_ = *format::SigningKey::from_seed(Bytes(kSeedBytes, 'k'));

  // Never the same twice.
  Bytes salt_and_nonce() { return Bytes(kSaltAndNonceBytes, ++drawn_); }

  Bytes sealed(KeyRole role = KeyRole::kDesk) {
    return *seal_key(key_, role, "correct horse", kCheap, salt_and_nonce());
  }
  static std::string_view code_of(const Result<format::SigningKey>& result) {
    return result ? "none" : result.error().code.name();
  }

 private:
  char drawn_ = 0;
};

TEST_F(KeyFile, OpensWithItsPassphrase) {
  const auto key = open_key(sealed(), KeyRole::kDesk, "correct horse");
  ASSERT_TRUE(key.has_value());
  EXPECT_EQ(key->public_key(), key_.public_key());
  EXPECT_EQ(key->seed(), key_.seed());
}

TEST_F(KeyFile, ASealingKeyOpensInItsOwnRoleOnly) {
  const Bytes secret(32, 's');
  const Bytes file = *seal_sealing_key(key_.public_key(), secret, "correct horse", kCheap, salt_and_nonce());
  ASSERT_EQ(file.size(), kKeyFileBytes);
  EXPECT_EQ(file[15], '\x03');
  EXPECT_EQ(file.find(secret), Bytes::npos);
  EXPECT_EQ(open_sealing_key(file, "correct horse")->view(), secret);
  EXPECT_EQ(*public_key_of(file, KeyRole::kSealing), key_.public_key());
  EXPECT_EQ(open_sealing_key(file, "battery staple").error().code, kPassphraseWrong);
  EXPECT_EQ(code_of(open_key(file, KeyRole::kDesk, "correct horse")), kKeyFileOfAnotherRole.name());
  EXPECT_EQ(open_sealing_key(sealed(), "correct horse").error().code, kKeyFileOfAnotherRole);
  Bytes altered = file;
  altered[80] ^= 1;
  EXPECT_EQ(open_sealing_key(altered, "correct horse").error().code, kKeyFileDamaged);
}

TEST_F(KeyFile, HasTheDocumentedForm) {
  const Bytes file = sealed();
  ASSERT_EQ(file.size(), kKeyFileBytes);
  EXPECT_TRUE(file.starts_with("tamizdat-key/1\n\x02"));
  EXPECT_EQ(read_u64_be(BytesView(file).substr(16, 8)), kCheap.operations);
  EXPECT_EQ(read_u64_be(BytesView(file).substr(24, 8)), kCheap.memory_bytes);
  EXPECT_EQ(BytesView(file).substr(72, 32), key_.public_key().view());
  EXPECT_EQ(file.find(key_.seed()), Bytes::npos);
}

TEST_F(KeyFile, TellsAWrongPassphrase) {
  const auto key = open_key(sealed(), KeyRole::kDesk, "correct hors");
  ASSERT_FALSE(key.has_value());
  EXPECT_EQ(key.error().code, kPassphraseWrong);
  EXPECT_EQ(key.error().text, "the passphrase is wrong for this key file");
}

TEST_F(KeyFile, TellsDamageAtEveryOctetFromAWrongPassphrase) {
  const Bytes file = sealed();
  for (std::size_t i = 0; i < file.size(); ++i) {
    Bytes damaged = file;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x40);
    const auto code = code_of(open_key(damaged, KeyRole::kDesk, "correct horse"));
    EXPECT_EQ(code, i < 15 ? kKeyFileUnknown.name() : kKeyFileDamaged.name()) << "octet " << i;
  }
}

TEST_F(KeyFile, TellsATruncatedFile) {
  const Bytes file = sealed();
  EXPECT_EQ(code_of(open_key(file.substr(0, 100), KeyRole::kDesk, "correct horse")), kKeyFileDamaged.name());
  EXPECT_EQ(code_of(open_key("", KeyRole::kDesk, "correct horse")), kKeyFileUnknown.name());
}

TEST_F(KeyFile, TellsALaterVersion) {
  Bytes file = sealed();
  file[13] = '2';
  const auto key = open_key(file, KeyRole::kDesk, "correct horse");
  ASSERT_FALSE(key.has_value());
  EXPECT_EQ(key.error().text, "this key file was made by a later version of Tamizdat: update this one");
}

TEST_F(KeyFile, ARootKeyIsNoDeskKey) {
  const auto key = open_key(sealed(KeyRole::kRoot), KeyRole::kDesk, "correct horse");
  ASSERT_FALSE(key.has_value());
  EXPECT_EQ(key.error().text, "this file holds a root key, and a desk key is needed");
}

TEST_F(KeyFile, OfARelayHoldsWhatItsRoleSays) {
  const std::vector<std::pair<KeyRole, std::string>> roles{
      {KeyRole::kRelayIdentity, "identity"}, {KeyRole::kRelayWitness, "witness"}, {KeyRole::kRelayMirror, "mirror"}};
  for (const auto& [role, name] : roles) {
    const Bytes file = sealed(role);
    EXPECT_EQ(file[15], static_cast<char>(role));
    EXPECT_TRUE(open_key(file, role, "correct horse"));
    const auto as_desk = open_key(file, KeyRole::kDesk, "correct horse");
    ASSERT_FALSE(as_desk);
    EXPECT_EQ(as_desk.error().text, "this file holds a relay's " + name + " key, and a desk key is needed");
    for (const auto& other : roles)
      EXPECT_EQ(open_key(file, other.first, "correct horse").has_value(), other.first == role);
  }
}

TEST_F(KeyFile, OneDerivationServesFilesOfOneSaltAndCost) {
  PassphraseKey passphrase("correct horse");
  const Bytes salt(kSaltBytes, 's'), nonce(24, 'n'), other_nonce(24, 'o'), other_salt(kSaltBytes, 't');
  const Bytes first = *seal_key(key_, KeyRole::kRelayWitness, passphrase, kCheap, salt + nonce);
  const BytesView derived = *passphrase.under(salt, kCheap);
  const Bytes second = *seal_key(key_, KeyRole::kRelayMirror, passphrase, kCheap, salt + other_nonce);
  EXPECT_EQ(passphrase.under(salt, kCheap)->data(), derived.data());
  // Nothing of it shows in the file: it is the one that a single seal_key makes.
  EXPECT_EQ(first, *seal_key(key_, KeyRole::kRelayWitness, "correct horse", kCheap, salt + nonce));
  EXPECT_TRUE(open_key(second, KeyRole::kRelayMirror, "correct horse"));
  // Another salt, another cost or another passphrase is another key.
  const Bytes elsewhere = *seal_key(key_, KeyRole::kDesk, "correct horse", kCheap, other_salt + nonce);
  const Bytes dearer = *seal_key(key_, KeyRole::kDesk, "correct horse", {2, 8192}, salt + nonce);
  EXPECT_TRUE(open_key(elsewhere, KeyRole::kDesk, passphrase));
  EXPECT_TRUE(open_key(dearer, KeyRole::kDesk, passphrase));
  EXPECT_TRUE(open_key(first, KeyRole::kRelayWitness, passphrase));
  PassphraseKey wrong("battery staple");
  EXPECT_EQ(code_of(open_key(first, KeyRole::kRelayWitness, wrong)), kPassphraseWrong.name());
}

TEST_F(KeyFile, DoesNotHashForHoursBecauseAFileSaysSo) {
  Bytes file = sealed();
  file[16] = '\x7f';  // 2^62 passes, with a check that fits
  file.resize(152);
  file += format::sha256({file}).view().substr(0, 8);
  EXPECT_EQ(code_of(open_key(file, KeyRole::kDesk, "correct horse")), kKeyFileDamaged.name());
}

TEST_F(KeyFile, TwoFilesOfOneKeyDiffer) { EXPECT_NE(sealed(), sealed()); }

}  // namespace
}  // namespace tamizdat::keys
