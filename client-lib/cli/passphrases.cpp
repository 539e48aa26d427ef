#include "client-lib/cli/commands.h"

namespace tamizdat::cli {
namespace {

using client::Outcome;
using client::Passphrase;
using client::Problem;
using client::ProblemKind;

Outcome<Passphrase> typed(const Context& context, std::string_view question) {
  if (!context.console.ask_secret())
    return tl::unexpected(Problem{ProblemKind::kUsage, "no-terminal",
                                  "there is no terminal to ask for the passphrase: give --passphrase-file FILE or "
                                  "--passphrase-stdin"});
  auto text = context.console.ask_secret()(std::string(question) + ": ");
  if (!text) return tl::unexpected(Problem{ProblemKind::kFailed, "passphrase-empty", "no passphrase was typed"});
  return Passphrase::take(*text);
}

// From a file or standard input, where the arguments name one.
std::optional<Outcome<Passphrase>> given(const Context& context, const std::string& file) {
  if (!file.empty()) return Passphrase::from_file(file);
  if (context.arguments.passphrase_stdin) return Passphrase::from_standard_input();
  return std::nullopt;
}

}  // namespace

Outcome<Passphrase> ask_passphrase(const Context& context, const std::string& file, std::string_view question) {
  if (auto passphrase = given(context, file)) return *std::move(passphrase);
  return typed(context, question);
}

Outcome<Passphrase> ask_new_passphrase(const Context& context, const std::string& file, std::string_view question) {
  if (auto passphrase = given(context, file)) return *std::move(passphrase);
  auto first = typed(context, question);
  if (!first) return first;
  auto second = typed(context, "The same again");
  if (!second) return second;
  if (!(*first == *second))
    return tl::unexpected(Problem{ProblemKind::kFailed, "passphrases-differ", "the two passphrases differ: try again"});
  return first;
}

}  // namespace tamizdat::cli
