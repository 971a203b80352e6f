// Similar tickets: FTS5 picks candidates by BM25, retrieval/similar ranks them by how alike they are.
// (BM25's own score means nothing by itself: with few rows every word is in "half of all documents".)
#include <algorithm>

#include "daemon/store_internal.h"
#include "retrieval/similar.h"

namespace triage::daemon {
namespace {

constexpr size_t kMostQueryWords = 96;
constexpr size_t kCandidates = 200;
constexpr double kWeakest = 0.15;  // below this, what is shared is chance

// Each word is quoted, so that nothing in a ticket is FTS5 syntax.
std::string match_expression(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "\"" : " OR \"") + word + '"';
  return out;
}

struct Candidate {
  SimilarTicket ticket;
  std::string text;
};

constexpr const char* kCandidateQuery =
    "SELECT t.source, t.external_id, t.url, s.subject, s.words, "
    "coalesce((SELECT reference FROM outcome o WHERE o.source = t.source "
    "AND o.external_id = t.external_id AND o.what = 'pull_request_merged' "
    "ORDER BY o.seq DESC LIMIT 1), '') "
    "FROM similar s JOIN ticket t ON t.seq = s.rowid "
    "WHERE similar MATCH ? AND NOT (t.source = ? AND t.external_id = ?) "
    "ORDER BY bm25(similar, 3.0, 1.0) LIMIT ?";

}  // namespace

void remember_words(SQLite::Database& db, const TicketKey& ticket, const Json& redaction) {
  auto row = query(db, "SELECT seq FROM ticket WHERE source = ? AND external_id = ?", ticket.source,
                   ticket.external_id);
  if (!row.executeStep()) return;
  execute(db, "INSERT OR REPLACE INTO similar(rowid, subject, words) VALUES(?, ?, ?)",
          row.getColumn(0).getInt64(), redaction["subject"].as_string(),
          redaction["text"].as_string());
}

std::vector<SimilarTicket> Store::similar(const SafeText& text, const TicketKey& except, size_t k) {
  const std::vector<std::string> words = retrieval::words_to_ask(text.str(), kMostQueryWords);
  if (words.empty() || k == 0) return {};
  auto found = impl_->read<std::vector<Candidate>>([&](SQLite::Database& db) {
    return collect(query(db, kCandidateQuery, match_expression(words), except.source,
                         except.external_id, kCandidates),
                   [&](SQLite::Statement& row) {
                     return Candidate{{{text_at(row, 0), text_at(row, 1)},
                                       text_at(row, 3), text_at(row, 2), 0, text_at(row, 5)},
                                      text_at(row, 4)};
                   });
  });
  if (!found) return {};
  std::vector<retrieval::EarlierTicket> earlier;
  for (const Candidate& candidate : *found)
    earlier.push_back({candidate.ticket.subject, candidate.text});
  std::vector<SimilarTicket> out;
  for (retrieval::Likeness& like : retrieval::rank_alike(text.str(), earlier)) {
    if (like.score < kWeakest || out.size() == k) break;
    out.push_back(std::move((*found)[like.index].ticket));
    out.back().score = like.score;
    out.back().why = std::move(like.why);
  }
  return out;
}

}  // namespace triage::daemon
