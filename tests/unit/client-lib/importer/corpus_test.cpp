// What an import of real and hostile feeds would sign.
#include <gtest/gtest.h>

#include <iostream>

#include "client-lib/importer/import.h"
#include "proto/html/sanitise.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/client-lib/feeds/fixture.h"
#include "tests/unit/client-lib/support/corpus.h"

namespace tamizdat::importer {
namespace {

TEST(Corpus, EveryPlannedArticleIsFitToBeSigned) {
  SKIP_LOUDLY_WITHOUT_CORPUS();
  const tests::TemporaryFolder folder;
  auto store = desk::DeskStore::open_or_create(folder.path() / "home");
  ASSERT_TRUE(store) << store.error().text;
  std::size_t planned = 0, refused = 0, articles = 0, skipped = 0;
  for (const char* part : {"feeds", "hostile"}) {
    for (const std::string& file : tests::corpus_files(part)) {
      Source source;
      source.place = file;
      source.feed = feeds::read_file(file);
      const auto plan = plan_import(source, {"ru", {"RU-SVE"}, "ask", ""}, *store);
      plan ? ++planned : ++refused;
      if (!plan) continue;
      EXPECT_EQ(plan->articles, plan->drafts.size()) << file;
      articles += plan->articles;
      skipped += plan->skipped.size();
      for (const auto& draft : plan->drafts) {
        EXPECT_FALSE(draft.body.title.empty()) << file;
        EXPECT_FALSE(draft.body.html.empty() && draft.body.lede.empty()) << file << ": " << draft.body.title;
        EXPECT_EQ(html::sanitise(draft.body.html).value_or("refused"), draft.body.html) << file << ": " << draft.body.title;
        EXPECT_TRUE(publish::check_size(draft.body)) << file << ": " << draft.body.title;
      }
    }
  }
  std::cout << planned << " feeds planned, " << refused << " files refused; " << articles << " articles, " << skipped
            << " items skipped\n";
  EXPECT_GT(planned, 20U);
}

}  // namespace
}  // namespace tamizdat::importer
