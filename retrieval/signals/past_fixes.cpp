// Files that fixed earlier tickets like this one: customers' own words, tied to code.
#include <cmath>

#include "retrieval/signals_internal.h"

namespace triage::retrieval {

void find_past_fixes(const TicketText& ticket, Evidence& evidence) {
  const View& view = evidence.view;
  for (const PastFix& fix : ticket.past_fixes) {
    const auto worth =
        static_cast<float>(fix.alike / std::sqrt(static_cast<double>(fix.paths.size())));
    for (const std::string& path : fix.paths) {
      const std::uint32_t file = view.file_of(path);
      // A file that is gone must not lend its name to another.
      if (file == View::kNone || view.file(file).path != path) continue;
      evidence.raise_file(file, Feature::past_fix, worth);
      evidence.reason(file, View::kNone, 2 * static_cast<double>(worth),
                      "changed by the fix of a similar ticket");
    }
  }
}

}  // namespace triage::retrieval
