// The ticket's words in the code: BM25 over whole files, over chunks, and over files for the subject
// alone; then each file's best chunks.
#include <algorithm>
#include <array>
#include <functional>

#include "retrieval/signals/signals_internal.h"

namespace triage::retrieval {

namespace {

constexpr float kFileLength = 0.75F, kChunkLength = 0.6F;  // BM25's b

void add_term(const QueryTerm& term, std::span<const View::Posting> postings,
              View::Scratch& in_files, Evidence& evidence) {
  const View& view = evidence.view;
  in_files.clear();
  for (const auto& [chunk, count] : postings) {
    const std::uint32_t file = view.file_of_chunk(chunk);
    if (in_files.empty() || in_files.back().at != file) in_files.push_back({file, 0});
    in_files.back().weight += count;
  }
  const float among_files = rarity(view.files(), in_files.size());
  for (const auto& [file, count] : in_files) {
    const float score = among_files * saturated(count, view.file(file).length,
                                                view.mean_file_length(), kFileLength);
    evidence.add_file(file, Feature::file_words, term.weight * score);
    evidence.add_file(file, Feature::title_words, term.title * score);
  }
  const float among_chunks = term.weight * rarity(view.chunks(), postings.size());
  for (const auto& [chunk, count] : postings) {
    const float score =
        saturated(count, view.chunk_length(chunk), view.mean_chunk_length(), kChunkLength);
    evidence.add_chunk(chunk, Feature::chunk_words, among_chunks * score);
  }
}

void add_best_chunks(Evidence& evidence) {
  const std::vector<std::uint32_t> files(evidence.files.touched().begin(),
                                         evidence.files.touched().end());
  for (const std::uint32_t number : files) {
    const View::File file = evidence.view.file(number);
    std::array<float, 3> top{};
    for (std::uint32_t i = 0; i < file.chunks; ++i) {
      const std::uint32_t slot = evidence.chunks.slot_of(file.first_chunk + i);
      if (slot == View::kNone) continue;
      const float score =
          evidence.chunks.row(slot)[static_cast<std::size_t>(Feature::chunk_words)];
      if (score <= top[2]) continue;
      top[2] = score;
      std::ranges::sort(top, std::greater<>());
    }
    evidence.add_file(number, Feature::best_chunk, top[0]);
    evidence.add_file(number, Feature::top_chunks, top[0] + top[1] + top[2]);
  }
}

}  // namespace

void find_words(const TicketText& ticket, Evidence& evidence) {
  View::Scratch scratch, in_files;
  for (const QueryTerm& term : ticket.terms) {
    const auto postings = evidence.view.postings(term.term, scratch);
    if (!postings.empty()) add_term(term, postings, in_files, evidence);
  }
  add_best_chunks(evidence);
}

}  // namespace triage::retrieval
