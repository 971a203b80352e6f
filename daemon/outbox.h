// Outbox: one thread that carries out the effects of published runs, in order, each once.
//
// An effect is marked sent before it is tried; whatever happens then (error, crash, unknown outcome)
// it is tried again until it is confirmed or its attempts are used up, which is safe because
// carriers create or adopt. The effects of one run are carried out in order; a failed one does not
// hold back the rest: without a branch there is no pull request, but the note is still posted and
// says why. In bodies {{pull_request}} becomes the link of the pull request or branch, and
// {{receipt}} the first 16 digits of the run's receipt hash.
//
// The store and the carrier outlive the outbox.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "daemon/effect_carrier.h"
#include "daemon/service.h"
#include "daemon/store.h"

namespace triage::daemon {

inline constexpr std::string_view kReceiptLink = "{{receipt}}";

struct OutboxOptions {
  std::uint32_t max_attempts = 8;
  Milliseconds time_limit{120'000};  // of one attempt
  Milliseconds first_delay{2'000};
  Milliseconds longest_delay{600'000};
};

struct OutboxHooks {
  // Whether nothing may be posted for tickets of this source. Empty: never.
  std::function<bool(const std::string& source)> shadow;
  // Asked before an effect is tried for the first time: why it must not be any more; empty: go on. An
  // error counts as one of carrying it out. Empty: nothing is asked.
  std::function<Result<std::string>(const EffectRow& effect, const std::vector<EffectRow>& siblings,
                                    std::stop_token stop)>
      recheck;
  // Receipt entry for what was delivered. Empty: none is written.
  DeliverySeal seal;
  // Told after each attempt, on the outbox's thread. May be empty.
  std::function<void(const EffectRow& effect, const Settlement& settlement)> observe;
};

// The body with its slots filled: the pull request (or branch, or why there is none) and the receipt,
// as far as they are known from the run's other effects and receipts.
std::string with_links(std::string body, const std::vector<EffectRow>& effects,
                       const std::vector<ReceiptRow>& receipts);

class Outbox final : public Service {
 public:
  Outbox(Store& store, EffectCarrier& carrier, const Clock& clock, OutboxOptions options,
         OutboxHooks hooks);
  ~Outbox() override;

  Status start() override;
  // Cancels the attempt under way; it is repeated at the next start and not counted.
  void stop() override;
  // Carries out one effect that is due, on the caller's thread. False when there was none.
  // For tests and for draining; not while started.
  Result<bool> step();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace triage::daemon
