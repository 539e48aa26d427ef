// The pictures of the items that an import is about to publish: fetched from the newsroom's site, encoded anew and
// attached. What a text says does not depend on them, so one that cannot be had today makes no correction tomorrow: it
// stays a link, and a note says so.
#pragma once

#include "client-lib/attachments/prepare.h"
#include "client-lib/importer/import.h"

namespace tamizdat::importer {

// All of it outlives the call.
struct PictureTools {
  desk::DeskStore& store;
  net::Http& http;
  const attachments::Reencode& reencode;
  const publish::Progress& progress;
  const edges::Clock& clock;
  // Of what one run keeps, encoded anew; the archive of a large newsroom is imported in several.
  std::uint64_t kept_bytes_max = std::uint64_t{4} << 30;
  // What pictures leave free on the disk of the home: texts, and whatever else lies there.
  std::uint64_t free_bytes_min = std::uint64_t{256} << 20;
};

// Changes the drafts of the plan, and adds its notes. `feed`: its address as it was given, or a path. Pictures
// come over https only where the feed does, and only from public addresses; unless the feed is at an address such as 127.0.0.1
// or 192.168.0.7 itself: then from that one too. What was fetched before is asked for with its validators.
// Errors: net::kUnreachable if the caller gave up, those of the desk's file and of the home's, also that its disk is nearly
// full; those of pictures::reencode if no picture can be encoded.
Result<void> attach_pictures(Plan& plan, const std::string& feed, const PictureTools& tools);

}  // namespace tamizdat::importer
