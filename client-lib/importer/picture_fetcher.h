// Pictures of one feed in one run: each is fetched, encoded anew and kept in the home, or it is known why not. One slow,
// silent or boundless server holds up or fills nothing: time and room have an end.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "client-lib/importer/pictures.h"

namespace tamizdat::importer {

struct FetchedPicture {
  std::optional<format::Attachment> picture;  // without words
  std::string why;  // there is none, or only that of an earlier run; else empty
};

class PictureFetcher {
 public:
  // Both outlive it. `feed`: its address, or a path.
  PictureFetcher(const std::string& feed, const PictureTools& tools) : feed_(feed), tools_(tools) {}

  // Asks for each address once. What was fetched by an earlier run stands in for what cannot be asked for now, and is
  // forgotten when the server has it no longer, or something else that cannot be used. Errors: those of attach_pictures.
  Result<FetchedPicture> fetch(const std::string& url);

 private:
  Result<FetchedPicture> fetch_new(const std::string& url);
  // Nothing if it is unchanged.
  Result<std::optional<format::Attachment>> ask(const std::string& url, const desk::SourceState& before);
  Result<net::HttpAnswer> send(const std::string& url, const desk::SourceState& before);
  // Errors: also that it may not be kept.
  Result<std::vector<pictures::Picture>> encode(BytesView file);
  Result<FetchedPicture> do_without(const std::string& url, const std::optional<desk::KnownPicture>& known, const Error& error);
  Result<void> check_tool(const Error& error);
  bool is_kept(const format::Attachment& picture) const;

  const std::string& feed_;
  const PictureTools& tools_;
  std::map<std::string, FetchedPicture> seen_;   // by URL
  std::map<std::string, unsigned> silences_;     // of hosts, in a row
  seconds lost_{0};                              // to slow servers
  std::uint64_t kept_bytes_ = 0;
  bool tool_works_ = false;
};

}  // namespace tamizdat::importer
