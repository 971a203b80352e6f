// A large repository for measurements: the same files and history on every machine, made in a second.
//
// Modules of several languages in forty folders, thirty commits, and one small shop with a fault, a
// ticket about it and its fix. Goes with its directory.
#pragma once

#include <filesystem>
#include <string>

#include "pipeline/base/process.h"
#include "pipeline/base/result.h"

namespace triage::bench {

class GeneratedRepository {
 public:
  // Errors: those of git.
  static Result<GeneratedRepository> make(unsigned files);
  GeneratedRepository(GeneratedRepository&& other) noexcept;
  GeneratedRepository& operator=(GeneratedRepository&&) = delete;
  ~GeneratedRepository();

  std::string path() const { return (directory_ / "repository").string(); }
  // For what a measurement writes.
  std::string scratch(const std::string& name) const { return (directory_ / name).string(); }

 private:
  explicit GeneratedRepository(std::filesystem::path directory);
  std::filesystem::path directory_;
};

// A git command, its output thrown away.
Result<void> git(const std::string& directory, std::vector<std::string> words,
                 std::string input = "");

// About the fault in the shop, as a customer writes it; and a model's answer with the fix.
extern const char* const kTicket;
extern const char* const kAnswer;
inline constexpr const char* kTestCommand = "python3 -m unittest -v tests.test_pricing";

}  // namespace triage::bench
