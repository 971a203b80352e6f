// One search: the ticket is read, every signal looks for its kind of evidence, ranking adds it up.
#include <algorithm>
#include <chrono>

#include "pipeline/base/utf8.h"
#include "retrieval/index_internal.h"
#include "retrieval/ranking_internal.h"
#include "retrieval/signals/signals_internal.h"

namespace triage::retrieval {

namespace {

SearchAnswer search(const View& view, std::string_view text, std::size_t k) {
  if (view.files() == 0) return {};
  const TicketText ticket = read_ticket_text(text);
  Evidence evidence(view);
  gather(ticket, evidence, std::max<std::size_t>(k, 300));
  return rank(ticket, evidence, k);
}

}  // namespace

SearchAnswer Index::search(std::string_view ticket_text, std::size_t k) const {
  const auto start = std::chrono::steady_clock::now();
  const std::string repaired = is_valid_utf8(ticket_text) ? "" : repair_utf8(ticket_text);
  SearchAnswer answer =
      retrieval::search(View(*this), repaired.empty() ? ticket_text : repaired, k);
  answer.took_ms =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  return answer;
}

}  // namespace triage::retrieval
