// The word that somebody probably meant, for "did you mean …?".
#pragma once

#include <span>
#include <string_view>

namespace triage {

// The candidate with the smallest edit distance (a swap of neighbours counts one); empty where even
// that one is too far to be a slip. Words over 64 bytes are never near anything.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace triage
