#include "pipeline/propose/agents/agent_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>

#include "pipeline/base/fd.h"
#include "pipeline/base/utf8.h"
#include "pipeline/propose/lines.h"
#include "pipeline/verify/workspace.h"

namespace triage::propose {
namespace {

using retrieval::TreeFile;

// In lower case. A name that ends in "*" stands for all that begin so.
constexpr std::array<std::string_view, 18> kAgentNames{
    "agents.md",     "agents.override.md", "claude.md",      "claude.local.md", "gemini.md",
    ".codex",        ".claude",            ".agents",        ".gemini",         ".mcp.json",
    ".claude.json",  ".cursor*",           ".windsurf*",     ".clinerules*",    ".aider*",
    ".goosehints",   ".ripgreprc",         ".claude-plugin"};
constexpr std::array<std::string_view, 5> kAgentPaths{
    ".github/copilot-instructions.md", ".github/instructions", ".github/prompts", ".github/agents",
    ".vscode/mcp.json"};

// What tests and tools leave behind. The second list is source in some repositories: passed over only
// where the commit has nothing there.
constexpr std::array<std::string_view, 12> kTraces{
    ".git",  "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".tox", ".nox",
    ".venv", ".hypothesis", ".gradle",       ".coverage",   "node_modules"};
constexpr std::array<std::string_view, 6> kBuildFolders{"build", "dist",  "target",
                                                        "venv",  ".next", "coverage"};
constexpr std::array<std::string_view, 5> kBuilt{".pyc", ".pyo", ".o", ".class", ".so"};

bool is_one_of(std::string_view name, std::span<const std::string_view> list) {
  return std::ranges::any_of(list, [&](std::string_view entry) {
    return entry.ends_with('*') ? name.starts_with(entry.substr(0, entry.size() - 1))
                                : name == entry;
  });
}

// Calls `test(part, path up to and with it)` for each part of a path, until it says yes.
template <class Test>
bool any_part(std::string_view path, const Test& test) {
  for (size_t start = 0; start <= path.size();) {
    const size_t end = std::min(path.find('/', start), path.size());
    if (test(path.substr(start, end - start), path.substr(0, end))) return true;
    start = end + 1;
  }
  return false;
}

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

std::vector<std::string> names_in(const Fd& folder, size_t most) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, CloseFolder> stream(::fdopendir(::dup(folder.get())));
  if (!stream) return names;
  while (const dirent* entry = ::readdir(stream.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
    if (names.size() > most) break;
  }
  std::ranges::sort(names);
  return names;
}

std::optional<std::string> read_bytes(const Fd& file, size_t size) {
  std::string bytes(size, '\0');
  size_t done = 0;
  while (done < size) {
    const ssize_t got = ::read(file.get(), bytes.data() + done, size - done);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return std::nullopt;
    done += static_cast<size_t>(got);
  }
  return bytes;
}

class Collector {
 public:
  Collector(const retrieval::Repository& repository, const CollectLimits& limits)
      : repository_(repository), limits_(limits) {}

  Result<Collected> run(const std::string& folder, const std::string& commit) {
    for (TreeFile& file : TRY(repository_.files(commit))) {
      std::string path = file.path;
      base_.emplace(std::move(path), std::move(file));
    }
    const Fd root(::open(folder.c_str(), kOpenFolder));
    if (!root)
      return Error{ErrorKind::denied,
                   std::string("open the agent's workspace: ") + std::strerror(errno)};
    TRY(walk(root, "", 0));
    add_removals();
    std::ranges::sort(out_.edits, {}, &Edit::path);
    return std::move(out_);
  }

 private:
  static constexpr int kOpenFolder = O_DIRECTORY | O_NOFOLLOW | O_RDONLY | O_CLOEXEC;
  static constexpr int kMaxDepth = 60;

  Result<void> walk(const Fd& folder, const std::string& prefix, int depth) {
    for (const std::string& name : names_in(folder, limits_.entries)) {
      if (++entries_ > limits_.entries) {
        if (unknown_.insert("").second) refuse("", "more files than are looked at");
        return {};
      }
      const std::string path = prefix + name;
      struct stat info {};
      if (is_trace(path) || ::fstatat(folder.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0)
        continue;
      if (S_ISDIR(info.st_mode)) {
        const Fd inner(::openat(folder.get(), name.c_str(), kOpenFolder));
        if (inner && depth < kMaxDepth) {
          TRY(walk(inner, path + "/", depth + 1));
        } else {
          unknown_.insert(path + "/");
          refuse(path, inner ? "a folder nested too deep" : "a folder that can't be read");
        }
      } else {
        TRY(take_entry(folder, name, path, info));
      }
    }
    return {};
  }

  Result<void> take_entry(const Fd& folder, const std::string& name, const std::string& path,
                          const struct stat& info) {
    const auto known = base_.find(path);
    const TreeFile* before = known == base_.end() ? nullptr : &known->second;
    seen_.insert(path);
    if (is_agent_configuration(path)) {
      refuse(path, "configures agents");
    } else if (S_ISLNK(info.st_mode)) {
      if (!TRY(is_same_link(folder, name, before))) refuse(path, "a symlink");
    } else if (!S_ISREG(info.st_mode)) {
      refuse(path, "a FIFO, socket or device");
    } else {
      return take_file(folder, name, path, before);
    }
    return {};
  }

  Result<bool> is_same_link(const Fd& folder, const std::string& name, const TreeFile* before) {
    if (before == nullptr || before->kind != TreeFile::Kind::symlink) return false;
    std::array<char, 4097> target{};
    const ssize_t size = ::readlinkat(folder.get(), name.c_str(), target.data(), target.size());
    const std::string there = TRY(repository_.read_blob(before->blob, target.size()));
    return size >= 0 && there == std::string_view(target.data(), static_cast<size_t>(size));
  }

  Result<void> take_file(const Fd& folder, const std::string& name, const std::string& path,
                         const TreeFile* before) {
    const Fd file(::openat(folder.get(), name.c_str(),
                           O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct stat info {};
    if (!file || ::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
      refuse(path, "can't be read");
      return {};
    }
    const auto size = static_cast<std::uint64_t>(info.st_size);
    std::optional<std::string> content;
    const bool was_file = before != nullptr && before->kind != TreeFile::Kind::symlink &&
                          before->kind != TreeFile::Kind::submodule;
    if (was_file && TRY(repository_.blob_size(before->blob)) == size) {
      content = read_bytes(file, size);
      if (content == TRY(repository_.read_blob(before->blob, size))) return {};
    }
    if (const std::string_view why = why_not_plain(info); !why.empty()) {
      refuse(path, why);
      return {};
    }
    if (!content) content = read_bytes(file, size);
    if (!content || !is_valid_utf8(*content) || content->find('\0') != std::string::npos) {
      refuse(path, content ? "not text" : "can't be read");
      return {};
    }
    total_ += size;
    const bool room = out_.edits.size() < limits_.files && total_ <= limits_.total_bytes;
    if (!room || !verify::is_safe_path(path)) {
      refuse(path, room ? "an unusable name" : "more changes than are taken");
      return {};
    }
    out_.edits.push_back({path, {}, std::move(content), false});
    return {};
  }

  std::string_view why_not_plain(const struct stat& info) const {
    constexpr std::uint64_t kBlock = 512;
    constexpr std::uint64_t kSlack = 65'536;  // small files may live in their inode
    const auto size = static_cast<std::uint64_t>(info.st_size);
    if (size > limits_.bytes) return "too large";
    if (info.st_nlink != 1) return "has several names";
    if ((info.st_mode & (S_ISUID | S_ISGID | S_ISVTX)) != 0) return "has special rights";
    if (static_cast<std::uint64_t>(info.st_blocks) * kBlock + kSlack < size) return "has holes";
    return {};
  }

  // Removed is what was there to be seen and is not. Links that point outside never were.
  void add_removals() {
    for (const auto& entry : base_) {
      const std::string& path = entry.first;
      const TreeFile& file = entry.second;
      const bool plain =
          file.kind == TreeFile::Kind::regular || file.kind == TreeFile::Kind::executable;
      const bool known = std::ranges::none_of(
          unknown_, [&](const std::string& prefix) { return path.starts_with(prefix); });
      if (!plain || !known || seen_.contains(path) || is_trace(path) ||
          is_agent_configuration(path) || !verify::is_safe_path(path))
        continue;
      if (out_.edits.size() >= limits_.files) {
        refuse(path, "more changes than are taken");
        return;
      }
      out_.edits.push_back({path, {}, std::nullopt, true});
    }
  }

  bool is_trace(std::string_view path) const {
    return any_part(path, [&](std::string_view part, std::string_view up_to) {
             return is_one_of(part, kTraces) ||
                    (is_one_of(part, kBuildFolders) && !base_has(up_to));
           }) ||
           (std::ranges::any_of(kBuilt, [&](std::string_view end) { return path.ends_with(end); }) &&
            !base_.contains(path));
  }

  bool base_has(std::string_view folder) const {
    const auto at = base_.lower_bound(folder);
    return at != base_.end() && at->first.starts_with(folder);
  }

  void refuse(const std::string& path, std::string_view why) {
    if (out_.refused.size() < Collected::kMaxRefused)
      out_.refused.push_back((path.empty() ? "the workspace" : path) + ": " + std::string(why));
  }

  const retrieval::Repository& repository_;
  const CollectLimits limits_;
  std::map<std::string, TreeFile, std::less<>> base_;
  std::set<std::string, std::less<>> seen_;
  std::set<std::string> unknown_;  // folders that could not be looked at; "": not all of it
  size_t entries_ = 0;
  std::uint64_t total_ = 0;
  Collected out_;
};

}  // namespace

bool is_agent_configuration(std::string_view path) {
  const std::string folded = lower_ascii(path);
  return any_part(folded, [&](std::string_view part, std::string_view up_to) {
    return is_one_of(part, kAgentNames) || std::ranges::any_of(kAgentPaths, [&](std::string_view p) {
             return up_to == p || up_to.ends_with("/" + std::string(p));
           });
  });
}

Result<Collected> collect_changes(const std::string& folder,
                                  const retrieval::Repository& repository,
                                  const std::string& commit, const CollectLimits& limits) {
  return Collector(repository, limits).run(folder, commit);
}

}  // namespace triage::propose
