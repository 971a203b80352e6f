#include "pipeline/propose/edits.h"

#include <algorithm>
#include <array>
#include <map>
#include <span>

#include "pipeline/edit_format.h"
#include "pipeline/propose/lines.h"

namespace triage::propose {
namespace {

constexpr size_t kMarkLength = 5;  // models shorten the usual seven
constexpr size_t kMaxPath = 300;
constexpr size_t kLookBack = 6;  // lines above a block in which its file may be named

size_t run_length(std::string_view line, char c) {
  const size_t end = line.find_first_not_of(c);
  return end == std::string_view::npos ? line.size() : end;
}

bool is_mark(std::string_view line, char c, std::string_view word) {
  const size_t length = run_length(line, c);
  if (length < kMarkLength || length > 2 * kMarkLength) return false;
  const std::string_view rest = trim(line.substr(length));
  return rest.empty() ? word.empty() : !word.empty() && lower_ascii(rest).starts_with(word);
}

bool opens_search(std::string_view line) {
  return is_mark(line, '<', "search") || is_mark(line, '<', "original") ||
         is_mark(line, '<', "head");
}
bool divides(std::string_view line) { return is_mark(trim(line), '=', ""); }
bool closes_replace(std::string_view line) {
  return is_mark(line, '>', "replace") || is_mark(line, '>', "updated") || is_mark(line, '>', "");
}

struct Fence {
  size_t length = 0;  // 0: none
  char mark = '`';
  std::string_view info;
};

Fence fence_at(std::string_view line) {
  line = trim(line);
  if (line.empty() || (line.front() != '`' && line.front() != '~')) return {};
  const size_t length = run_length(line, line.front());
  if (length < 3 || line.substr(length).find('`') != std::string_view::npos) return {};
  return {length, line.front(), trim(line.substr(length))};
}

bool closes(std::string_view line, const Fence& open) {
  const Fence fence = fence_at(line);
  return fence.mark == open.mark && fence.length >= open.length && fence.info.empty();
}

bool path_like(std::string_view text) {
  if (text.empty() || text.size() > kMaxPath) return false;
  if (text.find_first_of(" \t<>|\"'*?,;()") != std::string_view::npos) return false;
  if (text.find("://") != std::string_view::npos || text.ends_with('.')) return false;
  return text.find_first_of("/.") != std::string_view::npos;
}

// The path in "### shop/cart.py", "**File:** `shop/cart.py`", "shop/cart.py:" and the like.
std::string_view path_in(std::string_view line) {
  bool announced = line.starts_with('#');
  line = trim(line, " \t#*`:\"");
  for (const std::string_view word :
       {"file", "path", "filename", "in", "edit", "update", "create"}) {
    if (line.size() <= word.size() || lower_ascii(line.substr(0, word.size())) != word) continue;
    if (line.substr(word.size()).find_first_of(" \t:*`") != 0) continue;
    line = trim(line.substr(word.size()), " \t#*`:\"");
    announced = true;
    break;
  }
  if (path_like(line)) return line;
  // "Makefile" has neither a slash nor a dot, so it needs to be announced.
  const bool bare = announced && !line.empty() && line.size() <= kMaxPath &&
                    std::ranges::all_of(line, [](char c) { return is_word_char(c) || c == '-'; });
  return bare ? line : std::string_view{};
}

// The path in a fence's info: "python path=shop/cart.py", "python:shop/cart.py", "shop/cart.py".
std::string_view path_in_info(std::string_view info) {
  for (const std::string_view key : {"path=", "file=", "filename=", "title="}) {
    const size_t at = info.find(key);
    if (at == std::string_view::npos) continue;
    std::string_view value = info.substr(at + key.size());
    if (value.starts_with('"')) return value.substr(1, value.find('"', 1) - 1);
    return value.substr(0, value.find_first_of(" \t}"));
  }
  const size_t colon = info.find(':');
  if (colon != std::string_view::npos && path_like(trim(info.substr(colon + 1)))) {
    return trim(info.substr(colon + 1));
  }
  return {};
}

bool starts_diff(std::span<const std::string_view> lines, size_t at) {
  const bool names_files =
      at + 1 < lines.size() && lines[at].starts_with("--- ") && lines[at + 1].starts_with("+++ ");
  return names_files || lines[at].starts_with("diff --git ");
}

// The first line that can't belong to the diff which begins at `at`.
size_t diff_end(std::span<const std::string_view> lines, size_t at) {
  static constexpr std::array<std::string_view, 11> kHeaders{
      "diff --git ", "index ",  "new file ", "deleted file ", "old mode ",  "new mode ",
      "similarity ", "rename ", "copy ",     "Binary files ", "GIT binary "};
  const auto belongs = [](std::string_view line) {
    return line.empty() ||
           std::string_view(" +-\\@").find(line.front()) != std::string_view::npos ||
           std::ranges::any_of(kHeaders, [&](auto start) { return line.starts_with(start); });
  };
  while (at < lines.size() && belongs(lines[at])) ++at;
  return at;
}

std::string join(std::span<const std::string_view> lines) {
  std::string text;
  for (const std::string_view line : lines) text.append(line).push_back('\n');
  return text;
}

class Reader {
 public:
  explicit Reader(std::string_view answer)
      : lines_(split_lines(answer)), prose_(lines_.size(), true) {}

  EditsAndProse read() {
    for (size_t at = 0; at < lines_.size();) at = step(at);
    cap_edits(out_.edits, out_.problems);
    for (size_t i = 0; i < lines_.size(); ++i) {
      if (prose_[i]) out_.prose.append(lines_[i]).push_back('\n');
    }
    return std::move(out_);
  }

 private:
  size_t step(size_t at) {
    if (opens_search(trim(lines_[at]))) return read_block(at);
    if (starts_diff(lines_, at)) return read_diff(at, diff_end(lines_, at));
    const Fence fence = fence_at(lines_[at]);
    if (fence.length > 0) return read_fence(at, fence);
    return at + 1;
  }

  // Marks [from, to) as not prose.
  size_t take(size_t from, size_t to) {
    std::fill(prose_.begin() + static_cast<std::ptrdiff_t>(from),
              prose_.begin() + static_cast<std::ptrdiff_t>(to), false);
    taken_ = to;
    return to;
  }

  size_t read_diff(size_t from, size_t to) {
    auto edits = parse_unified_diff(join(std::span(lines_).subspan(from, to - from)));
    if (edits) {
      for (Edit& edit : *edits) add(std::move(edit));
    } else {
      out_.problems.push_back("The model's diff could not be used: " + edits.error().message + ".");
    }
    return take(from, to);
  }

  size_t fence_end(size_t from, const Fence& open) const {
    size_t at = from;
    while (at < lines_.size() && !closes(lines_[at], open)) ++at;
    return at;
  }

  size_t read_fence(size_t at, const Fence& open) {
    const std::string_view info_path = path_in_info(open.info);
    const size_t body = at + 1;
    // The file's name and some words may stand inside the fence, above the first block.
    size_t first = body;
    while (first < lines_.size() && !closes(lines_[first], open)) {
      if (opens_search(trim(lines_[first]))) {
        if (!info_path.empty()) path_ = info_path;
        fence_ = open;
        prose_[at] = false;
        return first;
      }
      ++first;
    }
    first = body;
    while (first < lines_.size() && trim(lines_[first]).empty()) ++first;
    const size_t end = fence_end(body, open);
    const size_t next = std::min(end + 1, lines_.size());
    if (first < end && starts_diff(lines_, first)) {
      read_diff(first, end);
      return take(at, next);
    }
    if (info_path.empty()) return next;
    if (end == lines_.size()) {
      out_.problems.push_back("The model's text for " + std::string(info_path) +
                              " is not closed; it was left out.");
    } else {
      add({std::string(info_path), {}, join(std::span(lines_).subspan(body, end - body)), false});
    }
    return take(at, next);
  }

  // The nearest line above that names a file, past blank lines and a fence's opening.
  std::string_view path_above(size_t at) {
    for (size_t back = at, seen = 0; back > taken_ && seen < kLookBack; ++seen) {
      const std::string_view line = trim(lines_[--back]);
      if (line.empty()) continue;
      if (const Fence fence = fence_at(line); fence.length > 0) {
        if (const auto path = path_in_info(fence.info); !path.empty()) return path;
        continue;
      }
      const std::string_view path = path_in(line);
      if (!path.empty()) prose_[back] = false;
      return path;
    }
    return {};
  }

  size_t read_block(size_t at) {
    if (const auto path = path_above(at); !path.empty()) path_ = path;
    size_t middle = at + 1;
    while (middle < lines_.size() && !divides(lines_[middle]) && !opens_search(lines_[middle]))
      ++middle;
    size_t end = middle;
    if (middle < lines_.size() && divides(lines_[middle])) {
      end = middle + 1;
      while (end < lines_.size() && !closes_replace(lines_[end]) && !opens_search(lines_[end]))
        ++end;
    }
    if (end >= lines_.size() || !closes_replace(lines_[end])) {
      unclosed();
      take(at, end);
      taken_ = at + 1;  // what followed may name the next block's file
      return end;
    }
    add_block(std::span(lines_).subspan(at + 1, middle - at - 1),
              std::span(lines_).subspan(middle + 1, end - middle - 1));
    size_t next = take(at, end + 1);
    if (fence_.length > 0 && next < lines_.size() && closes(lines_[next], fence_)) {
      take(next, next + 1);
      ++next;
      fence_ = {};
    }
    return next;
  }

  void add_block(std::span<const std::string_view> search,
                 std::span<const std::string_view> replace) {
    if (path_.empty()) {
      out_.problems.push_back("The model gave a change without a file name; it was left out.");
      return;
    }
    Edit edit;
    edit.path = path_;
    Hunk hunk{join(search), join(replace), 0};
    if (trim(hunk.before).empty()) {
      edit.content = std::move(hunk.after);
    } else if (hunk.before != hunk.after) {
      edit.hunks.push_back(std::move(hunk));
    } else {
      return;
    }
    add(std::move(edit));
  }

  void add(Edit edit) {
    const auto [known, fresh] = index_.try_emplace(edit.path, out_.edits.size());
    if (fresh) {
      out_.edits.push_back(std::move(edit));
      return;
    }
    std::vector<Edit> one;
    one.push_back(std::move(out_.edits[known->second]));
    add_edit(one, std::move(edit));
    out_.edits[known->second] = std::move(one.front());
  }

  void unclosed() {
    if (unclosed_) return;
    unclosed_ = true;
    out_.problems.push_back(
        "The model began a change and did not finish it; that part was left out.");
  }

  std::vector<std::string_view> lines_;
  std::vector<bool> prose_;
  size_t taken_ = 0;  // end of the last change: what is above it names no other
  std::string path_;  // blocks without a name of their own belong to the file named last
  Fence fence_;       // around the blocks being read
  bool unclosed_ = false;
  std::map<std::string, size_t> index_;
  EditsAndProse out_;
};

}  // namespace

EditsAndProse take_edits(std::string_view answer) { return Reader(answer).read(); }

void add_edit(std::vector<Edit>& edits, Edit edit) {
  const auto known = std::ranges::find(edits, edit.path, &Edit::path);
  if (known == edits.end()) {
    edits.push_back(std::move(edit));
    return;
  }
  if (edit.content || edit.remove) {
    *known = std::move(edit);
    return;
  }
  std::ranges::move(edit.hunks, std::back_inserter(known->hunks));
}

void cap_edits(std::vector<Edit>& edits, std::vector<std::string>& problems) {
  size_t left = kMaxHunks;
  bool cut = false;
  std::erase_if(edits, [&](Edit& edit) {
    const size_t wanted = std::max<size_t>(edit.hunks.size(), 1);
    if (wanted > left) {
      cut = true;
      edit.hunks.resize(std::min(left, edit.hunks.size()));
      const bool nothing_left = left == 0 || edit.hunks.empty();
      left = 0;
      return nothing_left;
    }
    left -= wanted;
    return false;
  });
  if (cut) {
    problems.push_back("The model gave more than " + std::to_string(kMaxHunks) +
                       " changes; the rest was left out.");
  }
}

}  // namespace triage::propose
