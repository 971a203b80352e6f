// Similar tickets. FTS5 picks candidates by BM25; the score shown is the cosine of the two sets of
// words, which is 0…1 and means the same with four earlier tickets as with forty thousand (BM25's
// does not: with few rows every word is in "half of all documents").
#include <algorithm>
#include <cmath>
#include <set>

#include "daemon/store_internal.h"

namespace triage::daemon {
namespace {

using Words = std::set<std::string>;
constexpr size_t kMostQueryWords = 64;
constexpr size_t kCandidates = 50;
constexpr size_t kShortestWord = 3;
constexpr double kWeakest = 0.15;  // below this, shared words are chance

bool in_word(unsigned char c) {
  return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Lower-case words; a placeholder (<EMAIL_1>) is no word: it would make strangers alike.
Words words_of(std::string_view text) {
  Words out;
  std::string word;
  for (size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? text[i] : ' ';
    if (in_word(static_cast<unsigned char>(c))) {
      word += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
      continue;
    }
    if (word.size() >= kShortestWord) out.insert(word);
    word.clear();
    if (c != '<') continue;
    const size_t end = text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789", i + 1);
    if (end != std::string_view::npos && text[end] == '>') i = end;
  }
  return out;
}

// Long words say more; each is quoted, so that nothing in a ticket is FTS5 syntax.
std::string match_expression(const Words& words) {
  std::vector<std::string> chosen(words.begin(), words.end());
  std::ranges::stable_sort(chosen, std::greater{}, &std::string::size);
  if (chosen.size() > kMostQueryWords) chosen.resize(kMostQueryWords);
  std::string out;
  for (const std::string& word : chosen) out += (out.empty() ? "\"" : " OR \"") + word + '"';
  return out;
}

double cosine(const Words& a, const Words& b) {
  if (a.empty() || b.empty()) return 0;
  const auto shared = std::ranges::count_if(a, [&](const auto& word) { return b.contains(word); });
  return static_cast<double>(shared) / std::sqrt(static_cast<double>(a.size() * b.size()));
}

constexpr const char* kCandidateQuery =
    "SELECT t.source, t.external_id, t.url, s.subject, s.words, "
    "coalesce((SELECT reference FROM outcome o WHERE o.source = t.source "
    "AND o.external_id = t.external_id AND o.what = 'pull_request_merged' "
    "ORDER BY o.seq DESC LIMIT 1), '') "
    "FROM similar s JOIN ticket t ON t.seq = s.rowid "
    "WHERE similar MATCH ? AND NOT (t.source = ? AND t.external_id = ?) "
    "ORDER BY bm25(similar) LIMIT ?";

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
  const Words asked = words_of(text.str());
  if (asked.empty() || k == 0) return {};
  auto found = impl_->read<std::vector<SimilarTicket>>([&](SQLite::Database& db) {
    return collect(query(db, kCandidateQuery, match_expression(asked), except.source,
                         except.external_id, kCandidates),
                   [&](SQLite::Statement& row) {
                     return SimilarTicket{{text_at(row, 0), text_at(row, 1)},
                                          text_at(row, 3),
                                          text_at(row, 2),
                                          cosine(asked, words_of(text_at(row, 4))),
                                          text_at(row, 5)};
                   });
  });
  if (!found) return {};
  std::erase_if(*found, [](const SimilarTicket& ticket) { return ticket.score < kWeakest; });
  std::ranges::stable_sort(*found, std::greater{}, &SimilarTicket::score);
  if (found->size() > k) found->resize(k);
  return std::move(found).value();
}

}  // namespace triage::daemon
