// JSON lines in, JSON lines out: what `--batch` means in every command.
#pragma once

#include <functional>
#include <string>

#include "pipeline/base/json.h"
#include "pipeline/base/result.h"

namespace triage::commands {

// Prints one line per row of a JSON-lines file: its "id" and the members of answer(row). A row that
// fails gives {"id","error"} and the exit status 1; the others are still answered.
int for_each_row(const std::string& path, const std::function<Result<Json>(const Json&)>& answer);

}  // namespace triage::commands
