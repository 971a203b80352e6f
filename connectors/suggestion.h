// How a message ends that refuses a name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace triage::connectors {

// ", did you mean \"x\"?" or, where nothing is close, " (there are: …)".
std::string suggestion(std::string_view given, const std::vector<std::string>& names);

}  // namespace triage::connectors
