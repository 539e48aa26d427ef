#include "relay/reader/names.h"

#include <map>

#include <gtest/gtest.h>

#include "relay/reader/mo_file.h"

namespace tamizdat::reader {
namespace {

void append_u32_le(Bytes& out, std::size_t value) {
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>((value >> shift) & 0xff);
}

// As msgfmt writes it.
Bytes mo_file(const std::map<std::string, std::string>& translations) {
  const auto rows = translations.size();
  Bytes header, messages, translated, texts;
  const std::size_t texts_at = 28 + 16 * rows;
  const auto add = [&](Bytes& table, const std::string& text) {
    append_u32_le(table, text.size());
    append_u32_le(table, texts_at + texts.size());
    texts += text + '\0';
  };
  for (const auto& [message, translation] : translations) {
    add(messages, message);
    add(translated, translation);
  }
  for (const auto value :
       {std::size_t{0x950412de}, std::size_t{0}, rows, std::size_t{28}, 28 + 8 * rows, std::size_t{0}, texts_at})
    append_u32_le(header, value);
  return header + messages + translated + texts;
}

TEST(MoFile, FindsTranslations) {
  const auto file = MoFile::parse(mo_file({{"", "header"}, {"Georgia", "Грузия"}, {"Serbia", "Сербия"}}));
  ASSERT_TRUE(file);
  EXPECT_EQ(file->find("Georgia"), "Грузия");
  EXPECT_EQ(file->find("Serbia"), "Сербия");
  EXPECT_FALSE(file->find("Georgi"));
  EXPECT_FALSE(file->find("Zambia"));
}

TEST(MoFile, RefusesWhatIsNone) {
  EXPECT_EQ(MoFile::parse("").error().code, kMoFileMalformed);
  EXPECT_EQ(MoFile::parse(Bytes(100, 'x')).error().code, kMoFileMalformed);
  auto cut = mo_file({{"a", "b"}, {"c", "d"}});
  cut.resize(40);
  EXPECT_EQ(MoFile::parse(cut).error().code, kMoFileMalformed);
}

TEST(MoFile, ATextOutsideTheFileIsNotFound) {
  auto file = mo_file({{"a", "b"}});
  file.resize(file.size() - 3);
  const auto parsed = MoFile::parse(file);
  ASSERT_TRUE(parsed);
  EXPECT_FALSE(parsed->find("a"));
}

ReadFile files(std::map<std::string, Bytes> content) {
  return [content = std::move(content)](const std::string& path) -> Result<Bytes> {
    const auto found = content.find(path);
    if (found == content.end()) return fail(ErrorCode("file-missing"), path);
    return found->second;
  };
}

TEST(Names, ComeFromIsoCodes) {
  const auto read = files({
      {"/s/iso-codes/json/iso_3166-1.json", R"({"3166-1":[{"alpha_2":"GE","name":"Georgia"}]})"},
      {"/s/locale/ru/LC_MESSAGES/iso_3166-1.mo", mo_file({{"Georgia", "Грузия"}})},
      {"/s/iso-codes/json/iso_3166-2.json",
       R"({"3166-2":[{"code":"RU-PER","name":"Permskij kraj"},{"code":"GE-TB"}]})"},
      {"/s/locale/ru/LC_MESSAGES/iso_3166-2.mo", mo_file({{"Other", "Другое"}})},
      {"/s/iso-codes/json/iso_639-3.json", R"({"639-3":[{"alpha_2":"ru","alpha_3":"rus","name":"Russian"}]})"},
      {"/s/locale/ru/LC_MESSAGES/iso_639-3.mo", mo_file({{"Russian", "русский"}})},
  });
  std::vector<Error> missing;
  const auto names = Names::load("/s", read, &missing);
  EXPECT_TRUE(missing.empty());
  EXPECT_EQ(names.region("GE", Tongue::kRussian), "Грузия");
  EXPECT_EQ(names.region("GE", Tongue::kEnglish), "Georgia");
  EXPECT_EQ(names.region("RU-PER", Tongue::kRussian), "Permskij kraj");
  EXPECT_EQ(names.region("GE-TB", Tongue::kEnglish), "GE-TB");
  EXPECT_EQ(names.language("ru", Tongue::kRussian), "Русский");
  EXPECT_EQ(names.language("rus", Tongue::kEnglish), "Russian");
}

TEST(Names, AreTheCodesWhereFilesAreMissingOrBroken) {
  std::vector<Error> missing;
  const auto names = Names::load("/s", files({{"/s/iso-codes/json/iso_3166-1.json", "[1,2"},
                                              {"/s/iso-codes/json/iso_639-3.json", R"({"639-3":[7,{"name":3}]})"}}),
                                 &missing);
  EXPECT_EQ(missing.size(), 3u);  // 3166-1 broken, 3166-2 missing, the translations of 639-3 missing
  EXPECT_EQ(names.region("RU-SVE", Tongue::kRussian), "RU-SVE");
  EXPECT_EQ(names.language("ru", Tongue::kEnglish), "ru");
}

}  // namespace
}  // namespace tamizdat::reader
