// What the propose stage may look up in the code: the files of the run's commit, read on demand.
// Without paths and with nothing to read where the code could not be opened.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pipeline/propose/places.h"

namespace triage::propose {

struct CodeAtCommit {
  std::string commit;
  std::vector<std::string> paths;
  ReadFile read = [](const std::string&) { return std::optional<std::string>(); };
};

}  // namespace triage::propose
