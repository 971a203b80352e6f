// What a configuration may draw on from outside itself: variables and files. Injected, so that
// tests are hermetic and the loader touches nothing of the process.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "pipeline/base/result.h"

namespace triage::config {

struct FileContent {
  std::string text;
  bool world_readable = false;
};

struct Environment {
  std::function<std::optional<std::string>(const std::string& name)> variable;
  // Regular files only, at most max_bytes. Errors: not_found, denied, exhausted, unavailable.
  std::function<Result<FileContent>(const std::string& path, size_t max_bytes)> read_file;
};

// This process's variables and this machine's files.
Environment system_environment();

}  // namespace triage::config
