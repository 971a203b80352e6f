#include "retrieval/signals/signals_internal.h"

#include <array>

namespace triage::retrieval {

namespace {

constexpr std::array kSignals = {
    Signal{"words", find_words},
    Signal{"phrases", find_phrases},
    Signal{"path words", find_path_words},
    Signal{"mentions", find_mentions},
    Signal{"frames", find_frames},
    Signal{"error strings", find_error_strings},
    Signal{"definitions", find_definitions},
    Signal{"similar commits", find_similar_commits},
};

}  // namespace

std::span<const Signal> signals() { return kSignals; }

}  // namespace triage::retrieval
