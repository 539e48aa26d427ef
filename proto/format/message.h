// The one door between bytes and Protocol Buffers messages: the strict wire form first, then the library. Used by the
// parsers and serialisers of this folder only.
#pragma once

#include <initializer_list>
#include <optional>

#include "proto/base/time.h"
#include "proto/format/wire.h"

namespace google::protobuf {
class MessageLite;
}

namespace tamizdat::format {

// False if the bytes do not have the wire form, or a text field is not UTF-8. The caller has checked the size.
[[nodiscard]] bool parse_message(BytesView bytes, const WireShape& shape, google::protobuf::MessageLite& message);
Bytes serialise_message(const google::protobuf::MessageLite& message);

// Times in messages are seconds since 1970, 0 for none. Outside of the years 0000 to 9999 (0 among them) they have no
// text form, and arithmetic with them overflows: every parser refuses them.
bool are_times(std::initializer_list<std::int64_t> unix_seconds);
std::optional<Timestamp> time_or_none(std::int64_t unix_seconds);
std::int64_t unix_or_zero(const std::optional<Timestamp>& time);

}  // namespace tamizdat::format
