#include "connectors/spec.h"

#include <algorithm>
#include <array>

#include "pipeline/base/clock.h"
#include "pipeline/base/http.h"

namespace triage::connectors {
namespace {

bool is_word(std::string_view text) {
  return !text.empty() && text != "." && text != ".." && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '-' || c == '_' || c == '.';
  });
}

bool is_owner_and_name(std::string_view text) {
  const size_t slash = text.find('/');
  return slash != std::string_view::npos && is_word(text.substr(0, slash)) &&
         is_word(text.substr(slash + 1));
}

bool is_line(std::string_view text) {
  return std::ranges::none_of(text, [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
}

bool is_base_url(std::string_view text) {
  return parse_url(text).ok() && !text.ends_with('/') &&
         text.find_first_of("?#") == std::string_view::npos;
}

bool is_time(std::string_view text) { return parse_rfc3339(text).has_value(); }

struct Kind {
  std::string_view name;
  bool (*accepts)(std::string_view);
  std::string_view expected;
};

constexpr std::array<Kind, 5> kKinds{{
    {"owner/name", is_owner_and_name, "owner/name, as in acme/shop"},
    {"text", is_line, "one line of text"},
    {"time", is_time, "a time such as 2026-01-31T00:00:00Z"},
    {"url", is_base_url, "http:// or https:// and a host, without / at the end"},
    {"word", is_word, "letters, digits and - _ ."},
}};

}  // namespace

std::vector<std::string> setting_kinds() {
  std::vector<std::string> out;
  for (const Kind& kind : kKinds) out.emplace_back(kind.name);
  return out;
}

std::string problem_with_value(const Setting& setting, std::string_view value) {
  const auto kind = std::ranges::find(kKinds, setting.kind, &Kind::name);
  if (kind == kKinds.end() || value.empty() || kind->accepts(value)) return {};
  return setting.name + " must be " + std::string(kind->expected);
}

Json Shape::render(const Scope& scope) const {
  switch (kind) {
    case Kind::literal: return literal;
    case Kind::text: return text->value(scope);
    case Kind::array: {
      Json out = Json::array();
      for (const Shape& item : items) out.push(item.render(scope));
      return out;
    }
    case Kind::object: {
      Json out = Json::object();
      for (const Member& member : members) out.set(member.name, member.value.render(scope));
      return out;
    }
  }
  return {};
}

const Operation* Spec::operation(std::string_view effect) const {
  const auto found = std::ranges::find_if(
      operations, [&](const auto& operation) { return operation.first == effect; });
  return found == operations.end() ? nullptr : &found->second;
}

std::vector<std::string> Spec::capabilities() const {
  const Operation* note = operation("post_note");
  const std::array<std::pair<std::string_view, bool>, 7> all{{
      {"webhook", webhook.has_value()},
      {"poll", poll.has_value()},
      {"note", note != nullptr || stored_notes},
      {"internal_note", stored_notes || (note != nullptr && note->internal)},
      {"stored_notes", stored_notes},
      {"labels", operation("add_labels") != nullptr},
      {"forge", operation("push_branch") != nullptr &&
                    operation("open_draft_pull_request") != nullptr},
  }};
  std::vector<std::string> out;
  for (const auto& [capability, offered] : all) {
    if (offered) out.emplace_back(capability);
  }
  return out;
}

}  // namespace triage::connectors
