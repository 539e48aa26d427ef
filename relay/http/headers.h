// The fields of a request or response as values. They lie here as the lines that they are on the wire, so that a head is
// written in one piece and copied without an allocation for each field.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tamizdat::http {

// In the order they came; names compare without case.
class Headers {
 public:
  struct Field {
    std::string_view name;
    std::string_view value;
  };

  // The first field of that name.
  std::optional<std::string_view> find(std::string_view name) const;
  // All fields of that name joined with ", ", as RFC 9110 section 5.3 allows for lists; empty if there is none.
  std::string joined(std::string_view name) const;
  // A field is one line: CR, LF and NUL are left out of a value, whoever put them there. Neither here nor in set() is
  // `value` one that this object gave out.
  void add(std::string_view name, std::string_view value);
  // Replaces all fields of that name, at the end.
  void set(std::string_view name, std::string_view value);
  std::size_t count(std::string_view name) const;

  // They are valid until the next change.
  std::vector<Field> fields() const;
  // "Name: value\r\n" for each field.
  const std::string& lines() const { return lines_; }

 private:
  struct Place {
    std::size_t at = 0;  // of the line in lines_
    std::size_t name_size = 0;
    std::size_t value_size = 0;
  };
  Field field(const Place& place) const;

  std::string lines_;
  std::vector<Place> places_;
};

}  // namespace tamizdat::http
