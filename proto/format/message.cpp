#include "proto/format/message.h"

#include <google/protobuf/message_lite.h>

#include <algorithm>

#include "proto/base/check.h"

namespace tamizdat::format {

bool parse_message(BytesView bytes, const WireShape& shape, google::protobuf::MessageLite& message) {
  return is_well_formed(bytes, shape) && message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

Bytes serialise_message(const google::protobuf::MessageLite& message) {
  Bytes out;
  TMZ_CHECK(message.SerializeToString(&out));
  return out;
}

bool are_times(std::initializer_list<std::int64_t> unix_seconds) {
  return std::ranges::all_of(unix_seconds, [](std::int64_t time) {
    return time >= tamizdat::unix_seconds(kTimestampMin) && time <= tamizdat::unix_seconds(kTimestampMax);
  });
}

std::optional<Timestamp> time_or_none(std::int64_t unix_seconds) {
  if (unix_seconds == 0) return std::nullopt;
  return timestamp_from_unix(unix_seconds);
}

std::int64_t unix_or_zero(const std::optional<Timestamp>& time) { return time ? unix_seconds(*time) : 0; }

}  // namespace tamizdat::format
