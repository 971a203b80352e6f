// Rewrites what is nearly JSON into JSON, as models write it.
//
// Mended are trailing commas, comments, line breaks inside strings, stray backslashes and Python's
// words. Reading ends with the value that begins the text, so that prose may follow. An object that
// breaks off keeps its complete members only: half of one is worse than none. All else is left as
// it is, for the parser to refuse. Linear in the text; never fails.
#pragma once

#include <string>
#include <string_view>

namespace triage::propose {

struct NearlyJson {
  std::string text;
  bool cut_off = false;  // the text ended before the value did
};
NearlyJson rewrite_json(std::string_view text);

}  // namespace triage::propose
