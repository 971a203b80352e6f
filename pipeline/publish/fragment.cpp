#include "pipeline/publish/fragment.h"

#include <algorithm>
#include <cstring>

#include "pipeline/base/utf8.h"
#include "pipeline/redact/neutralise.h"

namespace triage::publish {
namespace {

// Puts `between` into every occurrence of the two signs, also where they overlap ("{{{").
void part(std::string& text, std::string_view pair, std::string_view between) {
  for (size_t pos = 0; (pos = text.find(pair, pos)) != std::string::npos; pos += between.size() + 1)
    text.insert(pos + 1, between);
}

// Our own slots ({{pull_request}}) and markers (<!-- triage:op=) can't be forged in a fragment.
std::string without_slots(std::string text) {
  part(text, "{{", " ");
  part(text, "<!", " ");
  return text;
}

// Prose has no use for a link whose text hides where it leads.
std::string without_links(std::string text) {
  part(text, "](", " ");
  return text;
}

// Whether a line would become a heading, a rule or a fence, or make a heading of the line before.
bool shapes_the_page(std::string_view line) {
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  if (line.starts_with('#') || line.starts_with("~~~")) return true;
  return !line.empty() && std::string_view("-=*_").find(line[0]) != std::string_view::npos &&
         line.find_first_not_of("-=*_ \t\r") == std::string_view::npos;
}

// Bold at the start of a line is how our own sections begin ("**Proof: …**").
std::string without_bold_start(std::string_view line) {
  std::string out(line);
  size_t first = 0;
  while ((first = std::min(out.find_first_not_of(' '), out.size())) < out.size()) {
    const std::string pair = out.substr(first, 2);
    if (pair != "**" && pair != "__") break;
    const size_t last = out.find(pair, first + 2);
    if (last == std::string::npos) break;
    out.erase(last, 2).erase(first, 2);
  }
  return out;
}

// Keeps the lines and takes the power over the page from them. Done before neutralise(), which would
// spare what stands between two fences.
std::string plain_lines(std::string_view text) {
  std::string out;
  for (size_t start = 0; start <= text.size();) {
    const size_t end = std::min(text.find('\n', start), text.size());
    const std::string line = without_bold_start(text.substr(start, end - start));
    if (start > 0) out += '\n';
    if (shapes_the_page(line)) out += '\\' + line.substr(line.find_first_not_of(' '));
    else out += line;
    start = end + 1;
  }
  return out;
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
  const std::string line = without_bold_start(shortened(one_line(repair_utf8(untrusted)), max));
  return without_links(without_slots(redact::neutralise(line)));
}

std::string paragraphs(std::string_view untrusted, size_t max) {
  const std::string lines = plain_lines(shortened(repair_utf8(untrusted), max));
  const std::string text = without_links(without_slots(redact::neutralise(lines)));
  // A fence is one at the start of a line only, whatever we put before the text.
  return text.starts_with("```") ? "\n" + text : text;
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

}  // namespace triage::publish
