#include "pipeline/publish/fragment.h"

#include <algorithm>
#include <cstring>

#include "pipeline/base/utf8.h"
#include "pipeline/redact/neutralise.h"

namespace triage::publish {
namespace {

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (size_t pos = 0; (pos = text.find(from, pos)) != std::string::npos; pos += to.size())
    text.replace(pos, from.size(), to);
}

// Our own slots ({{pull_request}}) and markers (<!-- triage:op=) can't be forged in a fragment.
std::string without_slots(std::string text) {
  replace_all(text, "{{", "{ {");
  replace_all(text, "<!--", "<!- -");
  return text;
}

std::string shortened(std::string_view text, size_t max) {
  if (text.size() <= max) return std::string(text);
  return std::string(truncate_utf8(text, max)) + "…";
}

std::string one_line(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\n' || c == '\r' || c == '\t';
    if (!blank) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  while (out.ends_with(' ')) out.pop_back();
  return out;
}

size_t longest_run(std::string_view text, char c) {
  size_t longest = 0;
  size_t run = 0;
  for (const char x : text) {
    run = x == c ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

}  // namespace

std::string prose(std::string_view untrusted, size_t max) {
  return without_slots(redact::neutralise(shortened(one_line(repair_utf8(untrusted)), max)));
}

std::string paragraphs(std::string_view untrusted, size_t max) {
  return without_slots(redact::neutralise(shortened(repair_utf8(untrusted), max)));
}

std::string quoted(std::string_view untrusted, size_t max) {
  return "“" + prose(untrusted, max) + "”";
}

std::string code(std::string_view untrusted, size_t max) {
  const std::string text = without_slots(shortened(one_line(repair_utf8(untrusted)), max));
  const std::string fence(longest_run(text, '`') + 1, '`');
  const bool pad = text.starts_with('`') || text.ends_with('`');
  return fence + (pad ? " " : "") + text + (pad ? " " : "") + fence;
}

std::string code_block(std::string_view untrusted, size_t max, std::string_view language) {
  std::string text = without_slots(head_and_tail(repair_utf8(untrusted), max));
  if (!text.ends_with('\n')) text += '\n';
  const std::string fence(std::max<size_t>(3, longest_run(text, '`') + 1), '`');
  return fence + std::string(language) + "\n" + text + fence + "\n";
}

std::string link(const std::string& text, std::string_view url) {
  const bool plain = (url.starts_with("https://") || url.starts_with("http://")) &&
                     url.size() < 2000 && is_valid_utf8(url) && std::ranges::none_of(url, [](char c) {
                       return static_cast<unsigned char>(c) <= ' ' || std::strchr("()<>[]\"`{}\\", c);
                     });
  return plain ? "[" + text + "](" + std::string(url) + ")" : text;
}

std::string listed(const std::vector<std::string>& items) {
  std::string out;
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += i + 1 == items.size() ? " and " : ", ";
    out += items[i];
  }
  return out;
}

std::string counted(size_t n, std::string_view singular, std::string_view plural) {
  return std::to_string(n) + " " + std::string(n == 1 ? singular : plural);
}

}  // namespace triage::publish
