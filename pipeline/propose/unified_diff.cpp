#include "pipeline/propose/unified_diff.h"

#include <array>
#include <charconv>

#include "pipeline/propose/lines.h"

namespace triage::propose {
namespace {

using Lines = std::span<const std::string_view>;

constexpr std::string_view kNowhere = "/dev/null";

bool names_files(Lines lines, size_t at) {
  return at + 1 < lines.size() && lines[at].starts_with("--- ") &&
         lines[at + 1].starts_with("+++ ");
}

// "a/shop/cart.py\t2026-01-01" → "a/shop/cart.py"
std::string header_path(std::string_view line) {
  line = trim(line.substr(4).substr(0, line.substr(4).find('\t')));
  if (line.size() > 1 && line.starts_with('"') && line.ends_with('"')) {
    line = line.substr(1, line.size() - 2);
  }
  return std::string(line);
}

struct FilePair {
  std::string before, after;
};

FilePair file_pair(std::string_view minus, std::string_view plus) {
  FilePair pair{header_path(minus), header_path(plus)};
  const bool git_style = (pair.before.starts_with("a/") || pair.before == kNowhere) &&
                         (pair.after.starts_with("b/") || pair.after == kNowhere);
  if (git_style) {
    for (std::string* path : {&pair.before, &pair.after}) {
      if (*path != kNowhere) path->erase(0, 2);
    }
  }
  return pair;
}

struct HunkHeader {
  std::uint32_t start = 0;
  std::uint32_t before = 0, after = 0;  // line counts
  bool counted = false;
};

// "@@ -88,6 +88,7 @@ def total": every part may be missing.
HunkHeader read_header(std::string_view line) {
  HunkHeader header;
  const auto range = [&](char mark, std::uint32_t& count) {
    const size_t at = line.find(mark);
    if (at == std::string_view::npos) return std::uint32_t{0};
    std::uint32_t start = 0;
    const char* const end = line.data() + line.size();
    auto read = std::from_chars(line.data() + at + 1, end, start);
    if (read.ec != std::errc()) return std::uint32_t{0};
    count = 1;
    if (read.ptr != end && *read.ptr == ',') {
      header.counted = std::from_chars(read.ptr + 1, end, count).ec == std::errc();
    }
    return start;
  };
  header.start = range('-', header.before);
  range('+', header.after);
  return header;
}

struct HunkLines {
  std::string before, after;
  std::uint32_t before_count = 0, after_count = 0;

  void take(std::string_view line) {
    const char mark = line.empty() ? ' ' : line.front();
    const std::string_view rest = line.empty() ? line : line.substr(1);
    if (mark != '+') add(before, before_count, rest);
    if (mark != '-') add(after, after_count, rest);
    last_ = mark;
  }
  // "\ No newline at end of file" speaks of the line before it.
  void end_without_newline() {
    if (last_ != '+' && !before.empty()) before.pop_back();
    if (last_ != '-' && !after.empty()) after.pop_back();
  }

 private:
  static void add(std::string& side, std::uint32_t& count, std::string_view line) {
    side.append(line).push_back('\n');
    ++count;
  }
  char last_ = ' ';
};

bool body_line(std::string_view line) {
  return line.empty() || line.front() == ' ' || line.front() == '+' || line.front() == '-' ||
         line.front() == '\\';
}

size_t read_hunk(Lines lines, size_t at, bool fenced, Hunk& hunk) {
  const HunkHeader header = read_header(lines[at++]);
  hunk.line_hint = header.start;
  HunkLines read;
  size_t blanks = 0;  // empty lines are context only when more of the hunk follows
  for (; at < lines.size() && body_line(lines[at]) && !names_files(lines, at); ++at) {
    if (lines[at].empty()) {
      const bool complete = header.counted && read.before_count >= header.before &&
                            read.after_count >= header.after;
      if (complete && !fenced) break;
      ++blanks;
      continue;
    }
    if (lines[at].front() == '\\') {
      read.end_without_newline();
      continue;
    }
    for (; blanks > 0; --blanks) read.take("");
    read.take(lines[at]);
  }
  hunk.before = std::move(read.before);
  hunk.after = std::move(read.after);
  return at;
}

struct Unusable {
  std::string_view mark, what;
};
constexpr std::array kUnusable{
    Unusable{"rename from ", "a renamed file"}, Unusable{"copy from ", "a copied file"},
    Unusable{"Binary files ", "a binary file"}, Unusable{"GIT binary patch", "a binary file"}};
constexpr std::array<std::string_view, 8> kExtended{"index ",    "new file",  "deleted file",
                                                    "old mode ", "new mode ", "similarity ",
                                                    "rename ",   "copy "};

bool extended_header(std::string_view line) {
  return std::ranges::any_of(kExtended, [&](auto mark) { return line.starts_with(mark); }) ||
         std::ranges::any_of(kUnusable, [&](auto row) { return line.starts_with(row.mark); });
}

size_t read_file(Lines lines, size_t at, bool fenced, std::vector<Edit>& edits) {
  const FilePair pair = file_pair(lines[at], lines[at + 1]);
  at += 2;
  Edit edit;
  edit.path = pair.after == kNowhere ? pair.before : pair.after;
  edit.remove = pair.after == kNowhere;
  while (at < lines.size()) {
    if (lines[at].starts_with("@@")) {
      Hunk hunk;
      at = read_hunk(lines, at, fenced, hunk);
      if (hunk.before != hunk.after) edit.hunks.push_back(std::move(hunk));
    } else if (fenced && trim(lines[at]).empty()) {
      ++at;
    } else {
      break;
    }
  }
  if (pair.before == kNowhere) {
    edit.content.emplace();
    for (const Hunk& hunk : edit.hunks) *edit.content += hunk.after;
  }
  if (edit.remove || edit.content) edit.hunks.clear();
  if (edit.remove || edit.content || !edit.hunks.empty()) edits.push_back(std::move(edit));
  return at;
}

}  // namespace

bool starts_diff(Lines lines, size_t at) {
  return lines[at].starts_with("diff --git ") || names_files(lines, at);
}

size_t read_diff(Lines lines, size_t at, bool fenced, std::vector<Edit>& edits,
                 std::vector<std::string>& problems) {
  while (at < lines.size()) {
    for (const Unusable& row : kUnusable) {
      if (!lines[at].starts_with(row.mark)) continue;
      problems.push_back("The model's diff has " + std::string(row.what) +
                         ", which cannot be proposed; it was left out.");
    }
    if (names_files(lines, at)) {
      at = read_file(lines, at, fenced, edits);
    } else if (fenced || lines[at].starts_with("diff --git ") || extended_header(lines[at])) {
      ++at;
    } else {
      break;
    }
  }
  return at;
}

}  // namespace triage::propose
