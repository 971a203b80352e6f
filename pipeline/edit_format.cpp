#include "pipeline/edit_format.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>

namespace triage {
namespace {

std::string_view next_line(std::string_view& rest) {
  const size_t end = std::min(rest.find('\n'), rest.size());
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// git quotes unusual names in C style: "a/caf\303\251".
std::optional<std::string> unquote(std::string_view text) {
  std::string name;
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') return name;
    if (text[i] != '\\') {
      name += text[i];
      continue;
    }
    if (++i >= text.size()) break;
    static constexpr std::string_view kFrom = "abtnvfr\"\\";
    static constexpr std::string_view kTo = "\a\b\t\n\v\f\r\"\\";
    if (const size_t at = kFrom.find(text[i]); at != std::string_view::npos) {
      name += kTo[at];
      continue;
    }
    unsigned value = 0;
    const std::string_view digits = text.substr(i, 3);
    const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 8);
    if (code != std::errc{} || end != digits.data() + 3 || value > 255) return std::nullopt;
    name += static_cast<char>(value);
    i += 2;
  }
  return std::nullopt;
}

// The name in a "--- " or "+++ " line; empty for /dev/null.
Result<std::string> header_name(std::string_view rest) {
  std::string name;
  if (rest.starts_with('"')) {
    auto plain = unquote(rest);
    if (!plain) return invalid_input("the patch has a file name with a broken quotation");
    name = std::move(*plain);
  } else {
    name = rest.substr(0, rest.find('\t'));
    while (name.ends_with(' ')) name.pop_back();
  }
  if (name == "/dev/null") return std::string();
  if (name.starts_with("a/") || name.starts_with("b/")) name.erase(0, 2);
  if (name.empty()) return invalid_input("the patch has a file header without a name");
  return name;
}

// "diff --git a/x b/x" names the file where no ---/+++ lines follow (an empty new file).
std::string git_name(std::string_view rest) {
  if (rest.starts_with('"')) {
    const std::string name = unquote(rest).value_or("");
    return name.starts_with("a/") ? name.substr(2) : name;
  }
  const size_t half = rest.size() / 2;
  const std::string_view name = rest.substr(0, half);
  const bool same = rest.size() % 2 == 1 && rest[half] == ' ' && name.starts_with("a/") &&
                    rest.substr(half + 1).starts_with("b/") &&
                    name.substr(2) == rest.substr(half + 3);
  return same ? std::string(name.substr(2)) : std::string();
}

struct HunkHeader {
  std::uint32_t old_start = 0;
  size_t old_count = 1, new_count = 1;
  bool counted = false;  // "@@" alone, as models write it, counts nothing
};

HunkHeader parse_hunk_header(std::string_view line) {
  HunkHeader header;
  const auto number = [&](char sign, auto& start, size_t& count) {
    const size_t at = line.find(sign);
    if (at == std::string_view::npos) return false;
    const char* const end = line.data() + line.size();
    const auto first = std::from_chars(line.data() + at + 1, end, start);
    if (first.ec != std::errc{}) return false;
    if (first.ptr != end && *first.ptr == ',')
      return std::from_chars(first.ptr + 1, end, count).ec == std::errc{};
    return true;
  };
  std::uint32_t new_start = 0;
  header.counted = number('-', header.old_start, header.old_count) &&
                   number('+', new_start, header.new_count);
  return header;
}

struct File {
  std::string git, old_name, new_name;
  bool has_names = false, is_new = false, is_deleted = false;
  std::vector<Hunk> hunks;
};

class DiffParser {
 public:
  explicit DiffParser(std::string_view text) : rest_(text) {}

  Result<std::vector<Edit>> parse() {
    while (!rest_.empty()) {
      const std::string_view line = next_line(rest_);
      ++line_number_;
      if (Result<void> done = take(line); !done)
        return done.error().with_context("patch line " + std::to_string(line_number_));
    }
    TRY(finish_file());
    if (edits_.empty()) return invalid_input("the text holds no unified diff");
    return std::move(edits_);
  }

 private:
  Result<void> finish_file() {
    if (!file_) return {};
    File file = std::move(*file_);
    file_.reset();
    const bool made = file.is_new || (file.has_names && file.old_name.empty());
    const bool gone = file.is_deleted || (file.has_names && file.new_name.empty());
    const std::string path = !file.new_name.empty()   ? file.new_name
                             : !file.old_name.empty() ? file.old_name
                                                      : file.git;
    if (path.empty()) return {};
    if (!made && !gone && file.has_names && file.old_name != file.new_name)
      return invalid_input(file.new_name + " is renamed from " + file.old_name +
                           ": give it as a deleted and a new file");
    if (!made && !gone && file.hunks.empty()) return {};  // mode or similarity lines only
    add(path, made, gone, std::move(file.hunks));
    return {};
  }

  void add(const std::string& path, bool made, bool gone, std::vector<Hunk> hunks) {
    auto edit = std::find_if(edits_.begin(), edits_.end(),
                             [&](const Edit& e) { return e.path == path; });
    if (edit == edits_.end()) edit = edits_.insert(edits_.end(), Edit{path, {}, {}, false});
    if (gone) {
      edit->remove = true;
    } else if (made) {
      std::string content;
      for (Hunk& hunk : hunks) content += hunk.after;
      edit->content = std::move(content);
    } else {
      std::move(hunks.begin(), hunks.end(), std::back_inserter(edit->hunks));
    }
  }

  Result<void> take(std::string_view line) {
    if (line.starts_with("diff --git ")) {
      TRY(finish_file());
      file_.emplace().git = git_name(line.substr(11));
      return {};
    }
    if (line.starts_with("--- ") && rest_.starts_with("+++ ")) return take_names(line);
    if (line.starts_with("@@") && file_ && file_->has_names) return take_hunk(line);
    return take_extended(line);
  }

  Result<void> take_names(std::string_view old_line) {
    if (file_ && file_->has_names) TRY(finish_file());
    if (!file_) file_.emplace();
    file_->old_name = TRY(header_name(old_line.substr(4)));
    const std::string_view new_line = next_line(rest_);
    ++line_number_;
    file_->new_name = TRY(header_name(new_line.substr(4)));
    file_->has_names = true;
    return {};
  }

  // The lines of a "diff --git" header; anything else outside a hunk is prose.
  Result<void> take_extended(std::string_view line) {
    if (!file_ || file_->has_names) return {};
    struct Refused {
      std::string_view start, reason;
    };
    static constexpr std::array<Refused, 8> kRefused{{
        {"rename ", "renames are not read: give a deleted and a new file"},
        {"copy ", "copies are not read: give a new file"},
        {"GIT binary patch", "binary patches are not read: only text can be reviewed"},
        {"Binary files ", "binary patches are not read: only text can be reviewed"},
        {"new mode ", "changes of a file's mode are not read: only contents can be proposed"},
        {"new file mode 100755", "a new program file can't be proposed: only mode 100644"},
        {"new file mode 12", "a symbolic link can't be proposed: only regular files"},
        {"new file mode 16", "a submodule can't be proposed: only regular files"},
    }};
    for (const Refused& refused : kRefused) {
      if (line.starts_with(refused.start))
        return invalid_input(file_->git + ": " + std::string(refused.reason));
    }
    if (line.starts_with("new file mode")) file_->is_new = true;
    if (line.starts_with("deleted file mode")) file_->is_deleted = true;
    return {};
  }

  // Are we looking at the header of the next file? No hunk line can be followed by "@@".
  bool at_file_header(std::string_view line) const {
    if (line.starts_with("diff --git ")) return true;
    if (!line.starts_with("--- ") || !rest_.starts_with("+++ ")) return false;
    const size_t end = rest_.find('\n');
    return end == std::string_view::npos || rest_.substr(end + 1).starts_with("@@") ||
           end + 1 == rest_.size();
  }

  Result<void> take_hunk(std::string_view header_line) {
    const HunkHeader header = parse_hunk_header(header_line);
    Hunk hunk;
    hunk.line_hint = header.old_start;
    size_t old_seen = 0, new_seen = 0, blanks = 0;
    const auto context = [&](std::string_view text) {
      hunk.before.append(text) += '\n';
      hunk.after.append(text) += '\n';
      ++old_seen;
      ++new_seen;
    };
    char last = ' ';
    while (!rest_.empty()) {
      const std::string_view before = rest_;
      const std::string_view line = next_line(rest_);
      const bool complete =
          header.counted && old_seen >= header.old_count && new_seen >= header.new_count;
      const bool belongs = line.empty() || std::string_view(" +-\\").find(line[0]) !=
                                               std::string_view::npos;
      if (!belongs || at_file_header(line) || (complete && (line.empty() || line == "-- "))) {
        rest_ = before;
        break;
      }
      ++line_number_;
      if (line.empty()) {  // a blank context line whose only space was lost, or the patch's end
        ++blanks;
        continue;
      }
      for (; blanks > 0; --blanks) context("");
      const std::string_view text = line.substr(1);
      if (line[0] == '\\') {
        if (last != '+' && hunk.before.ends_with('\n')) hunk.before.pop_back();
        if (last != '-' && hunk.after.ends_with('\n')) hunk.after.pop_back();
        continue;
      }
      last = line[0];
      if (last == ' ') context(text);
      if (last == '-') hunk.before.append(text) += '\n', ++old_seen;
      if (last == '+') hunk.after.append(text) += '\n', ++new_seen;
    }
    while (header.counted && blanks > 0 && old_seen < header.old_count &&
           new_seen < header.new_count) {
      context("");
      --blanks;
    }
    if (hunk.before != hunk.after) file_->hunks.push_back(std::move(hunk));
    return {};
  }

  std::string_view rest_;
  size_t line_number_ = 0;
  std::optional<File> file_;
  std::vector<Edit> edits_;
};

}  // namespace

Result<std::vector<Edit>> parse_unified_diff(std::string_view text) {
  return DiffParser(text).parse();
}

}  // namespace triage
