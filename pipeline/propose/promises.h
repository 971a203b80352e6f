// Keeps words for a customer free of promises: nothing that we say will be done, by when, or for
// how much, and nothing that is said to be done already.
//
// "We will look into it" stays; "we will fix it" and "by Friday" do not. Pure; never fails.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace triage::propose {

bool promises(std::string_view sentence);

// The text without the sentences that promise; `dropped`: how many those were.
std::string without_promises(std::string_view text, std::uint32_t& dropped);

}  // namespace triage::propose
