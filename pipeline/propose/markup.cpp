#include "pipeline/propose/markup.h"

#include <algorithm>
#include <array>

#include "pipeline/propose/lines.h"

namespace triage::propose {
namespace {

constexpr size_t kLongestTag = 4000;  // with its attributes

// What only mail written as HTML closes; a ticket about code may well mention "<p>".
constexpr auto kSigns =
    std::to_array<std::string_view>({"</p>", "</div>", "</html>", "</td>", "</span>", "<br>", "<br/", "<br /"});
constexpr auto kBlocks = std::to_array<std::string_view>(
    {"p", "br", "div", "tr", "li", "ul", "ol", "table", "blockquote", "h1", "h2", "h3", "h4", "hr"});
constexpr auto kHidden = std::to_array<std::string_view>({"style", "script", "head", "title"});
constexpr auto kEntities = std::to_array<std::pair<std::string_view, std::string_view>>(
    {{"&nbsp;", " "}, {"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""},
     {"&#39;", "'"}, {"&apos;", "'"}});

bool is_one_of(std::string_view word, const auto& words) {
  return std::ranges::find(words, word) != words.end();
}

struct Tag {
  std::string name;  // lower case
  size_t end = 0;    // behind it
  bool closes = false;
};

// The element at `at`, which holds '<', if it is one.
bool read_tag(std::string_view text, size_t at, Tag& tag) {
  size_t i = at + 1;
  tag.closes = i < text.size() && text[i] == '/';
  if (tag.closes) ++i;
  const size_t begin = i;
  while (i < text.size() && is_word_char(text[i])) ++i;
  tag.name = lower_ascii(text.substr(begin, i - begin));
  const bool named = !tag.name.empty() && tag.name.find('_') == std::string::npos &&
                     tag.name.size() < 12 && i < text.size();
  if (!named || std::string_view(" \t\r\n/>").find(text[i]) == std::string_view::npos) return false;
  const size_t close = text.substr(i, kLongestTag).find('>');
  tag.end = i + close + 1;
  return close != std::string_view::npos;
}

// Behind the end of a hidden element's content.
size_t after_hidden(std::string_view words, const Tag& tag) {
  const size_t close = words.find("</" + tag.name, tag.end);
  const size_t end = close == std::string_view::npos ? close : words.find('>', close);
  return end == std::string_view::npos ? words.size() : end + 1;
}

}  // namespace

std::string without_markup(std::string_view text) {
  const std::string words = lower_ascii(text);
  const bool html = std::ranges::any_of(
      kSigns, [&](std::string_view sign) { return words.find(sign) != std::string::npos; });
  if (!html) return std::string(text);
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    Tag tag;
    if (text[i] == '<' && read_tag(text, i, tag)) {
      const bool hides = !tag.closes && is_one_of(tag.name, kHidden);
      if (is_one_of(tag.name, kBlocks)) out += '\n';
      i = hides ? after_hidden(words, tag) : tag.end;
      continue;
    }
    const auto entity = std::ranges::find_if(
        kEntities, [&](const auto& e) { return text.substr(i).starts_with(e.first); });
    out += entity == kEntities.end() ? text.substr(i, 1) : entity->second;
    i += entity == kEntities.end() ? 1 : entity->first.size();
  }
  return out;
}

}  // namespace triage::propose
