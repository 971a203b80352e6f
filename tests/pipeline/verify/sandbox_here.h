// Tests that run code say so when they can't: a skipped sandbox must be seen, not passed over.
#pragma once

#include <doctest/doctest.h>

#include "pipeline/verify/sandbox.h"

namespace triage::verify {

inline bool sandbox_here() {
  const Result<void> there = Sandbox(config::SandboxSettings{}).probe();
  if (!there)
    MESSAGE("SKIPPED, no sandbox here: ", there.error().message);
  return there.ok();
}

}  // namespace triage::verify
