#include "relay/reader/topics.h"

#include <algorithm>
#include <array>

namespace tamizdat::reader {
namespace {

struct Topic {
  std::string_view code, russian, english;
  // What else sites call it, in lower case, each between bars.
  std::string_view headings;
};

// IPTC Media Topics, level 1.
constexpr auto kTopics = std::to_array<Topic>({
    {"01000000", "Культура, искусство и медиа", "Arts, culture, entertainment and media",
     "|культура|искусство|arts|culture|arts, culture and entertainment|"},
    {"02000000", "Преступность, право и суд", "Crime, law and justice", "|криминал|суд и право|crime|law and justice|"},
    {"03000000", "Катастрофы и происшествия", "Disaster, accident and emergency incident",
     "|происшествия|чп|accidents|disaster and accident|"},
    {"04000000", "Экономика, бизнес и финансы", "Economy, business and finance",
     "|экономика|бизнес|экономика и бизнес|economy|business|"},
    {"05000000", "Образование", "Education", "||"},
    {"06000000", "Экология", "Environment", "|окружающая среда|экология и природа|ecology|"},
    {"07000000", "Здоровье", "Health", "|здравоохранение|медицина|"},
    {"08000000", "Люди и судьбы", "Human interest", "|люди|"},
    {"09000000", "Труд", "Labour", "|работа|labor|"},
    {"10000000", "Образ жизни и досуг", "Lifestyle and leisure", "|образ жизни|досуг|lifestyle|"},
    {"11000000", "Политика", "Politics and government", "|politics|"},
    {"12000000", "Религия", "Religion", "|религия и вера|religion and belief|"},
    {"13000000", "Наука и технологии", "Science and technology", "|наука|наука и техника|science|technology|"},
    {"14000000", "Общество", "Society", "||"},
    {"15000000", "Спорт", "Sport", "|sports|"},
    {"16000000", "Война, конфликты и мир", "Conflict, war and peace",
     "|война|конфликты|unrest, conflicts and war|war|"},
    {"17000000", "Погода", "Weather", "||"},
});

// In lower case: Latin, and the Russian letters (in UTF-8, U+0410 to U+042F stand 0x20 below their small ones).
std::string lower(std::string_view text) {
  std::string out(text);
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (out[i] >= 'A' && out[i] <= 'Z') out[i] = static_cast<char>(out[i] + 0x20);
    if (out[i] != '\xd0' || i + 1 == out.size()) continue;
    const auto second = static_cast<unsigned char>(out[i + 1]);
    if (second >= 0x90 && second <= 0x9f) out[i + 1] = static_cast<char>(second + 0x20);
    if (second >= 0xa0 && second <= 0xaf) {
      out[i] = '\xd1';
      out[i + 1] = static_cast<char>(second - 0x20);
    }
  }
  return out;
}

bool is_code(std::string_view text) {
  return text.size() == 8 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::optional<std::string> topic_tag(std::string_view text) {
  auto code = text;
  for (const auto prefix :
       {std::string_view("medtop:"), kTopicScheme, std::string_view("https://cv.iptc.org/newscodes/mediatopic/")})
    if (code.starts_with(prefix)) code.remove_prefix(prefix.size());
  if (is_code(code)) return std::string(code);
  if (text.empty() || text.find('|') != std::string_view::npos) return std::nullopt;
  const auto heading = lower(text);
  for (const auto& topic : kTopics)
    if (heading == lower(topic.russian) || heading == lower(topic.english) ||
        topic.headings.find("|" + heading + "|") != std::string_view::npos)
      return std::string(topic.code);
  return std::nullopt;
}

std::string topic_name(std::string_view tag, Tongue tongue) {
  const auto found = std::find_if(kTopics.begin(), kTopics.end(), [&](const Topic& topic) { return topic.code == tag; });
  if (found == kTopics.end()) return std::string(tag);
  return std::string(tongue == Tongue::kRussian ? found->russian : found->english);
}

}  // namespace tamizdat::reader
