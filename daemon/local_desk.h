// The local desk: tickets that live in our own store, filed by API, command line or a watched folder.
//
// LocalDesk carries out notes and labels on such tickets. Idempotent by op_id; quick; thread-safe.
#pragma once

#include <functional>
#include <string>

#include "daemon/effect_carrier.h"
#include "daemon/store.h"

namespace triage::daemon {

class LocalDesk final : public EffectCarrier {
 public:
  // `on_note` is told of each note that was made or found, for WatchedFolder::write_note; may be
  // empty. Its error becomes the effect's.
  using OnNote = std::function<Status(const Ticket& ticket, const std::string& body)>;
  explicit LocalDesk(Store& store, OnNote on_note = {});

  // Errors: not_found (no such ticket), invalid_input (an effect that is not for a desk).
  Result<EffectResult> carry_out(const Effect& effect, Deadline deadline,
                                 std::stop_token stop) override;

 private:
  Store& store_;
  OnNote on_note_;
};

}  // namespace triage::daemon
