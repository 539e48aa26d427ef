// A passphrase in memory that is kept out of swap and wiped. It never comes from arguments or the environment, where
// other users of the machine and crash reports see it.
#pragma once

#include <memory>
#include <string>

#include <tamizdat/outcome.h>

namespace tamizdat::keys {
class Secret;
}

namespace tamizdat::client {

class Passphrase {
 public:
  // Takes the text and overwrites it. Errors: passphrase-empty.
  static Outcome<Passphrase> take(std::string& text);
  // The first line of a file or a pipe, or of standard input; no more is read of it. Errors: passphrase-empty,
  // passphrase-too-long (above 1024 octets), passphrase-file-unsafe (others may read the file), those of the file.
  static Outcome<Passphrase> from_file(const std::string& path);
  static Outcome<Passphrase> from_standard_input();

  Passphrase(Passphrase&&) noexcept;
  Passphrase& operator=(Passphrase&&) noexcept;
  ~Passphrase();
  const keys::Secret& secret() const { return *secret_; }
  // In a time that depends on the lengths only.
  bool operator==(const Passphrase& other) const;

 private:
  explicit Passphrase(std::unique_ptr<keys::Secret> secret);
  std::unique_ptr<keys::Secret> secret_;
};

}  // namespace tamizdat::client
