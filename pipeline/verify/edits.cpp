#include "pipeline/verify/edits.h"

#include <algorithm>
#include <array>
#include <map>

#include "pipeline/base/utf8.h"

namespace triage::verify {
namespace {

using Lines = std::vector<std::string_view>;

// Without their ends; the file's last line counts whether or not it is ended.
Lines split_lines(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string_view trim_end(std::string_view line) {
  const size_t last = line.find_last_not_of(" \t\r\f\v");
  return line.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

std::string_view indentation(std::string_view line) {
  return line.substr(0, std::min(line.find_first_not_of(" \t"), line.size()));
}

std::string_view trim(std::string_view line) {
  line = trim_end(line);
  return line.substr(indentation(line).size());
}

std::string_view as_is(std::string_view line) { return line; }

// How a line of the file is compared with a line of the hunk, strictest first.
using View = std::string_view (*)(std::string_view);
constexpr std::array<View, 3> kViews{as_is, trim_end, trim};

std::vector<size_t> find_block(const Lines& file, const Lines& block, View view) {
  std::vector<size_t> found;
  if (block.empty() || block.size() > file.size()) return found;
  Lines wanted(block.size());
  std::transform(block.begin(), block.end(), wanted.begin(), view);
  for (size_t at = 0; at + block.size() <= file.size(); ++at) {
    size_t i = 0;
    while (i < wanted.size() && view(file[at + i]) == wanted[i]) ++i;
    if (i == wanted.size()) found.push_back(at);
  }
  return found;
}

// One of several places: the one nearest to the hint, unless two are as near.
std::optional<size_t> choose(const std::vector<size_t>& places, std::int64_t hint) {
  if (places.size() == 1) return places[0];
  if (hint <= 0) return std::nullopt;
  const auto distance = [&](size_t at) {
    return std::abs(static_cast<std::int64_t>(at) + 1 - hint);
  };
  std::vector<size_t> sorted = places;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](size_t a, size_t b) { return distance(a) < distance(b); });
  if (distance(sorted[0]) == distance(sorted[1])) return std::nullopt;
  return sorted[0];
}

std::string nearest_line(const Lines& file, const Lines& block) {
  const auto first = std::find_if(block.begin(), block.end(),
                                  [](std::string_view line) { return !trim(line).empty(); });
  if (first == block.end()) return "";
  const std::string_view wanted = trim(*first);
  size_t best = 0, best_at = 0;
  for (size_t i = 0; i < file.size(); ++i) {
    const std::string_view line = trim(file[i]);
    const auto [end, ignored] =
        std::mismatch(line.begin(), line.end(), wanted.begin(), wanted.end());
    const size_t common = static_cast<size_t>(end - line.begin()) * 2 + (line == wanted);
    if (common > best) best = common, best_at = i;
  }
  if (best < 4) return "; no line of the file looks like \"" +
                       std::string(truncate_utf8(wanted, 100)) + "\"";
  return "; nearest is line " + std::to_string(best_at + 1) + ": " +
         std::string(truncate_utf8(trim(file[best_at]), 120));
}

// The replacement moved from the hunk's indentation to the file's.
std::vector<std::string> reindent(const Lines& after, const Lines& before, const Lines& file,
                                  size_t at) {
  std::string_view from, to;
  for (size_t i = 0; i < before.size(); ++i) {
    if (trim(before[i]).empty()) continue;
    from = indentation(before[i]);
    to = indentation(file[at + i]);
    break;
  }
  std::vector<std::string> lines;
  for (const std::string_view line : after) {
    if (trim(line).empty()) {
      lines.emplace_back();
    } else if (line.starts_with(from)) {
      lines.push_back(std::string(to) + std::string(line.substr(from.size())));
    } else {
      lines.emplace_back(line);
    }
  }
  return lines;
}

class Patcher {
 public:
  explicit Patcher(std::string_view content) {
    uses_crlf_ = content.find("\r\n") != std::string_view::npos;
    ends_with_newline_ = content.empty() || content.ends_with('\n');
    for (std::string_view line : split_lines(content)) lines_.emplace_back(line);
  }

  Result<void> apply(const Hunk& hunk) {
    const Lines before = split_lines(hunk.before);
    const Lines after = split_lines(hunk.after);
    const std::int64_t hint = hunk.line_hint == 0 ? 0 : hunk.line_hint + shift_;
    if (before.empty()) return insert(after, hint);

    const Lines file(lines_.begin(), lines_.end());
    for (const View view : kViews) {
      const std::vector<size_t> places = find_block(file, before, view);
      if (places.empty()) continue;
      const auto at = choose(places, hint);
      if (!at)
        return invalid_input("is found " + std::to_string(places.size()) +
                             " times (first in lines " + std::to_string(places[0] + 1) + " and " +
                             std::to_string(places[1] + 1) + "): give more lines around it");
      std::vector<std::string> changed =
          view == kViews.back() ? reindent(after, before, file, *at)
                                : std::vector<std::string>(after.begin(), after.end());
      replace(*at, before, std::move(changed), hunk);
      return {};
    }
    return replace_in_line(hunk, file, before);
  }

  std::string text() const {
    std::string text;
    for (size_t i = 0; i < lines_.size(); ++i) {
      text += lines_[i];
      if (i + 1 < lines_.size() || ends_with_newline_) text += '\n';
    }
    return text;
  }

 private:
  std::string with_line_end(std::string line) const {
    if (uses_crlf_ && !line.ends_with('\r')) line += '\r';
    return line;
  }

  Result<void> insert(const Lines& after, std::int64_t hint) {
    if (!lines_.empty() && hint <= 0)
      return invalid_input("has nothing to find: give the lines that are to be replaced");
    const size_t at = lines_.empty() ? 0 : std::min(static_cast<size_t>(hint), lines_.size());
    std::vector<std::string> lines(after.begin(), after.end());
    for (std::string& line : lines) line = with_line_end(std::move(line));
    shift_ += static_cast<std::int64_t>(lines.size());
    lines_.insert(lines_.begin() + static_cast<std::ptrdiff_t>(at),
                  std::make_move_iterator(lines.begin()), std::make_move_iterator(lines.end()));
    return {};
  }

  void replace(size_t at, const Lines& before, std::vector<std::string> after, const Hunk& hunk) {
    if (at + before.size() == lines_.size() && !hunk.after.empty()) {
      const bool ended = hunk.before.ends_with('\n'), ends = hunk.after.ends_with('\n');
      if (ended != ends) ends_with_newline_ = ends;
    }
    // A line that stays as it was keeps its own bytes, whatever white space the hunk had.
    for (size_t i = 0; i < after.size(); ++i) {
      const bool unchanged = i < before.size() && trim_end(before[i]) == trim_end(after[i]);
      after[i] = unchanged ? lines_[at + i] : with_line_end(std::move(after[i]));
    }
    shift_ += static_cast<std::int64_t>(after.size()) - static_cast<std::int64_t>(before.size());
    const auto first = lines_.begin() + static_cast<std::ptrdiff_t>(at);
    const auto next = lines_.erase(first, first + static_cast<std::ptrdiff_t>(before.size()));
    lines_.insert(next, std::make_move_iterator(after.begin()),
                  std::make_move_iterator(after.end()));
  }

  // A part of one line, as models give it: only where it is there once.
  Result<void> replace_in_line(const Hunk& hunk, const Lines& file, const Lines& before) {
    std::string all = text();
    const size_t at = all.find(hunk.before);
    if (before.size() != 1 || hunk.before.ends_with('\n') || at == std::string::npos)
      return invalid_input("is not found" + nearest_line(file, before));
    if (all.find(hunk.before, at + 1) != std::string::npos)
      return invalid_input("is found more than once: give whole lines, and more around them");
    all.replace(at, hunk.before.size(), hunk.after);
    const auto shift = shift_;
    *this = Patcher(all);
    shift_ = shift;
    return {};
  }

  std::vector<std::string> lines_;
  bool uses_crlf_ = false, ends_with_newline_ = true;
  std::int64_t shift_ = 0;
};

}  // namespace

Result<std::string> apply_hunks(std::string_view content, const std::vector<Hunk>& hunks) {
  Patcher patcher(content);
  for (size_t i = 0; i < hunks.size(); ++i) {
    if (Result<void> done = patcher.apply(hunks[i]); !done)
      return invalid_input("hunk " + std::to_string(i + 1) + " " + done.error().message);
  }
  return patcher.text();
}

Result<std::vector<FileChange>> apply_edits(const BaseTree& base, const std::vector<Edit>& edits) {
  std::map<std::string, FileChange> changed;
  for (const Edit& edit : edits) {
    const retrieval::TreeFile* file = base.find(edit.path);
    const auto earlier = changed.find(edit.path);
    FileChange change{edit.path, std::nullopt, false};
    if (earlier != changed.end()) {
      change = earlier->second;
    } else if (file != nullptr) {
      change.executable = file->kind == retrieval::TreeFile::Kind::executable;
      change.content = TRY(base.read(edit.path));
    }
    if (edit.remove) {
      if (!change.content) return invalid_input(edit.path + ": is to be deleted but is not there");
      change.content.reset();
    } else if (edit.content) {
      change.content = edit.content;
    } else if (!edit.hunks.empty()) {
      const bool creates = std::all_of(edit.hunks.begin(), edit.hunks.end(),
                                       [](const Hunk& hunk) { return hunk.before.empty(); });
      if (!change.content && !creates)
        return invalid_input(edit.path + ": is to be changed but is not in the repository");
      change.content =
          TRY_CTX(apply_hunks(change.content.value_or(""), edit.hunks), edit.path);
    }
    changed.insert_or_assign(edit.path, std::move(change));
  }

  std::vector<FileChange> result;
  for (auto& [path, change] : changed) {
    const bool known = base.find(path) != nullptr;
    if (!known && !change.content) continue;
    if (known && change.content && TRY(base.read(path)) == *change.content) continue;
    result.push_back(std::move(change));
  }
  return result;
}

}  // namespace triage::verify
