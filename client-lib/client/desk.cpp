#include <tamizdat/desk.h>

#include <algorithm>
#include <cstdlib>

#include "client-lib/article/compose.h"
#include "client-lib/article/tags.h"
#include "client-lib/attachments/article_attachments.h"
#include "client-lib/attachments/captions.h"
#include "client-lib/client/desk_parts.h"
#include "client-lib/files/files.h"
#include "client-lib/keys/key_files.h"
#include "client-lib/publish/openings.h"
#include "client-lib/publish/other_desks.h"
#include "proto/keys/secret.h"

namespace tamizdat::client {
namespace {

constexpr ErrorCode kMarkupUnknown{"markup-unknown"};
constexpr ErrorCode kRelayUnknown{"relay-unknown"};
constexpr ErrorCode kEmbargoPast{"embargo-past"};

std::vector<attachments::GivenFile> given_files(const std::vector<AttachmentSource>& sources) {
  std::vector<attachments::GivenFile> out;
  for (const auto& source : sources)
    out.push_back({source.path, source.alt, source.caption, source.credit,
                   source.treatment == AttachmentTreatment::kAsIs ? attachments::Treatment::kAsIs
                                                                  : attachments::Treatment::kEncodeAnew});
  return out;
}

std::vector<AttachedFile> attached_files(const std::vector<attachments::TakenFile>& files) {
  std::vector<AttachedFile> out;
  for (const auto& file : files)
    out.push_back({file.path.string(),
                   file.treatment == attachments::Treatment::kAsIs ? AttachmentTreatment::kAsIs : AttachmentTreatment::kEncodeAnew,
                   file.by == attachments::ShownBy::kText});
  return out;
}

// Of an entry of this desk, or of another one of the project.
Result<format::EntryHeader> header_of(Desk::Parts& parts, const desk::Project& project, const EntryId& entry, const SendOptions& send) {
  const auto logged = parts.store.log().find(entry);
  if (!logged) return tl::unexpected(logged.error());
  if (*logged) return format::parse_header((*logged)->header);
  if (send.offline) return fail(publish::kEntryUnknown, "this desk has published no entry " + entry.text() + ", and --offline asks no relay for one");
  const auto other = publish::entry_of_other_desk(parts.for_publishing(), project, send.relays, entry);
  if (!other) return tl::unexpected(other.error());
  return other->header;
}

// What keeps readers from the original keeps them from its correction.
Result<std::optional<publish::EmbargoTerms>> embargo_of(desk::DeskStore& store, const EntryId& original,
                                                        const format::EntryHeader& header, Timestamp now) {
  if (!header.not_before) return std::optional<publish::EmbargoTerms>();
  if (!header.key_commitment)
    return *header.not_before <= now ? std::nullopt
                                     : std::optional(publish::EmbargoTerms{*header.not_before, publish::EmbargoForm::kPlain});
  const auto embargo = store.embargoes().find(original);
  if (!embargo) return tl::unexpected(embargo.error());
  // One that is due is opened by the run that signs the correction.
  if (*header.not_before <= now || (*embargo && (*embargo)->opened_by)) return std::optional<publish::EmbargoTerms>();
  return std::optional(publish::EmbargoTerms{*header.not_before, publish::EmbargoForm::kSealed});
}

struct AuthorsDraft {
  publish::Draft draft;
  std::vector<AttachedFile> attached;
  std::vector<std::string> notes;
};

Result<AuthorsDraft> draft_of(Desk::Parts& parts, const desk::Project& project, const ArticleSource& source, const SendOptions& send) {
  const auto markup = article::markup_of(source.path);
  if (!markup)
    return fail(kMarkupUnknown, source.path + ": an article is Markdown (*.md) or HTML (*.html), and the name tells which");
  const auto file = files::read_file(source.path, article::kArticleFileBytesMax);
  if (!file) return tl::unexpected(file.error());
  std::vector<article::Field> flags;
  for (const auto& [key, value] : source.fields) flags.push_back({key, value, "--" + key});
  const auto given = given_files(source.attachments);
  attachments::ArticleAttachments attached(std::filesystem::path(source.path).parent_path(), given, parts.edges.reencode,
                                           parts.store.attachments());
  auto composed = article::compose(*file, *markup, flags, defaults_of(project),
                                   [&](const html::Image& image) { return attached.place(image); });
  // A picture that was not placed may be all that the text had, so it is told first.
  if (!composed && !attached.has_trouble()) return fail(composed.error().code, source.path + ": " + composed.error().text);
  auto files = attached.finish();
  if (!files && files.error().code == attachments::kPictureMissing) return fail(files.error().code, source.path + ": " + files.error().text);
  if (!files) return pass(files);
  publish::Draft draft{std::move(composed->body), std::nullopt, std::nullopt};
  draft.body.attachments = *std::move(files);
  attachments::take_captions(draft.body.html, draft.body.attachments);
  for (auto& attachment : draft.body.attachments)
    if (attachment.width > 0 && attachment.credit.empty()) attachment.credit = composed->photo_credit;
  // The hour and no more, as in the header: a minute would tell when a person worked.
  const auto now = parts.edges.clock.now();
  if (source.embargo)
    draft.embargo = {source.embargo->until, source.embargo->form == EmbargoForm::kPlain ? publish::EmbargoForm::kPlain
                                                                                        : publish::EmbargoForm::kSealed};
  auto notes = attached.notes();
  if (composed->corrects) {
    // A correction of a correction names what that one corrects.
    auto original = *composed->corrects;
    auto header = header_of(parts, project, original, send);
    if (header && header->kind == format::EntryKind::kCorrection) {
      original = *header->target;
      header = header_of(parts, project, original, send);
    }
    if (!header) return tl::unexpected(header.error());
    if (header->kind != format::EntryKind::kArticle) return fail(publish::kEntryUnknown, original.text() + " is no article");
    draft.corrects = original;
    const auto same = embargo_of(parts.store, original, *header, now);
    if (!same) return tl::unexpected(same.error());
    if (*same && !draft.embargo) {
      draft.embargo = *same;
      notes.push_back("what it corrects is under embargo until " + to_rfc3339((*same)->until) +
                      ", and so is the correction. To publish it now, release the other first: tamizdat embargo release " +
                      original.text());
    }
  }
  if (!draft.body.published_at) draft.body.published_at = draft.embargo ? draft.embargo->until : format::coarse_time(now);
  if (auto fits = publish::check_size(draft.body, draft.embargo); !fits) return pass(fits);
  return AuthorsDraft{std::move(draft), attached_files(attached.files()), std::move(notes)};
}

RelayInfo relay_info(const sync::RelayAddress& address) {
  return {address.relay.text(), net::host_and_port(address), address.text(), false};
}

Result<std::vector<RelayInfo>> relay_infos(desk::DeskStore& store) {
  const auto known = store.relays().all();
  if (!known) return tl::unexpected(known.error());
  std::vector<RelayInfo> out;
  for (const auto& relay : *known) {
    const auto address = sync::RelayAddress::parse(relay.address);
    if (!address) return tl::unexpected(address.error());
    out.push_back(relay_info(*address));
  }
  return out;
}

}  // namespace

std::string default_home() {
  if (const char* data = std::getenv("XDG_DATA_HOME"); data != nullptr && *data == '/') return std::string(data) + "/tamizdat";
  const char* home = std::getenv("HOME");
  return std::string(home == nullptr ? "." : home) + "/.local/share/tamizdat";
}

std::string desk_key_file(const DeskOptions& options) { return desk::desk_key_file(home_of(options)).string(); }

article::Defaults defaults_of(const desk::Project& project) {
  const auto& charter = project.charter.content();
  return {charter.languages.empty() ? std::string() : charter.languages.front(), charter.regions};
}

std::filesystem::path home_of(const DeskOptions& options) {
  return options.home.empty() ? default_home() : options.home;
}

Result<format::SigningKey> Desk::Parts::desk_key(const Passphrase& passphrase) const { return open_desk_key(home, passphrase); }

Result<format::SigningKey> open_desk_key(const std::filesystem::path& home, const Passphrase& passphrase) {
  const auto path = desk::desk_key_file(home);
  const auto file = keys::read_key_file(path);
  if (!file) return tl::unexpected(file.error());
  auto key = keys::open_key(*file, keys::KeyRole::kDesk, passphrase.secret().view());
  if (!key) return fail(key.error().code, path.string() + ": " + key.error().text);
  return key;
}

Desk::Desk(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Desk::Desk(Desk&&) noexcept = default;
Desk& Desk::operator=(Desk&&) noexcept = default;
Desk::~Desk() = default;

Outcome<Desk> Desk::open(const DeskOptions& options, bool make_home) { return open(options, make_home, system_edges()); }

Outcome<Desk> Desk::open(const DeskOptions& options, bool make_home, Edges& edges) {
  const auto home = home_of(options);
  auto store = make_home ? desk::DeskStore::open_or_create(home) : desk::DeskStore::open(home);
  if (!store) return problem(store);
  const Progress progress = options.progress ? options.progress : Progress([](auto, auto, auto) {});
  auto http = make_http(edges, options.proxy, options.progress);
  return Desk(std::make_unique<Parts>(Parts{home, progress, edges, *std::move(store), std::move(http)}));
}

Outcome<ProjectInfo> Desk::project() {
  const auto project = parts_->store.project();
  if (!project) return problem(project);
  auto out = project_info(parts_->store, *project, parts_->home);
  if (!out) return problem(out);
  return *std::move(out);
}

Outcome<RelayInfo> Desk::add_relay(const std::string& address_line) {
  const auto address = sync::RelayAddress::parse(address_line);
  if (!address) return problem(address, ProblemKind::kUsage);
  const auto is_new = parts_->store.relays().add(address->relay, address_line);
  if (!is_new) return problem(is_new);
  RelayInfo out = relay_info(*address);
  out.is_new = *is_new;
  return out;
}

Outcome<std::vector<RelayInfo>> Desk::relays() {
  auto out = relay_infos(parts_->store);
  if (!out) return problem(out);
  return *std::move(out);
}

Outcome<RelayInfo> Desk::remove_relay(const std::string& relay) {
  const auto known = relay_infos(parts_->store);
  if (!known) return problem(known);
  const auto found = std::ranges::find_if(*known, [&](const RelayInfo& info) {
    return relay == info.id || relay == info.host_and_port || relay == info.address;
  });
  if (found == known->end())
    return tl::unexpected(problem_of({kRelayUnknown, "no relay " + relay + " is on this desk's list: see tamizdat relay list"},
                                     ProblemKind::kUsage));
  const auto removed = parts_->store.relays().remove(*RelayId::parse(found->id));
  if (!removed) return problem(removed);
  return *found;
}

Outcome<PublishReport> Desk::publish(const ArticleSource& article, const Passphrase& passphrase, const SendOptions& send) {
  if (article.embargo && article.embargo->until <= parts_->edges.clock.now())
    return tl::unexpected(problem_of({kEmbargoPast, "the embargo would end at " + to_rfc3339(article.embargo->until) +
                                                        ", and that is past: give a later time"},
                                     ProblemKind::kUsage));
  const auto project = parts_->store.project();
  if (!project) return problem(project);
  // Before anything is kept in the home.
  const auto key = parts_->desk_key(passphrase);
  if (!key) return problem(key);
  auto draft = draft_of(*parts_, *project, article, send);
  if (!draft) return problem(draft);
  if (article.on_attached) std::ranges::for_each(draft->attached, article.on_attached);
  auto published = publish::publish_drafts(parts_->for_publishing(), *project, *key, {&draft->draft, 1}, send.relays,
                                                 parts_->without_relay(send));
  if (!published) return problem(published);
  auto report = publish_report(*parts_, *project, published->entries, published->relays);
  if (!report) return problem(report);
  report->attached = std::move(draft->attached);
  report->notes.insert(report->notes.end(), draft->notes.begin(), draft->notes.end());
  return *std::move(report);
}

Outcome<PublishReport> Desk::send(const SendOptions& send) {
  const auto project = parts_->store.project();
  if (!project) return problem(project);
  if (send.all_attachments)
    if (auto done = parts_->store.relays().forget_whole(); !done) return problem(done);
  auto relays =
      publish::send_waiting(parts_->for_publishing(), *project, send.relays, parts_->without_relay(send));
  if (!relays) return problem(relays);
  auto report = publish_report(*parts_, *project, {}, *relays);
  if (!report) return problem(report);
  const auto due = publish::count_due(parts_->store, parts_->edges.clock.now());
  if (!due) return problem(due);
  report->embargoes_due = *due;
  return *std::move(report);
}

}  // namespace tamizdat::client
