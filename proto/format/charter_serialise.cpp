#include "proto/format/charter.h"
#include "proto/format/message.h"
#include "proto/format/tamizdat.pb.h"

namespace tamizdat::format {
namespace {

void set_root_key(const RootKeyId& key, v1::RootKey& message) {
  message.set_alg(v1::ALG_ED25519);
  message.set_key(Bytes(key.view()));
}

void set_desk(const Desk& desk, v1::Desk& message) {
  message.set_alg(v1::ALG_ED25519);
  message.set_key(Bytes(desk.id.view()));
  message.set_label(desk.label);
  for (const auto& language : desk.languages) message.mutable_scope()->add_languages(language);
  for (const auto& region : desk.regions) message.mutable_scope()->add_regions(region);
  message.set_not_before(unix_or_zero(desk.not_before));
  message.set_not_after(unix_or_zero(desk.not_after));
  if (desk.entries_per_day == 0 && desk.bytes_per_day == 0) return;
  message.mutable_quota()->set_entries_per_day(desk.entries_per_day);
  message.mutable_quota()->set_bytes_per_day(desk.bytes_per_day);
}

void set_closed_desk(const ClosedDesk& desk, v1::ClosedDesk& message) {
  message.set_alg(v1::ALG_ED25519);
  message.set_key(Bytes(desk.id.view()));
  message.set_label(desk.label);
  message.set_size(desk.size);
  message.set_root(Bytes(desk.root.view()));
}

void set_sealing_key(const SealingKey& key, v1::SealingKey& message) {
  message.set_alg(v1::ALG_X25519);
  message.set_key(Bytes(key.key.view()));
  message.set_not_before(unix_or_zero(key.not_before));
  message.set_not_after(unix_or_zero(key.not_after));
}

void set_mirror(const Mirror& mirror, v1::Mirror& message) {
  message.set_url(mirror.url);
  message.set_country(mirror.country);
  if (mirror.key_pin) message.set_key_pin(Bytes(mirror.key_pin->view()));
}

void set_policy_relay(const PolicyRelay& relay, v1::PolicyRelay& message) {
  message.set_relay(Bytes(relay.relay.view()));
  message.set_country(relay.country);
  message.set_witness_key(Bytes(relay.witness_key.view()));
  message.set_mirror_key(Bytes(relay.mirror_key.view()));
}

void set_lists(const Charter& charter, v1::Charter& message) {
  for (const auto& language : charter.languages) message.add_languages(language);
  for (const auto& region : charter.regions) message.add_regions(region);
  for (const auto& key : charter.root_keys) set_root_key(key, *message.add_root_keys());
  for (const auto& desk : charter.desks) set_desk(desk, *message.add_desks());
  for (const auto& desk : charter.closed_desks) set_closed_desk(desk, *message.add_closed_desks());
  for (const auto& key : charter.sealing_keys) set_sealing_key(key, *message.add_sealing_keys());
  for (const auto& mirror : charter.mirrors) set_mirror(mirror, *message.add_mirrors());
  for (const auto& relay : charter.witness.relays) set_policy_relay(relay, *message.mutable_witness()->add_relays());
}

}  // namespace

Bytes serialise_charter(const Charter& charter) {
  v1::Charter message;
  message.set_version(charter.version);
  if (charter.previous) message.set_previous(Bytes(charter.previous->view()));
  message.set_nonce(charter.nonce);
  message.set_title(charter.title);
  message.set_contact(charter.contact);
  message.set_issued_at(unix_seconds(charter.issued_at));
  message.set_expires_at(unix_or_zero(charter.expires_at));
  message.set_threshold(charter.threshold);
  set_lists(charter, message);
  message.mutable_witness()->set_quorum(charter.witness.quorum);
  message.mutable_witness()->set_fresh_seconds(static_cast<std::uint64_t>(charter.witness.fresh_for.count()));
  message.mutable_copies()->set_copies(charter.copies.copies);
  message.mutable_copies()->set_countries(charter.copies.countries);
  message.set_erase_delay_seconds(static_cast<std::uint64_t>(charter.erase_delay.count()));
  return serialise_message(message);
}

}  // namespace tamizdat::format
