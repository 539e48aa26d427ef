// A newsroom with three relays, of which the charter may list all as witnesses; each says only what a test makes it say.
#pragma once

#include <tamizdat/charter.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "proto/format/charter_seen.h"
#include "tests/unit/client-lib/support/newsroom.h"

namespace tamizdat::tests {

class CharterRoom : public testing::Test {
 protected:
  CharterRoom() {
    info_ = room_.create();
    for (auto* const relay : relays_) value_of(room_.desk().add_relay(relay->line()));
    value_of(room_.desk().publish({room_.article("First"), {}}, passphrase()));
  }
  client::CharterSource home() const { return {room_.home, "", {}, "", {}}; }
  // Somebody without this home.
  client::CharterSource stranger(const std::vector<std::string>& lines) const {
    return {(room_.folder.path() / "nowhere").string(), info_.id, lines, "", {}};
  }
  std::string file(const std::string& name) const { return (room_.folder.path() / name).string(); }
  std::string root_key(int number) const { return info_.root_key_files.at(static_cast<std::size_t>(number - 1)); }
  static client::CharterEdit titled(const std::string& title) {
    client::CharterEdit edit;
    edit.title = title;
    return edit;
  }
  client::Outcome<client::RequestInfo> request(const client::CharterSource& source, const std::string& title) {
    return client::request_update(source, titled(title), file(title), room_.edges);
  }
  client::Outcome<client::RequestInfo> sign(const std::string& name, int key, client::SigningConsent consent = {}) {
    return client::sign_request(file(name), root_key(key), passphrase("root"), consent);
  }
  // Puts it in force where relays are up, whatever they say of it.
  void update(const std::string& name, const client::CharterEdit& edit) {
    client::CharterSource source = home();
    source.unwitnessed = true;
    value_of(client::request_update(source, edit, file(name), room_.edges));
    for (const int key : {1, 2}) value_of(sign(name, key));
    value_of(client::submit_request(source, {file(name)}, room_.edges));
  }
  // Version 2: two of the three relays must witness.
  void list_relays() {
    client::CharterEdit edit;
    for (const auto* const relay : relays_) {
      const auto listed = relay->in_policy();
      edit.add_relays.push_back({listed.relay.text(), listed.country, to_hex(listed.witness_key.view()), to_hex(listed.mirror_key.view())});
    }
    update("listing", edit);
  }
  // The word of `by` for the charter that it has.
  Bytes word(const FakeRelay& by, seconds age = seconds(60)) const {
    const auto& charter = *by.charter_in_force();
    return format::make_charter_seen(charter.project(), {charter.version(), charter.hash(), std::nullopt, room_.clock.time - age}, by.key("witness"));
  }
  static const client::RelayStanding& of(const FakeRelay& relay, const std::vector<client::RelayStanding>& standings) {
    const auto found = std::ranges::find_if(standings, [&](const client::RelayStanding& each) {
      return each.relay.ends_with(":" + std::to_string(relay.address().port)) || each.relay == relay.address().relay.text();
    });
    TMZ_CHECK(found != standings.end());
    return *found;
  }

  Newsroom room_;
  FakeRelay& near_ = room_.network.add_relay("GE", "GE");
  FakeRelay& far_ = room_.network.add_relay("RS", "RS");
  FakeRelay& third_ = room_.network.add_relay("AM", "AM");
  std::vector<FakeRelay*> relays_{&near_, &far_, &third_};
  client::ProjectInfo info_;
};

}  // namespace tamizdat::tests
