// A project for tests: root keys, desks and logs with real signatures, all from one seed, so that two runs make the same
// bytes. What it hands out went through verify_*, as anything that arrived from outside.
//
//   ProjectBuilder project;
//   project.log().append_articles(10);
//   commit(project.charter(), project.log().bundle(0, 10));
#pragma once

#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proto/base/check.h"
#include "proto/format/bundle.h"
#include "proto/format/hash.h"
#include "proto/format/sealed_body.h"
#include "proto/format/verify.h"

namespace tamizdat::tests {

// The value of a Result that cannot fail here; stops the test program with the error's text if it does.
template <typename T>
T must(Result<T> result) {
  if (!result) std::fprintf(stderr, "must(): %s\n", result.error().text.c_str());
  TMZ_CHECK(result.has_value());
  return std::move(*result);
}

// 32 octets that depend on the words and the number and on nothing else.
inline Hash32 octets_from(std::string_view what, std::uint64_t number) {
  return format::sha256({what, " ", std::to_string(number)});
}

inline format::SigningKey key_from(std::string_view what, std::uint64_t number) {
  return must(format::SigningKey::from_seed(octets_from(what, number).view()));
}

// 2026-03-01T12:00:00Z: when everything here was written.
inline constexpr Timestamp kTestTime{seconds{1772366400}};

// One desk's log. Every size it ever had can be signed and served.
class LogBuilder {
 public:
  LogBuilder(const ProjectId& project, std::shared_ptr<const format::SigningKey> desk_key,
             std::shared_ptr<const format::VerifiedCharter> charter)
      : project_(project), desk_key_(std::move(desk_key)), charter_(std::move(charter)) {}

  LogId id() const { return format::log_id(project_, desk()); }
  DeskId desk() const { return DeskId(desk_key_->public_key()); }
  format::LogName name() const { return {project_, desk()}; }
  std::uint64_t size() const { return headers_.size(); }
  // Of the entries that follow.
  void set_time(Timestamp time) { time_ = time; }
  const Bytes& header(std::uint64_t index) const { return headers_[index]; }
  const Bytes& body(std::uint64_t index) const { return bodies_[index]; }
  EntryId entry(std::uint64_t index) const { return EntryId(levels_[0][index]); }

  // `body` gets a salt if it has none.
  EntryId append(format::Body body, format::EntryKind kind = format::EntryKind::kArticle,
                 std::optional<EntryId> target = {}) {
    if (body.salt.empty()) body.salt = Bytes(octets_from("salt of " + salt_, size()).view().substr(0, 16));
    return append_raw(format::serialise_body(body), kind, target);
  }
  // Any octets as a body: relays do not look into it.
  EntryId append_raw(Bytes body, format::EntryKind kind = format::EntryKind::kArticle,
                     std::optional<EntryId> target = {}) {
    return append_raw(next_header(kind, target), std::move(body));
  }
  // Ciphertext under an embargo; append_key() opens it. `key`: 32 octets.
  EntryId append_sealed(format::Body body, std::optional<Timestamp> until, BytesView key,
                        format::EntryKind kind = format::EntryKind::kArticle, std::optional<EntryId> target = {}) {
    body.salt = Bytes(format::kSaltBytes, 's');
    format::EntryHeader header = next_header(kind, target);
    header.not_before = until;
    header.key_commitment = format::key_commitment(key);
    return append_raw(header, format::seal_body(header, format::serialise_body(body), key,
                                                octets_from("nonce", size()).view().substr(0, format::kBodyNonceBytes)));
  }
  EntryId append_key(const EntryId& sealed, BytesView key) {
    format::Body body;
    body.key = Bytes(key);
    return append(std::move(body), format::EntryKind::kEmbargoKey, sealed);
  }
  // Readable, and not to be shown before its time.
  EntryId append_embargoed(format::Body body, Timestamp until) {
    body.salt = Bytes(format::kSaltBytes, 's');
    format::EntryHeader header = next_header(format::EntryKind::kArticle, {});
    header.not_before = until;
    return append_raw(header, format::serialise_body(body));
  }
  format::EntryHeader next_header(format::EntryKind kind, std::optional<EntryId> target) const {
    format::EntryHeader header;
    header.project = project_;
    header.desk = desk();
    header.index = size();
    header.kind = kind;
    header.target = target;
    header.time = format::coarse_time(time_);
    return header;
  }
  EntryId append_raw(format::EntryHeader header, Bytes body) {
    header.body_commitment = format::body_commitment(body);
    header.body_size = static_cast<std::uint32_t>(body.size());
    headers_.push_back(format::serialise_header(header));
    bodies_.push_back(std::move(body));
    push_leaf(format::entry_id(headers_.back()).value);
    return entry(size() - 1);
  }
  void append_articles(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
      format::Body body;
      body.title = "Article " + std::to_string(size()) + salt_;
      body.lede = "What happened.";
      body.html = "<p>It was seen by many.</p>";
      body.language = "ru";
      body.regions = {"RU-SVE"};
      body.original_url = "https://example.org/" + std::to_string(size());
      body.published_at = kTestTime;
      body.guid = body.original_url;
      append(std::move(body));
    }
  }

  // An article with one attachment, which need not exist anywhere.
  EntryId append_with_attachment(const BlobId& blob) {
    format::Body body;
    body.title = "With a picture";
    format::Attachment attachment;
    attachment.blob = blob;
    attachment.media_type = "image/jpeg";
    body.attachments.push_back(attachment);
    return append(std::move(body));
  }

  // Another history from entry `at` on, signed by the same key: what a stolen key or a restored backup does.
  LogBuilder forked_at(std::uint64_t at) const {
    LogBuilder fork(project_, desk_key_, charter_);
    for (std::uint64_t i = 0; i < at; ++i) {
      fork.headers_.push_back(headers_[i]);
      fork.bodies_.push_back(bodies_[i]);
      fork.push_leaf(levels_[0][i]);
    }
    fork.salt_ = salt_ + ", forked";
    return fork;
  }

  Hash32 root(std::uint64_t size) const {
    return size == 0 ? format::empty_root() : format::subtree_hash({0, size}, perfect());
  }
  Bytes head_bytes(std::uint64_t size) const { return format::sign_checkpoint(project_, size, root(size), *desk_key_); }
  format::VerifiedHead head(std::uint64_t size) const { return must(format::verify_head(*charter_, head_bytes(size))); }
  std::vector<Hash32> hashes(const std::vector<format::Subtree>& subtrees) const {
    std::vector<Hash32> out;
    for (const auto& subtree : subtrees) out.push_back(format::subtree_hash(subtree, perfect()));
    return out;
  }

  struct BundleOptions {
    std::uint64_t head_size = 0;  // 0: all there is
    bool bodies = true;           // else each is absent, kNotHeld
  };
  Bytes bundle_bytes(std::uint64_t from, std::uint64_t to, BundleOptions options) const {
    const std::uint64_t head_size = options.head_size == 0 ? size() : options.head_size;
    std::vector<format::BundleEntry> entries;
    for (std::uint64_t i = from; i < to; ++i) {
      format::BundleEntry entry{headers_[i], {}, format::Absence::kNotHeld};
      if (options.bodies) entry.body = bodies_[i];
      entries.push_back(entry);
    }
    const auto proof = hashes(format::proof_subtrees(from, to, head_size));
    return format::serialise_bundle(head_bytes(head_size), from, entries, proof);
  }
  Bytes bundle_bytes(std::uint64_t from, std::uint64_t to) const { return bundle_bytes(from, to, BundleOptions{}); }
  // Verified under the newest charter.
  format::VerifiedBundle bundle(std::uint64_t from, std::uint64_t to, BundleOptions options) const {
    return must(format::verify_bundle(*charter_, bundle_bytes(from, to, options)));
  }
  format::VerifiedBundle bundle(std::uint64_t from, std::uint64_t to) const { return bundle(from, to, BundleOptions{}); }

 private:
  void push_leaf(const Hash32& leaf) {
    Hash32 hash = leaf;
    for (std::size_t level = 0;; ++level) {
      if (levels_.size() == level) levels_.emplace_back();
      levels_[level].push_back(hash);
      if (levels_[level].size() % 2 != 0) return;
      hash = format::node_hash(levels_[level][levels_[level].size() - 2], levels_[level].back());
    }
  }
  format::PerfectHash perfect() const {
    return [this](unsigned level, std::uint64_t index) { return levels_[level][index]; };
  }

  ProjectId project_;
  std::shared_ptr<const format::SigningKey> desk_key_;
  std::shared_ptr<const format::VerifiedCharter> charter_;  // shared with the project, which replaces its content
  Timestamp time_ = kTestTime;
  std::vector<Bytes> headers_, bodies_;
  std::vector<std::vector<Hash32>> levels_;  // of perfect subtrees; leaves first
  std::string salt_;                         // tells the histories of a fork apart
};

class ProjectBuilder {
 public:
  struct Options {
    std::uint64_t seed = 1;
    std::size_t desks = 1;
    std::string title = "Uralsk Courier";
  };
  explicit ProjectBuilder(Options options) {
    format::Charter charter;
    charter.nonce = Bytes(octets_from("nonce", options.seed).view().substr(0, format::kNonceBytes));
    charter.title = options.title;
    charter.languages = {"ru"};
    charter.regions = {"RU-SVE"};
    charter.contact = "editor@example.org";
    charter.issued_at = kTestTime;
    for (std::uint64_t i = 0; i < 3; ++i) {
      root_keys_.push_back(key_from("root key " + std::to_string(i), options.seed));
      charter.root_keys.emplace_back(root_keys_.back().public_key());
    }
    charter.threshold = 2;
    std::vector<std::shared_ptr<const format::SigningKey>> desk_keys;
    for (std::size_t i = 0; i < options.desks; ++i) {
      desk_keys.push_back(
          std::make_shared<format::SigningKey>(key_from("desk key " + std::to_string(i), options.seed)));
      format::Desk desk;
      desk.id = DeskId(desk_keys.back()->public_key());
      desk.label = "desk " + std::to_string(i);
      charter.desks.push_back(std::move(desk));
    }
    charters_.push_back(must(format::verify_first_charter(sign(charter))));
    current_ = std::make_shared<format::VerifiedCharter>(charters_.back());
    for (auto& key : desk_keys) logs_.emplace_back(id(), std::move(key), current_);
  }
  ProjectBuilder() : ProjectBuilder(Options{}) {}
  explicit ProjectBuilder(std::uint64_t seed) : ProjectBuilder(Options{seed}) {}

  ProjectId id() const { return charters_.front().project(); }
  const format::VerifiedCharter& charter() const { return charters_.back(); }
  const std::vector<format::VerifiedCharter>& charters() const { return charters_; }  // version 1 first
  LogBuilder& log(std::size_t desk = 0) { return logs_[desk]; }

  // The next version, signed by two root keys. `change` gets the content of the one in force. Bundles made from now
  // on are verified under the new one.
  const format::VerifiedCharter& update_charter(const std::function<void(format::Charter&)>& change = {}) {
    format::Charter charter = charters_.back().content();
    charter.version += 1;
    charter.previous = charters_.back().hash();
    if (change) change(charter);
    charters_.push_back(must(format::verify_charter_update(charters_.back(), sign(charter))));
    *current_ = charters_.back();
    return charters_.back();
  }
  // An update that closes the desk at `size` entries of its log, as a project does whose desk key was stolen.
  const format::VerifiedCharter& close_desk(std::size_t desk, std::uint64_t size) {
    const LogBuilder& log = logs_[desk];
    return update_charter([&](format::Charter& charter) {
      std::erase_if(charter.desks, [&](const format::Desk& item) { return item.id == log.desk(); });
      charter.closed_desks.push_back({log.desk(), "closed", size, log.root(size)});
    });
  }

 private:
  Bytes sign(const format::Charter& charter) const {
    format::SignedCharter signed_charter;
    signed_charter.charter = format::serialise_charter(charter);
    for (std::size_t i = 0; i < 2; ++i)
      signed_charter.signatures.push_back(format::sign_charter(signed_charter.charter, root_keys_[i]));
    return format::serialise_signed_charter(signed_charter);
  }

  std::vector<format::SigningKey> root_keys_;
  std::vector<format::VerifiedCharter> charters_;
  std::shared_ptr<format::VerifiedCharter> current_;
  std::vector<LogBuilder> logs_;
};

}  // namespace tamizdat::tests
