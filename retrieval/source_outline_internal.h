// One file as the packer sees it: its lines with what each costs, its definitions as a tree, and which
// of its lines say what the rest needs to be understood (imports, headers of enclosing symbols).
//
// Works on the text alone, so it needs no index. Never fails; a file without a grammar has blocks
// only. Lines count from 1, ranges are inclusive.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "retrieval/chunker_internal.h"

namespace triage::retrieval {

struct LineRange {
  std::uint32_t start = 0, end = 0;
  std::uint32_t count() const { return end - start + 1; }
  bool holds(std::uint32_t line) const { return start <= line && line <= end; }
};

class SourceOutline {
 public:
  SourceOutline(std::string content, const Language& language, Chunker& chunker);
  SourceOutline(const SourceOutline&) = delete;  // names of imports point into the content
  SourceOutline& operator=(const SourceOutline&) = delete;

  std::uint32_t lines() const { return static_cast<std::uint32_t>(costs_.size()); }
  std::string_view text(LineRange range) const;
  std::uint32_t cost(std::uint32_t line) const { return costs_[line - 1]; }  // in tokens
  size_t cost(LineRange range) const;
  bool blank(std::uint32_t line) const;

  // Outer before inner, in order of place.
  const std::vector<ChunkSpan>& spans() const { return spans_; }
  static constexpr std::uint32_t kNone = UINT32_MAX;
  std::uint32_t parent(std::uint32_t span) const { return parents_[span]; }
  // The innermost span around a line, or kNone.
  std::uint32_t span_at(std::uint32_t line) const;
  // The lines of a span that lie in none of its inner spans: a class without its methods.
  std::vector<LineRange> own_lines(std::uint32_t span) const;
  // From the line that names the symbol to the end of its head: "class Cart(Base):".
  LineRange header(std::uint32_t span) const;
  // The import statements at the top of which `range` uses a name.
  std::vector<LineRange> imports_for(LineRange range) const;
  // Where a range is best cut so that it costs at most `budget`: after a whole statement, by
  // indentation and blank lines. Ends before `start` where not one line fits.
  std::uint32_t cut(LineRange range, size_t budget) const;

 private:
  struct Import {
    LineRange range;
    std::vector<std::string_view> names;  // sorted
  };
  void find_imports();
  std::string_view line(std::uint32_t number) const { return text({number, number}); }
  size_t indentation(std::uint32_t number) const;

  std::string content_;
  std::vector<size_t> starts_;  // of each line, and the end
  std::vector<std::uint32_t> costs_;
  std::vector<ChunkSpan> spans_;
  std::vector<std::uint32_t> parents_;
  std::vector<Import> imports_;
};

}  // namespace triage::retrieval
