#include "config/environment.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace triage;
using namespace triage::config;

namespace {

struct TemporaryDirectory {
  std::filesystem::path path;
  TemporaryDirectory() {
    std::string name = std::filesystem::temp_directory_path() / "triaged-config-XXXXXX";
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::string file(const char* name, const std::string& text, mode_t mode) const {
    const std::string full = path / name;
    std::ofstream(full) << text;
    REQUIRE(::chmod(full.c_str(), mode) == 0);
    return full;
  }
};

}  // namespace

TEST_SUITE("config") {
  TEST_CASE("a file is read whole and its mode is told") {
    const TemporaryDirectory directory;
    const Environment environment = system_environment();
    const auto closed = environment.read_file(directory.file("closed", "value\n", 0600), 100);
    REQUIRE(closed.ok());
    CHECK(closed->text == "value\n");
    CHECK_FALSE(closed->world_readable);
    const auto open = environment.read_file(directory.file("open", "value", 0644), 100);
    REQUIRE(open.ok());
    CHECK(open->world_readable);
  }

  TEST_CASE("what is not a small regular file is refused without waiting") {
    const TemporaryDirectory directory;
    const Environment environment = system_environment();
    const std::string fifo = directory.path / "fifo";
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    CHECK(environment.read_file(fifo, 100).error().kind == ErrorKind::denied);
    CHECK(environment.read_file(directory.path, 100).error().kind == ErrorKind::denied);
    CHECK(environment.read_file(directory.path / "none", 100).error().kind == ErrorKind::not_found);
    const auto large =
        environment.read_file(directory.file("large", std::string(101, 'x'), 0600), 100);
    CHECK(large.error().kind == ErrorKind::exhausted);
  }

  TEST_CASE("variables are this process's") {
    const Environment environment = system_environment();
    CHECK(environment.variable("PATH").has_value());
    CHECK_FALSE(environment.variable("TRIAGED_NO_SUCH_VARIABLE").has_value());
  }
}
