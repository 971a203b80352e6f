// The states of a run: the one list of them, and which may follow which.
//
//                       ┌───────────── retry by a person ──────────────┐
//                       v                                              │
//   (event) ──> queued ──claim──> running ──publish──> delivering ──> done | skipped | needs_person
//                  │  ^             │  │ └─ nothing to post ───────────^
//                  │  └─stop,crash──┘  ├─ try again at ──> parked ──claim──> running
//                  │                   └─ poison, bug ───> failed (quarantined; a person may retry)
//                  └── newer words, ticket closed ──> superseded  (from parked as well;
//                                                                  a person may stop any of them)
//
// Only queued, parked, running and delivering move by themselves; the others wait for people or
// are over. daemon/README.md explains each; a test walks the table below against the store.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace triage::daemon {

enum class RunState {
  queued,        // waits for a worker
  running,       // a worker holds its lease
  parked,        // waits until next_at, with a reason
  delivering,    // all stages done; the outbox carries out its effects
  needs_person,  // over, and a person has to decide; the reason says what
  done,          // over: everything was published
  skipped,       // over: not looked at, by policy or classification; the reason says why
  failed,        // quarantined: gave up, with the reason
  superseded,    // over: newer words took its place before it started, or a person stopped it
};

inline constexpr std::array<std::string_view, 9> kRunStateNames{
    "queued", "running", "parked", "delivering", "needs_person",
    "done",   "skipped", "failed", "superseded"};
inline std::span<const std::string_view> names(RunState) { return kRunStateNames; }

struct RunTransition {
  RunState from, to;
  std::string_view cause;
};

inline constexpr std::array<RunTransition, 21> kRunTransitions{{
    {RunState::queued, RunState::running, "a worker claims it"},
    {RunState::queued, RunState::superseded, "newer words, the ticket was closed, or a person"},
    {RunState::running, RunState::queued, "the daemon stops or died"},
    {RunState::running, RunState::parked, "a stage waits, or failed and will be tried again"},
    {RunState::running, RunState::delivering, "published, with effects"},
    {RunState::running, RunState::done, "published, nothing to post"},
    {RunState::running, RunState::skipped, "not to be looked at, nothing to post"},
    {RunState::running, RunState::needs_person, "a person decides, nothing to post"},
    {RunState::running, RunState::failed, "failed for good, or too often"},
    {RunState::running, RunState::superseded, "a person stops it"},
    {RunState::queued, RunState::failed, "was started too often without progress"},
    {RunState::parked, RunState::running, "its time came"},
    {RunState::parked, RunState::superseded, "newer words, the ticket was closed, or a person"},
    {RunState::delivering, RunState::done, "last effect settled"},
    {RunState::delivering, RunState::skipped, "last effect settled"},
    {RunState::delivering, RunState::needs_person, "last effect settled"},
    {RunState::failed, RunState::queued, "a person retries"},
    {RunState::parked, RunState::queued, "a person retries at once"},
    {RunState::done, RunState::delivering, "a person retries the effects that failed"},
    {RunState::skipped, RunState::delivering, "a person retries the effects that failed"},
    {RunState::needs_person, RunState::delivering, "a person retries the effects that failed"},
}};

constexpr bool may_follow(RunState from, RunState to) {
  for (const RunTransition& t : kRunTransitions) {
    if (t.from == from && t.to == to) return true;
  }
  return false;
}

constexpr bool is_over(RunState state) {
  return state == RunState::done || state == RunState::skipped || state == RunState::failed ||
         state == RunState::needs_person || state == RunState::superseded;
}

}  // namespace triage::daemon
