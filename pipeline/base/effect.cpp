#include "pipeline/base/effect.h"

namespace triage {

std::string effect_marker(std::string_view op_id) {
  return "<!-- triage:op=" + std::string(op_id) + " -->";
}

}  // namespace triage
