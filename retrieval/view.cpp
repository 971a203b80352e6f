#include "retrieval/view_internal.h"

#include "retrieval/index_internal.h"

namespace triage::retrieval {

namespace {

std::span<const View::Posting> copied(std::span<const TermIndex::Posting> from,
                                      View::Scratch& scratch) {
  scratch.clear();
  scratch.reserve(from.size());
  for (const auto& posting : from) scratch.push_back({posting.document, posting.weight});
  return scratch;
}

}  // namespace

// Index is the one implementation of CodeIndex.
View view_of(const CodeIndex& index) { return View(static_cast<const Index&>(index)); }

std::uint32_t View::files() const { return static_cast<std::uint32_t>(index_.files_.size()); }

View::File View::file(std::uint32_t file) const {
  const IndexedFile& entry = index_.files_[file];
  return {entry.path, entry.role, entry.first_chunk,
          static_cast<std::uint32_t>(entry.blob->parts.size()), entry.length};
}

std::uint32_t View::chunks() const { return static_cast<std::uint32_t>(index_.chunks_.size()); }
std::uint32_t View::file_of_chunk(std::uint32_t chunk) const { return index_.chunk_file_[chunk]; }
float View::chunk_length(std::uint32_t chunk) const { return index_.chunk_length_[chunk]; }
Chunk View::chunk(std::uint32_t chunk) const { return index_.chunks_[chunk]; }
bool View::has_symbol(std::uint32_t chunk) const { return !index_.chunks_[chunk].symbol.empty(); }
float View::mean_file_length() const { return index_.mean_file_length_; }
float View::mean_chunk_length() const { return index_.mean_chunk_length_; }

std::span<const View::Posting> View::postings(Term term, Scratch& scratch) const {
  return copied(index_.terms_.find(term), scratch);
}

std::span<const View::Posting> View::path_postings(Term term, Scratch& scratch) const {
  return copied(index_.path_terms_.find(term), scratch);
}

std::span<const View::Posting> View::definers(std::string_view name, Scratch& scratch) const {
  return copied(index_.definers(name), scratch);
}

void View::literals(Term pair, std::vector<Literal>& out) const {
  for (const auto& posting : index_.literal_starts_.find(pair)) {
    const LiteralPlace& place = index_.literals_[posting.document];
    const IndexedFile& file = index_.files_[place.file];
    const ParsedBlob::Literal& literal = file.blob->literals[place.literal];
    out.push_back({file.first_chunk + literal.part, literal.words, literal.text});
  }
}

std::uint32_t View::commits() const { return static_cast<std::uint32_t>(index_.history_.size()); }

View::Commit View::commit(std::uint32_t commit) const {
  const HistoryEntry& entry = index_.history_[commit];
  return {entry.commit->id, entry.files, static_cast<float>(entry.commit->terms.size())};
}

std::span<const View::Posting> View::commit_postings(Term term, Scratch& scratch) const {
  return copied(index_.history_terms_.find(term), scratch);
}

std::uint32_t View::file_of(std::string_view path) const { return index_.file_of(path); }
std::uint32_t View::file_of_module(std::string_view dotted) const {
  return index_.file_of_module(dotted);
}
std::uint32_t View::chunk_at(std::uint32_t file, std::uint32_t line) const {
  return index_.chunk_index_at(file, line);
}

}  // namespace triage::retrieval
