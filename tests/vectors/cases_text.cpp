#include <array>

#include "proto/base/sealing_key_id.h"
#include "tests/vectors/cases.h"

namespace tamizdat::format {
namespace {

Bytes counting(std::size_t size) {
  Bytes out;
  for (std::size_t i = 0; i < size; ++i) out += static_cast<char>(i);
  return out;
}

Bytes replaced_at(Bytes text, std::size_t at, char with) {
  text[at] = with;
  return text;
}

void add_base64(Cases& cases, const std::string& name, std::string expect, std::string comment, Bytes text) {
  cases["base64/" + name] = {"base64", std::move(expect), std::move(comment), {}, {{"text", std::move(text)}}};
}

void add_id(Cases& cases, const std::string& name, std::string expect, std::string comment, std::string prefix,
            Bytes text) {
  cases["id/" + name] = {
      "id", std::move(expect), std::move(comment), {{"prefix", std::move(prefix)}}, {{"text", std::move(text)}}};
}

}  // namespace

void add_text_cases(Cases& cases) {
  add_base64(cases, "foobar", "ok", "RFC 4648 section 10", "Zm9vYmFy");
  add_base64(cases, "padded", "ok", "RFC 4648 section 10", "Zm9vYg==");
  add_base64(cases, "no-padding", "encoding-invalid", "padding is required", "Zm9vYg");
  add_base64(cases, "spare-bits", "encoding-invalid", "the spare bits of the last character are not zero", "Zm9vYh==");
  add_base64(cases, "url-alphabet", "encoding-invalid", "RFC 4648 section 5 is another encoding", "-__-");
  add_base64(cases, "newline", "encoding-invalid", "no white space anywhere", "Zm9v\nYmFy");

  constexpr std::array<std::string_view, 7> prefixes{ProjectKind::kPrefix, LogKind::kPrefix,   EntryKindTag::kPrefix,   DeskKind::kPrefix,
                                                     RelayKind::kPrefix,   RootKeyKind::kPrefix, SealingKeyKind::kPrefix};
  for (const auto prefix : prefixes)
    add_id(cases, std::string(prefix), "ok", "the octets 0 to 31", std::string(prefix),
           encode_bech32m(prefix, counting(32)));
  add_id(cases, "tzblob", "ok", "the octets 0 to 31, then a size", "tzblob", encode_bech32m("tzblob", counting(40)));
  add_id(cases, "tzblob-without-size", "id-invalid", "the root alone does not bind the length", "tzblob",
         encode_bech32m("tzblob", counting(32)));
  add_id(cases, "tzblob-of-size-zero", "id-invalid", "there is no empty attachment", "tzblob",
         encode_bech32m("tzblob", counting(32) + Bytes(8, '\0')));
  const Bytes desk = encode_bech32m("tzdesk", counting(32));
  add_id(cases, "typing-error", "id-invalid", "one character differs", "tzdesk", replaced_at(desk, 12, 'x'));
  add_id(cases, "cut", "id-invalid", "the last character is missing", "tzdesk", desk.substr(0, desk.size() - 1));
  add_id(cases, "space", "id-invalid", "a space behind it", "tzdesk", desk + " ");
  Bytes upper = desk;
  for (char& c : upper)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  add_id(cases, "upper-case", "id-invalid", "BIP 350 allows it, ids have one form", "tzdesk", upper);
  add_id(cases, "31-octets", "id-invalid", "a good checksum over 31 octets", "tzdesk",
         encode_bech32m("tzdesk", counting(31)));
  add_id(cases, "33-octets", "id-invalid", "a good checksum over 33 octets", "tzdesk",
         encode_bech32m("tzdesk", counting(33)));
  add_id(cases, "bech32", "id-invalid", "the checksum of BIP 173", "tzdesk", "a12uel5l");
  add_id(cases, "nothing", "id-invalid", "no text", "tzdesk", "");
  add_id(cases, "another-kind", "id-of-another-kind", "a desk where a project belongs", "tzproject", desk);
  add_id(cases, "unknown-kind", "id-of-another-kind", "a prefix that nobody uses", "tzproject",
         encode_bech32m("tzother", counting(32)));
}

}  // namespace tamizdat::format
