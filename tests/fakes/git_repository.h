// A small real git repository in a temporary directory, for tests, made by the git
// program with pinned names and dates, so that commit ids are stable.
//
// Removes its directory when it goes. Every call fails the test (doctest REQUIRE) when git does.
#pragma once

#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/base/process.h"

namespace triage::fakes {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "triaged-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// A repository with a work tree at path(), default branch "main".
class GitRepository {
 public:
  GitRepository() {
    git({"init", "--quiet", "--initial-branch=main", "--template=", "."});
  }

  const std::string& path() const { return directory_.path(); }

  // Writes these files and commits everything; the n-th commit is dated 2026-01-01 plus n days.
  // An empty content removes the file. Returns the commit id.
  std::string commit(const std::string& message, const std::map<std::string, std::string>& files,
                     const std::string& author = "Ada Lovelace") {
    for (const auto& [name, content] : files) {
      const std::filesystem::path file = std::filesystem::path(path()) / name;
      if (content.empty()) {
        std::filesystem::remove(file);
        continue;
      }
      std::filesystem::create_directories(file.parent_path());
      std::ofstream(file, std::ios::binary) << content;
    }
    author_ = author;
    ++commits_;
    git({"add", "--all"});
    git({"commit", "--quiet", "--allow-empty", "--message", message});
    return head();
  }

  std::string head() const { return git({"rev-parse", "HEAD"}).substr(0, 40); }

  // Runs git in the repository and returns what it wrote.
  std::string git(std::vector<std::string> arguments) const {
    ProcessSpec spec;
    spec.argv = {"git"};
    spec.argv.insert(spec.argv.end(), arguments.begin(), arguments.end());
    spec.directory = path();
    const std::string date = std::to_string(1'767'225'600 + 86'400L * commits_) + " +0000";
    spec.env = {{"PATH", "/usr/local/bin:/usr/bin:/bin"},
                {"HOME", path()},
                {"GIT_CONFIG_NOSYSTEM", "1"},
                {"GIT_CONFIG_GLOBAL", "/dev/null"},
                {"GIT_AUTHOR_NAME", author_},
                {"GIT_AUTHOR_EMAIL", "dev@example.com"},
                {"GIT_AUTHOR_DATE", date},
                {"GIT_COMMITTER_NAME", author_},
                {"GIT_COMMITTER_EMAIL", "dev@example.com"},
                {"GIT_COMMITTER_DATE", date}};
    auto result = run_process(spec);
    REQUIRE(result.ok());
    INFO("git ", arguments.front(), ": ", result->err);
    REQUIRE(result->success());
    return result->out;
  }

 private:
  TemporaryDirectory directory_;
  std::string author_ = "Ada Lovelace";
  int commits_ = 0;
};

}  // namespace triage::fakes
