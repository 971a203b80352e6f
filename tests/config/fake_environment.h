// An Environment of maps: no variable of the test's own process and no file is seen.
#pragma once

#include <map>
#include <string>

#include "config/environment.h"

namespace triage::config {

struct FakeEnvironment {
  std::map<std::string, std::string> variables;
  std::map<std::string, FileContent> files;

  Environment environment() const {
    return {.variable = [this](const std::string& name) -> std::optional<std::string> {
              const auto found = variables.find(name);
              if (found == variables.end()) return std::nullopt;
              return found->second;
            },
            .read_file = [this](const std::string& path, size_t max_bytes) -> Result<FileContent> {
              const auto found = files.find(path);
              if (found == files.end())
                return Error{ErrorKind::not_found, "cannot read " + path + ": no such file"};
              if (found->second.text.size() > max_bytes)
                return Error{ErrorKind::exhausted, path + " is too large"};
              return found->second;
            }};
  }
};

}  // namespace triage::config
