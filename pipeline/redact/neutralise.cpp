#include "pipeline/redact/neutralise.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <vector>

#include "pipeline/redact/fold.h"

namespace triage::redact {
namespace {

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string visible(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t pos = 0; pos < text.size();) {
    const CodePoint point = code_point_at(text, pos);
    const std::uint32_t c = point.value;
    const bool control = (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7F && c < 0xA0);
    if (c == '\r' && (pos + 1 >= text.size() || text[pos + 1] != '\n')) out += '\n';
    if (!control && !is_invisible(c)) out += text.substr(pos, point.length);
    pos += point.length;
  }
  return out;
}

std::string escape_tags(std::string_view text, bool keep_ours) {
  static const RE2 kOurs(
      R"(</?(?:details|summary|sub|sup|br|b|i|em|strong|code|pre|kbd|p)(?: ?/)?>|<!-- triage:op=[0-9a-f]{16} -->)");
  std::string out;
  out.reserve(text.size());
  for (std::size_t pos = 0; pos < text.size(); ++pos) {
    if (text[pos] != '<') {
      out += text[pos];
      continue;
    }
    std::size_t keep = placeholder_at(text, pos);
    // No reader takes "a < b" or "a <= 2" for a tag.
    const char next = pos + 1 < text.size() ? text[pos + 1] : '\0';
    if (keep == 0 && (next == ' ' || next == '=' || is_digit(next))) keep = 1;
    re2::StringPiece match;
    const re2::StringPiece rest(text.data() + pos, std::min<std::size_t>(text.size() - pos, 420));
    if (keep == 0 && keep_ours && kOurs.Match(rest, 0, rest.size(), RE2::ANCHOR_START, &match, 1))
      keep = match.size();
    if (keep == 0) {
      out += "&lt;";
    } else {
      out += text.substr(pos, keep);
      pos += keep - 1;
    }
  }
  return out;
}

bool is_escaped(std::string_view text, std::size_t pos) {
  std::size_t slashes = 0;
  while (slashes < pos && text[pos - 1 - slashes] == '\\') ++slashes;
  return slashes % 2 == 1;
}

// "&#64;all" is "@all" to whoever looks for mentions after rendering.
std::string escape_entities(std::string_view text) {
  static const RE2 kEntity(R"(&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)");
  std::string out;
  out.reserve(text.size());
  for (std::size_t pos = 0; pos < text.size(); ++pos) {
    const re2::StringPiece rest(text.data() + pos, std::min<std::size_t>(text.size() - pos, 40));
    const bool ours = rest.starts_with("&lt;") || rest.starts_with("&amp;");
    if (text[pos] == '&' && !ours && !is_escaped(text, pos) &&
        kEntity.Match(rest, 0, rest.size(), RE2::ANCHOR_START, nullptr, 0))
      out += '\\';
    out += text[pos];
  }
  return out;
}

// Prose between code spans, on one line. A tick that opens no span becomes an apostrophe, so that
// it can't pair with one of ours or on another line. A backslash before what goes into a span would
// take its tick away.
std::string inert_prose(std::string_view prose) {
  static const RE2 kPointer(
      R"(\\*((?i:(?:https?|ftp)://|mailto:|xmpp:|www\.)[^\s<>]*[^\s<>.,;:!?'"()\[\]*_~\\])|)"
      R"((^|[^\w&\\])\\*((?:@[A-Za-z0-9_][\w.\-]*(?:/[\w.\-]+)?|)"
      R"((?:[\w.\-]+/[\w.\-]+)?[#!]\d+\b|GH-\d+\b)(?:[@#!][\w./\-@#!]*)?))");
  std::string out(prose);
  std::replace(out.begin(), out.end(), '`', '\'');
  RE2::GlobalReplace(&out, kPointer, R"(\2`\1\3`)");
  // Images, links to an address that stands elsewhere, and that address.
  static const RE2 kLink(R"((!|\])(\[|:))");
  RE2::GlobalReplace(&out, kLink, R"(\1\\\2)");
  return escape_tags(escape_entities(out), false);
}

struct Ticks {
  std::size_t start, length;
};

std::vector<Ticks> tick_runs(std::string_view text) {
  std::vector<Ticks> runs;
  for (std::size_t pos = text.find('`'); pos < text.size(); pos = text.find('`', pos)) {
    const std::size_t end = std::min(text.find_first_not_of('`', pos), text.size());
    runs.push_back({pos, end - pos});
    pos = end;
  }
  return runs;
}

// Side by side, the ticks of two spans would be read as one longer run.
void append_apart(std::string& out, std::string_view part) {
  if (out.ends_with('`') && part.starts_with('`')) out += ' ';
  out += part;
}

// A code span ends at the next run of as many ticks (CommonMark 6.1); spans are kept, the rest is
// prose. `text` is one line or one cell of a table.
std::string inert_cell(std::string_view text) {
  const std::vector<Ticks> runs = tick_runs(text);
  std::string out;
  std::size_t done = 0;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    Ticks open = runs[i];
    if (is_escaped(text, open.start)) ++open.start, --open.length;
    const auto close =
        std::find_if(runs.begin() + static_cast<std::ptrdiff_t>(i) + 1, runs.end(),
                     [&](const Ticks& t) { return open.length > 0 && t.length == open.length; });
    if (close == runs.end()) continue;
    append_apart(out, inert_prose(text.substr(done, open.start - done)));
    done = close->start + close->length;
    append_apart(out, text.substr(open.start, done - open.start));
    i = static_cast<std::size_t>(close - runs.begin());
  }
  append_apart(out, inert_prose(text.substr(done)));
  return out;
}

// A bar may end a table's cell, and a code span with it: each side is made inert by itself.
std::string inert_line(std::string_view line) {
  static const RE2 kCommand(R"(^([ \t>*+\-]*)(/[A-Za-z][\w\-]*)(\s|$))");
  std::string text(line);
  RE2::Replace(&text, kCommand, R"(\1`\2`\3)");
  std::string out;
  for (std::size_t pos = 0;;) {
    const std::size_t bar = text.find('|', pos);
    out +=
        inert_cell(std::string_view(text).substr(pos, bar == std::string::npos ? bar : bar - pos));
    if (bar == std::string::npos) return out;
    out += '|';
    pos = bar + 1;
  }
}

// Number of ticks or tildes of a fence at the margin, or 0.
std::size_t fence(std::string_view line) {
  if (line.empty() || (line[0] != '`' && line[0] != '~')) return 0;
  const std::size_t size = std::min(line.find_first_not_of(line[0]), line.size());
  return size >= 3 && line.substr(size).find('`') == std::string_view::npos ? size : 0;
}

// May be indented by up to three blanks, unlike the opening one, which we read at the margin only.
bool closes(std::string_view line, char sign, std::size_t size) {
  line.remove_prefix(std::min({line.find_first_not_of(' '), line.size(), std::size_t{3}}));
  const std::size_t run = std::min(line.find_first_not_of(sign), line.size());
  return run >= size && line.substr(run).find_first_not_of(" \t") == std::string_view::npos;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  for (std::size_t pos = 0;;) {
    const std::size_t end = text.find('\n', pos);
    lines.push_back(text.substr(pos, end == std::string_view::npos ? end : end - pos));
    if (end == std::string_view::npos) return lines;
    pos = end + 1;
  }
}

}  // namespace

std::size_t placeholder_at(std::string_view text, std::size_t pos) {
  std::size_t at = pos;
  if (at >= text.size() || text[at] != '<') return 0;
  const std::size_t name = ++at;
  while (at < text.size() && (is_upper(text[at]) || text[at] == '_')) ++at;
  if (at - name < 2 || at - name > 33 || !is_upper(text[name]) || text[at - 1] != '_') return 0;
  const std::size_t number = at;
  while (at < text.size() && is_digit(text[at])) ++at;
  if (at == number || at - number > 9 || at >= text.size() || text[at] != '>') return 0;
  return at + 1 - pos;
}

std::string neutralise(std::string_view fragment) {
  const std::string text = visible(fragment);
  const std::vector<std::string_view> lines = lines_of(text);
  std::string out;
  out.reserve(text.size() + text.size() / 16);
  std::size_t no_close_before = 0;  // lines known to be without a closing fence, to stay linear
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) out += '\n';
    const std::size_t size = fence(lines[i]);
    std::size_t close = i;
    if (size > 0 && i >= no_close_before) {
      for (close = i + 1; close < lines.size() && !closes(lines[close], lines[i][0], size);)
        ++close;
      if (close == lines.size()) no_close_before = close;
    }
    if (size == 0 || close == i || close == lines.size()) {
      out += inert_line(lines[i]);
      continue;
    }
    for (; i < close; ++i) out.append(lines[i]).append("\n");
    out += lines[close];
  }
  return out;
}

std::string defuse(std::string_view body) { return escape_tags(visible(body), true); }

}  // namespace triage::redact
