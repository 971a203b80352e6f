// Ids as distinct types, so that a run's id can't be passed for a ticket's.
#pragma once

#include <compare>
#include <string>
#include <string_view>

namespace triage {

// Names one ticket across the daemon: the configured source and the id the helpdesk gave it.
struct TicketKey {
  std::string source;
  std::string external_id;
  auto operator<=>(const TicketKey&) const = default;
  std::string str() const { return source + "/" + external_id; }
};

template <class V>
void describe(V& v, TicketKey& key) {
  v("source", key.source);
  v("id", key.external_id);
}

// One passage of a ticket revision through the stages: 10 characters of Crockford base32 that
// follow from ticket and revision, so the same event can't start two runs.
std::string run_id_for(const TicketKey& ticket, std::string_view revision, int attempt = 0);

// Deterministic id of one outward write: the same ticket revision and kind give the same id after a
// crash. 16 hex digits; safe in branch names and HTML comments.
std::string op_id_for(std::string_view run_id, std::string_view effect_kind);

// "[a-z0-9-]", at most max characters, never empty: for branch and file names.
std::string slug(std::string_view text, size_t max = 40);

}  // namespace triage
