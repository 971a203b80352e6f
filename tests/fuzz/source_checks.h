// What must hold of any text that is lexed and chunked, however broken: shared by the unit test,
// which mutates samples, and by the fuzz targets. A complaint is empty where all is well.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "retrieval/chunker_internal.h"

namespace triage::retrieval {

// A file of each structure and lexical trick, to begin mutating from: path and content.
struct Sample {
  std::string_view path, content;
};
const std::vector<Sample>& source_samples();

// Spans lie within the lines, are in order, nested or disjoint, and cover every line not blank.
std::string complaint_about_spans(const std::vector<ChunkSpan>& spans, std::string_view source);

// What the lexer emits is in order, within single lines and without overlap.
std::string complaint_about_lexing(std::string_view source, const Language& language);

// Both, for the generic chunker and, where there is a grammar, for tree-sitter.
std::string complaint_about_source(std::string_view source, const Language& language, Chunker& chunker);

// A mutated copy: bytes changed, pieces dropped, doubled and swapped, hostile pieces put in.
std::string mutated(std::string_view source, std::uint64_t& state);

}  // namespace triage::retrieval
