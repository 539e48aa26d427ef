#include "proto/format/message.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>

#include "proto/base/check.h"
#include "proto/format/wire.h"

namespace tamizdat::format {

namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

// No message of the schema contains itself, so the depth is that of the schema, whatever the bytes say.
bool is_well_formed(BytesView message, const Descriptor& schema) {
  WireReader fields(message);
  while (const auto field = fields.next()) {
    if (field->type != WireType::kBytes) continue;
    const FieldDescriptor* const known = schema.FindFieldByNumber(static_cast<int>(field->number));
    if (known == nullptr) continue;
    if (known->type() == FieldDescriptor::TYPE_STRING && !is_utf8(field->bytes)) return false;
    if (known->type() == FieldDescriptor::TYPE_MESSAGE && !is_well_formed(field->bytes, *known->message_type()))
      return false;
  }
  return !fields.failed();
}

}  // namespace

bool parse_message(BytesView bytes, google::protobuf::Message& message) {
  return is_well_formed(bytes, *message.GetDescriptor()) &&
         message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

Bytes serialise_message(const google::protobuf::Message& message) {
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
