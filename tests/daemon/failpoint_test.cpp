#include "daemon/failpoint.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "pipeline/run.h"

using namespace triage;

namespace {

// Every name that daemon/ hits: the literal ones, and those the passage makes per stage.
std::set<std::string> names_in_use() {
  std::set<std::string> out;
  const std::string stage_call = "FAILPOINT(failpoint_of(", literal_call = "FAILPOINT(\"";
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(TRIAGED_SOURCE_DIR) + "/daemon")) {
    if (entry.path().extension() != ".cpp") continue;
    std::stringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    std::string line;
    while (std::getline(text, line)) {
      if (const size_t at = line.find(literal_call); at != std::string::npos) {
        const size_t begin = at + literal_call.size();
        out.insert(line.substr(begin, line.find('"', begin) - begin));
      } else if (line.find(stage_call) != std::string::npos) {
        const size_t begin = line.find('"') + 1;
        const std::string moment = line.substr(begin, line.find('"', begin) - begin);
        for (const std::string_view stage : kStageNames)
          out.insert("stage." + std::string(stage) + "." + moment);
      }
    }
  }
  return out;
}

}  // namespace

TEST_SUITE("failpoint") {
  TEST_CASE("failpoint: the table lists exactly those that are in use, each once") {
    std::set<std::string> table;
    for (const std::string_view name : daemon::kFailpoints) CHECK(table.emplace(name).second);
    CHECK(table == names_in_use());
  }
}
