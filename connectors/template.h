// Text with placeholders, as specs use it: "/repos/{repository|path}/issues/{ticket.id}".
//
// A placeholder names a variable and at most one filter; there are no expressions. Compiled once,
// immutable, thread-safe. In a URL every value is percent-encoded; `path` leaves its slashes.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/base/json.h"
#include "pipeline/base/result.h"

namespace triage::connectors {

// The variables of one call: settings, secrets, the effect, an earlier answer.
using Scope = std::map<std::string, Json, std::less<>>;

class Template {
 public:
  Template() = default;
  // Errors: invalid_input (unclosed brace, empty name, unknown filter).
  static Result<Template> compile(std::string_view text);

  bool empty() const { return parts_.empty(); }
  std::vector<std::string> variables() const;

  // Numbers and booleans as in JSON; what the scope lacks is empty text.
  std::string text(const Scope& scope) const;
  // A template that is one placeholder gives the variable itself (a list stays a list).
  Json value(const Scope& scope) const;
  // Errors: invalid_input where a value would change the path ("..", "") or is not one line.
  Result<std::string> url(const Scope& scope) const;

 private:
  enum class Filter { none, path, base64 };
  struct Part {
    std::string literal;   // before the variable
    std::string variable;  // may be empty at the end
    Filter filter = Filter::none;
  };
  static std::string shown(const Part& part, const Scope& scope);
  std::vector<Part> parts_;
};

// A number as JSON, text as it is, anything else empty.
std::string scalar_text(const Json& value);

}  // namespace triage::connectors
