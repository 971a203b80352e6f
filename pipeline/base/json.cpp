#include "pipeline/base/json.h"

#include <simdjson.h>

#include <charconv>
#include <cmath>

#include "pipeline/base/utf8.h"

namespace triage {
namespace {

constexpr size_t kMaxDepth = 256;

void write(std::string& out, const Json& value, int indent, int depth) {
  const auto newline = [&](int level) {
    if (indent == 0) return;
    out += '\n';
    out.append(static_cast<size_t>(indent) * static_cast<size_t>(level), ' ');
  };
  if (value.is_null()) {
    out += "null";
  } else if (value.is_bool()) {
    out += value.as_bool() ? "true" : "false";
  } else if (value.is_integer()) {
    out += std::to_string(value.as_integer());
  } else if (value.is_number()) {
    const double number = value.as_double();
    if (!std::isfinite(number)) {
      out += "null";
      return;
    }
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
  } else if (value.is_string()) {
    out += json_quote(value.as_string());
  } else if (value.is_array()) {
    out += '[';
    bool first = true;
    for (const Json& item : value.items()) {
      if (!first) out += ',';
      first = false;
      newline(depth + 1);
      write(out, item, indent, depth + 1);
    }
    if (!first) newline(depth);
    out += ']';
  } else {
    out += '{';
    bool first = true;
    for (const auto& [name, member] : value.members()) {
      if (!first) out += ',';
      first = false;
      newline(depth + 1);
      out += json_quote(name);
      out += indent == 0 ? ":" : ": ";
      write(out, member, indent, depth + 1);
    }
    if (!first) newline(depth);
    out += '}';
  }
}

Json convert(simdjson::dom::element element) {
  using simdjson::dom::element_type;
  switch (element.type()) {
    case element_type::ARRAY: {
      Json::Array items;
      for (const auto item : simdjson::dom::array(element)) items.push_back(convert(item));
      return items;
    }
    case element_type::OBJECT: {
      Json::Object members;
      for (const auto field : simdjson::dom::object(element))
        members.emplace_back(std::string(field.key), convert(field.value));
      return members;
    }
    case element_type::INT64: return std::int64_t(element);
    case element_type::UINT64: return static_cast<double>(std::uint64_t(element));
    case element_type::DOUBLE: return double(element);
    case element_type::STRING: return std::string_view(element);
    case element_type::BOOL: return bool(element);
    case element_type::NULL_VALUE: return nullptr;
  }
  return nullptr;
}

}  // namespace

bool Json::as_bool(bool fallback) const {
  const auto* value = std::get_if<bool>(&value_);
  return value != nullptr ? *value : fallback;
}

std::int64_t Json::as_integer(std::int64_t fallback) const {
  if (const auto* value = std::get_if<std::int64_t>(&value_)) return *value;
  if (const auto* value = std::get_if<double>(&value_)) {
    if (std::abs(*value) < 9.0e18) return static_cast<std::int64_t>(*value);
  }
  return fallback;
}

double Json::as_double(double fallback) const {
  if (const auto* value = std::get_if<double>(&value_)) return *value;
  if (const auto* value = std::get_if<std::int64_t>(&value_)) return static_cast<double>(*value);
  return fallback;
}

const std::string& Json::as_string() const {
  static const std::string empty;
  const auto* value = std::get_if<std::string>(&value_);
  return value != nullptr ? *value : empty;
}

const Json::Array& Json::items() const {
  static const Array empty;
  const auto* value = std::get_if<Array>(&value_);
  return value != nullptr ? *value : empty;
}

const Json::Object& Json::members() const {
  static const Object empty;
  const auto* value = std::get_if<Object>(&value_);
  return value != nullptr ? *value : empty;
}

const Json& Json::operator[](std::string_view name) const {
  static const Json null;
  for (const auto& [key, value] : members()) {
    if (key == name) return value;
  }
  return null;
}

bool Json::contains(std::string_view name) const {
  for (const auto& [key, value] : members()) {
    if (key == name) return true;
  }
  return false;
}

Json& Json::set(std::string_view name, Json value) {
  if (!is_object()) value_ = Object{};
  auto& object = *std::get_if<Object>(&value_);
  for (auto& [key, member] : object) {
    if (key == name) {
      member = std::move(value);
      return *this;
    }
  }
  object.emplace_back(std::string(name), std::move(value));
  return *this;
}

Json& Json::push(Json value) {
  if (!is_array()) value_ = Array{};
  std::get_if<Array>(&value_)->push_back(std::move(value));
  return *this;
}

std::string Json::dump() const {
  std::string out;
  write(out, *this, 0, 0);
  return out;
}

std::string Json::pretty() const {
  std::string out;
  write(out, *this, 2, 0);
  return out;
}

Result<Json> parse_json(std::string_view text) {
  simdjson::dom::parser parser;
  simdjson::error_code error = parser.allocate(text.size() + 1, kMaxDepth);
  simdjson::dom::element document;
  if (error == simdjson::SUCCESS) error = parser.parse(text.data(), text.size(), true).get(document);
  if (error != simdjson::SUCCESS)
    return invalid_input(std::string("not valid JSON: ") + simdjson::error_message(error));
  return convert(document);
}

std::string json_quote(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  const std::string repaired = is_valid_utf8(text) ? std::string(text) : repair_utf8(text);
  std::string out = "\"";
  for (const char c : repaired) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += "\\u00";
          out += kHex[static_cast<unsigned char>(c) >> 4U];
          out += kHex[static_cast<unsigned char>(c) & 15U];
        } else {
          out += c;
        }
    }
  }
  return out + '"';
}

}  // namespace triage
