#include "client-lib/verify/verify_source.h"

#include <algorithm>
#include <filesystem>

#include "client-lib/archives/archive_file.h"
#include "client-lib/archives/verifier.h"
#include "client-lib/files/files.h"

namespace tamizdat::verify {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnding = ".tamizdat";

bool is_web_address(std::string_view place) { return place.starts_with("https://") || place.starts_with("http://"); }

// Errors of the file itself name it already.
tl::unexpected<Error> at(std::string_view place, const Error& error) {
  if (error.code == files::kFileMissing || error.code == files::kFileFailed) return tl::unexpected(error);
  return fail(error.code, std::string(place) + ": " + error.text);
}

// One archive, from its first charter to its last bundle.
class Reading {
 public:
  Reading(const Source& source, const OnProven& on_proven, Proven& proven)
      : verifier_(source.project), on_proven_(on_proven), proven_(proven) {}

  Result<void> take(format::ArchiveRecord record) {
    if (record.kind == format::RecordKind::kSignedCharter) return verifier_.take_charter(std::move(record.bytes));
    const auto bundle = verifier_.take_bundle(record.bytes);
    if (!bundle) return tl::unexpected(bundle.error());
    const auto charter = verifier_.charter(bundle->head().project());
    for (const auto& entry : bundle->entries()) on_proven_({*charter, *bundle, entry});
    proven_.entries += bundle->entries().size();
    return {};
  }

  Result<void> finish() {
    if (verifier_.charters().empty()) return fail(kNothingToVerify, "it is empty: there is no charter and no entry in it");
    ++proven_.archives;
    for (const auto& charter : verifier_.charters()) remember(charter);
    return {};
  }

 private:
  // The newest of several files speaks for a project.
  void remember(const format::VerifiedCharter& charter) {
    const auto same = std::ranges::find(proven_.charters, charter.project(), &format::VerifiedCharter::project);
    if (same == proven_.charters.end())
      proven_.charters.push_back(charter);
    else if (same->version() < charter.version())
      *same = charter;
  }

  archives::Verifier verifier_;
  const OnProven& on_proven_;
  Proven& proven_;
};

Result<void> verify_file(const fs::path& path, const Source& source, const OnProven& on_proven, Proven& proven) {
  Reading reading(source, on_proven, proven);
  const auto part = archives::read_archive(path, [&](format::ArchiveRecord record) { return reading.take(std::move(record)); });
  if (!part) return at(path.string(), part.error());
  if (part->torn)
    return fail(format::kArchiveTruncated, path.string() + ": it ends in the middle of a record: fetch it again");
  if (auto done = reading.finish(); !done) return at(path.string(), done.error());
  return {};
}

Result<void> verify_folder(const fs::path& folder, const Source& source, const OnProven& on_proven, Proven& proven) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::recursive_directory_iterator next(folder, error), end; !error && next != end; next.increment(error))
    if (next->is_regular_file(error) && next->path().extension() == kEnding) files.push_back(next->path());
  if (error) return fail(files::kFileFailed, "cannot read the folder " + folder.string() + ": " + error.message());
  if (files.empty())
    return fail(kNothingToVerify, folder.string() + ": there is no file *.tamizdat in this folder, and only they carry proof");
  std::ranges::sort(files);
  for (const auto& file : files)
    if (auto done = verify_file(file, source, on_proven, proven); !done) return done;
  return {};
}

// The key pin of the relay that an address belongs to.
std::optional<Hash32> pin_for(std::string_view url, std::span<const sync::RelayAddress> relays) {
  for (const auto& relay : relays) {
    const bool is_ipv6 = relay.host.find(':') != std::string::npos;
    const std::string host = "https://" + (is_ipv6 ? "[" + relay.host + "]" : relay.host);
    if (url.starts_with(host + ":" + std::to_string(relay.port) + "/")) return relay.key_pin;
    if (relay.port == 443 && url.starts_with(host + "/")) return relay.key_pin;
  }
  return std::nullopt;
}

Result<void> verify_download(const Source& source, net::Http& http, const OnProven& on_proven, Proven& proven) {
  net::HttpRequest request;
  request.url = source.place;
  request.key_pin = pin_for(source.place, source.relays);
  request.answer_bytes_max = kDownloadBytesMax;
  request.redirects = request.key_pin ? net::Redirects::kRefuse : net::Redirects::kFollow;
  const auto answer = http.send(request);
  if (!answer) return tl::unexpected(answer.error());
  if (answer->status != 200)
    return fail(kDownloadFailed, source.place + ": the server answers with status " + std::to_string(answer->status));
  if (answer->header("content-type").starts_with("text/"))
    return fail(kNotAnArchive, source.place + ": this is a page to read and no proof; give the address of its signed copy (*.tamizdat)");
  Reading reading(source, on_proven, proven);
  if (auto done = archives::read_archive_bytes(
          answer->body, [&](format::ArchiveRecord record) { return reading.take(std::move(record)); });
      !done)
    return at(source.place, done.error());
  if (auto done = reading.finish(); !done) return at(source.place, done.error());
  return {};
}

}  // namespace

Result<Proven> verify_source(const Source& source, net::Http& http, const OnProven& on_proven) {
  Proven proven;
  std::error_code ignored;
  auto done = is_web_address(source.place)               ? verify_download(source, http, on_proven, proven)
              : fs::is_directory(source.place, ignored) ? verify_folder(source.place, source, on_proven, proven)
                                                        : verify_file(source.place, source, on_proven, proven);
  if (!done) return pass(done);
  return proven;
}

}  // namespace tamizdat::verify
