// Other ways to find code, for measuring beside ours: each indexes the files of one checked-out tree
// and ranks files for the words of a ticket, as well as its means allow.
//
// A peer whose program or library is not there says so in missing() and is left out by name.
// Errors: unavailable when a program fails, with the end of what it wrote.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "pipeline/base/result.h"

namespace triage::bench {

// What all of them are given: the same files, as text, none above 1 MiB.
struct Tree {
  std::string repository, commit;  // a git repository that holds it
  std::string directory;           // where it is checked out
  std::vector<std::string> paths;
  std::uint64_t bytes = 0;
};

class Peer {
 public:
  virtual ~Peer() = default;
  virtual std::string name() const = 0;
  virtual std::string missing() const { return ""; }
  // From nothing, in a directory of its own that is empty.
  virtual Result<void> index(const Tree& tree, const std::string& scratch) = 0;
  virtual std::uint64_t index_bytes() const { return 0; }  // on disk; 0: none
  // Paths, best first.
  virtual Result<std::vector<std::string>> search(const std::string& text, size_t k) = 0;
};

// Ours first.
std::vector<std::unique_ptr<Peer>> all_peers();
// In the order of all_peers(): peers.cpp's and peers_programs.cpp's.
std::unique_ptr<Peer> ours();
std::unique_ptr<Peer> sqlite_fts5();
std::unique_ptr<Peer> xapian();
std::unique_ptr<Peer> codesearch();
std::unique_ptr<Peer> universal_ctags();
std::unique_ptr<Peer> ripgrep();

// Lower-case words of a text, each once, in order; those that every ticket has are left out.
std::vector<std::string> query_words(const std::string& text);
// At most that many, the longest: for programs that read all of the tree for each word.
std::vector<std::string> longest(std::vector<std::string> words, size_t most);
std::string read_whole(const std::string& path);
std::uint64_t size_below(const std::string& directory);

}  // namespace triage::bench
