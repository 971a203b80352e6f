#include "daemon/failpoint.h"

#ifdef TRIAGED_FAILPOINTS

#include <atomic>
#include <cassert>
#include <csignal>
#include <cstdlib>
#include <string>

namespace triage::daemon {
namespace {

// "name" or "name:n", read once: where to die, and at which hit.
struct Chosen {
  std::string name;
  long hits = 1;
};

Chosen chosen_from_environment() {
  const char* text = std::getenv("TRIAGED_FAILPOINT");  // NOLINT(concurrency-mt-unsafe)
  if (text == nullptr) return {};
  Chosen chosen{text, 1};
  if (const size_t colon = chosen.name.find(':'); colon != std::string::npos) {
    chosen.hits = std::strtol(chosen.name.c_str() + colon + 1, nullptr, 10);
    chosen.name.resize(colon);
  }
  return chosen;
}

}  // namespace

void hit_failpoint(std::string_view name) {
  assert(is_failpoint(name));
  static const Chosen chosen = chosen_from_environment();
  static std::atomic<long> left{chosen.hits};
  if (name == chosen.name && --left == 0) std::raise(SIGKILL);
}

}  // namespace triage::daemon

#endif
