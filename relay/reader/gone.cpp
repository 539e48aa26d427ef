#include "relay/reader/gone.h"

#include "relay/reader/pages.h"
#include "relay/reader/words.h"

namespace tamizdat::reader {
namespace {

std::string_view gone_key(Gone gone) {
  switch (gone) {
    case Gone::kRetracted: return "w_gone_retracted";
    case Gone::kErased: return "w_gone_erased";
    case Gone::kWithheld: return "w_gone_withheld";
    case Gone::kEmbargoed: return "w_gone_embargoed";
    case Gone::kNotHeld: return "w_gone_not_held";
    case Gone::kMalformed: return "w_gone_malformed";
    case Gone::kUnreadable: return "w_gone_unreadable";
  }
  return "w_gone_not_held";
}

std::string retraction_text(const store::Retraction& retraction, Tongue tongue) {
  auto text = word("w_gone_retracted", tongue) + " " + word("w_gone_retracted_on", tongue) + " " +
              day_text(retraction.received_at, tongue) + ".";
  const auto reason = reason_key(retraction.reason);
  if (!reason.empty()) text += " " + word("w_reason", tongue) + " " + word(reason, tongue) + ".";
  return text;
}

}  // namespace

std::string gone_title(const Article& article, Tongue tongue) {
  if (article.retraction) return word("w_retracted_title", tongue);
  if (article.gone == Gone::kWithheld) return word("w_withheld_title", tongue);
  return word(article.gone == Gone::kEmbargoed ? "w_embargo_title" : "w_gone_title", tongue);
}

std::string gone_text(const Article& article, Tongue tongue) {
  if (article.retraction) return retraction_text(*article.retraction, tongue);
  if (!article.embargo_ends_at) return word(gone_key(*article.gone), tongue);
  const auto end = *article.embargo_ends_at;
  return word("w_embargo_until", tongue) + " " + day_text(end, tongue) + ", " + clock_text(end) + ". " +
         word("w_embargo_opens", tongue);
}

}  // namespace tamizdat::reader
