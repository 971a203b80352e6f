#include "retrieval/path_index_internal.h"

#include <algorithm>

namespace triage::retrieval {

namespace {

constexpr float kInDirectory = 0.4F;
constexpr int kMostNames = 3;  // "shop.pricing.Cart.total": names after the module

// Kinds that no word of a path has keep names apart from words.
Term file_term(std::string_view name) { return term_of(name, TermKind::line); }
Term stem_term(std::string_view stem) { return term_of(stem, TermKind::pair); }

std::string_view stem_of(std::string_view name) { return name.substr(0, name.find('.', 1)); }

// How many components two paths share from their ends.
size_t common_suffix(std::string_view a, std::string_view b) {
  size_t shared = 0;
  while (true) {
    const size_t slash_a = a.rfind('/'), slash_b = b.rfind('/');
    const auto part = [](std::string_view path, size_t slash) {
      return slash == path.npos ? path : path.substr(slash + 1);
    };
    if (part(a, slash_a) != part(b, slash_b)) return shared;
    ++shared;
    if (slash_a == a.npos || slash_b == b.npos) return shared;
    a = a.substr(0, slash_a);
    b = b.substr(0, slash_b);
  }
}

void sort_unique(std::vector<Term>& terms) {
  std::ranges::sort(terms);
  terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
}

}  // namespace

PathIndex::PathIndex(std::vector<std::string> paths) : paths_(std::move(paths)) {
  std::vector<TermIndex::Entry> entries;
  entries.reserve(paths_.size() * 8);
  std::string_view directory;
  std::vector<Term> of_directory;
  for (std::uint32_t file = 0; file < paths_.size(); ++file) {
    const std::string_view path = paths_[file];
    // Files of one directory follow each other: its words are cut once.
    const std::string_view own = path.substr(0, path.size() - file_name(path).size());
    if (file == 0 || own != directory) {
      directory = own;
      of_directory.clear();
      add_terms(directory, of_directory);
      sort_unique(of_directory);
    }
    add_terms_of(file, of_directory, entries);
  }
  terms_ = TermIndex(std::move(entries));
}

void PathIndex::add_terms_of(std::uint32_t file, const std::vector<Term>& of_directory,
                             std::vector<TermIndex::Entry>& entries) const {
  const std::string_view name = file_name(paths_[file]);
  std::vector<Term> own;
  add_terms(stem_of(name), own);
  sort_unique(own);
  for (const Term term : own) entries.push_back({term, file, 1});
  for (const Term term : of_directory) {
    if (!std::ranges::binary_search(own, term)) entries.push_back({term, file, kInDirectory});
  }
  entries.push_back({file_term(name), file, 1});
  entries.push_back({stem_term(stem_of(name)), file, 1});
}

std::uint32_t PathIndex::find(std::string_view path) const {
  const auto found = std::ranges::lower_bound(paths_, path);
  return found == paths_.end() || *found != path
             ? kNone
             : static_cast<std::uint32_t>(found - paths_.begin());
}

std::uint32_t PathIndex::find_suffix(std::string_view path) const {
  std::string clean(path);
  std::ranges::replace(clean, '\\', '/');
  while (clean.starts_with("./")) clean.erase(0, 2);
  std::uint32_t best = kNone;
  size_t longest = 0;
  bool unique = false;
  for (const auto& posting : terms_.find(file_term(file_name(clean)))) {
    const std::string& candidate = paths_[posting.document];
    if (candidate == clean) return posting.document;
    const size_t shared = common_suffix(candidate, clean);
    if (shared > longest) {
      longest = shared;
      best = posting.document;
      unique = true;
    } else if (shared == longest) {
      unique = false;
    }
  }
  return unique ? best : kNone;
}

// The only file that is that path plus an extension, from any directory on.
std::uint32_t PathIndex::unique_with_stem(std::string_view path) const {
  const std::string_view name = file_name(path);
  std::uint32_t found = kNone;
  for (const auto& posting : terms_.find(stem_term(name))) {
    const std::string_view candidate = paths_[posting.document];
    const std::string_view without =
        candidate.substr(0, candidate.size() - file_name(candidate).size() + name.size());
    const bool whole = without.ends_with(path) && (without.size() == path.size() ||
                                                   without[without.size() - path.size() - 1] == '/');
    if (!whole) continue;
    if (found != kNone) return kNone;
    found = posting.document;
  }
  return found;
}

std::uint32_t PathIndex::find_module(std::string_view dotted) const {
  std::string path(dotted);
  for (size_t at = 0; (at = path.find("::", at)) != std::string::npos;) {
    path[at] = '/';
    path.erase(at + 1, 1);
  }
  std::ranges::replace(path, '.', '/');
  // "shop.pricing.apply_discount": the module is the whole or without its last names.
  for (int dropped = 0; dropped < kMostNames; ++dropped) {
    const std::uint32_t found = unique_with_stem(path);
    if (found != kNone && path.find('/') != std::string::npos) return found;
    const std::string initial = path + "/__init__.py";
    if (const std::uint32_t package = find_suffix(initial);
        package != kNone && paths_[package].ends_with(initial))
      return package;
    const size_t slash = path.rfind('/');
    if (slash == std::string::npos) break;
    path.resize(slash);
  }
  return kNone;
}

}  // namespace triage::retrieval
