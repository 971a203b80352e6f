#include "pipeline/verify/report_files_internal.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

#include "tests/fakes/git_repository.h"

namespace triage::verify {
namespace {

namespace fs = std::filesystem;
constexpr const char* kReport = "<testsuite><testcase name='a'/></testsuite>";

struct Folder {
  fakes::TemporaryDirectory directory;
  void write(const std::string& name, const std::string& text = kReport) {
    fs::create_directories(fs::path(directory / name).parent_path());
    std::ofstream(directory / name, std::ios::binary) << text;
  }
  size_t found(TimePoint since = TimePoint{}) const {
    return written_reports(directory.path(), since).size();
  }
};

TEST_SUITE("verify report files") {
  TEST_CASE("reports that were written since are read, wherever they are") {
    Folder folder;
    folder.write("junit.xml");
    folder.write("target/surefire-reports/TEST-a.xml");
    folder.write("pom.xml", "<project/>");
    folder.write("junit.txt");
    folder.write("empty.xml", "");
    CHECK(folder.found() == 2);
    CHECK(folder.found(SystemClock().now() + std::chrono::hours(1)) == 0);
    CHECK(written_reports(folder.directory / "nowhere", TimePoint{}).empty());
  }

  TEST_CASE("nothing outside is reached, and nothing that is no plain file is opened") {
    Folder outside;
    outside.write("secret.xml");
    Folder folder;
    folder.write("here.xml");
    CHECK(folder.found() == 1);
    fs::create_symlink(outside.directory / "secret.xml", folder.directory / "link.xml");
    fs::create_directory_symlink(outside.directory.path(), folder.directory / "folder");
    fs::create_hard_link(outside.directory / "secret.xml", folder.directory / "hard.xml");
    REQUIRE(::mkfifo((folder.directory / "pipe.xml").c_str(), 0600) == 0);
    fs::create_directory(folder.directory / "folder.xml");
    CHECK(folder.found() == 1);
  }

  TEST_CASE("sizes, numbers and depth are bounded") {
    Folder folder;
    folder.write("large.xml", kReport + std::string(5U << 20U, ' '));
    std::string deep;
    for (int i = 0; i < 20; ++i) deep += "d/";
    folder.write(deep + "deep.xml");
    CHECK(folder.found() == 0);
    for (int i = 0; i < 6; ++i) folder.write(std::to_string(i) + ".xml", kReport + std::string(3U << 20U, ' '));
    CHECK(folder.found() == 5);
    folder.write("d/small.xml");
    CHECK(folder.found() >= 5);
  }
}

}  // namespace
}  // namespace triage::verify
