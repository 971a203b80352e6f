// From definitions, however they were found, to the chunks of a file: names are qualified, comments
// above join in, and what no definition covers is cut into blocks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "retrieval/chunker_internal.h"

namespace triage::retrieval {

struct Definition {
  std::uint32_t start = 0, end = 0;  // lines, from 1
  std::uint32_t from = 0, to = 0;    // bytes, half-open
  std::uint32_t body = 0;            // as in ChunkSpan
  std::string name;
  std::string_view kind;
};

// Kinds that only lend their name to what is inside, and those inside which nothing is a chunk.
bool is_scope_kind(std::string_view kind);
bool is_leaf_kind(std::string_view kind);

// Definitions may come in any order, may overlap and may be wrong: the spans are valid in any case.
std::vector<ChunkSpan> to_spans(std::vector<Definition> definitions, std::string_view source,
                                const Language& language);

// "operator()(T<int>& x)" and "'quoted'" to what people would call it.
std::string clean_name(std::string_view text);

// In "TEST(Cart, Total)" and "SYSCALL_DEFINE3(read, …)" the macro's arguments are the name. Takes
// what lies between the parentheses; empty when it names nothing.
bool is_macro_name(std::string_view name);
std::string macro_symbol(std::string_view arguments, const Language& language);

}  // namespace triage::retrieval
