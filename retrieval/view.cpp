#include "retrieval/view_internal.h"

#include <algorithm>

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

View::View(const Index& index) : index_(index), files_(index.files_), chunks_(index.chunks_) {}

View::File View::file(std::uint32_t file) const {
  const IndexedFile& entry = index_.files_[file];
  return {index_.paths_->path(file), entry.role, entry.first_chunk, entry.chunks,
          entry.length};
}

Chunk View::chunk(std::uint32_t chunk) const { return index_.chunk(chunk); }
std::string_view View::symbol(std::uint32_t chunk) const { return index_.symbol(chunk); }
std::string_view View::kind(std::uint32_t chunk) const {
  return index_.segment_of(index_.chunks_[chunk].file).text(index_.chunk_row(chunk).kind);
}
float View::mean_file_length() const { return index_.mean_file_length_; }
float View::mean_chunk_length() const { return index_.mean_chunk_length_; }

std::span<const View::Posting> View::postings(Term term, Scratch& scratch) const {
  return index_.postings(term, scratch);
}

std::size_t View::at_most_holding(Term term) const {
  std::size_t most = 0;
  for (const auto& segment : index_.segments_)
    most += Segment::most_postings(segment->list_of(term));
  return most;
}

std::vector<bool> View::affordable(std::span<const Term> terms, std::size_t most) const {
  std::vector<std::pair<std::size_t, std::size_t>> order;  // postings, place in `terms`
  for (std::size_t i = 0; i < terms.size(); ++i) order.emplace_back(at_most_holding(terms[i]), i);
  std::ranges::sort(order);
  std::vector<bool> out(terms.size());
  std::size_t sum = 0;
  for (const auto& [postings, place] : order) {
    sum += postings;
    // The rarest is read whatever it costs: an answer from a common word is better than none.
    if (sum > most && place != order[0].second) break;
    out[place] = true;
  }
  return out;
}

std::span<const View::Posting> View::path_postings(Term term, Scratch& scratch) const {
  return copied(index_.paths_->find_term(term), scratch);
}

std::span<const View::Posting> View::definers(std::string_view name, Scratch& scratch) const {
  return index_.postings(name_term(simple_name(name)), scratch);
}

void View::literals(Term pair, std::size_t most, std::vector<Literal>& out) const {
  index_.literals(pair, most, out);
}

const History& View::history() const { return index_.history_; }

std::uint32_t View::file_of(std::string_view path) const { return index_.paths_->find_suffix(path); }
std::uint32_t View::file_of_module(std::string_view dotted) const {
  return index_.paths_->find_module(dotted);
}
std::uint32_t View::chunk_at(std::uint32_t file, std::uint32_t line) const {
  return index_.chunk_index_at(file, line);
}

}  // namespace triage::retrieval
