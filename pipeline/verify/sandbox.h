// Runs code that nobody has read: bubblewrap namespaces, a seccomp filter and resource limits.
//
// Inside: the host's /usr read-only, the work directory at /w, small private /tmp and /dev/shm, an
// empty network (loopback only), no environment, no capabilities, no way to gain any. Nothing else of
// the host is visible but what a caller names in SandboxExtras. It is never root: a daemon that runs
// as root gives the work to `settings.user`, any other daemon runs it as itself.
// run() blocks its worker. Everything started inside is gone when it returns. It fails closed: what
// can't be set up is an Error, never a looser sandbox. Stateless but for settings; thread-safe.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/settings.h"
#include "pipeline/base/process.h"
#include "pipeline/base/result.h"

namespace triage::verify {

struct Owner {
  uid_t user = 0;
  gid_t group = 0;
};

// A file or folder of the host that is visible inside as well, read-only unless it says otherwise.
// A socket can be connected to even where it is read-only. The sandbox's account has to reach it.
struct Mount {
  std::string host;
  std::string inside;  // absolute; below /w, /usr, /proc or /dev is refused
  bool writable = false;
};

// What one run gets besides the usual.
struct SandboxExtras {
  std::vector<Mount> mounts = {};
  std::vector<std::string> scratch = {};  // empty folders in memory of their own, 256 MiB each
  std::vector<std::pair<std::string, std::string>> env = {};  // may replace HOME, not more of ours
  std::string input = {};                                     // standard input
  Milliseconds idle_limit{0};                                 // as in ProcessSpec
  size_t output_limit = 0;                                    // 0: settings.output
  bool unlimited_address_space = false;  // runtimes that reserve terabytes; memory stays limited
  std::function<void(std::string_view)> on_output = {};  // as in ProcessSpec
  std::function<bool()> go_on = {};                      // as in ProcessSpec
};

class Sandbox {
 public:
  explicit Sandbox(config::SandboxSettings settings);

  // Is it there, and tight? Starts it and looks around from inside. Errors: not_found (a program is
  // not installed: which package), denied (user namespaces refused, no such user), unavailable.
  Result<void> probe(std::stop_token stop = {}) const;

  // `sh -c command` in /w, which is `work_dir` (empty: a private empty directory). A failing or cut
  // off command is a ProcessResult; an Error means that the command was not run (invalid_input: an
  // extra that may not be).
  Result<ProcessResult> run(const std::string& work_dir, const std::string& command,
                            Milliseconds limit, std::stop_token stop = {},
                            const SandboxExtras& extras = {}) const;

  // Who has to own the work directory: nobody in particular unless the daemon is root.
  // Errors: denied when the configured user does not exist or is root itself.
  Result<std::optional<Owner>> owner() const;

  const config::SandboxSettings& settings() const { return settings_; }

 private:
  config::SandboxSettings settings_;
};

}  // namespace triage::verify
