// The wire form of Protocol Buffers, exactly as proto/README.md defines it. Which bytes are a message must not depend on
// the version or the language of a library, or two relays would disagree about one charter for ever: so the form is
// checked here, and only then does the library parse. The check also bounds what the library is asked to do.
//
// Refused: groups and the unused wire types, field number 0, a tag or length of more than five octets, a varint of more
// than ten or above 64 bits, a length beyond the end. Taken: non-minimal varints, any order, unknown fields.
#pragma once

#include <cstdint>
#include <optional>

#include "proto/base/bytes.h"

namespace tamizdat::format {

enum class WireType : std::uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

struct WireField {
  std::uint32_t number = 0;
  WireType type = WireType::kVarint;
  BytesView bytes;  // the content of kBytes; empty for the others, whose values nobody here needs
};

// Takes the fields of one message in their order, without looking into nested messages. `message` outlives the reader.
class WireReader {
 public:
  explicit WireReader(BytesView message) : rest_(message) {}
  // The next field; nothing at the end of the message and at the first fault.
  std::optional<WireField> next();
  bool failed() const { return failed_; }

 private:
  std::optional<WireField> fail_here();
  std::optional<std::uint64_t> take_varint(std::size_t octets_max);
  std::optional<BytesView> take_bytes(std::uint64_t size);

  BytesView rest_;
  bool failed_ = false;
};

}  // namespace tamizdat::format
