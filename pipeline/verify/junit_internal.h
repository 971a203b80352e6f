// JUnit XML, as pytest, CTest, gtest, Maven, Gradle, jest and others write it: names and verdicts.
//
// A strict reader of what such reports need of XML. No document type, no entities but the five of
// XML and characters by number, at most 64 levels, 8 MiB and 50,000 tests; text and unknown
// elements are passed over. Anything else is no report at all, so that half a document can't hide a
// failure. Pure. Private to this folder.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "pipeline/verify/test_lines_internal.h"

namespace triage::verify {

// Tests as "class.name", in order. Nothing where it is no whole, well-formed report.
std::optional<std::vector<FoundTest>> read_junit(std::string_view document);

// The report in a run's output, from its first tag on; empty where there is none.
std::string_view printed_junit(std::string_view output);

}  // namespace triage::verify
