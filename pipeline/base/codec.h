// One description of a struct's fields serves both ways: to JSON and back.
//
//   struct Point { int x = 0; std::string label; };
//   template <class V> void describe(V& v, Point& p) { v("x", p.x); v("label", p.label); }
//
// then to_json(point) and from_json<Point>(json). Reading is lenient: a missing field keeps its
// default (old rows stay readable), a field of another type is an error that names it.
// Enums join in by a function `std::span<const std::string_view> names(E)` in declaration order.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "pipeline/base/clock.h"
#include "pipeline/base/json.h"
#include "pipeline/base/text.h"

namespace triage {

template <class E>
concept NamedEnum = std::is_enum_v<E> && requires(E e) { names(e); };

template <NamedEnum E>
std::string_view name_of(E value) {
  const std::span<const std::string_view> all = names(value);
  const auto index = static_cast<size_t>(value);
  return index < all.size() ? all[index] : std::string_view("?");
}

template <NamedEnum E>
std::optional<E> enum_of(std::string_view name) {
  const std::span<const std::string_view> all = names(E{});
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i] == name) return static_cast<E>(i);
  }
  return std::nullopt;
}

namespace codec {

struct Writer;
struct Reader;

inline Json write(bool v) { return v; }
inline Json write(double v) { return v; }
template <class T>
  requires(std::is_integral_v<T> && !std::is_same_v<T, bool>)
Json write(T v) {
  return v;
}
inline Json write(const std::string& v) { return v; }
inline Json write(const RawText& v) { return v.raw(); }
inline Json write(const SafeText& v) { return v.str(); }
inline Json write(const Json& v) { return v; }
inline Json write(TimePoint v) { return to_rfc3339(v); }
inline Json write(Milliseconds v) { return v.count(); }
template <NamedEnum E>
Json write(E v) {
  return name_of(v);
}
template <class T>
Json write(const std::optional<T>& v);
template <class T>
Json write(const std::vector<T>& v);
template <class T>
Json write(const std::map<std::string, T>& v);
template <class T>
  requires requires(Writer& w, T& t) { describe(w, t); }
Json write(const T& v);

bool is_whole(const Json& j);  // a number without a fraction that fits 64 bits
bool read(const Json& j, bool& v);
bool read(const Json& j, double& v);
bool read(const Json& j, std::string& v);
bool read(const Json& j, RawText& v);
bool read(const Json& j, SafeText& v);
bool read(const Json& j, Json& v);
bool read(const Json& j, TimePoint& v);
bool read(const Json& j, Milliseconds& v);
template <class T>
  requires(std::is_integral_v<T> && !std::is_same_v<T, bool>)
bool read(const Json& j, T& v) {
  const std::int64_t value = j.as_integer();
  // 64 bits keep their pattern on the way to JSON and back; a narrower field must hold the value.
  if (!is_whole(j) || (sizeof(T) < sizeof(value) && !std::in_range<T>(value))) return false;
  v = static_cast<T>(value);
  return true;
}
template <NamedEnum E>
bool read(const Json& j, E& v) {
  const auto found = enum_of<E>(j.as_string());
  if (found) v = *found;
  return found.has_value();
}
template <class T>
bool read(const Json& j, std::optional<T>& v);
template <class T>
bool read(const Json& j, std::vector<T>& v);
template <class T>
bool read(const Json& j, std::map<std::string, T>& v);
template <class T>
  requires requires(Reader& r, T& t) { describe(r, t); }
bool read(const Json& j, T& v);

struct Writer {
  Json out = Json::object();
  template <class T>
  void operator()(std::string_view name, const T& field) {
    out.set(name, write(field));
  }
};

struct Reader {
  const Json& in;
  std::string bad;  // name of the first field of the wrong type
  template <class T>
  void operator()(std::string_view name, T& field) {
    if (!in.contains(name) || !bad.empty()) return;
    if (!read(in[name], field)) bad = name;
  }
};

template <class T>
Json write(const std::optional<T>& v) {
  return v ? write(*v) : Json();
}
template <class T>
Json write(const std::vector<T>& v) {
  Json::Array items;
  items.reserve(v.size());
  for (const auto& item : v) items.push_back(write(item));
  return items;
}
template <class T>
Json write(const std::map<std::string, T>& v) {
  Json out = Json::object();
  for (const auto& [key, value] : v) out.set(key, write(value));
  return out;
}
template <class T>
  requires requires(Writer& w, T& t) { describe(w, t); }
Json write(const T& v) {
  Writer writer;
  describe(writer, const_cast<T&>(v));  // the writer only reads  NOLINT
  return std::move(writer.out);
}

template <class T>
bool read(const Json& j, std::optional<T>& v) {
  if (j.is_null()) {
    v.reset();
    return true;
  }
  return read(j, v.emplace());
}
template <class T>
bool read(const Json& j, std::vector<T>& v) {
  if (!j.is_array()) return false;
  v.clear();
  for (const Json& item : j.items()) {
    T element{};
    if (!read(item, element)) return false;
    v.push_back(std::move(element));
  }
  return true;
}
template <class T>
bool read(const Json& j, std::map<std::string, T>& v) {
  if (!j.is_object()) return false;
  v.clear();
  for (const auto& [key, member] : j.members()) {
    if (!read(member, v[key])) return false;
  }
  return true;
}
template <class T>
  requires requires(Reader& r, T& t) { describe(r, t); }
bool read(const Json& j, T& v) {
  if (!j.is_object()) return false;
  Reader reader{j, {}};
  describe(reader, v);
  return reader.bad.empty();
}

}  // namespace codec

template <class T>
Json to_json(const T& value) {
  return codec::write(value);
}

// Errors: corrupt, naming the field that could not be read.
template <class T>
Result<T> from_json(const Json& json) {
  T value{};
  if constexpr (requires(codec::Reader& r, T& t) { describe(r, t); }) {
    if (!json.is_object()) return Error{ErrorKind::corrupt, "expected a JSON object"};
    codec::Reader reader{json, {}};
    describe(reader, value);
    if (!reader.bad.empty())
      return Error{ErrorKind::corrupt, "field \"" + reader.bad + "\" has the wrong type"};
  } else if (!codec::read(json, value)) {
    return Error{ErrorKind::corrupt, "value has the wrong type"};
  }
  return value;
}

}  // namespace triage
