#include "tests/vectors/vector_file.h"

#include <charconv>

#include "proto/base/check.h"

namespace tamizdat::format {
namespace {

constexpr std::size_t kOctetsPerLine = 57;  // 76 characters
constexpr std::size_t kRunWorthALine = 512;
constexpr std::string_view kRepeat = "repeat ";

std::uint64_t parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  TMZ_CHECK(error == std::errc() && end == text.data() + text.size());
  return value;
}

std::size_t run_length(BytesView bytes) {
  const std::size_t end = bytes.find_first_not_of(bytes.front());
  return end == BytesView::npos ? bytes.size() : end;
}

void print_payload(BytesView bytes, std::string& out) {
  std::size_t pending = 0;  // octets at the front that wait for a base64 line
  const auto flush = [&] {
    if (pending > 0) out += to_base64(bytes.substr(0, pending)) + '\n';
    bytes.remove_prefix(pending);
    pending = 0;
  };
  while (pending < bytes.size()) {
    const std::size_t run = run_length(bytes.substr(pending));
    if (run >= kRunWorthALine) {
      flush();
      out += std::string(kRepeat) + std::to_string(run) + ' ' + to_hex(bytes.substr(0, 1)) + '\n';
      bytes.remove_prefix(run);
    } else if (++pending == kOctetsPerLine) {
      flush();
    }
  }
  flush();
}

void parse_payload_line(std::string_view line, Bytes& out) {
  if (!line.starts_with(kRepeat)) {
    out += from_base64(line).value();
    return;
  }
  line.remove_prefix(kRepeat.size());
  const std::size_t space = line.find(' ');
  out.append(parse_number(line.substr(0, space)), from_hex(line.substr(space + 1)).value().front());
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  TMZ_CHECK(end != std::string_view::npos);
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

void parse_header_line(std::string_view line, Vector& vector) {
  const std::size_t colon = line.find(": ");
  TMZ_CHECK(colon != std::string_view::npos);
  const std::string name(line.substr(0, colon));
  const std::string value(line.substr(colon + 2));
  if (name == "what")
    vector.what = value;
  else if (name == "expect")
    vector.expect = value;
  else if (name == "comment")
    vector.comment = value;
  else
    vector.lines.emplace_back(name, value);
}

}  // namespace

const std::string& Vector::line(std::string_view name) const {
  for (const auto& [key, value] : lines)
    if (key == name) return value;
  check_failed("a vector lacks a line", __FILE__, __LINE__);
}

std::uint64_t Vector::number(std::string_view name) const { return parse_number(line(name)); }

const Bytes& Vector::payload(std::string_view name) const {
  for (const auto& [key, value] : payloads)
    if (key == name) return value;
  check_failed("a vector lacks a payload", __FILE__, __LINE__);
}

std::vector<Bytes> Vector::all(std::string_view name) const {
  std::vector<Bytes> out;
  for (const auto& [key, value] : payloads)
    if (key == name) out.push_back(value);
  return out;
}

std::string print_vector(const Vector& vector) {
  std::string out = "what: " + vector.what + "\nexpect: " + vector.expect + "\ncomment: " + vector.comment + '\n';
  for (const auto& [name, value] : vector.lines) out += name + ": " + value + '\n';
  for (const auto& [name, bytes] : vector.payloads) {
    out += '\n' + name + ":\n";
    print_payload(bytes, out);
  }
  return out;
}

Vector parse_vector(std::string_view text) {
  Vector vector;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.empty()) break;
    parse_header_line(line, vector);
  }
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.empty()) continue;
    if (line.ends_with(':'))
      vector.payloads.emplace_back(line.substr(0, line.size() - 1), "");
    else
      parse_payload_line(line, vector.payloads.back().second);
  }
  return vector;
}

}  // namespace tamizdat::format
