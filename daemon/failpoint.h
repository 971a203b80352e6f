// Places where tests make the daemon die, to show that it loses and repeats nothing.
//
// FAILPOINT("outbox.sent") does nothing unless the build has TRIAGED_FAILPOINTS and the environment
// says TRIAGED_FAILPOINT=outbox.sent, or outbox.sent:3 for the third time: then the process kills
// itself with SIGKILL on the spot. Release builds contain none of it.
// kFailpoints lists all of them, so that a test can die at each; another test holds it against use.
#pragma once

#include <array>
#include <string_view>

namespace triage::daemon {

inline constexpr std::array<std::string_view, 27> kFailpoints{
    // one write of the store: before and after the commit that makes it durable
    "store.commit.before", "store.commit.after",
    // a stage: before it runs, when it ran but is not stored, when it is stored
    "stage.classify.before", "stage.classify.ran", "stage.classify.stored",
    "stage.redact.before", "stage.redact.ran", "stage.redact.stored",
    "stage.retrieve.before", "stage.retrieve.ran", "stage.retrieve.stored",
    "stage.propose.before", "stage.propose.ran", "stage.propose.stored",
    "stage.verify.before", "stage.verify.ran", "stage.verify.stored",
    "stage.publish.before", "stage.publish.ran", "stage.publish.stored",
    // a model call: set aside and not made, made and not settled
    "budget.reserved", "budget.spent",
    // an effect: looked at again, marked sent but not tried, tried but not settled, settled
    "outbox.rechecked",
    "outbox.sent", "outbox.carried_out", "outbox.settled",
    // the forge's commit is made, its branch not yet pushed
    "forge.committed"};

constexpr bool is_failpoint(std::string_view name) {
  for (const std::string_view known : kFailpoints) {
    if (known == name) return true;
  }
  return false;
}

#ifdef TRIAGED_FAILPOINTS
void hit_failpoint(std::string_view name);
#define FAILPOINT(name) ::triage::daemon::hit_failpoint(name)
#else
#define FAILPOINT(name) static_cast<void>(0)
#endif

}  // namespace triage::daemon
