#include "client-lib/importer/picture_fetcher.h"

#include <algorithm>

#include "client-lib/files/files.h"

namespace tamizdat::importer {
namespace {

using namespace std::string_view_literals;

constexpr ErrorCode kServerBusy{"picture-server-busy"};
constexpr ErrorCode kRunFull{"picture-run-full"};

constexpr int kNotModified = 304, kTooManyRequests = 429;
// A photograph as sites show it has 0.1 to 2 MiB, as a camera makes it 10.
constexpr std::uint64_t kPictureBytesMax = std::uint64_t{20} << 20;
// 2 MiB on a line of 200 kbit/s.
constexpr seconds kPictureTimeMax{90};
// What a picture usually takes, with its encoding; what one takes beyond that is lost time, and a run loses so much at most.
constexpr seconds kPictureTimeUsual{5};
constexpr seconds kLostTimeMax{600};
// A host that was silent so often in a row is left alone for the rest of the run.
constexpr unsigned kSilencesMax = 3;
// Smaller ones count visitors, or are a smile.
constexpr std::uint32_t kSideMin = 16;
// A PNG of one grey pixel.
constexpr auto kDot = "\x89PNG\r\n\x1A\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\b\0\0\0\0:~\x9BU\0\0\0\nIDATx\xDA"
                      "ch\0\0\0\x82\0\x81\xDA" "E\b;\0\0\0\0IEND\xAE" "B`\x82"sv;

net::HttpRequest request_for(const std::string& url, std::string_view feed, const desk::SourceState& before) {
  net::HttpRequest request;
  request.url = url;
  request.answer_bytes_max = kPictureBytesMax;
  request.time_max = kPictureTimeMax;
  request.redirects = net::Redirects::kFollow;
  request.reach = net::reach_of(url, feed);
  request.headers = {"User-Agent: tamizdat (feed reader)", "Accept: image/jpeg, image/png, image/webp, image/gif, */*;q=0.1"};
  if (!before.etag.empty()) request.headers.push_back("If-None-Match: " + before.etag);
  if (!before.last_modified.empty()) request.headers.push_back("If-Modified-Since: " + before.last_modified);
  return request;
}

bool is_of_this_machine(const Error& error) {
  return error.code == desk::kDeskFileFailed || error.code == desk::kDeskFileBusy || error.code == files::kFileFailed ||
         error.code == files::kFileMissing;
}

// Its server could not say whether it still shows the picture.
bool was_not_heard(const Error& error) {
  return error.code == net::kUnreachable || error.code == net::kCertificateInvalid || error.code == kServerBusy ||
         error.code == kRunFull;
}

tl::unexpected<Error> without_tool(const Error& error) {
  return fail(error.code, error.text + "; or import with --no-pictures, and they stay links");
}

}  // namespace

Result<FetchedPicture> PictureFetcher::fetch(const std::string& url) {
  if (const auto seen = seen_.find(url); seen != seen_.end()) return seen->second;
  auto fetched = fetch_new(url);
  if (fetched) seen_.emplace(url, *fetched);
  return fetched;
}

Result<FetchedPicture> PictureFetcher::fetch_new(const std::string& url) {
  if (feed_.starts_with("https://") && !url.starts_with("https://"))
    return FetchedPicture{std::nullopt, "it is not https as the feed is"};
  auto known = tools_.store.imports().picture(url);
  if (!known) return tl::unexpected(known.error());
  if (*known && !is_kept((*known)->attachment)) known->reset();
  const Timestamp began = tools_.clock.now();
  auto picture = ask(url, *known ? (*known)->state : desk::SourceState{});
  // Bounded, since somebody may set the clock meanwhile.
  lost_ += std::clamp<seconds>(tools_.clock.now() - began - kPictureTimeUsual, seconds(0), kPictureTimeMax);
  if (!picture) return do_without(url, *known, picture.error());
  return FetchedPicture{*picture ? **picture : (*known)->attachment, {}};
}

Result<FetchedPicture> PictureFetcher::do_without(const std::string& url, const std::optional<desk::KnownPicture>& known,
                                                  const Error& error) {
  if (is_of_this_machine(error) || tools_.http.gives_up()) return tl::unexpected(error);
  if (auto works = check_tool(error); !works) return pass(works);
  if (known && was_not_heard(error)) return FetchedPicture{known->attachment, error.text};
  if (known)
    if (auto done = tools_.store.imports().forget_picture(url); !done) return pass(done);
  return FetchedPicture{std::nullopt, error.text};
}

// Whether it fails at one picture or at all of them: then nothing is signed, since links would stay links for good.
Result<void> PictureFetcher::check_tool(const Error& error) {
  if (error.code == pictures::kImageToolMissing) return without_tool(error);
  const bool may_be_its_fault = error.code == pictures::kImageToolFailed || error.code == pictures::kImageBroken ||
                                error.code == pictures::kImageTimeout;
  if (!may_be_its_fault || tool_works_) return {};
  const auto dot = tools_.reencode(kDot);
  if (!dot) return without_tool(dot.error());
  tool_works_ = true;
  return {};
}

Result<std::optional<format::Attachment>> PictureFetcher::ask(const std::string& url, const desk::SourceState& before) {
  const auto answer = send(url, before);
  if (!answer) return tl::unexpected(answer.error());
  const bool can_be_unchanged = !before.etag.empty() || !before.last_modified.empty();
  if (answer->status == kNotModified && can_be_unchanged) return std::optional<format::Attachment>();
  if (answer->status != 200) {
    const bool is_busy = answer->status >= 500 || answer->status == kTooManyRequests;
    return fail(is_busy ? kServerBusy : kSourceUnavailable, "its server answers with status " + std::to_string(answer->status));
  }
  auto picture = attachments::keep_picture(
      answer->body, [this](BytesView file) { return encode(file); }, tools_.store.attachments());
  if (!picture) return pass(picture);
  const desk::SourceState state{std::string(answer->header("etag")), std::string(answer->header("last-modified"))};
  if (auto done = tools_.store.imports().remember_picture(url, {state, *picture}); !done) return pass(done);
  return std::optional(*std::move(picture));
}

Result<net::HttpAnswer> PictureFetcher::send(const std::string& url, const desk::SourceState& before) {
  unsigned& silences = silences_[std::string(net::host_name(url))];
  if (silences >= kSilencesMax) return fail(net::kUnreachable, "its server does not answer");
  if (lost_ >= kLostTimeMax) return fail(kRunFull, "this run has lost ten minutes to slow servers of pictures already");
  if (kept_bytes_ >= tools_.kept_bytes_max) return fail(kRunFull, "this run has kept as many pictures as it may");
  auto answer = tools_.http.send(request_for(url, feed_, before));
  silences = answer || answer.error().code != net::kUnreachable ? 0 : silences + 1;
  return answer;
}

Result<std::vector<pictures::Picture>> PictureFetcher::encode(BytesView file) {
  auto out = tools_.reencode(file);
  if (!out) return out;
  if (std::min(out->back().width, out->back().height) < kSideMin)
    return fail(kSourceUnavailable, "it is too small to show anything");
  std::uint64_t bytes = 0;
  for (const auto& picture : *out) bytes += picture.octets.size();
  if (bytes > tools_.kept_bytes_max - kept_bytes_)
    return fail(pictures::kImageTooLarge, "with it this run would keep more pictures than it may");
  const auto free = tools_.store.attachments().free_bytes();
  if (!free) return tl::unexpected(free.error());
  if (*free < bytes + tools_.free_bytes_min)
    return fail(files::kFileFailed, "the disk of this home is nearly full, and pictures leave " +
                                        std::to_string(tools_.free_bytes_min >> 20) +
                                        " MiB of it to what is more urgent: free some space and import again, or import "
                                        "with --no-pictures, and they stay links");
  kept_bytes_ += bytes;
  return out;
}

bool PictureFetcher::is_kept(const format::Attachment& picture) const {
  const auto is_there = [&](const BlobId& blob) { return tools_.store.attachments().open(blob).has_value(); };
  return is_there(picture.blob) && std::ranges::all_of(picture.renditions, is_there, &format::Rendition::blob);
}

}  // namespace tamizdat::importer
