#include "proto/sync/handshake.h"

#include <gtest/gtest.h>

namespace tamizdat::sync {
namespace {

format::SigningKey key(char fill) { return *format::SigningKey::from_seed(Bytes(32, fill)); }
Hash32 exporter(std::uint8_t fill) {
  Hash32 out;
  out.octets.fill(fill);
  return out;
}

class Handshake : public testing::Test {
 protected:
  format::SigningKey initiator_key = key('i');
  format::SigningKey responder_key = key('r');
  LinkEnds ends{RelayId(initiator_key.public_key()), RelayId(responder_key.public_key())};
};

TEST_F(Handshake, EachEndProvesItselfToTheOther) {
  const auto request = make_link_hello(LinkRole::kInitiator, ends, exporter(1), initiator_key);
  const auto seen = verify_link_hello(LinkRole::kInitiator, request, ends.responder, exporter(1));
  ASSERT_TRUE(seen) << seen.error().text;
  EXPECT_EQ(seen->initiator, ends.initiator);
  const auto answer = make_link_hello(LinkRole::kResponder, ends, exporter(1), responder_key);
  EXPECT_TRUE(verify_link_hello(LinkRole::kResponder, answer, ends.initiator, exporter(1)));
}

TEST_F(Handshake, IsWorthNothingOnAnotherConnection) {
  const auto request = make_link_hello(LinkRole::kInitiator, ends, exporter(1), initiator_key);
  const auto seen = verify_link_hello(LinkRole::kInitiator, request, ends.responder, exporter(2));
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().code, kHelloSignatureInvalid);
}

TEST_F(Handshake, CannotBeReflected) {
  const auto request = make_link_hello(LinkRole::kInitiator, ends, exporter(1), initiator_key);
  EXPECT_EQ(verify_link_hello(LinkRole::kResponder, request, ends.initiator, exporter(1)).error().code,
            kHelloSignatureInvalid);
}

TEST_F(Handshake, NamesTheRelayItIsFor) {
  const auto request = make_link_hello(LinkRole::kInitiator, ends, exporter(1), initiator_key);
  const auto seen = verify_link_hello(LinkRole::kInitiator, request, RelayId(key('x').public_key()), exporter(1));
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().code, kHelloForAnotherRelay);
}

TEST_F(Handshake, CannotBeSignedByAnotherKey) {
  const auto request = make_link_hello(LinkRole::kInitiator, ends, exporter(1), key('m'));
  EXPECT_EQ(verify_link_hello(LinkRole::kInitiator, request, ends.responder, exporter(1)).error().code,
            kHelloSignatureInvalid);
}

TEST_F(Handshake, RefusesWhatIsNoHello) {
  for (const std::string& text : {std::string(), std::string("!!!"), std::string("AAAA"), std::string(4000, 'A')})
    EXPECT_EQ(verify_link_hello(LinkRole::kInitiator, text, ends.responder, exporter(1)).error().code, kHelloMalformed)
        << text;
}

}  // namespace
}  // namespace tamizdat::sync
