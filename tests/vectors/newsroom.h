// A project with keys made from their names, and a desk's log: what unit tests, vectors and fuzz targets build on. The
// same names give the same bytes on every machine. Trees are computed here by the plain recursion of RFC 6962 and not by
// proto/format/merkle.h, so that a fault there cannot hide.
#pragma once

#include <bit>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proto/base/check.h"
#include "proto/format/bundle.h"
#include "proto/format/hash.h"
#include "proto/format/verify.h"

namespace tamizdat::format {

inline SigningKey key_named(std::string_view name) {
  auto key = SigningKey::from_seed(sha256({"tamizdat test key ", name}).view());
  TMZ_CHECK(key);
  return *std::move(key);
}

inline Hash32 public_key_named(std::string_view name) { return key_named(name).public_key(); }

// Version 1 of a project with the root keys root-1, root-2, root-3, threshold 2, and one desk.
inline Charter plain_charter() {
  Charter charter;
  charter.nonce = Bytes(kNonceBytes, 'n');
  charter.title = "Вестник Исети";
  charter.languages = {"ru"};
  charter.regions = {"RU-SVE"};
  charter.contact = "desk@iset.example";
  charter.issued_at = *parse_rfc3339("2026-11-01T00:00:00Z");
  for (const char* name : {"root-1", "root-2", "root-3"}) charter.root_keys.emplace_back(public_key_named(name));
  charter.threshold = 2;
  Desk desk;
  desk.id = DeskId(public_key_named("desk"));
  desk.label = "Екатеринбург";
  charter.desks = {desk};
  return charter;
}

// A signed charter, whatever its bytes are.
inline Bytes sign_bytes(BytesView charter, std::initializer_list<std::string_view> roots = {"root-1", "root-2"}) {
  SignedCharter out{Bytes(charter), {}};
  for (const auto root : roots) out.signatures.push_back(sign_charter(charter, key_named(root)));
  return serialise_signed_charter(out);
}

inline Bytes sign(const Charter& charter, std::initializer_list<std::string_view> roots = {"root-1", "root-2"}) {
  return sign_bytes(serialise_charter(charter), roots);
}

inline ProjectId project_of(const Charter& first) { return ProjectId(charter_hash(serialise_charter(first))); }

// The next version of a charter, to be altered and signed.
inline Charter successor(const Charter& charter) {
  Charter next = charter;
  next.version += 1;
  next.previous = charter_hash(serialise_charter(charter));
  return next;
}

inline VerifiedCharter verified(const Charter& first) {
  auto charter = verify_first_charter(sign(first));
  TMZ_CHECK(charter);
  return *std::move(charter);
}

// RFC 6962 section 2.1, word for word, of the leaf hashes [begin, end).
inline Hash32 plain_root(const std::vector<Hash32>& leaves, std::uint64_t begin, std::uint64_t end) {
  if (begin == end) return sha256({});
  if (end - begin == 1) return leaves.at(begin);
  const std::uint64_t middle = begin + std::bit_floor(end - begin - 1);
  return sha256({"\x01", plain_root(leaves, begin, middle).view(), plain_root(leaves, middle, end).view()});
}

// The hashes outside of [from, to) in the tree [begin, end), in order: a proof by the definition.
inline void plain_proof(const std::vector<Hash32>& leaves, std::uint64_t begin, std::uint64_t end, std::uint64_t from,
                        std::uint64_t to, std::vector<Hash32>& out) {
  if (end <= from || to <= begin) {
    out.push_back(plain_root(leaves, begin, end));
  } else if (end - begin > 1) {
    const std::uint64_t middle = begin + std::bit_floor(end - begin - 1);
    plain_proof(leaves, begin, middle, from, to, out);
    plain_proof(leaves, middle, end, from, to, out);
  }
}

class DeskLog {
 public:
  explicit DeskLog(const ProjectId& project, std::string key_name = "desk")
      : project_(project), key_name_(std::move(key_name)), desk_(public_key_named(key_name_)) {}

  // A header for the next entry with this body, to be altered and appended.
  EntryHeader next_header(BytesView body, EntryKind kind = EntryKind::kArticle) const {
    EntryHeader header;
    header.project = project_;
    header.desk = desk_;
    header.index = size();
    header.kind = kind;
    header.body_commitment = body_commitment(body);
    header.body_size = static_cast<std::uint32_t>(body.size());
    header.time = *parse_rfc3339("2026-11-24T07:00:00Z");
    return header;
  }
  static Body plain_body(std::string title) {
    Body body;
    body.salt = Bytes(kSaltBytes, 's');
    body.title = std::move(title);
    body.html = "<p>Река вышла из берегов.</p>";
    body.language = "ru";
    body.regions = {"RU-SVE"};
    return body;
  }

  void append(BytesView header, std::optional<Bytes> body) {
    leaves_.push_back(sha256({BytesView("\0", 1), header}));
    headers_.emplace_back(header);
    bodies_.push_back(std::move(body));
  }
  EntryId publish(std::string title) {
    const Bytes body = serialise_body(plain_body(std::move(title)));
    append(serialise_header(next_header(body)), body);
    return EntryId(leaves_.back());
  }
  // Articles up to this size of the log.
  void fill(std::uint64_t size_wanted) {
    while (size() < size_wanted) publish("Запись " + std::to_string(size()));
  }

  const ProjectId& project() const { return project_; }
  const DeskId& desk() const { return desk_; }
  std::uint64_t size() const { return leaves_.size(); }
  const std::vector<Hash32>& leaves() const { return leaves_; }
  const Bytes& header(std::uint64_t index) const { return headers_.at(index); }
  const std::optional<Bytes>& body(std::uint64_t index) const { return bodies_.at(index); }

  Hash32 root(std::uint64_t at_size) const { return plain_root(leaves_, 0, at_size); }
  Bytes head(std::uint64_t at_size) const {
    return sign_checkpoint(project_, at_size, root(at_size), key_named(key_name_));
  }
  std::vector<Hash32> proof(std::uint64_t from, std::uint64_t to, std::uint64_t at_size) const {
    std::vector<Hash32> out;
    plain_proof(leaves_, 0, at_size, from, to, out);
    return out;
  }
  std::vector<BundleEntry> run(std::uint64_t from, std::uint64_t to) const {
    std::vector<BundleEntry> out;
    for (std::uint64_t i = from; i < to; ++i) out.push_back({headers_.at(i), bodies_.at(i), Absence::kErased});
    return out;
  }
  Bytes bundle(std::uint64_t from, std::uint64_t to, std::uint64_t at_size) const {
    return serialise_bundle(head(at_size), from, run(from, to), proof(from, to, at_size));
  }
  Bytes bundle() const { return bundle(0, size(), size()); }

 private:
  ProjectId project_;
  std::string key_name_;
  DeskId desk_;
  std::vector<Bytes> headers_;
  std::vector<std::optional<Bytes>> bodies_;
  std::vector<Hash32> leaves_;
};

}  // namespace tamizdat::format
