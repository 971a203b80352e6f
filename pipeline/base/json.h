// A JSON value (RFC 8259) that keeps the order of its members, so that what we write is stable.
//
// Parsing is done by simdjson in json.cpp; this header pulls in nothing of it. Numbers are kept as
// 64-bit integers where they are whole, else as doubles. Text that is not UTF-8 is repaired on output.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "pipeline/base/result.h"

namespace triage {

class Json {
 public:
  using Array = std::vector<Json>;
  using Object = std::vector<std::pair<std::string, Json>>;

  Json() = default;  // null
  Json(std::nullptr_t) {}
  Json(bool value) : value_(value) {}
  template <class T>
    requires(std::is_integral_v<T> && !std::is_same_v<T, bool>)
  Json(T value) : value_(static_cast<std::int64_t>(value)) {}
  Json(double value) : value_(value) {}
  Json(std::string value) : value_(std::move(value)) {}
  Json(std::string_view value) : value_(std::string(value)) {}
  Json(const char* value) : value_(std::string(value)) {}
  Json(Array value) : value_(std::move(value)) {}
  Json(Object value) : value_(std::move(value)) {}

  static Json object() { return Json(Object{}); }
  static Json array() { return Json(Array{}); }

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  bool is_bool() const { return std::holds_alternative<bool>(value_); }
  bool is_number() const { return is_integer() || std::holds_alternative<double>(value_); }
  bool is_integer() const { return std::holds_alternative<std::int64_t>(value_); }
  bool is_string() const { return std::holds_alternative<std::string>(value_); }
  bool is_array() const { return std::holds_alternative<Array>(value_); }
  bool is_object() const { return std::holds_alternative<Object>(value_); }

  // Lenient readers: the fallback where the type is another.
  bool as_bool(bool fallback = false) const;
  std::int64_t as_integer(std::int64_t fallback = 0) const;
  double as_double(double fallback = 0) const;
  const std::string& as_string() const;  // empty where it is not a string
  const Array& items() const;            // empty where it is not an array
  const Object& members() const;         // empty where it is not an object

  // The member of that name, or null; chains safely: doc["a"]["b"].
  const Json& operator[](std::string_view name) const;
  bool contains(std::string_view name) const;

  // Adds or replaces a member; turns null into an object. Returns *this for chaining.
  Json& set(std::string_view name, Json value);
  // Appends to an array; turns null into an array.
  Json& push(Json value);

  // One line without spaces, or indented by two.
  std::string dump() const;
  std::string pretty() const;

  bool operator==(const Json&) const = default;

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> value_;
};

// Errors: invalid_input with simdjson's reason. Refuses depth over 256 and invalid UTF-8.
Result<Json> parse_json(std::string_view text);

// The quoted form of a string.
std::string json_quote(std::string_view text);

}  // namespace triage
