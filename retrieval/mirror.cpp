#include "retrieval/mirror.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <vector>

#include "pipeline/base/digest.h"
#include "pipeline/base/process.h"
#include "pipeline/base/utf8.h"

namespace triage::retrieval {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kPreviewBranches = "refs/heads/triage/";

// Names git's protocols allow here; ext:: would run a command.
constexpr std::string_view kProtocols = "file:git:http:https:ssh";

std::string inherited(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

using Environment = std::vector<std::pair<std::string, std::string>>;

Environment environment_for(const Remote& remote) {
  Environment env{
      {"PATH", "/usr/local/bin:/usr/bin:/bin"},
      {"LC_ALL", "C"},
      {"HOME", "/nonexistent"},
      {"GIT_CONFIG_NOSYSTEM", "1"},
      {"GIT_CONFIG_GLOBAL", "/dev/null"},
      {"GIT_TERMINAL_PROMPT", "0"},
      {"GIT_ASKPASS", "/bin/true"},
      {"GIT_ALLOW_PROTOCOL", std::string(kProtocols)},
      {"GIT_SSH_COMMAND", "ssh -oBatchMode=yes -oConnectTimeout=20"},
  };
  // Where the operator runs ssh keys and proxies: the agent's socket, HOME for known_hosts.
  for (const char* name : {"SSH_AUTH_SOCK", "HOME", "http_proxy", "https_proxy", "HTTPS_PROXY",
                           "no_proxy", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"}) {
    const std::string value = inherited(name);
    if (value.empty()) continue;
    const auto same = std::ranges::find(env, name, &Environment::value_type::first);
    if (same != env.end()) same->second = value;
    else env.emplace_back(name, value);
  }
  Environment config{{"safe.directory", "*"}};
  if (!remote.token.empty() && remote.location.starts_with("https://"))
    config.emplace_back("http.extraHeader", "Authorization: Basic " +
                                                to_base64("x-access-token:" + remote.token));
  env.emplace_back("GIT_CONFIG_COUNT", std::to_string(config.size()));
  for (size_t i = 0; i < config.size(); ++i) {
    env.emplace_back("GIT_CONFIG_KEY_" + std::to_string(i), config[i].first);
    env.emplace_back("GIT_CONFIG_VALUE_" + std::to_string(i), config[i].second);
  }
  return env;
}

std::string without_credentials(std::string_view location) {
  const size_t scheme = location.find("://");
  if (scheme == std::string_view::npos) return std::string(location);
  const size_t host = scheme + 3;
  const size_t at = location.substr(0, location.find('/', host)).rfind('@');
  if (at == std::string_view::npos || at < host) return std::string(location);
  return std::string(location.substr(0, host)) + std::string(location.substr(at + 1));
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  if (what.empty()) return;
  for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
    text.replace(at, what.size(), with);
}

// The line of git's stderr that says most: the last "fatal:" or "error:" line, else the last one.
std::string gist(const std::string& err, const Remote& remote) {
  std::string best, last;
  for (size_t begin = 0; begin < err.size();) {
    const size_t end = std::min(err.find_first_of("\r\n", begin), err.size());
    const std::string line = err.substr(begin, end - begin);
    begin = end + 1;
    if (line.empty()) continue;
    last = line;
    if (line.starts_with("fatal:") || line.starts_with("error:") || line.starts_with("remote:"))
      best = line;
  }
  if (best.empty()) best = last;
  replace_all(best, remote.location, without_credentials(remote.location));
  if (!remote.token.empty()) replace_all(best, remote.token, "…");
  return std::string(truncate_utf8(repair_utf8(best), 300));
}

bool contains_any(std::string_view text, std::initializer_list<std::string_view> needles) {
  return std::ranges::any_of(needles,
                             [&](auto n) { return text.find(n) != std::string_view::npos; });
}

Result<ProcessResult> git(const Remote& remote, std::vector<std::string> arguments,
                          std::stop_token stop) {
  ProcessSpec spec;
  spec.argv = {"git", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null",
               "-c",  "protocol.ext.allow=never",   "-c", "gc.auto=0",
               "-c",  "credential.helper="};
  spec.argv.insert(spec.argv.end(), std::make_move_iterator(arguments.begin()),
                   std::make_move_iterator(arguments.end()));
  spec.env = environment_for(remote);
  spec.time_limit = remote.time_limit;
  return run_process(spec, stop);
}

// What git answered, as a Result. `doing` reads "clone", "fetch", "push to".
Result<void> check(const ProcessResult& result, std::string_view doing, const Remote& remote) {
  if (result.success()) return {};
  const std::string what =
      "cannot " + std::string(doing) + " " + without_credentials(remote.location);
  if (result.stopped) return Error{ErrorKind::timeout, what + ": stopped"};
  if (result.timed_out)
    return Error{ErrorKind::timeout, what + ": no end after " + human_duration(result.took)};
  const std::string line = gist(result.err, remote);
  const bool refused =
      contains_any(result.err, {"Authentication failed", "could not read Username",
                                "Permission denied", "returned error: 403", "access denied"});
  return Error{refused ? ErrorKind::denied : ErrorKind::unavailable,
               what + ": " + (line.empty() ? "git gave no reason" : line) +
                   "; check the URL and the token"};
}

bool is_option_like(std::string_view text) { return text.empty() || text.starts_with('-'); }

Result<void> clone(const Remote& remote, const std::string& directory, std::stop_token stop) {
  const std::string half_made = directory + ".part";
  std::error_code failed;
  fs::remove_all(half_made, failed);
  fs::create_directories(fs::path(directory).parent_path(), failed);
  if (failed)
    return Error{ErrorKind::denied, "cannot create the directory for " + directory + ": " +
                                        failed.message() + "; check cache_dir and its owner"};
  const auto result = TRY(git(remote,
                              {"clone", "--bare", "--quiet", "--no-hardlinks", "--template=",
                               "--", remote.location, half_made},
                              stop));
  if (auto done = check(result, "clone", remote); !done) {
    fs::remove_all(half_made, failed);
    return done;
  }
  fs::remove_all(directory, failed);
  fs::rename(half_made, directory, failed);
  if (failed)
    return Error{ErrorKind::exhausted, "cannot move the new mirror to " + directory + ": " +
                                           failed.message()};
  return {};
}

}  // namespace

Result<void> refresh_mirror(const Remote& remote, const std::string& directory,
                            std::stop_token stop) {
  if (is_option_like(remote.location))
    return invalid_input("the repository's location is empty or begins with \"-\"");
  std::error_code ignored;
  if (!fs::exists(fs::path(directory) / "HEAD", ignored)) return clone(remote, directory, stop);
  // Branches that this daemon pushes are kept as the remote has them, but never pruned: a preview
  // that is committed here and not pushed yet must survive a fetch.
  const auto result = TRY(git(remote,
                              {"-C", directory, "fetch", "--quiet", "--prune", "--force",
                               "--no-auto-maintenance", "--no-write-fetch-head", "--",
                               remote.location, "+refs/heads/*:refs/heads/*",
                               "+refs/tags/*:refs/tags/*",
                               "^" + std::string(kPreviewBranches) + "*"},
                              stop));
  return check(result, "fetch", remote);
}

Result<std::string> probe_remote(const Remote& remote, std::stop_token stop) {
  if (is_option_like(remote.location))
    return invalid_input("not a repository: \"" + remote.location + "\"");
  const auto result = TRY(git(remote, {"ls-remote", "--symref", "--", remote.location, "HEAD"}, stop));
  TRY(check(result, "reach", remote));
  constexpr std::string_view kHead = "ref: refs/heads/";
  const size_t start = result.out.find(kHead);
  if (start == std::string::npos)
    return Error{ErrorKind::not_found, "the repository " + without_credentials(remote.location) +
                                           " has no default branch; is it empty?"};
  const size_t name = start + kHead.size();
  return result.out.substr(name, result.out.find_first_of("\t\n", name) - name);
}

Result<void> push_branch(const Remote& remote, const std::string& directory,
                         const std::string& commit, const std::string& branch,
                         std::stop_token stop) {
  const std::string reference = "refs/heads/" + branch;
  if (is_option_like(remote.location) || is_option_like(branch) || is_option_like(commit))
    return invalid_input("location, commit and branch of a push must be given");
  const auto there =
      TRY(git(remote, {"ls-remote", "--", remote.location, reference}, stop));
  TRY(check(there, "read the branches of", remote));
  if (there.out.find('\t' + reference + '\n') != std::string::npos) {
    if (there.out.starts_with(commit)) return {};
    return Error{ErrorKind::conflict, "branch " + branch + " exists already at " +
                                          there.out.substr(0, 12) + "; it was left as it is"};
  }
  // The lease on "does not exist" closes the gap between looking and pushing.
  const auto pushed = TRY(git(remote,
                              {"-C", directory, "push", "--quiet", "--no-verify",
                               "--force-with-lease=" + reference + ":", "--", remote.location,
                               commit + ":" + reference},
                              stop));
  if (contains_any(pushed.err, {"stale info", "[rejected]"}))
    return Error{ErrorKind::conflict,
                 "branch " + branch + " appeared meanwhile; it was left as it is"};
  return check(pushed, "push to", remote);
}

}  // namespace triage::retrieval
