// What the commands that read code share: a repository with its indexes, the words of a ticket
// file. Progress goes to a terminal's stderr when work takes over a second.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "pipeline/base/result.h"
#include "retrieval/index.h"
#include "retrieval/repository.h"

namespace triage::commands {

// One repository, opened when first needed. The last index is kept: rows of one revision share it,
// and the next revision re-uses what was parsed for it.
class CodeInput {
 public:
  // `index`: the directory that keeps what is parsed; empty: default_index_directory().
  explicit CodeInput(std::string directory, const std::string& index = "");

  Result<std::shared_ptr<const retrieval::CodeIndex>> index(const std::string& revision);

 private:
  std::string directory_;
  std::optional<retrieval::Repository> repository_;
  std::shared_ptr<retrieval::ParsedStore> store_;
  std::shared_ptr<const retrieval::CodeIndex> last_;
};

// Where commands keep what they parsed, under $XDG_CACHE_HOME or ~/.cache; empty where there is neither.
std::string default_index_directory();

// The text to search for: of a JSON ticket its subject, body and comments, else the text itself.
std::string ticket_words(const std::string& input);

}  // namespace triage::commands
