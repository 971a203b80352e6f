// One search: the ticket is read, every signal looks for its kind of evidence, ranking adds it up.
#include <algorithm>
#include <chrono>

#include "pipeline/base/utf8.h"
#include "retrieval/index_internal.h"
#include "retrieval/ranking_internal.h"
#include "retrieval/signals_internal.h"

namespace triage::retrieval {

namespace {

SearchAnswer search(const View& view, std::string_view text, const Query& query) {
  if (view.files() == 0) return {};
  TicketText ticket = read_ticket_text(text);
  ticket.past_fixes = query.past_fixes;
  Evidence evidence(view);
  gather(ticket, evidence, std::max<std::size_t>(query.k, 300));
  return rank(ticket, evidence, query.k);
}

}  // namespace

SearchAnswer Index::search(std::string_view ticket_text, std::size_t k) const {
  return search(Query{ticket_text, k});
}

SearchAnswer Index::search(const Query& query) const {
  const auto start = std::chrono::steady_clock::now();
  const std::string repaired = is_valid_utf8(query.text) ? "" : repair_utf8(query.text);
  SearchAnswer answer =
      retrieval::search(View(*this), repaired.empty() ? query.text : repaired, query);
  answer.took_ms =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  return answer;
}

}  // namespace triage::retrieval
