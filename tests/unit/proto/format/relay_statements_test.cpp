// What relays of a charter's policy say of logs, as statements.
#include <gtest/gtest.h>

#include "proto/format/statement.h"
#include "tests/support/project_builder.h"

namespace tamizdat::format {
namespace {

using tests::key_from;
using tests::ProjectBuilder;

const Timestamp kTime = tests::kTestTime + seconds(60);

class RelayStatementsTest : public testing::Test {
 protected:
  RelayStatementsTest() {
    project_.log().append_articles(3);
    project_.update_charter([&](Charter& charter) { charter.witness.relays = {listed_}; });
  }

  static PolicyRelay relay(std::uint64_t number) {
    return {RelayId(key_from("identity", number).public_key()), "GE", key_from("witness", number).public_key(),
            key_from("mirror", number).public_key()};
  }
  Bytes cosigned(std::uint64_t relay_number, std::uint64_t size, std::string_view role = "witness") {
    return make_cosigned_head(project_.id(), cosign(project_.log().head_bytes(size), relay(relay_number).relay,
                                                    key_from(role, relay_number), kTime));
  }
  Receipt receipt() {
    return {project_.log().id(), 3, project_.log().root(3), kTime, 0, 3, {}};
  }
  Bytes receipt_by(std::string_view role, std::uint64_t number = 1) {
    return make_receipt(project_.id(), receipt(), key_from(role, number));
  }
  std::string_view code(Bytes statement) {
    const auto verified = verify_statement({project_.charters(), also_}, std::move(statement));
    return verified ? "ok" : verified.error().code.name();
  }

  ProjectBuilder project_;
  PolicyRelay listed_ = relay(1);
  std::vector<PolicyRelay> also_;
};

TEST_F(RelayStatementsTest, ACosignedHeadOfAListedRelayCounts) {
  const auto verified = verify_statement({project_.charters()}, cosigned(1, 3));
  ASSERT_TRUE(verified);
  const auto* const head = verified->as<WitnessedHead>();
  ASSERT_NE(head, nullptr);
  EXPECT_EQ(head->log, project_.log().id());
  EXPECT_EQ(head->relay.country, "GE");
  EXPECT_EQ(head->cosigned.checkpoint.size, 3U);
  EXPECT_EQ(verified->time(), kTime);
  EXPECT_EQ(verified->octets(), cosigned(1, 3));
}

TEST_F(RelayStatementsTest, ALaterOneOfTheSameLogAndRelayTakesItsPlace) {
  const auto first = verify_statement({project_.charters()}, cosigned(1, 2));
  const Bytes head = project_.log().head_bytes(3);
  const auto later = verify_statement(
      {project_.charters()}, make_cosigned_head(project_.id(), cosign(head, relay(1).relay, key_from("witness", 1), kTime + seconds(1))));
  ASSERT_TRUE(first && later);
  EXPECT_EQ(first->slot(), later->slot());
  EXPECT_TRUE(replaces(*later, *first));
  EXPECT_FALSE(replaces(*first, *later));
}

TEST_F(RelayStatementsTest, OnlyRelaysOfThePolicyCountAndThisOne) {
  EXPECT_EQ(code(cosigned(2, 3)), "statement-signer-unknown");
  EXPECT_EQ(code(receipt_by("mirror", 2)), "statement-signer-unknown");
  also_ = {relay(2)};
  EXPECT_EQ(code(cosigned(2, 3)), "ok");
  EXPECT_EQ(code(receipt_by("mirror", 2)), "ok");
}

TEST_F(RelayStatementsTest, AWithholdingCountsOfARelayOfThePolicyAndOfAPeer) {
  const WithholdingContent content{project_.log().entry(1), "GE", "A court.", kTime};
  const auto by = [&](std::uint64_t number, std::string_view role = "identity") {
    return make_withholding(project_.id(), content, key_from(role, number));
  };
  const auto verified = verify_statement({project_.charters()}, by(1));
  ASSERT_TRUE(verified);
  const auto* const withholding = verified->as<Withholding>();
  ASSERT_NE(withholding, nullptr);
  EXPECT_EQ(withholding->entry, content.entry);
  EXPECT_EQ(withholding->relay, relay(1).relay);
  EXPECT_EQ(withholding->reason, "A court.");
  EXPECT_FALSE(withholding->lifted || withholding->kept_from_peers);
  EXPECT_EQ(verified->slot(), withholding_slot(content.entry, relay(1).relay));
  EXPECT_EQ(verified->time(), kTime);
  EXPECT_EQ(code(by(1, "mirror")), "statement-signer-unknown");
  EXPECT_EQ(code(by(2)), "statement-signer-unknown");
  also_ = {{relay(2).relay, {}, {}, {}}};  // of a peer no other key is known
  EXPECT_EQ(code(by(2)), "ok");
}

TEST_F(RelayStatementsTest, ALaterNoticeLiftsAWithholding) {
  WithholdingContent content{project_.log().entry(1), "GE", "A court.", kTime};
  const auto first = verify_statement({project_.charters()}, make_withholding(project_.id(), content, key_from("identity", 1)));
  content.lifted = true;
  content.reason.clear();
  content.time += seconds(1);
  const auto lifting = verify_statement({project_.charters()}, make_withholding(project_.id(), content, key_from("identity", 1)));
  ASSERT_TRUE(first && lifting);
  EXPECT_TRUE(replaces(*lifting, *first));
  EXPECT_TRUE(lifting->as<Withholding>()->lifted);
}

TEST_F(RelayStatementsTest, AListedRelayUnderAnotherKeyDoesNotCount) {
  EXPECT_EQ(code(cosigned(1, 3, "mirror")), "cosignature-key-id");
  EXPECT_EQ(code(cosigned(1, 3, "identity")), "cosignature-key-id");
}

TEST_F(RelayStatementsTest, AWitnessSignatureRelabelledAsAReceiptDoesNotCount) {
  EXPECT_EQ(code(receipt_by("mirror")), "ok");
  EXPECT_EQ(code(receipt_by("witness")), "statement-signer-unknown");
  // The cosignature itself, its key and signature put under a receipt.
  const auto parsed = parse_cosigned_head(cosign(project_.log().head_bytes(3), relay(1).relay, key_from("witness", 1), kTime));
  Bytes receipt = receipt_by("witness");
  receipt.replace(receipt.size() - kSignatureBytes, kSignatureBytes, parsed->signature);
  EXPECT_EQ(code(receipt), "statement-signature-invalid");
}

TEST_F(RelayStatementsTest, AReceiptOfALogThatIsNotTheProjectsDoesNotCount) {
  Receipt strange = receipt();
  strange.log = LogId(tests::octets_from("log", 7));
  EXPECT_EQ(code(make_receipt(project_.id(), strange, key_from("mirror", 1))), "receipt-of-unknown-log");
}

TEST_F(RelayStatementsTest, AHeadBeyondAClosingIsNotTaken) {
  const Bytes beyond = cosigned(1, 3);
  const Bytes at = cosigned(1, 2);
  project_.close_desk(0, 2);
  EXPECT_EQ(code(beyond), "head-of-closed-desk");
  EXPECT_EQ(code(at), "ok");
  EXPECT_EQ(code(receipt_by("mirror")), "ok");
}

}  // namespace
}  // namespace tamizdat::format
