#include "client-lib/verify/verify_source.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "client-lib/archives/archive_file.h"
#include "client-lib/archives/verifier.h"
#include "client-lib/blobs/blob_file.h"
#include "client-lib/charters/fork.h"
#include "client-lib/files/files.h"
#include "client-lib/net/relay_client.h"
#include "client-lib/verify/log_reading.h"
#include "client-lib/witnessing/missing_logs.h"
#include "client-lib/witnessing/statement_set.h"
#include "client-lib/witnessing/withholdings.h"

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

// All archives of one source.
class Reading {
 public:
  Reading(const Source& source, const OnProven& on_proven, const Progress& progress)
      : source_(source), on_proven_(on_proven), progress_(progress) {}

  // Before the archives themselves: a key may stand in another one than what it opens.
  void gather_keys(const fs::path& path) { openings_.gather(path); }

  // One archive, from its first charter to its last bundle.
  Result<void> read_file(const fs::path& path) {
    std::error_code ignored;
    const std::uint64_t octets = fs::file_size(path, ignored);
    archives::Verifier verifier(source_.project);
    const auto part = archives::read_archive(
        path, [&](format::ArchiveRecord record) { return take(verifier, std::move(record)); },
        [&](std::uint64_t read) { progress_("verifying " + path.string(), read, octets); });
    if (!part) return at(path.string(), part.error());
    if (part->torn)
      return fail(format::kArchiveTruncated, path.string() + ": it ends in the middle of a record: fetch it again");
    if (auto done = finish(verifier); !done) return at(path.string(), done.error());
    return {};
  }

  Result<void> read_download(BytesView archive) {
    openings_.gather_bytes(archive);
    archives::Verifier verifier(source_.project);
    if (auto done = archives::read_archive_bytes(
            archive, [&](format::ArchiveRecord record) { return take(verifier, std::move(record)); });
        !done)
      return at(source_.place, done.error());
    if (auto done = finish(verifier); !done) return at(source_.place, done.error());
    return {};
  }

  void saw_page() { ++proven_.pages_not_checked; }

  // After all archives. A file that no entry names proves nothing, and nobody says that it does.
  Result<void> check_attachments(const std::multimap<BlobId, fs::path>& files) {
    for (const auto& [blob, path] : files) {
      if (!attachments_.contains(blob)) continue;
      progress_("verifying " + path.string(), 0, 0);
      const auto file = blobs::BlobFile::open(path);
      const bool is_wrong = file ? file->id() != blob : file.error().code == format::kBlobSizeInvalid;
      if (is_wrong)
        return fail(kAttachmentWrong, path.string() + ": this file is not the attachment that it is named after: it was altered or "
                                                      "is damaged. Remove it and fetch again");
      if (!file) return tl::unexpected(file.error());
      ++proven_.attachments;
    }
    for (const auto& blob : attachments_)
      if (!files.contains(blob)) ++proven_.attachments_missing;
    return {};
  }

  // After all archives: of a branch that is here alone relays may say that there is another one.
  Result<void> check_charters() {
    for (const auto& [project, words] : words_) {
      if (words.chain.empty()) continue;
      const auto chain = chain_of(words.chain);
      if (!chain) return tl::unexpected(chain.error());
      const auto resolved = charters::resolve(*chain, {}, words.statements);
      if (resolved.dispute) proven_.disputes.emplace(project, charters::dispute_text(*resolved.dispute));
      if (resolved.went_over)
        return fail(format::kCharterForked, charters::lost_text(resolved.chain, *chain, "what was read") + ". Fetch it again");
    }
    return {};
  }

  // It was made by fetch, so it has every log that relays gave.
  void is_of_fetch() { is_of_fetch_ = true; }

  Proven result() {
    for (const auto& relay : source_.relays) statements_.allow({relay.relay, {}, {}, {}});
    for (auto& [project, read] : words_) {
      statements_.take_all(read.chain, read.statements);
      const auto notices = witnessing::withholdings_of(statements_.of(project));
      proven_.withheld.insert(proven_.withheld.end(), notices.begin(), notices.end());
    }
    for (const auto& charter : proven_.charters)
      if (const auto freeze = witnessing::freeze_of(charter, statements_.of(charter.project())))
        proven_.freezes.emplace(charter.project(), *freeze);
    for (const auto& [project, read] : words_) retracted_[project].merge(witnessing::retracted_by(statements_.of(project)));
    for (const auto& [id, log] : logs_) proven_.logs.push_back(proven(log));
    if (is_of_fetch_) add_missing_logs();
    return std::move(proven_);
  }

 private:
  void add_missing_logs() {
    for (const auto& [project, read] : words_) {
      if (read.chain.empty()) continue;
      for (const auto& missing : witnessing::missing_logs(read.chain.back(), statements_.of(project), source_.now))
        if (!logs_.contains(missing.log)) proven_.logs.push_back({project, missing.desk, missing.log, 0, 0, 0, 0, missing.freshness});
    }
  }

  ProvenLog proven(const LogReading& log) {
    const auto& charter = words_.at(log.project()).chain.back();
    const auto statements = statements_.of(log.project());
    proven_.entries += log.entries();
    const auto index = source_.entry ? log.index_of(*source_.entry) : std::nullopt;
    const auto [from, to] = index ? std::pair(*index, *index + 1) : std::pair(std::uint64_t{0}, log.size());
    const auto& retracted = retracted_[log.project()];
    for (const auto at : log.indices_of(retracted)) proven_.retracted.insert(log.entry(at));
    return {log.project(), log.desk(), log.log(), log.size(), log.entries(), log.absent(), log.erased_without(retracted),
            log.judge(charter, statements, source_.now), log.copies(charter, statements, from, to, retracted, source_.now), index.has_value()};
  }

  Result<void> take(archives::Verifier& verifier, format::ArchiveRecord record) {
    if (record.kind == format::RecordKind::kSignedCharter) return verifier.take_charter(std::move(record.bytes));
    if (record.kind == format::RecordKind::kStatement) {
      // One that is cut short proves nothing, and what does not verify is passed over: others have good ones.
      if (const auto name = format::peek_statement(record.bytes)) words_[name->project].statements.push_back(std::move(record.bytes));
      return {};
    }
    const auto bundle = verifier.take_bundle(record.bytes);
    if (!bundle) return tl::unexpected(bundle.error());
    has_entries_ = true;
    const auto charter = verifier.charter(bundle->head().project());
    LogReading& log = logs_[bundle->head().log()];
    if (auto same = log.take_head(bundle->head()); !same) return same;
    for (const auto& entry : bundle->entries()) {
      if (entry.header().kind == format::EntryKind::kRetraction) retracted_[log.project()].insert(*entry.header().target);
      const auto is_new = log.take_entry(entry);
      if (!is_new) return tl::unexpected(is_new.error());
      if (!*is_new) continue;
      if (entry.body())
        for (const auto& blob : format::blobs_named_by(*entry.body())) attachments_.insert(blob);
      const auto body = openings_.body_of(entry);
      on_proven_({*charter, *bundle, entry, body, is_wrong_key(entry)});
    }
    return {};
  }

  // Of a sealed entry that comes later, or not at all, nothing can be said.
  bool is_wrong_key(const format::VerifiedEntry& entry) {
    const auto& header = entry.header();
    if (header.key_commitment) sealed_.emplace(entry.id(), *header.key_commitment);
    const auto key = entry.body() ? format::body_key_of(header, *entry.body()) : std::nullopt;
    const auto target = key ? sealed_.find(key->target) : sealed_.end();
    return target != sealed_.end() && format::key_commitment(key->key) != target->second;
  }

  Result<void> finish(const archives::Verifier& verifier) {
    if (verifier.charters().empty()) return fail(kNothingToVerify, "it is empty: there is no charter and no entry in it");
    if (std::exchange(has_entries_, false)) ++proven_.archives;
    for (const auto& charter : verifier.charters()) {
      Words& words = words_[charter.project()];
      if (auto done = follow(words, verifier.chain(charter.project())); !done) return done;
      remember(charter);
      if (words.chain.size() < charter.version()) words.chain = verifier.chain(charter.project());
    }
    return {};
  }

  // The newest of several files speaks for a project.
  void remember(const format::VerifiedCharter& charter) {
    const auto same = std::ranges::find(proven_.charters, charter.project(), &format::VerifiedCharter::project);
    if (same == proven_.charters.end())
      proven_.charters.push_back(charter);
    else if (same->version() < charter.version())
      *same = charter;
  }

  struct Words {
    std::vector<format::VerifiedCharter> chain;  // the longest
    std::vector<Bytes> statements;
  };

  // Where two charters of one version are known, only what was written under the one that relays decided for is proven.
  static Result<void> follow(const Words& words, const std::vector<format::VerifiedCharter>& chain) {
    const auto theirs = chain_of(chain);
    if (!theirs) return tl::unexpected(theirs.error());
    std::vector<charters::Chain> others;
    if (!words.chain.empty()) {
      auto known = chain_of(words.chain);
      if (!known) return pass(known);
      others.push_back(*std::move(known));
    }
    const bool contradict = !others.empty() && charters::compare(*theirs, others.front()) == charters::Standing::kForked;
    const auto resolved = charters::resolve(*theirs, others, words.statements);
    if (resolved.dispute && contradict) return fail(format::kCharterForked, charters::dispute_text(*resolved.dispute));
    if (resolved.went_over)
      return fail(format::kCharterForked, charters::lost_text(resolved.chain, *theirs, "this archive") + ". Fetch it again");
    if (contradict)
      return fail(format::kCharterForked, charters::lost_text(resolved.chain, others.front(), "another archive here") + ". Fetch it again");
    return {};
  }

  static Result<charters::Chain> chain_of(const std::vector<format::VerifiedCharter>& charters) {
    std::vector<Bytes> octets;
    for (const auto& charter : charters) octets.emplace_back(charter.signed_bytes());
    return charters::Chain::verify(octets);
  }

  const Source& source_;
  const OnProven& on_proven_;
  const Progress& progress_;
  std::map<LogId, LogReading> logs_;
  std::map<ProjectId, std::set<EntryId>> retracted_;
  archives::Openings openings_;
  std::unordered_map<EntryId, Hash32> sealed_;  // by entry, the commitment to its key
  std::unordered_set<BlobId> attachments_;  // that proven entries name
  bool is_of_fetch_ = false;
  bool has_entries_ = false;  // the archive that is being read: one of charters or statements alone, as fetch keeps them, is not counted
  std::map<ProjectId, Words> words_;
  witnessing::StatementSet statements_;
  Proven proven_;
};

Result<void> verify_folder(const fs::path& folder, Reading& reading) {
  std::vector<fs::path> files;
  std::multimap<BlobId, fs::path> attachments;
  std::error_code error;
  for (fs::recursive_directory_iterator next(folder, error), end; !error && next != end; next.increment(error)) {
    if (!next->is_regular_file(error)) continue;
    if (next->path().extension() == kEnding || next->path().extension() == witnessing::kOlderStatementsEnding)
      files.push_back(next->path());
    if (ProjectId::parse(next->path().stem().string())) reading.is_of_fetch();
    if (next->path().extension() == ".html") reading.saw_page();
    const auto blob = next->path().extension() == ".part" ? fail(kIdInvalid, "") : BlobId::parse(next->path().stem().string());
    if (blob) attachments.emplace(*blob, next->path());
  }
  if (error) return fail(files::kFileFailed, "cannot read the folder " + folder.string() + ": " + error.message());
  const auto has_proof = [](const fs::path& file) { return file.extension() == kEnding; };
  if (std::ranges::none_of(files, has_proof))
    return fail(kNothingToVerify, folder.string() + ": there is no file *.tamizdat in this folder, and only they carry proof");
  std::ranges::sort(files);
  for (const auto& file : files) reading.gather_keys(file);
  for (const auto& file : files)
    if (auto done = reading.read_file(file); !done) return done;
  return reading.check_attachments(attachments);
}

Result<void> verify_file(const fs::path& file, Reading& reading) {
  reading.gather_keys(file);
  return reading.read_file(file);
}

// The key pin of the relay that an address belongs to.
std::optional<Hash32> pin_for(std::string_view url, std::span<const sync::RelayAddress> relays) {
  for (const auto& relay : relays) {
    const std::string with_port = "https://" + net::host_and_port(relay);
    if (url.starts_with(with_port + "/")) return relay.key_pin;
    const auto without_port = std::string_view(with_port).substr(0, with_port.rfind(':'));
    if (relay.port == 443 && url.starts_with(std::string(without_port) + "/")) return relay.key_pin;
  }
  return std::nullopt;
}

Result<void> verify_download(const Source& source, net::Http& http, Reading& reading) {
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
  return reading.read_download(answer->body);
}

}  // namespace

Result<Proven> verify_source(const Source& source, net::Http& http, const OnProven& on_proven, const Progress& progress) {
  Reading reading(source, on_proven, progress);
  std::error_code ignored;
  auto done = is_web_address(source.place)               ? verify_download(source, http, reading)
              : fs::is_directory(source.place, ignored) ? verify_folder(source.place, reading)
                                                        : verify_file(source.place, reading);
  if (done) done = reading.check_charters();
  if (!done) return pass(done);
  return reading.result();
}

}  // namespace tamizdat::verify
