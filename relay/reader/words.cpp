#include "relay/reader/words.h"

#include <algorithm>
#include <array>

#include "proto/base/check.h"

namespace tamizdat::reader {
namespace {

// Keys begin with w_, so that no word hides a value of a page. A number follows its noun after a colon: no plural
// forms.
constexpr auto kWords = std::to_array<Word>({
    {"w_brand", "Тамиздат", "Tamizdat"},
    {"w_tagline", "Независимые редакции. Подписанные тексты. Много узлов в разных странах.",
     "Independent newsrooms. Signed texts. Many relays in many countries."},
    {"w_skip", "К содержанию", "Skip to content"},
    {"w_sections", "Разделы", "Sections"},
    {"w_newest", "Новое", "Newest"},
    {"w_projects", "Издания", "Publications"},
    {"w_regions", "Регионы", "Regions"},
    {"w_languages", "Языки", "Languages"},
    {"w_topics", "Темы", "Topics"},
    {"w_about", "Как это устроено", "How it works"},
    {"w_all", "Все", "All"},
    {"w_relay", "Узел", "Relay"},
    {"w_operator", "Оператор:", "Operated by"},
    {"w_privacy", "Без cookie, скриптов и счётчиков. Адреса читателей не записываются.",
     "No cookies, no scripts, no counters. Readers’ addresses are not recorded."},
    {"w_feed", "Лента", "Feed"},
    {"w_feeds", "Подписаться:", "Subscribe:"},
    {"w_older", "Более ранние", "Older"},
    {"w_to_newest", "К самым новым", "Back to the newest"},
    {"w_pages", "Страницы", "Pages"},
    {"w_page", "Страница", "Page"},
    {"w_of", "из", "of"},
    {"w_previous_page", "Назад", "Back"},
    {"w_next_page", "Читать дальше", "Read on"},
    {"w_articles", "Материалов:", "Articles:"},
    {"w_nothing", "Здесь пока ничего нет.", "Nothing here yet."},
    {"w_nothing_older", "Более ранних материалов нет.", "There is nothing older."},
    {"w_building", "Узел недавно запущен и ещё перечитывает свой архив: часть материалов появится чуть позже.",
     "This relay has just started and is still reading its archive: some articles will appear a little later."},
    {"w_corrected", "исправлено", "corrected"},
    {"w_corrected_on", "Текст исправлен редакцией", "The newsroom corrected this text on"},
    {"w_earlier_versions", "Прежние версии", "Earlier versions"},
    {"w_history", "История исправлений", "History of corrections"},
    {"w_version_original", "Первая версия", "First version"},
    {"w_version_correction", "Исправление", "Correction"},
    {"w_version_shown", "показано на странице", "shown on this page"},
    {"w_this_version", "Это одна из версий текста, какой она была подписана.",
     "This is one version of the text, as it was signed."},
    {"w_current_version", "Действующая версия", "The current version"},
    {"w_facts", "Сведения", "Details"},
    {"w_project", "Издание", "Publication"},
    {"w_published", "Опубликовано", "Published"},
    {"w_signed", "Подписано", "Signed"},
    {"w_updated", "Обновлено", "Updated"},
    {"w_region", "Регион", "Region"},
    {"w_language", "Язык", "Language"},
    {"w_topic", "Тема", "Topic"},
    {"w_reprint", "Перепечатка", "Reprinting"},
    {"w_reprint_ask", "с согласия редакции", "ask the newsroom"},
    {"w_reprint_under", "на условиях", "under"},
    {"w_credit", "с указанием:", "with the credit:"},
    {"w_source", "Оригинал", "Original"},
    {"w_entry", "Запись", "Entry"},
    {"w_check", "Проверить подпись", "Check the signature"},
    {"w_check_text",
     "Этот текст подписан ключом редакции: ни узел, ни тот, кто стоит между ним и вами, не может незаметно его "
     "изменить. "
     "Скачайте подписанную запись и проверьте её одной командой:",
     "This text is signed with the newsroom’s key: neither this relay nor anyone between it and you can alter it "
     "unnoticed. "
     "Download the signed entry and check it with one command:"},
    {"w_check_record", "Запись об этом тексте подписана ключом редакции. Скачайте её и проверьте одной командой, кто её подписал и когда:",
     "The record of this text is signed with the newsroom’s key. Download it and check with one command who signed it, and when:"},
    {"w_download", "Скачать подписанную запись", "Download the signed entry"},
    {"w_project_id", "Номер издания", "Publication id"},
    {"w_project_id_text", "Сверьте его с номером, который издание сообщает само: по нему проверяются все подписи.",
     "Compare it with the id that the publication itself gives out: every signature is checked against it."},
    {"w_gone_title", "Текста здесь нет", "The text is not here"},
    {"w_retracted_title", "Текст отозван", "This text was retracted"},
    {"w_gone_retracted", "Редакция отозвала этот текст.", "The newsroom retracted this text."},
    {"w_gone_retracted_on", "Узел скрыл его", "This relay hid it on"},
    {"w_reason", "Причина:", "Reason:"},
    {"w_reason_source_at_risk", "источник в опасности", "a source is at risk"},
    {"w_reason_error", "ошибка", "an error"},
    {"w_reason_legal", "юридические основания", "legal grounds"},
    {"w_reason_privacy", "защита частной жизни", "privacy"},
    {"w_retracted", "отозвано", "retracted"},
    {"w_gone_erased",
     "Редакция отозвала этот текст, и узел его стёр. Запись о нём осталась: это доказательство, что он был.",
     "The newsroom retracted this text and the relay erased it. Its record remains, as proof that it existed."},
    {"w_gone_withheld", "Оператор этого узла текст не показывает. Редакция его не отзывала, и на других узлах он может быть.",
     "The operator of this relay does not serve this text. Its newsroom did not retract it, and other relays may have it."},
    {"w_withheld_title", "Здесь этот текст не показан", "This text is withheld here"},
    {"w_withheld_facts", "Кто и почему его не показывает", "Who withholds it, and why"},
    {"w_withheld_country", "По праву страны", "By the law of"},
    {"w_withheld_since", "С какого дня", "Since"},
    {"w_withheld_reason", "Причина, словами оператора", "The operator's reason"},
    {"w_withheld_elsewhere", "Где его прочесть", "Where to read it"},
    {"w_withheld_nowhere", "Этот узел не знает, где ещё лежит текст. Спросите редакцию: её издания хранят и другие узлы.",
     "This relay does not know where else the text lies. Ask the newsroom: other relays keep its publication too."},
    {"w_withheld_no_address", "адреса этот узел не знает", "this relay knows no address of it"},
    {"w_operator", "Оператор", "Operator"},
    {"w_gone_embargoed", "Текст ещё под эмбарго: его покажут позже.",
     "The text is still under embargo: it is shown later."},
    {"w_embargo_title", "Под эмбарго", "Under embargo"},
    {"w_embargo_until", "Текст под эмбарго до", "Under embargo until"},
    {"w_embargo_opens", "После этого он появится на этой странице.", "After that it appears on this page."},
    {"w_gone_not_held", "Узел знает об этой записи, но самого текста у него нет. Возможно, он есть на другом узле.",
     "This relay knows of the entry but does not hold its text. Another relay may."},
    {"w_gone_malformed", "Редакция подписала запись, которую эта программа не может прочесть как статью.",
     "The newsroom signed an entry that this program cannot read as an article."},
    {"w_gone_unreadable", "Узел не смог прочесть эту запись со своего диска. Попробуйте позже или на другом узле.",
     "The relay could not read this entry from its disk. Try later, or another relay."},
    {"w_untitled", "Без заголовка", "Untitled"},
    {"w_mark_forked",
     "Ключом одной из редакций этого издания подписаны две разные истории её ленты: это доказано. Вышедшее узел хранит и "
     "показывает, но нового из этой ленты не берёт, пока издание не решит новым уставом, что верно",
     "The key of a desk of this publication has signed two different histories of its log: this is proven. This relay "
     "keeps and shows what it had, and takes nothing more of that log until the publication decides in a new charter"},
    {"w_mark_charters",
     "Корневые ключи этого издания подписали два разных устава одной версии: это доказано. Какой из них верен, решают узлы, "
     "которые издание назвало раньше. До тех пор издание остановлено: вышедшее остаётся, нового узлы не берут",
     "The root keys of this publication have signed two different charters of one version: this is proven. The relays that "
     "the publication named before decide which one counts. Until then it stands still: what it published stays, and relays "
     "take nothing new of it"},
    {"w_mark_charters_split",
     "Корневые ключи этого издания подписали два разных устава одной версии, и узлы, которые издание назвало раньше, "
     "разошлись поровну: оно остановлено навсегда. Вышедшее остаётся подлинным; спросите редакцию, где она выходит теперь",
     "The root keys of this publication have signed two different charters of one version, and the relays that the "
     "publication named before are divided: it stands still for good. What it published stays genuine; ask the newsroom "
     "where it appears now"},
    {"w_mark_frozen",
     "Издание остановлено одним из своих корневых ключей: до нового устава узлы ничего нового от него не берут. "
     "Вышедшее остаётся. Остановлено",
     "This publication has been frozen by one of its root keys: until its next charter, relays take nothing new of it. "
     "What it published stays. Frozen since"},
    {"w_mark_expired",
     "Срок устава этого издания истёк, а новый не подписан. Вышедшие тексты остаются подлинными, но кто говорит от имени "
     "издания теперь, узел подтвердить не может. Срок истёк",
     "The charter of this publication has expired, and no new one is signed. What it published stays genuine, but this "
     "relay cannot confirm who speaks for it now. Expired on"},
    {"w_badge_forked", "лента раздвоена", "forked"},
    {"w_badge_charters", "устав оспорен", "charter disputed"},
    {"w_badge_frozen", "остановлено", "frozen"},
    {"w_badge_expired", "устав истёк", "charter expired"},
    {"w_badge_stale", "давно не подтверждено", "not confirmed lately"},
    {"w_badge_behind", "здесь не всё", "incomplete here"},
    {"w_mark_fresh",
     "Независимые узлы, которые назвала редакция, подтвердили, что здесь есть всё ею выпущенное, не раньше чем",
     "Independent relays that the newsroom has named confirmed that all it published is here, not earlier than"},
    {"w_mark_stale",
     "Узлы, которые назвала редакция, давно не подтверждали, что здесь есть всё ею выпущенное: возможно, новое сюда не доходит. "
     "Последнее подтверждение",
     "The relays that the newsroom has named have not confirmed lately that all it published is here: something new may not "
     "get through. Last confirmed"},
    {"w_mark_unseen",
     "Узлы, которые назвала редакция, ещё не подтвердили, что здесь есть всё ею выпущенное",
     "The relays that the newsroom has named have not confirmed yet that all it published is here"},
    {"w_mark_behind",
     "Другие узлы видели у этого издания больше, чем есть здесь: этот узел отстал. Посмотрите на другом узле",
     "Other relays have seen more of this publication than is here: this relay lags behind. Look at another relay"},
    {"w_404_title", "Такой страницы нет", "There is no such page"},
    {"w_404_typo", "В номере опечатка: одна или несколько букв не сходятся с контрольной суммой. Проверьте ссылку.",
     "The id has a typing error: a letter or more disagrees with its checksum. Check the link."},
    {"w_404_entry", "Этой записи на узле нет. Она могла сюда ещё не дойти: попробуйте позже или на другом узле.",
     "This relay does not have that entry. It may not have arrived yet: try later, or another relay."},
    {"w_404_project", "Этого издания на узле нет. Оно может быть на другом узле.",
     "This relay does not carry that publication. Another relay may."},
    {"w_404_kind", "Эта запись — не статья: для неё нет страницы.", "That entry is not an article: it has no page."},
    {"w_404_other", "Это номер другой страницы:", "That is the id of another page:"},
    {"w_404_path",
     "Возможно, в ссылке ошибка. Вот что здесь есть:", "Perhaps the link has an error. Here is what there is:"},
    {"w_photo", "Фото:", "Photo:"},
    {"w_author", "Автор:", "By:"},
    {"w_feed_all", "все издания", "all publications"},
    {"w_all_feeds", "все ленты (OPML)", "all feeds (OPML)"},
    {"w_404_near", "Возможно, вы искали:", "Perhaps you were looking for:"},
});

constexpr std::array<std::string_view, 12> kMonthsRussian{"января",   "февраля", "марта",  "апреля",
                                                          "мая",      "июня",    "июля",   "августа",
                                                          "сентября", "октября", "ноября", "декабря"};
constexpr std::array<std::string_view, 12> kMonthsEnglish{"January",   "February", "March",    "April",
                                                          "May",       "June",     "July",     "August",
                                                          "September", "October",  "November", "December"};

}  // namespace

std::span<const Word> words() { return kWords; }

std::string word(std::string_view key, Tongue tongue) {
  const auto found = std::find_if(kWords.begin(), kWords.end(), [&](const Word& item) { return item.key == key; });
  TMZ_CHECK(found != kWords.end());
  return std::string(found->in(tongue));
}

std::string day_text(Timestamp time, Tongue tongue) {
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(time)};
  const auto& months = tongue == Tongue::kRussian ? kMonthsRussian : kMonthsEnglish;
  return std::to_string(static_cast<unsigned>(day.day())) + " " +
         std::string(months[static_cast<unsigned>(day.month()) - 1]) + " " +
         std::to_string(static_cast<int>(day.year()));
}

std::string clock_text(Timestamp time) { return to_rfc3339(time).substr(11, 5) + " UTC"; }

std::string day_key(Timestamp time) { return to_rfc3339(time).substr(0, 10); }

}  // namespace tamizdat::reader
