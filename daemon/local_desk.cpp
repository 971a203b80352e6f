#include "daemon/local_desk.h"

namespace triage::daemon {

LocalDesk::LocalDesk(Store& store, OnNote on_note) : store_(store), on_note_(std::move(on_note)) {}

Result<EffectResult> LocalDesk::carry_out(const Effect& effect, Deadline /*deadline*/,
                                          std::stop_token /*stop*/) {
  switch (effect.kind) {
    case EffectKind::add_labels:
      return store_.add_labels(effect.ticket, effect.op_id, effect.labels);
    case EffectKind::post_note: {
      auto note = TRY(store_.add_note(effect.ticket, effect.op_id, effect.body.str()));
      if (!on_note_) return note;
      const TicketDetail detail = TRY(store_.ticket(effect.ticket));
      TRY(on_note_(detail.ticket, effect.body.str()));
      return note;
    }
    case EffectKind::push_branch:
    case EffectKind::open_draft_pull_request: break;
  }
  return invalid_input("the local desk has no branches: effect " + effect.op_id +
                       " belongs to a forge");
}

}  // namespace triage::daemon
