#include "daemon/commands/rows_internal.h"

#include <algorithm>
#include <cstdio>

#include "daemon/commands/command.h"

namespace triage::commands {

int for_each_row(const std::string& path, const std::function<Result<Json>(const Json&)>& answer) {
  const auto input = read_input(path, size_t{1} << 30U);
  if (!input.ok()) return report(input.error());
  int status = kDone;
  size_t number = 0;
  for (size_t begin = 0; begin < input->size();) {
    const size_t end = std::min(input->find('\n', begin), input->size());
    const std::string_view line = std::string_view(*input).substr(begin, end - begin);
    begin = end + 1;
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    const auto row = parse_json(line);
    Json out = Json::object();
    out.set("id", row.ok() ? (*row)["id"] : Json());
    auto answered = row.ok() ? answer(*row) : Result<Json>(row.error());
    if (answered.ok()) {
      for (const auto& [name, value] : answered->members()) out.set(name, value);
    } else {
      status = kAnswerIsNo;
      out.set("error", "row " + std::to_string(number) + ": " + answered.error().message);
    }
    std::printf("%s\n", out.dump().c_str());
    std::fflush(stdout);
  }
  return status;
}

}  // namespace triage::commands
