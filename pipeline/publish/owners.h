// CODEOWNERS: who is asked to review a file, as GitHub and GitLab read it.
//
// The last matching line of a section wins, and the sections' owners add up; a file without
// sections is one. Patterns are those of .gitignore without "!" and character ranges. What can't be
// read is left out. The text is a stranger's: names come out as they stand there. Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace triage::publish {

class CodeOwners {
 public:
  static CodeOwners parse(std::string_view text);

  // "@login", "@group/team" or an address, in the order of the file, each once.
  std::vector<std::string> of(std::string_view path) const;

 private:
  struct Rule {
    std::string pattern;
    std::vector<std::string> owners;
    bool excludes = false;  // GitLab's "!pattern": nobody of this section
  };
  using Section = std::vector<Rule>;
  std::vector<Section> sections_;
};

// Where forges look for it, the first that is there.
std::optional<std::string> read_codeowners(
    const std::function<std::optional<std::string>(std::string_view path)>& read);

// "*" stays in a component, "**" doesn't; a pattern with a "/" before its end begins at the root, one
// that ends in "/" or names a folder means all below. Case counts.
bool matches_owner_pattern(std::string_view pattern, std::string_view path);

// Owners of all these paths, those of most paths first; at most `most`.
std::vector<std::string> owners_of(const CodeOwners& owners, const std::vector<std::string>& paths,
                                   std::size_t most);

}  // namespace triage::publish
