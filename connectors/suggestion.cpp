#include "connectors/suggestion.h"

#include "pipeline/base/nearest.h"

namespace triage::connectors {

std::string suggestion(std::string_view given, const std::vector<std::string>& names) {
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  const std::string_view close = nearest(given, candidates);
  if (!close.empty()) return ", did you mean \"" + std::string(close) + "\"?";
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  return list.empty() ? "" : " (there are: " + list + ")";
}

}  // namespace triage::connectors
