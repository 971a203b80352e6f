#include "connectors/template.h"

#include <algorithm>

#include "pipeline/base/digest.h"
#include "pipeline/base/http.h"

namespace triage::connectors {
namespace {

bool changes_path(std::string_view segment) {
  return segment.empty() || segment == "." || segment == "..";
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
}

// Encodes each segment between slashes; nothing where one of them would change the path.
std::optional<std::string> encode_path(std::string_view text) {
  std::string out;
  while (true) {
    const size_t slash = text.find('/');
    const std::string_view segment = text.substr(0, slash);
    if (changes_path(segment)) return std::nullopt;
    out += percent_encode(segment);
    if (slash == std::string_view::npos) return out;
    out += '/';
    text.remove_prefix(slash + 1);
  }
}

}  // namespace

std::string scalar_text(const Json& value) {
  if (value.is_string()) return value.as_string();
  if (value.is_null() || value.is_array() || value.is_object()) return {};
  return value.dump();
}

Result<Template> Template::compile(std::string_view text) {
  Template out;
  Part part;
  while (!text.empty()) {
    const size_t brace = text.find_first_of("{}");
    part.literal += text.substr(0, brace);
    if (brace == std::string_view::npos) break;
    if (text.substr(brace, 2) == "{{" || text.substr(brace, 2) == "}}") {
      part.literal += text[brace];
      text.remove_prefix(brace + 2);
      continue;
    }
    const size_t close = text.find('}', brace);
    if (text[brace] == '}' || close == std::string_view::npos)
      return invalid_input("unpaired brace; a brace itself is written {{ or }}");
    const std::string_view inside = text.substr(brace + 1, close - brace - 1);
    const size_t bar = inside.find('|');
    part.variable = inside.substr(0, bar);
    if (part.variable.empty()) return invalid_input("{} names no variable");
    if (bar != std::string_view::npos) {
      const std::string_view filter = inside.substr(bar + 1);
      if (filter != "path" && filter != "base64")
        return invalid_input("unknown filter \"" + std::string(filter) +
                             "\" (there are: base64, path)");
      part.filter = filter == "path" ? Filter::path : Filter::base64;
    }
    out.parts_.push_back(std::move(part));
    part = {};
    text.remove_prefix(close + 1);
  }
  if (!part.literal.empty()) out.parts_.push_back(std::move(part));
  return out;
}

std::vector<std::string> Template::variables() const {
  std::vector<std::string> names;
  for (const Part& part : parts_) {
    if (!part.variable.empty()) names.push_back(part.variable);
  }
  return names;
}

std::string Template::shown(const Part& part, const Scope& scope) {
  const auto found = scope.find(part.variable);
  std::string text = found == scope.end() ? std::string{} : scalar_text(found->second);
  return part.filter == Filter::base64 ? to_base64(text) : text;
}

std::string Template::text(const Scope& scope) const {
  std::string out;
  for (const Part& part : parts_) {
    out += part.literal;
    if (!part.variable.empty()) out += shown(part, scope);
  }
  return out;
}

Json Template::value(const Scope& scope) const {
  const bool alone = parts_.size() == 1 && parts_[0].literal.empty() &&
                     parts_[0].filter == Filter::none;
  if (!alone) return text(scope);
  const auto found = scope.find(parts_[0].variable);
  return found == scope.end() ? Json() : found->second;
}

Result<std::string> Template::url(const Scope& scope) const {
  std::string out;
  for (const Part& part : parts_) {
    out += part.literal;
    if (part.variable.empty()) continue;
    const std::string value = shown(part, scope);
    const bool in_query = out.find('?') != std::string::npos;
    const auto encoded = part.filter == Filter::path ? encode_path(value)
                                                     : std::optional(percent_encode(value));
    if (!encoded || has_control(value) || (!in_query && changes_path(value)))
      return invalid_input("the value of {" + part.variable + "} can't stand in a web address");
    out += *encoded;
  }
  return out;
}

}  // namespace triage::connectors
