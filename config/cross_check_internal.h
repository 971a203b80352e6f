// What no single key can tell: names that have to exist, values that need each other.
#pragma once

#include <functional>
#include <string>

#include "config/settings.h"

namespace triage::config {

// Where findings go: the path of the key they are about ("projects.shop.forge") and the sentence.
struct Findings {
  std::function<void(const std::string& path, std::string text)> problem;
  std::function<void(const std::string& path, std::string text)> warning;
};

void cross_check(const Settings& settings, const Findings& findings);

}  // namespace triage::config
