#include "pipeline/publish/gate.h"

#include <algorithm>
#include <map>
#include <set>

#include "pipeline/base/phrases.h"
#include "pipeline/base/utf8.h"
#include "pipeline/publish/fragment.h"
#include "pipeline/publish/hosts.h"
#include "pipeline/verify/policy.h"

namespace triage::publish {
namespace {

using Kind = retrieval::TreeFile::Kind;
constexpr std::size_t kLongestLine = 1000;

bool is_file(const retrieval::TreeFile* entry) {
  return entry != nullptr && (entry->kind == Kind::regular || entry->kind == Kind::executable);
}

// For messages: a hostile name can't forge lines.
std::string shown(std::string_view path) {
  std::string text = repair_utf8(truncate_utf8(path, 200));
  std::ranges::replace_if(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  return text.empty() ? "(no name)" : text;
}

// "regular", "a symlink" …: the kinds that a draft may neither make nor change nor remove.
std::string check_kinds(const TreeChange& change) {
  for (const retrieval::TreeFile* entry : {change.base, change.result}) {
    if (entry == nullptr) continue;
    if (entry->kind == Kind::symlink) return "is a symlink";
    if (entry->kind == Kind::submodule) return "is a submodule";
  }
  const bool stays = change.base != nullptr && change.result != nullptr;
  if (stays && change.base->kind != change.result->kind)
    return change.base->kind == Kind::regular ? "becomes executable" : "is no longer executable";
  return change.unreadable ? "is too large to be looked at" : "";
}

std::string check_size(const TreeChange& change, const config::ProjectSettings& project) {
  const std::size_t before = change.before.size(), after = change.after.size();
  const std::size_t grown = after > before ? after - before : 0;
  if (grown > project.max_patch)
    return "grows by " + std::to_string(grown) + " bytes, the limit is " +
           std::to_string(project.max_patch);
  return "";
}

std::size_t longest_line(std::string_view text) {
  std::size_t longest = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    longest = std::max(longest, end);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return longest;
}

std::string check_lines(const TreeChange& change, std::string_view added) {
  const std::size_t limit = std::max(kLongestLine, longest_line(change.before));
  if (const std::size_t longest = longest_line(added); longest > limit)
    return "brings in a line of " + std::to_string(longest) + " bytes, which nobody can review";
  return "";
}

std::string check_generated(const TreeChange& change) {
  if (change.base != nullptr) return "";
  for (const std::string_view glob :
       {"*.min.js", "*.min.css", "*.js.map", "*.css.map", "*.pyc", "*.class", "**/node_modules/**",
        "**/__pycache__/**", "*.rej", "*.orig"}) {
    if (verify::matches_glob(glob, change.path)) return "is generated or built, not written";
  }
  return "";
}

// Secrets by their format and private values of the ticket, in every reading of the new lines.
std::string check_secrets(const std::string& path, std::string_view added,
                          const redact::Redactor& redactor) {
  if (const auto guarded = redactor.guard(path); !guarded) return guarded.error().message;
  for (const std::string& reading : readings(added)) {
    if (const auto guarded = redactor.guard(reading); !guarded) return guarded.error().message;
  }
  return "";
}

std::string check_hosts(const TreeChange& change, std::string_view added,
                        const config::ProjectSettings& project) {
  const std::set<std::string> found = hosts_in(added);
  if (found.empty()) return "";
  const std::set<std::string> known = hosts_in(change.before);
  std::vector<std::string> strange;
  for (const std::string& host : found) {
    if (!known.contains(host) && !is_allowed_host(host, project.allowed_hosts))
      strange.push_back(shown(host));
  }
  if (strange.empty()) return "";
  if (strange.size() > 3) strange.resize(3);
  return "names a network host that the file did not have: " + listed(strange);
}

std::string folded(std::string_view path) {
  std::string out = verify::look_alike(path);
  std::ranges::transform(out, out.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

// Names that one file system takes for the same: "Shop/cart.py" beside "shop/cart.py".
std::vector<std::string> check_collisions(const verify::BaseTree& result,
                                          const std::vector<TreeChange>& changes) {
  const auto is_new = [](const TreeChange& c) { return c.result != nullptr && c.base == nullptr; };
  if (std::ranges::none_of(changes, is_new)) return {};
  std::map<std::string, std::set<std::string>> spellings;
  const auto each_prefix = [](std::string_view path, const auto& use) {
    for (std::size_t slash = path.find('/'); slash != std::string_view::npos;
         slash = path.find('/', slash + 1))
      use(path.substr(0, slash));
    use(path);
  };
  for (const auto& [path, entry] : result.files())
    each_prefix(path, [&](std::string_view part) { spellings[folded(part)].emplace(part); });
  std::vector<std::string> refused;
  for (const TreeChange& change : changes) {
    if (!is_new(change)) continue;
    bool collides = false;
    each_prefix(change.path, [&](std::string_view part) {
      collides = collides || spellings[folded(part)].size() > 1;
    });
    if (collides)
      refused.push_back(shown(change.path) + ": differs from another name only by case or look");
  }
  return refused;
}

}  // namespace

std::string added_lines(std::string_view before, std::string_view after) {
  std::map<std::string_view, std::size_t> known;
  const auto each = [](std::string_view text, const auto& use) {
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      use(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  };
  each(before, [&](std::string_view line) { ++known[line]; });
  std::string out;
  each(after, [&](std::string_view line) {
    const auto at = known.find(line);
    if (at != known.end() && at->second > 0) {
      --at->second;
    } else {
      out.append(line).append("\n");
    }
  });
  return out;
}

Result<std::vector<TreeChange>> changes_between(const verify::BaseTree& base,
                                                const verify::BaseTree& result) {
  std::set<std::string_view> paths;
  for (const auto& [path, entry] : base.files()) {
    const auto* after = result.find(path);
    const bool same = after != nullptr && after->blob == entry.blob && after->kind == entry.kind;
    if (!same) paths.insert(path);
  }
  for (const auto& [path, entry] : result.files()) {
    if (base.find(path) == nullptr) paths.insert(path);
  }
  std::vector<TreeChange> changes;
  const auto read = [](const verify::BaseTree& tree, TreeChange& change,
                       std::string& into) -> Result<void> {
    Result<std::string> content = tree.read(change.path);
    if (!content && content.error().kind != ErrorKind::exhausted) return content.error();
    if (content) into = std::move(*content);
    change.unreadable = change.unreadable || !content;
    return {};
  };
  for (const std::string_view path : paths) {
    TreeChange change{base.find(path), result.find(path), std::string(path), {}, {}, false, false};
    change.is_test = verify::is_test_path(path);
    if (is_file(change.base)) TRY(read(base, change, change.before));
    if (is_file(change.result)) TRY(read(result, change, change.after));
    changes.push_back(std::move(change));
  }
  return changes;
}

Result<std::vector<std::string>> judge(const verify::BaseTree& base, const verify::BaseTree& result,
                                       const config::ProjectSettings& project,
                                       const redact::Redactor& redactor) {
  const std::vector<TreeChange> changes = TRY(changes_between(base, result));
  std::vector<FileChange> files;
  for (const TreeChange& change : changes) {
    const bool stands = is_file(change.result);
    if (change.unreadable || (change.result != nullptr && !stands)) continue;
    files.push_back({change.path, stands ? std::optional(change.after) : std::nullopt,
                     stands && change.result->kind == Kind::executable});
  }
  std::vector<std::string> refused = TRY(verify::check_policy(base, files, project));
  for (const TreeChange& change : changes) {
    const std::string added = added_lines(change.before, change.after);
    for (const std::string& reason :
         {check_kinds(change), check_size(change, project), check_lines(change, added),
          check_generated(change), check_secrets(change.path, added, redactor),
          check_hosts(change, added, project)}) {
      const std::string line = shown(change.path) + ": " + reason;
      if (!reason.empty() && std::ranges::find(refused, line) == refused.end())
        refused.push_back(line);
    }
    const bool judged = !change.unreadable && (change.result == nullptr || is_file(change.result));
    if (!judged && verify::is_protected_path(change.path, project.protected_paths))
      refused.push_back(shown(change.path) + ": is a protected path");
  }
  for (std::string& line : check_collisions(result, changes)) refused.push_back(std::move(line));
  return refused;
}

}  // namespace triage::publish
