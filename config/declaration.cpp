#include <array>
#include <charconv>

#include "config/declaration_internal.h"
#include "config/units.h"
#include "pipeline/base/codec.h"
#include "pipeline/base/json.h"

namespace triage::config {

namespace {

std::string shortest(double value) {
  std::array<char, 512> text{};  // the largest double has 309 digits
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed).ptr;
  return {text.data(), end};
}

// A text as YAML takes it back: bare where nothing in it could be read as something else.
std::string yaml_text(const std::string& text) {
  constexpr std::string_view kBare =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./";
  const bool word = !text.empty() && text.find_first_not_of(kBare) == std::string::npos &&
                    text.front() != '-' && text != "null";
  return word ? text : json_quote(text);  // a JSON string is a YAML string
}

}  // namespace

std::string_view Key::section() const {
  const size_t dot = path.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : path.substr(0, dot);
}

std::string_view Key::name() const { return path.substr(path.rfind('.') + 1); }

std::span<const std::string_view> choices_of(const Key& key) {
  return with_default(
      key, Overloaded{[](Depth*) { return names(Depth{}); }, [&](auto*) { return key.choices; }});
}

std::string type_text(const Key& key) {
  if (const auto choices = choices_of(key); !choices.empty()) {
    std::string text = "one of ";
    for (const std::string_view& choice : choices)
      text.append(&choice == choices.data() ? "" : ", ").append(choice);
    return text;
  }
  return with_default(
      key,
      Overloaded{[](std::string*) { return "text"; }, [](bool*) { return "true or false"; },
                 [](std::uint16_t*) { return "integer"; }, [](std::uint32_t*) { return "integer"; },
                 [](std::uint64_t*) { return "size"; }, [](double*) { return "number"; },
                 [](Milliseconds*) { return "duration"; }, [](Depth*) { return "text"; },
                 [](std::vector<std::string>*) { return "list of texts"; },
                 [](Secret*) { return "secret"; }});
}

std::string bounds_text(const Key& key) {
  const auto span = [&](auto format) { return format(key.low) + "…" + format(key.high); };
  const auto number = [&](auto*) {
    return span(shortest) + (key.unit.empty() ? "" : " ") + std::string(key.unit);
  };
  return with_default(
      key, Overloaded{[](std::string*) { return std::string(); },
                      [](bool*) { return std::string(); }, [](Depth*) { return std::string(); },
                      [](std::vector<std::string>*) { return std::string(); },
                      [](Secret*) { return std::string(); },
                      [&](std::uint64_t*) {
                        return span([](double bytes) {
                          return format_size(static_cast<std::uint64_t>(bytes));
                        });
                      },
                      [&](Milliseconds*) {
                        return span([](double span_ms) {
                          return format_duration(Milliseconds(static_cast<std::int64_t>(span_ms)));
                        });
                      },
                      number});
}

std::string value_text(const Field& field) {
  return std::visit(
      Overloaded{[](const std::string* text) { return yaml_text(*text); },
                 [](const bool* flag) { return std::string(*flag ? "true" : "false"); },
                 [](const std::uint64_t* bytes) { return format_size(*bytes); },
                 [](const double* number) { return shortest(*number); },
                 [](const Milliseconds* span) { return format_duration(*span); },
                 [](const Depth* depth) { return std::string(name_of(*depth)); },
                 [](const std::vector<std::string>* texts) {
                   std::string list;
                   for (const std::string& text : *texts)
                     list.append(list.empty() ? "" : ", ").append(yaml_text(text));
                   return "[" + list + "]";
                 },
                 [](const Secret*) { return std::string("\"\""); },
                 [](const auto* whole) { return std::to_string(*whole); }},
      field);
}

}  // namespace triage::config
