#include "client-lib/publish/attachments.h"

#include <algorithm>
#include <map>

#include "proto/format/limits.h"

namespace tamizdat::publish {
namespace {

using State = net::HeldAttachment::State;

// A relay that refuses so many one after the other refuses them all.
constexpr unsigned kRefusalsMax = 8;

class AttachmentDelivery {
 public:
  AttachmentDelivery(desk::DeskStore& store, RelayView& relay, Sending sending, const Progress& progress)
      : store_(store), relay_(relay), sending_(sending), progress_(progress) {}

  Result<void> run() {
    const auto from = first_entry_to_ask_about();
    if (!from) return tl::unexpected(from.error());
    const auto named = store_.log().blobs_named_by(std::min(*from, relay_.held), relay_.held);
    if (!named) return tl::unexpected(named.error());
    for (const auto& [blob, index] : *named) first_naming_.try_emplace(blob, index);
    std::vector<BlobId> blobs;
    for (const auto& [blob, index] : first_naming_) {
      blobs.push_back(blob);
      octets_ += blob.size;
    }
    std::ranges::stable_sort(blobs, {}, &BlobId::size);
    for (const auto& blob : blobs) bring(blob);
    relay_.attachments_missing = lacking_.size();
    std::uint64_t whole = relay_.held;
    for (const auto& blob : lacking_) whole = std::min(whole, first_naming_.at(blob));
    return store_.relays().found_whole(id(), whole);
  }

 private:
  const RelayId& id() const { return relay_.client.address().relay; }

  // Who asks wants to know what is there now: a relay may have lost what it had once. What is sent next begins there.
  Result<std::uint64_t> first_entry_to_ask_about() {
    if (sending_ == Sending::kAskOnly) return std::uint64_t{0};
    return store_.relays().whole_up_to(id());
  }

  void bring(const BlobId& blob) {
    if (!gave_up_) {
      const auto whole = is_whole_after(blob);
      done_ += blob.size;
      if (whole && *whole) {
        refusals_ = 0;
        return;
      }
      if (!whole) note(whole.error());
    }
    lacking_.push_back(blob);
  }

  // Errors: trouble with the relay or with the file.
  Result<bool> is_whole_after(const BlobId& blob) {
    progress_("asking " + relay_.name() + " about attachments", done_, octets_);
    const auto file = sending_ == Sending::kSend ? store_.attachments().open(blob) : fail(blobs::kBlobMissing, "");
    // The leaf hashes of a small one are as short as a question, and the answer is the same.
    const bool leaves_ask = file && file->leaves().size() <= net::kPutBlocksMax;
    auto held = leaves_ask ? relay_.client.put_leaves(blob, file->leaves()) : relay_.client.attachment(blob);
    if (!held) return pass(held);
    if (held->state == State::kWhole) return true;
    if (sending_ == Sending::kAskOnly) return false;
    if (held->state == State::kUnnamed)
      return fail(net::kRelayRefused, "the relay has no text that names the attachment " + blob.text());
    if (!file) return tl::unexpected(file.error());
    return send(*file, *std::move(held), leaves_ask);
  }

  Result<bool> send(const blobs::BlobFile& file, net::HeldAttachment held, bool sent_leaves) {
    while (held.state != State::kWhole) {
      const auto next = held.missing.front();
      progress_("sending attachments to " + relay_.name(), done_ + next.first * format::kBlockBytes, octets_);
      // A part of which no block is there may lack the leaf hashes too.
      const bool is_untouched = held.state == State::kUnknown || (next.first == 0 && next.count == file.leaves().size());
      const bool leaves_first = is_untouched && !sent_leaves;
      auto answer = leaves_first ? relay_.client.put_leaves(file.id(), file.leaves()) : put_next(file, next);
      if (!answer) return pass(answer);
      const bool came_on = leaves_first || answer->state == State::kWhole || answer->missing.front().first > next.first;
      if (!came_on) return fail(net::kRelayAnswerInvalid, "the relay says that it took an attachment, and does not have it");
      sent_leaves = true;
      held = *std::move(answer);
    }
    return true;
  }

  Result<net::HeldAttachment> put_next(const blobs::BlobFile& file, const net::HeldAttachment::Blocks& next) {
    const auto octets = file.blocks(next.first, std::min(next.count, net::kPutBlocksMax));
    if (!octets) return tl::unexpected(octets.error());
    return relay_.client.put_blocks(file.id(), next.first, *octets);
  }

  // One attachment that is refused, or whose file is gone, stops no other; a line that broke stops them all.
  void note(const Error& error) {
    const bool is_of_one = error.code == net::kRelayRefused || error.code == blobs::kBlobMissing ||
                           error.code == blobs::kBlobDamaged || error.code == blobs::kFileChanged;
    if (is_of_one || error.code == net::kRelayBusy || error.code == net::kRelayAnswerInvalid) {
      if (!relay_.attachments_trouble) relay_.attachments_trouble = error;
    } else {
      relay_.trouble = error;
    }
    gave_up_ = !is_of_one || ++refusals_ == kRefusalsMax;
  }

  desk::DeskStore& store_;
  RelayView& relay_;
  Sending sending_;
  const Progress& progress_;
  std::map<BlobId, std::uint64_t> first_naming_;  // index of the entry
  std::vector<BlobId> lacking_;                   // there, as far as is known
  std::uint64_t done_ = 0, octets_ = 0;
  unsigned refusals_ = 0;
  bool gave_up_ = false;
};

}  // namespace

Result<void> bring_attachments(desk::DeskStore& store, RelayView& relay, Sending sending, const Progress& progress) {
  return AttachmentDelivery(store, relay, sending, progress).run();
}

}  // namespace tamizdat::publish
