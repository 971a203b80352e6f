#include "pipeline/redact/aho_corasick.h"

namespace triage::redact {

AhoCorasick::AhoCorasick(const std::vector<std::string>& needles) {
  states_.emplace_back();
  for (std::size_t i = 0; i < needles.size(); ++i)
    insert(needles[i], static_cast<std::uint32_t>(i));
  link();
}

void AhoCorasick::insert(std::string_view needle, std::uint32_t index) {
  if (needle.empty()) return;
  std::uint32_t state = 0;
  for (const char c : needle) {
    const auto byte = static_cast<unsigned char>(c);
    std::uint32_t next = child(state, byte);
    if (next == 0) {
      next = static_cast<std::uint32_t>(states_.size());
      State fresh;
      fresh.byte = byte;
      fresh.sibling = states_[state].first_child;
      states_.push_back(fresh);
      states_[state].first_child = next;
      if (state == 0) root_[byte] = next;
    }
    state = next;
  }
  if (states_[state].needle == kNone) states_[state].needle = index;
}

void AhoCorasick::link() {
  std::vector<std::uint32_t> queue{0};
  for (std::size_t head = 0; head < queue.size(); ++head) {
    const std::uint32_t parent = queue[head];
    for (std::uint32_t at = states_[parent].first_child; at != 0; at = states_[at].sibling) {
      const std::uint32_t fail = parent == 0 ? 0 : step(states_[parent].fail, states_[at].byte);
      states_[at].fail = fail;
      states_[at].next_output = states_[fail].needle != kNone ? fail : states_[fail].next_output;
      queue.push_back(at);
    }
  }
}

}  // namespace triage::redact
