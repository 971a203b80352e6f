// A ticket's words sorted by what they are worth for finding code: title, prose, code, paths,
// names, traces. Reads at most a bounded part of the text; linear; never fails.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "retrieval/index.h"
#include "retrieval/tokens_internal.h"
#include "retrieval/traces.h"

namespace triage::retrieval {

struct QueryTerm {
  Term term = 0;
  Term symbol = 0, root = 0;  // the same word as those kinds of term
  float weight = 0;   // 1 + ln(count), prose counting more than code
  float title = 0;    // the part of it that the subject gives
  float code = 0;     // and the part that code blocks give
  std::string text;   // as first written
};

struct PathMention {
  std::string path;
  std::uint32_t line = 0;
  bool included = false;  // by an #include or import line: what the code uses, not what is wrong
};

struct NameMention {
  std::string name;
  float weight = 0;
};

// Two or three neighbouring words written as one, as a name in code would: "query string".
struct Compound {
  std::string text;  // as it would be joined: "querystring"
  float weight = 0;
};

struct TicketText {
  std::vector<QueryTerm> terms;
  std::vector<Compound> compounds;
  std::vector<Term> pairs;            // of neighbouring words, for phrases
  std::vector<Term> words;            // all, in order, for literals
  std::vector<Term> stems;            // the same as words of code
  std::vector<PathMention> paths;
  std::vector<std::string> dotted;    // "shop.pricing.apply_discount"
  std::vector<NameMention> names;     // what looks like a symbol
  std::vector<Trace> traces;
  std::span<const PastFix> past_fixes;  // of earlier tickets like this one
  bool has_code = false;              // code, traces, paths or names from code
};

TicketText read_ticket_text(std::string_view text);

}  // namespace triage::retrieval
