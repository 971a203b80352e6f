#include "retrieval/term_cache_internal.h"

#include <algorithm>
#include <cstring>

namespace triage::retrieval {

namespace {

constexpr size_t kShortest = 3;  // a shorter run costs as much to look up as to cut

constexpr std::array<bool, 256> kPart = [] {
  std::array<bool, 256> part{};
  for (unsigned c = 0; c < 256; ++c)
    part[c] = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '_' || c >= 0x80;
  return part;
}();

bool is_part(char c) { return kPart[static_cast<unsigned char>(c)]; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::uint64_t hash_of(std::string_view text, TermKind kind) {
  std::uint64_t hash = text.size() * 0x9e3779b97f4a7c15ULL + static_cast<std::uint64_t>(kind) + 1;
  while (!text.empty()) {
    std::uint64_t word = 0;
    const size_t taken = std::min<size_t>(8, text.size());
    std::memcpy(&word, text.data(), taken);
    hash = (hash ^ word) * 0xd6e8feb86659fd93ULL;
    hash ^= hash >> 32U;
    text.remove_prefix(taken);
  }
  return hash * 0xd6e8feb86659fd93ULL;
}

}  // namespace

void TermCache::add(std::string_view text, std::vector<Term>& out, TermKind kind) {
  for (size_t i = 0; i < text.size();) {
    if (!is_part(text[i])) {
      ++i;
      continue;
    }
    const size_t begin = i;
    while (i < text.size() && is_part(text[i])) ++i;
    const std::string_view run = text.substr(begin, i - begin);
    if (is_digit(run.front())) continue;  // a number, with its letters
    if (run.size() < kShortest) {
      add_terms(run, out, kind);
      continue;
    }
    const std::uint64_t identifier = hash_of(run, kind);
    Slot& slot = slots_[identifier >> 48U];
    if (slot.count == 0 || slot.identifier != identifier) {
      cut_.clear();
      add_terms(run, cut_, kind);
      if (cut_.empty() || cut_.size() > kMostTerms) {
        out.insert(out.end(), cut_.begin(), cut_.end());
        continue;
      }
      slot.identifier = identifier;
      slot.count = static_cast<std::uint32_t>(cut_.size());
      std::ranges::copy(cut_, slot.terms.begin());
    }
    out.insert(out.end(), slot.terms.begin(), slot.terms.begin() + slot.count);
  }
}

}  // namespace triage::retrieval
