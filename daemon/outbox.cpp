#include "daemon/outbox.h"

#include <algorithm>
#include <exception>
#include <thread>

#include "daemon/failpoint.h"
#include "daemon/run_passage_internal.h"
#include "pipeline/base/utf8.h"

namespace triage::daemon {
namespace {

constexpr size_t kLongestReason = 200;
constexpr size_t kReceiptDigits = 16;
constexpr const char* kShadow = "shadow: not posted";

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
}

// What another system said, fit for the middle of a line.
std::string one_line(std::string_view text) {
  std::string out = repair_utf8(truncate_utf8(text, kLongestReason));
  std::ranges::replace_if(out, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return out;
}

const EffectRow* find_kind(const std::vector<EffectRow>& effects, EffectKind kind) {
  const auto found = std::ranges::find(effects, kind, &EffectRow::kind);
  return found == effects.end() ? nullptr : &*found;
}

std::string place_of(const EffectRow& effect) {
  return one_line(effect.result.url.empty() ? effect.result.id : effect.result.url);
}

// The link of the pull request, else of the branch, else why there is none.
std::string pull_request_link(const std::vector<EffectRow>& effects) {
  const EffectRow* branch = find_kind(effects, EffectKind::push_branch);
  const EffectRow* request = find_kind(effects, EffectKind::open_draft_pull_request);
  if (branch == nullptr) return "(none)";
  if (branch->error == kShadow) return "(not pushed: shadow mode)";
  if (branch->state == EffectState::failed)
    return "(could not be pushed: " + one_line(branch->error) + ")";
  if (request == nullptr) {
    const bool page = branch->result.url.starts_with("http");
    return page ? place_of(*branch) : "`" + place_of(*branch) + "`";
  }
  const bool has_page = request->result.url.starts_with("http");
  if (request->state == EffectState::confirmed)
    return has_page ? place_of(*request)
                    : "branch `" + place_of(*branch) + "` (described in `" + place_of(*request) + "`)";
  return place_of(*branch) + " (no pull request: " + one_line(request->error) + ")";
}

}  // namespace

std::string with_links(std::string body, const std::vector<EffectRow>& effects,
                       const std::vector<ReceiptRow>& receipts) {
  replace_all(body, kPullRequestLink, pull_request_link(effects));
  replace_all(body, kReceiptLink,
              receipts.empty() ? "none" : receipts.front().hash.substr(0, kReceiptDigits));
  return body;
}

struct Outbox::Impl {
  Store& store;
  EffectCarrier& carrier;
  const Clock& clock;
  OutboxOptions options;
  OutboxHooks hooks;
  std::jthread thread;

  Result<bool> step(std::stop_token stop);
  Result<Settlement> deliver(const EffectRow& row, std::stop_token stop);
  Result<Effect> fill_in(const EffectRow& row, const std::vector<EffectRow>& siblings) const;
  Settlement settlement_for(const EffectRow& row, const Result<EffectResult>& outcome,
                            std::stop_token stop) const;
  Result<EffectResult> guarded(const Effect& effect, std::stop_token stop);
};

Outbox::Outbox(Store& store, EffectCarrier& carrier, const Clock& clock, OutboxOptions options,
               OutboxHooks hooks)
    : impl_(new Impl{store, carrier, clock, options, std::move(hooks), {}}) {}

Outbox::~Outbox() { stop(); }

Status Outbox::start() {
  impl_->thread = std::jthread([this](std::stop_token stop) {
    while (!stop.stop_requested()) {
      const std::uint64_t seen = impl_->store.work_version();
      const auto did = impl_->step(stop);
      if (!did || !*did) impl_->store.wait_for_work(seen, stop);
    }
  });
  return {};
}

void Outbox::stop() { impl_->thread = {}; }

Result<bool> Outbox::step() { return impl_->step({}); }

Result<bool> Outbox::Impl::step(std::stop_token stop) {
  const auto next = TRY(store.next_effect());
  if (!next) return false;
  const Settlement settlement = TRY(deliver(*next, stop));
  TRY(store.settle_effect(next->op_id, settlement, hooks.seal));
  FAILPOINT("outbox.settled");
  if (hooks.observe) hooks.observe(*next, settlement);
  return true;
}

Result<Settlement> Outbox::Impl::deliver(const EffectRow& row, std::stop_token stop) {
  if (hooks.shadow && hooks.shadow(row.ticket.source))
    return Settlement{.error = kShadow};
  const auto siblings = TRY(store.effects_of(row.run));
  const EffectRow* branch = find_kind(siblings, EffectKind::push_branch);
  if (row.kind == EffectKind::open_draft_pull_request && branch != nullptr &&
      branch->state == EffectState::failed)
    return Settlement{.state = EffectState::failed,
                      .error = "not tried: its branch could not be pushed"};
  // Once it may have been sent, looking for it comes first.
  if (hooks.recheck && !row.tried) {
    const auto reason = hooks.recheck(row, siblings, stop);
    FAILPOINT("outbox.rechecked");
    if (!reason) {
      Settlement settlement = settlement_for(row, reason.error(), stop);
      ++settlement.more_attempts;  // nothing counted it as sent
      return settlement;
    }
    if (!reason->empty()) return Settlement{.state = EffectState::failed, .error = *reason};
  }
  const auto effect = fill_in(row, siblings);
  if (!effect) return settlement_for(row, effect.error(), stop);
  TRY(store.mark_sent(row.op_id));
  FAILPOINT("outbox.sent");
  const auto outcome = guarded(*effect, stop);
  FAILPOINT("outbox.carried_out");
  return settlement_for(row, outcome, stop);
}

// On the JSON, where the body is text: what comes out is SafeText as it was stored, plus links.
Result<Effect> Outbox::Impl::fill_in(const EffectRow& row,
                                     const std::vector<EffectRow>& siblings) const {
  Json json = row.effect;
  json.set("body", with_links(json["body"].as_string(), siblings, TRY(store.receipts_of(row.run))));
  return from_json<Effect>(json);
}

Result<EffectResult> Outbox::Impl::guarded(const Effect& effect, std::stop_token stop) {
  try {
    return carrier.carry_out(effect, deadline_in(options.time_limit), stop);
  } catch (const std::exception& exception) {
    return internal_error(std::string("exception: ") + exception.what());
  } catch (...) {
    return internal_error("unknown exception");
  }
}

Settlement Outbox::Impl::settlement_for(const EffectRow& row, const Result<EffectResult>& outcome,
                                        std::stop_token stop) const {
  Settlement settlement;
  if (outcome) {
    settlement.result = *outcome;
    return settlement;
  }
  const Error& error = outcome.error();
  const TimePoint now = clock.now();
  const std::uint32_t attempts = row.attempts + 1;  // this one included
  settlement.error = error.message;
  settlement.state = EffectState::pending;
  if (stop.stop_requested()) {
    settlement.retry_at = now;
    settlement.more_attempts = -1;
  } else if (is_retryable(error.kind) && attempts < options.max_attempts) {
    const TimePoint earliest =
        now + back_off(options.first_delay, options.longest_delay, attempts);
    settlement.retry_at = std::max(earliest, error.retry_at.value_or(earliest));
  } else {
    settlement.state = EffectState::failed;
  }
  return settlement;
}

}  // namespace triage::daemon
