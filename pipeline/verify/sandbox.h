// Runs code that nobody has read: bubblewrap namespaces, a seccomp filter and resource limits.
//
// Inside: the host's /usr read-only, the work directory at /w, small private /tmp and /dev/shm, an
// empty network (loopback only), no environment, no capabilities, no way to gain any. Nothing else
// of the host is visible. It is never root: a daemon that runs as root gives the work to
// `settings.user`, any other daemon runs it as itself.
// run() blocks its worker. Everything started inside is gone when it returns. It fails closed: what
// can't be set up is an Error, never a looser sandbox. Stateless but for settings; thread-safe.
#pragma once

#include <sys/types.h>

#include <optional>
#include <stop_token>
#include <string>

#include "config/settings.h"
#include "pipeline/base/process.h"
#include "pipeline/base/result.h"

namespace triage::verify {

struct Owner {
  uid_t user = 0;
  gid_t group = 0;
};

class Sandbox {
 public:
  explicit Sandbox(config::SandboxSettings settings);

  // Is it there, and tight? Starts it and looks around from inside. Errors: not_found (a program is
  // not installed: which package), denied (user namespaces refused, no such user), unavailable.
  Result<void> probe(std::stop_token stop = {}) const;

  // `sh -c command` in /w, which is `work_dir` (empty: a private empty directory). A failing or cut
  // off command is a ProcessResult; an Error means that the command was not run.
  Result<ProcessResult> run(const std::string& work_dir, const std::string& command,
                            Milliseconds limit, std::stop_token stop = {}) const;

  // Who has to own the work directory: nobody in particular unless the daemon is root.
  // Errors: denied when the configured user does not exist or is root itself.
  Result<std::optional<Owner>> owner() const;

  const config::SandboxSettings& settings() const { return settings_; }

 private:
  config::SandboxSettings settings_;
};

}  // namespace triage::verify
