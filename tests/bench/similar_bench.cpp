// Whether the ticket that people marked as the original of a duplicate is found: its share among the
// first one, five and ten earlier tickets, beside SQLite FTS5 with BM25 alone over the same words.
//
// usage: similar_bench ISSUES.jsonl PAIRS.jsonl    rows {"project","id","title","body"} and
//        {"project","id","duplicate_of"}; all other issues of the project are searched
#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>

#include "pipeline/base/json.h"
#include "retrieval/similar.h"
#include "tests/bench/peers_internal.h"

namespace triage::bench {
namespace {

constexpr size_t kMostWords = 96, kCandidates = 200;  // as daemon/store_memory.cpp has them

struct Issue {
  std::string id, title, text;
};
using Project = std::vector<Issue>;

template <class Take>
Result<void> each_row(const std::string& file, const Take& take) {
  const std::string text = read_whole(file);
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    take(TRY(parse_json(std::string_view(text).substr(begin, end - begin))));
    begin = end + 1;
  }
  return {};
}

// An FTS5 table of one project's issues, in memory.
class Table {
 public:
  explicit Table(const Project& issues) {
    sqlite3_open(":memory:", &db_);
    sqlite3_exec(db_, "CREATE VIRTUAL TABLE similar USING fts5(subject, words, tokenize = 'unicode61')",
                 nullptr, nullptr, nullptr);
    sqlite3_stmt* insert = nullptr;
    sqlite3_prepare_v2(db_, "INSERT INTO similar(rowid, subject, words) VALUES(?, ?, ?)", -1, &insert, nullptr);
    for (size_t i = 0; i < issues.size(); ++i) {
      sqlite3_bind_int64(insert, 1, static_cast<sqlite3_int64>(i));
      sqlite3_bind_text(insert, 2, issues[i].title.c_str(), -1, SQLITE_STATIC);
      sqlite3_bind_text(insert, 3, issues[i].text.c_str(), -1, SQLITE_STATIC);
      sqlite3_step(insert);
      sqlite3_reset(insert);
    }
    sqlite3_finalize(insert);
  }
  ~Table() { sqlite3_close(db_); }
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  std::vector<size_t> best(const std::string& text, size_t except, const char* order) const {
    std::string match;
    for (const std::string& word : retrieval::words_to_ask(text, kMostWords))
      match += (match.empty() ? "\"" : " OR \"") + word + '"';
    const std::string query =
        std::string("SELECT rowid FROM similar WHERE similar MATCH ? AND rowid <> ? ORDER BY ") + order + " LIMIT ?";
    sqlite3_stmt* ask = nullptr;
    sqlite3_prepare_v2(db_, query.c_str(), -1, &ask, nullptr);
    sqlite3_bind_text(ask, 1, match.c_str(), -1, SQLITE_TRANSIENT);
    sqlite3_bind_int64(ask, 2, static_cast<sqlite3_int64>(except));
    sqlite3_bind_int64(ask, 3, kCandidates);
    std::vector<size_t> out;
    while (sqlite3_step(ask) == SQLITE_ROW) out.push_back(static_cast<size_t>(sqlite3_column_int64(ask, 0)));
    sqlite3_finalize(ask);
    return out;
  }

 private:
  sqlite3* db_ = nullptr;
};

struct Tally {
  size_t asked = 0, first = 0, in_five = 0, in_ten = 0;
  double milliseconds = 0;
  std::vector<double> right, wrong;  // the score of the original; the highest of any other
  void count(const std::vector<size_t>& found, size_t wanted) {
    const auto at = static_cast<size_t>(std::ranges::find(found, wanted) - found.begin());
    ++asked;
    first += at < 1 && at < found.size();
    in_five += at < 5 && at < found.size();
    in_ten += at < 10 && at < found.size();
  }
  void print(const char* name) const {
    const auto share = [&](size_t hits) { return 100.0 * static_cast<double>(hits) / static_cast<double>(asked); };
    std::printf("%-22s %6zu pairs   @1 %5.1f   @5 %5.1f   @10 %5.1f   %6.1f ms\n", name, asked, share(first),
                share(in_five), share(in_ten), milliseconds / static_cast<double>(asked));
  }
};

class Clock {
 public:
  double milliseconds() const {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

void ask(const Project& issues, const Table& table, size_t asking, size_t wanted, Tally& plain, Tally& ours) {
  const Clock plain_clock;
  plain.count(table.best(issues[asking].text, asking, "bm25(similar)"), wanted);
  plain.milliseconds += plain_clock.milliseconds();
  const Clock clock;
  const auto candidates = table.best(issues[asking].text, asking, "bm25(similar, 3.0, 1.0)");
  std::vector<retrieval::EarlierTicket> earlier;
  for (const size_t i : candidates) earlier.push_back({issues[i].title, issues[i].text});
  std::vector<size_t> found;
  double right = 0, wrong = 0;
  for (const auto& like : retrieval::rank_alike(issues[asking].text, earlier)) {
    found.push_back(candidates[like.index]);
    double& score = found.back() == wanted ? right : wrong;
    score = std::max(score, like.score);
  }
  ours.right.push_back(right);
  ours.wrong.push_back(wrong);
  ours.count(found, wanted);
  ours.milliseconds += clock.milliseconds();
}

double at(std::vector<double> values, size_t percent) {
  std::ranges::sort(values);
  return values.empty() ? 0 : values[std::min(values.size() - 1, values.size() * percent / 100)];
}

Result<void> run(const char* issues_file, const char* pairs_file) {
  std::map<std::string, Project> projects;
  std::map<std::pair<std::string, std::string>, size_t> numbers;
  TRY(each_row(issues_file, [&](const Json& row) {
    const std::string& project = row["project"].as_string();
    const std::string& title = row["title"].as_string();
    numbers[{project, row["id"].as_string()}] = projects[project].size();
    projects[project].push_back({row["id"].as_string(), title, title + "\n" + row["body"].as_string()});
  }));
  std::map<std::string, std::unique_ptr<Table>> tables;
  for (const auto& [name, issues] : projects) tables[name] = std::make_unique<Table>(issues);
  Tally plain, ours;
  TRY(each_row(pairs_file, [&](const Json& row) {
    const std::string& project = row["project"].as_string();
    const auto asking = numbers.find({project, row["id"].as_string()});
    const auto wanted = numbers.find({project, row["duplicate_of"].as_string()});
    if (asking == numbers.end() || wanted == numbers.end()) return;
    ask(projects[project], *tables[project], asking->second, wanted->second, plain, ours);
  }));
  plain.print("SQLite FTS5, bm25");
  ours.print("triaged");
  std::printf("score of the original: p10 %.2f, p50 %.2f, p90 %.2f; highest of any other: p10 %.2f, p50 %.2f, p90 %.2f\n",
              at(ours.right, 10), at(ours.right, 50), at(ours.right, 90), at(ours.wrong, 10),
              at(ours.wrong, 50), at(ours.wrong, 90));
  return {};
}

}  // namespace
}  // namespace triage::bench

int main(int count, char** words) {
  if (count != 3) {
    std::fprintf(stderr, "usage: similar_bench ISSUES.jsonl PAIRS.jsonl\n");
    return 2;
  }
  const auto done = triage::bench::run(words[1], words[2]);
  if (!done) std::fprintf(stderr, "similar_bench: %s\n", done.error().message.c_str());
  return done ? 0 : 3;
}
