// The peers that are libraries, and ours. Xapian is there when CMake found it.
#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#ifdef TRIAGED_XAPIAN
#include <xapian.h>
#endif

#include "retrieval/index.h"
#include "retrieval/repository.h"
#include "retrieval/similar.h"
#include "tests/bench/peers_internal.h"

namespace triage::bench {
namespace {

constexpr size_t kMostWords = 400;

class Ours final : public Peer {
 public:
  std::string name() const override { return "triaged"; }
  Result<void> index(const Tree& tree, const std::string& scratch) override {
    const auto repository = TRY(retrieval::Repository::open(tree.repository));
    index_ = TRY(retrieval::CodeIndex::build(repository, tree.commit, {}, {},
                                             retrieval::open_parsed_store(scratch + "/ours")));
    return {};
  }
  std::uint64_t index_bytes() const override { return index_->report().stored_bytes; }
  Result<std::vector<std::string>> search(const std::string& text, size_t k) override {
    std::vector<std::string> paths;
    for (const auto& hit : index_->search(text, k).files) paths.push_back(hit.path);
    return paths;
  }

 private:
  std::shared_ptr<const retrieval::CodeIndex> index_;
};

// Whole files, path and text, without a copy of the text: what full-text search costs at least.
class Fts5 final : public Peer {
 public:
  std::string name() const override { return "SQLite FTS5"; }
  ~Fts5() override { close(); }

  Result<void> index(const Tree& tree, const std::string& scratch) override {
    close();
    file_ = scratch + "/fts5.db";
    paths_ = tree.paths;
    if (sqlite3_open(file_.c_str(), &db_) != SQLITE_OK) return failed();
    TRY(run("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN;"
            "CREATE VIRTUAL TABLE files USING fts5(path, body, content = '')"));
    sqlite3_stmt* insert = nullptr;
    sqlite3_prepare_v2(db_, "INSERT INTO files(rowid, path, body) VALUES(?, ?, ?)", -1, &insert, nullptr);
    int status = SQLITE_DONE;
    for (size_t i = 0; i < paths_.size() && status == SQLITE_DONE; ++i) {
      const std::string text = read_whole(tree.directory + "/" + paths_[i]);
      sqlite3_bind_int64(insert, 1, static_cast<sqlite3_int64>(i));
      sqlite3_bind_text(insert, 2, paths_[i].data(), static_cast<int>(paths_[i].size()), SQLITE_STATIC);
      sqlite3_bind_text(insert, 3, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
      status = sqlite3_step(insert);
      sqlite3_reset(insert);
    }
    sqlite3_finalize(insert);
    if (status != SQLITE_DONE) return failed();
    return run("COMMIT");
  }

  std::uint64_t index_bytes() const override { return std::filesystem::file_size(file_); }

  Result<std::vector<std::string>> search(const std::string& text, size_t k) override {
    std::string match;
    for (const std::string& word : query_words(text)) match += (match.empty() ? "\"" : " OR \"") + word + '"';
    std::vector<std::string> paths;
    if (match.empty()) return paths;
    sqlite3_stmt* ask = nullptr;
    sqlite3_prepare_v2(db_, "SELECT rowid FROM files WHERE files MATCH ? ORDER BY bm25(files) LIMIT ?",
                       -1, &ask, nullptr);
    sqlite3_bind_text(ask, 1, match.c_str(), -1, SQLITE_TRANSIENT);
    sqlite3_bind_int64(ask, 2, static_cast<sqlite3_int64>(k));
    int status = SQLITE_ROW;
    while ((status = sqlite3_step(ask)) == SQLITE_ROW)
      paths.push_back(paths_[static_cast<size_t>(sqlite3_column_int64(ask, 0))]);
    sqlite3_finalize(ask);
    if (status != SQLITE_DONE) return failed();
    return paths;
  }

 private:
  Error failed() const { return {ErrorKind::internal, std::string("SQLite: ") + sqlite3_errmsg(db_)}; }
  Result<void> run(const char* statements) {
    if (sqlite3_exec(db_, statements, nullptr, nullptr, nullptr) != SQLITE_OK) return failed();
    return {};
  }
  void close() {
    sqlite3_close(db_);
    db_ = nullptr;
  }
  sqlite3* db_ = nullptr;
  std::string file_;
  std::vector<std::string> paths_;
};

class XapianPeer final : public Peer {
 public:
  std::string name() const override { return "Xapian"; }
#ifndef TRIAGED_XAPIAN
  std::string missing() const override { return "libxapian-dev was not there when this was built"; }
  Result<void> index(const Tree&, const std::string&) override { return {}; }
  Result<std::vector<std::string>> search(const std::string&, size_t) override {
    return std::vector<std::string>{};
  }
#else
  Result<void> index(const Tree& tree, const std::string& scratch) override {
    directory_ = scratch;
    try {
      Xapian::WritableDatabase db(directory_ + "/xapian", Xapian::DB_CREATE_OR_OVERWRITE | Xapian::DB_NO_SYNC);
      Xapian::TermGenerator generator;
      generator.set_stemmer(Xapian::Stem("en"));
      for (const std::string& path : tree.paths) {
        Xapian::Document document;
        document.set_data(path);
        generator.set_document(document);
        generator.index_text_without_positions(path);
        generator.index_text_without_positions(read_whole(tree.directory + "/" + path));
        db.add_document(document);
      }
      db.commit();
      db_ = Xapian::Database(directory_ + "/xapian");
    } catch (const Xapian::Error& error) {
      return Error{ErrorKind::internal, "Xapian: " + error.get_msg()};
    }
    return {};
  }
  std::uint64_t index_bytes() const override { return size_below(directory_); }
  Result<std::vector<std::string>> search(const std::string& text, size_t k) override {
    std::vector<std::string> paths;
    try {
      const Xapian::Stem stem("en");
      std::vector<std::string> terms;
      for (const std::string& word : query_words(text)) terms.push_back("Z" + stem(word));
      Xapian::Enquire enquire(db_);
      enquire.set_query(Xapian::Query(Xapian::Query::OP_OR, terms.begin(), terms.end()));
      const Xapian::MSet found = enquire.get_mset(0, static_cast<Xapian::doccount>(k));
      for (auto hit = found.begin(); hit != found.end(); ++hit)
        paths.push_back(hit.get_document().get_data());
    } catch (const Xapian::Error& error) {
      return Error{ErrorKind::internal, "Xapian: " + error.get_msg()};
    }
    return paths;
  }

 private:
  Xapian::Database db_;
  std::string directory_;
#endif
};

}  // namespace

std::unique_ptr<Peer> ours() { return std::make_unique<Ours>(); }
std::unique_ptr<Peer> sqlite_fts5() { return std::make_unique<Fts5>(); }
std::unique_ptr<Peer> xapian() { return std::make_unique<XapianPeer>(); }

std::vector<std::string> query_words(const std::string& text) {
  return retrieval::words_to_ask(text, kMostWords);
}

std::vector<std::string> longest(std::vector<std::string> words, size_t most) {
  std::ranges::stable_sort(words, std::greater{}, &std::string::size);
  words.resize(std::min(words.size(), most));
  return words;
}

std::string read_whole(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return std::move(out).str();
}

std::uint64_t size_below(const std::string& directory) {
  std::uint64_t sum = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory))
    sum += entry.is_regular_file() ? entry.file_size() : 0;
  return sum;
}

}  // namespace triage::bench
