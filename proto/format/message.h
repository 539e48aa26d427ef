// The one door between bytes and Protocol Buffers messages: the strict wire form of wire.h and UTF-8 first, in every
// nested message of the schema, then the library, which has nothing left to refuse (it would say so on stderr). Used by
// the parsers and serialisers of proto/format and proto/sync only.
#pragma once

#include <initializer_list>
#include <optional>

#include "proto/base/bytes.h"
#include "proto/base/time.h"

namespace google::protobuf {
class Message;
}

namespace tamizdat::format {

// False if the bytes do not have the wire form, or a text field is not UTF-8. The caller has checked the size.
[[nodiscard]] bool parse_message(BytesView bytes, google::protobuf::Message& message);
Bytes serialise_message(const google::protobuf::Message& message);

// Times in messages are seconds since 1970, 0 for none. Outside of the years 0000 to 9999 (0 among them) they have no
// text form, and arithmetic with them overflows: every parser refuses them.
bool are_times(std::initializer_list<std::int64_t> unix_seconds);
std::optional<Timestamp> time_or_none(std::int64_t unix_seconds);
std::int64_t unix_or_zero(const std::optional<Timestamp>& time);

}  // namespace tamizdat::format
