// Finds every occurrence of many strings in one pass (Aho and Corasick, 1975).
//
// Memory is about 20 bytes per byte of needle; a search is linear in the text. Immutable once
// built, so that threads may share it. Matching is by bytes; callers fold text and needles first.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace triage::redact {

class AhoCorasick {
 public:
  AhoCorasick() { states_.emplace_back(); }
  // Empty needles never match. A needle that is there twice is reported as its first index.
  explicit AhoCorasick(const std::vector<std::string>& needles);

  bool empty() const { return states_.size() == 1; }

  // Calls on_hit(index of the needle, end offset) for every occurrence, by ascending end.
  template <class OnHit>
  void find(std::string_view text, OnHit&& on_hit) const {
    std::uint32_t state = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      state = step(state, static_cast<unsigned char>(text[i]));
      for (std::uint32_t at = state; at != 0; at = states_[at].next_output) {
        if (states_[at].needle != kNone) on_hit(states_[at].needle, i + 1);
      }
    }
  }

 private:
  static constexpr std::uint32_t kNone = 0xFFFFFFFFU;
  struct State {
    std::uint32_t first_child = 0, sibling = 0, fail = 0;
    std::uint32_t next_output = 0;  // nearest proper suffix at which a needle ends
    std::uint32_t needle = kNone;
    unsigned char byte = 0;
  };

  std::uint32_t child(std::uint32_t state, unsigned char byte) const {
    if (state == 0) return root_[byte];
    std::uint32_t at = states_[state].first_child;
    while (at != 0 && states_[at].byte != byte) at = states_[at].sibling;
    return at;
  }
  std::uint32_t step(std::uint32_t state, unsigned char byte) const {
    for (;;) {
      const std::uint32_t next = child(state, byte);
      if (next != 0 || state == 0) return next;
      state = states_[state].fail;
    }
  }
  void insert(std::string_view needle, std::uint32_t index);
  void link();

  std::vector<State> states_;
  std::array<std::uint32_t, 256> root_{};
};

}  // namespace triage::redact
